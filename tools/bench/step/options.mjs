// @ts-check
/**
 * @file What the command line of the step benchmark may say. Kept apart from the benchmark, which loads much.
 */

/** The competitors, in the order of the table. */
export const PEERS = ['losslight-cpu', 'losslight-wgsl', 'jax-wasm', 'jax-wgsl', 'tfjs'];

export const STEP_OPTIONS = /** @type {const} */ ({
  shape: { type: 'string', default: 'pocket,4m,30m' },
  peers: { type: 'string', default: PEERS.join(',') },
  steps: { type: 'string', default: '7' },
  limit: { type: 'string', default: '180' },
  full: { type: 'boolean', default: false },
  node: { type: 'boolean', default: false },
  gpu: { type: 'boolean', default: false },
  growth: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
});

export const STEP_HELP = `  --shape LIST   of pocket, 4m, 30m; all by default
  --peers LIST   of ${PEERS.join(', ')}; all by default
  --steps N      timed steps of a row, 7 by default; fewer where a row takes more than 20 s
  --limit S      seconds after which a row is given up, 180 by default
  --full         full batches (4 × 256 tokens) on a software device too
  --node         in Node with the package webgpu instead of Chromium
  --gpu          Chromium on this machine's own GPU instead of the software one
  --growth       also how time grows with tokens, width and length
  --profile      also where a step's time goes, operation by operation
`;
