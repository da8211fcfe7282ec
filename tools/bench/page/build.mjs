// @ts-check
/**
 * @file The built page for a benchmark, in a folder of its own: dist/ is left alone.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * @param {unknown} given a folder that holds a build already
 * @returns {Promise<string>} the folder of the build
 */
export async function builtPage(given) {
  if (given !== undefined) {
    const folder = path.resolve(String(given));
    if (!existsSync(path.join(folder, 'index.html')))
      throw new RangeError(`--build is “${given}”, which holds no index.html: give the folder of a build.`);
    return folder;
  }
  const outDir = path.join(ROOT, '.cache', 'bench', 'page');
  await build({ root: ROOT, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  return outDir;
}
