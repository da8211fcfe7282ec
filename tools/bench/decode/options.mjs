// @ts-check
/**
 * @file What the command line of the benchmark of generation may say. Kept apart from the benchmark, which loads much.
 */

const SHAPES = ['pocket', '30m'];

/** @satisfies {import('node:util').ParseArgsConfig['options']} */
export const DECODE_OPTIONS = /** @type {const} */ ({
  shape: { type: 'string', default: SHAPES.join(',') },
  batches: { type: 'string', default: '1,4,16,64' },
  prompt: { type: 'string', default: '128' },
  tokens: { type: 'string', default: '128' },
  group: { type: 'string', default: '1' },
  runs: { type: 'string', default: '3' },
  threads: { type: 'string', default: '1' },
  wgsl: { type: 'boolean', default: false },
  gpu: { type: 'boolean', default: false },
});

export const DECODE_HELP = `  --shape LIST     of pocket, 4m, 30m; ${SHAPES.join(' and ')} by default
  --batches LIST   texts at once, ${DECODE_OPTIONS.batches.default} by default
  --prompt N       tokens of each prompt, ${DECODE_OPTIONS.prompt.default} by default
  --tokens N       new tokens of each text, ${DECODE_OPTIONS.tokens.default} by default
  --group N        texts of the same prompt, whose beginnings are computed once; ${DECODE_OPTIONS.group.default} by default
  --runs N         the best of so many counts, ${DECODE_OPTIONS.runs.default} by default
  --threads N      of the CPU, 1 by default
  --wgsl           also WebGPU, in Chromium with its software device
  --gpu            with --wgsl: this machine's own GPU
`;
