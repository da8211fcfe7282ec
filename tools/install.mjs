// @ts-check
/**
 * @file Installs the dependencies where they are missing or not those of package-lock.json.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Problem } from './problem.mjs';
import { ROOT, run } from './process.mjs';

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean }>} Packages */

/**
 * The packages a lockfile names, the project itself left out; undefined where the file is missing or damaged.
 * @param {string} file
 * @returns {Packages | undefined}
 */
function packagesOf(file) {
  try {
    const { packages } = JSON.parse(readFileSync(file, 'utf8'));
    delete packages[''];
    return packages;
  } catch {
    return undefined;
  }
}

/**
 * Why the installed packages are not those of the lockfile; undefined where they are. npm leaves a list of what it
 * installed in node_modules/.package-lock.json; that list is compared, and each package's folder looked for.
 * @param {string} [root]
 * @returns {string | undefined}
 */
export function whyInstall(root = ROOT) {
  const wanted = packagesOf(path.join(root, 'package-lock.json'));
  if (!wanted)
    throw new Problem(
      'package-lock.json is missing or damaged.',
      'Restore it: git checkout package-lock.json',
    );
  const installed = packagesOf(path.join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return 'no dependencies are installed';
  for (const [folder, { version, integrity, optional }] of Object.entries(wanted)) {
    const found = installed[folder];
    // An optional package may be for another system or processor.
    if (!found && optional) continue;
    if (!found) return `${folder} is missing`;
    if (found.version !== version || found.integrity !== integrity)
      return `${folder} is ${found.version}, and package-lock.json names ${version}`;
    if (!existsSync(path.join(root, folder))) return `${folder} is missing`;
  }
  const extra = Object.keys(installed).find((folder) => !wanted[folder]);
  return extra && `${extra} is not in package-lock.json`;
}

/**
 * Makes node_modules/ what package-lock.json names; does nothing where it is so already.
 * @throws {Problem} where npm fails
 */
export async function installDependencies() {
  const reason = whyInstall();
  if (!reason) return;
  console.log(`Installing dependencies (${reason}) …`);
  // Development packages too, also where NODE_ENV=production: they build the page and test it.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  const { ok } =
    npm && /npm-cli\.c?js$/.test(npm)
      ? await run(process.execPath, [npm, ...args], { show: true })
      : await run('npm', args, { show: true, shell: process.platform === 'win32' });
  if (!ok)
    throw new Problem(
      'The dependencies could not be installed; npm says why above.',
      'Check that this machine reaches the package registry, then run the same command again.',
    );
}
