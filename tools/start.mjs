// @ts-check
/**
 * @file `npm start`: installs what is missing, builds the page, serves it and prints its address.
 */
import { parseArgs } from 'node:util';
import { installDependencies } from './install.mjs';
import { Problem } from './problem.mjs';
import { endChildrenOnSignals, ROOT, runPackage } from './process.mjs';

/**
 * Where to serve: `--port` and `--host`, else PORT (not HOST: shells use that name for the machine), else the defaults of vite.config.ts.
 * @param {readonly string[]} argv
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ port?: number, host?: string }}
 * @throws {Problem} on a port that is none, or an unknown option
 */
export function addressOptions(argv, env = process.env) {
  /** @type {{ port?: string, host?: string }} */
  let given;
  try {
    given = parseArgs({
      args: [...argv],
      options: { port: { type: 'string' }, host: { type: 'string' } },
    }).values;
  } catch (error) {
    throw new Problem(
      error instanceof Error ? error.message : String(error),
      'Options are --port N and --host ADDRESS, after two dashes: npm start -- --port 8080',
    );
  }
  const port = given.port ?? env.PORT;
  const host = given.host;
  if (port && !(/^\d+$/.test(port) && Number(port) <= 65_535))
    throw new Problem(
      `'${port}' is not a port.`,
      'Give a whole number from 0 to 65535; 0 takes any free one.',
    );
  return { ...(port && { port: Number(port) }), ...(host && { host }) };
}

/** @param {string} address */
const isLocal = (address) => /^https?:\/\/(localhost|127\.[\d.]+|\[::1\])[:/]/.test(address);

/** @param {readonly string[]} argv */
export async function start(argv) {
  const where = addressOptions(argv);
  endChildrenOnSignals();
  await installDependencies();

  console.log('Building the page …');
  const build = await runPackage('vite/bin/vite.js', ['build', '--logLevel', 'warn']);
  if (!build.ok)
    throw new Problem(`The page could not be built.\n${build.output}`, 'Correct the errors above.');

  const { preview } = await import('vite');
  const server = await preview({ root: ROOT, preview: where, logLevel: 'warn' }).catch((error) => {
    throw new Problem(`The page could not be served: ${error.message}`, 'Choose another --host or --port.');
  });
  const addresses = [...(server.resolvedUrls?.local ?? []), ...(server.resolvedUrls?.network ?? [])];
  console.log(`\nLosslight is at ${addresses.join('  and  ')}   (Ctrl+C ends it)`);
  if (!addresses.every(isLocal))
    console.log(
      'Browsers offer WebGPU only over https or on this machine itself; elsewhere only masks are shown.',
    );

  process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => {
      void server.close().finally(() => process.exit(0));
    });
}
