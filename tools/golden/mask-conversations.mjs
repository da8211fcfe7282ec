/**
 * @file Prints the mask tests' conversations as JSON, one object by name, for tools/golden/masks.py to read.
 */
import { runnerImport } from 'vite';

const { module } = await runnerImport(
  new URL('../../test/fixtures/mask-conversations.ts', import.meta.url).pathname,
);
process.stdout.write(JSON.stringify(Object.fromEntries(module.MASK_CONVERSATIONS)));
