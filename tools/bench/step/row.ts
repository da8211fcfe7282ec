/**
 * @file One row of the step benchmark: one competitor on one shape, in a realm of its own.
 */
import { jaxPeer } from '../peers/jax';
import { losslightPeer } from '../peers/losslight';
import type { Details, Peer } from '../peers/peer';
import { tfjsPeer } from '../peers/tfjs';
import { makeJob, type ShapeRequest } from './job';
import type { Counts, Meter } from './meter';
import { median } from './statistics.mjs';

export const PEERS: Readonly<Record<string, () => Peer>> = {
  'losslight-cpu': () => losslightPeer('cpu'),
  'losslight-wgsl': () => losslightPeer('wgsl'),
  tfjs: () => tfjsPeer,
  'jax-wgsl': () => jaxPeer('webgpu'),
  'jax-wasm': () => jaxPeer('wasm'),
};

export interface RowRequest {
  peer: string;
  shape: ShapeRequest;
  /** Steps that are timed, after those whose losses are compared; at least 1. */
  steps: number;
  /** Seconds after which no further step is begun. */
  patience: number;
  /** Measure parts of the step too: products and optimizer, or every kind of operation. */
  details?: 'parts' | 'profile';
}

/** What was measured; milliseconds and bytes. */
export interface Row extends Details, Counts {
  /** Of the first steps, before each of them. */
  losses: number[];
  /** Median of the timed steps, and all of them. */
  step: number;
  times: number[];
  /** From the weights in memory to the end of the first step: upload, compilation and all. */
  first: number;
  tokens: number;
  /** Tokens whose weight is not 0. */
  trained: number;
  /** Most bytes of GPU buffers alive at once; of WebAssembly's memory where no GPU was used. */
  peakBytes: number;
  parameters: number;
}

/** Steps whose losses must agree. */
export const COMPARED = 3;

/**
 * @param read gives the bytes at an address of weights
 * @throws RangeError where there is no such competitor, else what the competitor throws.
 */
export async function measureRow(
  request: RowRequest,
  meter: Meter,
  read: (address: string) => Promise<Uint8Array>,
): Promise<Row> {
  const make = PEERS[request.peer];
  if (!make) throw new RangeError(`There is no “${request.peer}”: use ${Object.keys(PEERS).join(', ')}.`);
  const job = await makeJob(request.shape, read);
  const losses: number[] = [];
  const times: number[] = [];
  let before = meter.counts();

  const start = performance.now();
  const running = await make().open(job);
  const step = async () => {
    before = meter.counts();
    const begin = performance.now();
    losses.push(await running.step());
    await meter.idle();
    times.push(performance.now() - begin);
  };
  await step();
  const first = performance.now() - start;
  while (
    losses.length < COMPARED ||
    (losses.length < COMPARED + request.steps && performance.now() - start < 1000 * request.patience)
  ) {
    await step();
  }
  const after = meter.counts();
  const timed = times.slice(times.length > COMPARED ? COMPARED : 1);
  const peakBytes = meter.peakBytes() || meter.memoryBytes();
  const details = request.details && (await running.details?.(request.details === 'profile'));
  running.dispose();
  return {
    ...details,
    losses: losses.slice(0, COMPARED),
    step: median(timed),
    times: timed,
    first,
    tokens: job.batch.ids.length,
    trained: job.batch.weights.filter((weight) => weight !== 0).length,
    dispatches: after.dispatches - before.dispatches,
    submits: after.submits - before.submits,
    peakBytes,
    parameters: [...job.weights.values()].reduce((sum, { length }) => sum + length, 0),
  };
}
