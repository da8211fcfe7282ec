#!/usr/bin/env node
// @ts-check
/**
 * @file `npx losslight`: loads the bundled command line. Inside a checkout the bundle is built first where it is missing
 * or older than its sources.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundle = path.join(root, 'dist-cli', 'losslight.mjs');
const sources = path.join(root, 'src');

/** @param {string} folder */
function newest(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return Math.max(...files.map((name) => statSync(path.join(folder, name)).mtimeMs));
}

// A packed package has no sources.
if (existsSync(sources) && (!existsSync(bundle) || statSync(bundle).mtimeMs < newest(sources))) {
  const { buildCli } = await import('../tools/cli-build.mjs');
  await buildCli();
}
await import(pathToFileURL(bundle).href);
