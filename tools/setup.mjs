// @ts-check
/**
 * @file What `npm start` and `npm test` run. It needs no dependency and only old syntax, so that an old Node gets a
 * sentence to act on; everything else is imported once the version is known to do.
 *
 *     node tools/setup.mjs start [--port 4173] [--host 127.0.0.1]
 *     node tools/setup.mjs test
 */

/**
 * What Vite, ESLint and Vitest ask for; the same as `engines` in package.json.
 * @param {number} major
 * @param {number} minor
 */
function supported(major, minor) {
  if (major === 20) return minor >= 19;
  if (major === 22) return minor >= 13;
  return major >= 24;
}

const version = process.versions.node.split('.').map(Number);
const command = process.argv[2];
const usage = 'Usage: node tools/setup.mjs start [--port N] [--host ADDRESS] | test';

/** @param {Error & { remedy?: string }} error */
function fail(error) {
  console.error('\n' + (error.remedy ? error.message + '\n' + error.remedy : error.stack));
  // The last line is a promise to whoever reads the result, kept even where no stage could run.
  if (command === 'test') console.log('0 passed, 1 failed');
  process.exitCode = 1;
}

if (!supported(version[0] || 0, version[1] || 0)) {
  console.error(
    'Losslight needs Node 20.19 or later, 22.13 or later, or 24 and above; this is ' +
      process.versions.node +
      '.',
  );
  console.error('Install a current one from https://nodejs.org, or with nvm: nvm install');
  process.exit(1);
} else if (command === 'start') {
  import('./start.mjs').then((module) => module.start(process.argv.slice(3))).catch(fail);
} else if (command === 'test') {
  import('./test.mjs')
    .then((module) => module.test())
    .then((passed) => {
      // Not process.exit(): where stdout is a pipe, it could cut off the last line.
      process.exitCode = passed ? 0 : 1;
    })
    .catch(fail);
} else {
  console.error(usage);
  process.exit(2);
}
