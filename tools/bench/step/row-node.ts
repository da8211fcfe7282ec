/**
 * @file A row in a process of its own in Node, with WebGPU by the npm package `webgpu`:
 *
 *     node row-node.mjs '{"peer": …}'        prints the row as JSON on the last line
 *     node row-node.mjs adapter              prints the adapter, or an empty line where there is none
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { create, globals } from 'webgpu';
import type { RowRequest } from './row';

const [, , argument = ''] = process.argv;
Object.assign(globalThis, globals);
const gpu = create([]);
Object.defineProperty(globalThis, 'navigator', {
  value: { gpu, userAgent: 'node', hardwareConcurrency: availableParallelism() },
  configurable: true,
});

async function answer(): Promise<unknown> {
  if (argument === 'adapter') {
    const adapter = await gpu.requestAdapter();
    if (!adapter) return {};
    const { vendor, architecture, description } = adapter.info;
    return { adapter: [vendor, architecture, description].filter(Boolean).join(' ') };
  }
  // One after the other: what is imported looks for WebGPU and makes memory at once.
  const { startMeter } = await import('./meter');
  const meter = startMeter();
  const { measureRow } = await import('./row');
  const request = JSON.parse(argument) as RowRequest;
  const row = await measureRow(request, meter, async (address) => new Uint8Array(await readFile(address)));
  return { row };
}

answer()
  .catch((error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }))
  .then((result) => {
    process.stdout.write(`\n${JSON.stringify(result)}\n`, () => process.exit(0));
  });
