// @ts-check
/**
 * @file One case of the LoRA benchmark, in a process of its own, so that its memory is nobody else's: the request as JSON is
 * the only argument, what was measured is the last line that it prints.
 */
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const file = fileURLToPath(new URL('measure.ts', import.meta.url));
const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' });
const measured = await module.measure(JSON.parse(process.argv[2] ?? '{}'));
process.stdout.write(`\n${JSON.stringify(measured)}\n`, () => process.exit(0));
