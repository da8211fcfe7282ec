// @ts-check
/**
 * @file Bundles the command line into one file that needs nothing but Node: dist-cli/losslight.mjs.
 *
 *     node tools/cli-build.mjs
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { englishWords } from './language.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const BUNDLE = path.join(ROOT, 'dist-cli', 'losslight.mjs');

/** @param {string} [file] where the bundle goes */
export async function buildCli(file = BUNDLE) {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  await build({
    root: ROOT,
    configFile: false,
    publicDir: false,
    // Scripts read what it prints: it is English whatever the page's language.
    resolve: englishWords,
    define: { 'import.meta.env.LOSSLIGHT_VERSION': JSON.stringify(version) },
    logLevel: 'warn',
    // Its dependencies are inside, so that an installed package carries nothing that only the page needs.
    ssr: { noExternal: true },
    build: {
      ssr: 'src/cli/main.ts',
      outDir: path.dirname(file),
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        output: {
          banner: '#!/usr/bin/env node',
          entryFileNames: path.basename(file),
          codeSplitting: false,
        },
      },
    },
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await buildCli();
