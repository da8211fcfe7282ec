/**
 * @file Prints the files of the safetensors tests in base64 as JSON, for tools/golden/safetensors_verdicts.py to read.
 */
import { runnerImport } from 'vite';

/** How many of the files that were changed by chance are judged; test/unit/safetensors-malformed.test.ts reads as many. */
const MUTATIONS = 2000;

const { module } = await runnerImport(
  new URL('../../test/unit/safetensors-cases.ts', import.meta.url).pathname,
);
const text = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString('base64');
process.stdout.write(
  JSON.stringify({
    malformed: module.MALFORMED.map(([name, bytes]) => [name, text(bytes)]),
    valid: module.VALID.map(([name, bytes]) => [name, text(bytes)]),
    mutations: module.mutations(MUTATIONS).map(text),
  }),
);
