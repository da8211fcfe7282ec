// @ts-check
/**
 * @file Vite plugin: builds the service worker last, with the list of all files of the build and their digests in it, so
 * that it changes exactly when one of them does.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';

const NAME = 'service-worker.js';

/**
 * Files below a folder, with slashes, in one order everywhere.
 * @param {string} folder
 * @returns {string[]}
 */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

/**
 * What the service worker keeps of a build: the page itself goes by its folder's address, as some hosts redirect
 * `index.html` to it.
 * @param {string} folder
 */
export function precacheOf(folder) {
  const files = filesBelow(folder)
    .filter((file) => file !== NAME)
    .map((file) => {
      const digest = createHash('sha256')
        .update(readFileSync(path.join(folder, file)))
        .digest('hex');
      return /** @type {[string, string]} */ ([file === 'index.html' ? '' : file, digest]);
    });
  const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
  return { version, files };
}

/** @returns {import('vite').Plugin} */
export function serviceWorker() {
  let folder = '';
  let root = '';
  /** A build that failed wrote nothing to list; saying so here would hide why it failed. */
  let written = false;
  return {
    name: 'losslight-service-worker',
    apply: 'build',
    configResolved(config) {
      root = config.root;
      folder = path.resolve(root, config.build.outDir);
    },
    buildStart() {
      written = false;
    },
    writeBundle() {
      written = true;
    },
    closeBundle: {
      sequential: true,
      order: 'post',
      async handler() {
        if (!written) return;
        await build({
          root,
          configFile: false,
          publicDir: false,
          logLevel: 'warn',
          define: { LOSSLIGHT_PRECACHE: JSON.stringify(precacheOf(folder)) },
          build: {
            outDir: folder,
            emptyOutDir: false,
            target: 'es2022',
            modulePreload: { polyfill: false },
            rolldownOptions: {
              input: path.join(root, 'src/service-worker.ts'),
              output: { format: 'iife', entryFileNames: NAME, codeSplitting: false },
              checks: { pluginTimings: false },
            },
          },
        });
      },
    },
  };
}
