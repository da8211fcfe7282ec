/**
 * @file A row in a page's worker, where engines live: no drawing waits for it, and it may block.
 */
import { startMeter } from './meter';
import type { RowRequest } from './row';

const meter = startMeter();

async function read(address: string): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

addEventListener('message', ({ data }: MessageEvent<RowRequest>) => {
  // Only now, and not before the meter: what is imported makes memory at once.
  import('./row')
    .then(({ measureRow }) => measureRow(data, meter, read))
    .then(
      (row) => postMessage({ row }),
      (error: unknown) =>
        postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
});
