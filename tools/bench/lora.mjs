// @ts-check
/**
 * @file A LoRA step on the CPU executor in Node, for models of real shapes with random weights, their base as F32 or packed:
 * memory as planned and as used, and time. Layers are computed again in the backward pass.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CASE = fileURLToPath(new URL('lora/case.mjs', import.meta.url));
const FORMATS = ['f32', 'f16', 'int8', 'int4'];
const CASES =
  'SmolLM2-135M:f32,SmolLM2-135M:int4,Qwen2.5-0.5B:f16,Qwen2.5-0.5B:int8,Qwen2.5-0.5B:int4,Qwen2.5-1.5B:int4,Qwen3-4B:int4';

/** @type {import('node:util').ParseArgsConfig['options']} */
export const LORA_OPTIONS = {
  cases: { type: 'string', default: CASES },
  tokens: { type: 'string', default: '64' },
  rank: { type: 'string', default: '8' },
  steps: { type: 'string', default: '2' },
  threads: { type: 'string' },
};

export const LORA_HELP = `npm run bench -- lora [options]

  --cases SHAPE:FORMAT,…   shapes and how the base is kept; ${CASES}
  --tokens N               of a step: one row of so many; 64
  --rank N                 of LoRA, on all projections; 8
  --steps N                timed steps after the first; 2
  --threads N              by default what a short test finds fastest
`;

/** @typedef {import('./lora/measure').Measured} Measured */

/** @param {Record<string, unknown>} values */
export async function run(values) {
  /** @param {string} name */
  const whole = (name) => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= 1) return value;
    throw new RangeError(`--${name} is “${values[name]}”: give a whole number from 1.`);
  };
  const shared = { tokens: whole('tokens'), rank: whole('rank'), steps: whole('steps') };
  const threads = values.threads === undefined ? {} : { threads: whole('threads') };
  const requests = String(values.cases)
    .split(',')
    .map((text) => {
      const [shape, base = ''] = text.split(':');
      if (FORMATS.includes(base)) return { shape, base, ...shared, ...threads };
      throw new RangeError(`--cases names “${text}”: write SHAPE:FORMAT, with ${FORMATS.join(', ')}.`);
    });
  /** @type {Measured[]} */
  const measured = [];
  const notes = [];
  for (const request of requests) {
    try {
      const one = await measureApart(request);
      process.stderr.write(
        `${request.shape} ${request.base}: ${Math.round(middle(one.milliseconds))} ms a step\n`,
      );
      measured.push(one);
    } catch (error) {
      notes.push(`${request.shape} ${request.base}: ${error instanceof Error ? error.message : error}`);
    }
  }
  const mebibytes = (/** @type {number} */ bytes) => Math.round(bytes / 2 ** 20);
  return {
    rows: [
      [
        ...[`1 × ${shared.tokens} tokens, rank ${shared.rank}; MiB`, 'parameters', 'trained', 'base', 'LoRA'],
        ...['activations', 'planned', 'used', 'process', 'threads', 'load s', 'step ms'],
      ],
      ...measured.map((one) => [
        `${one.shape}, ${one.base}`,
        `${(one.parameters / 1e6).toFixed(0)} M`,
        `${(one.trained / 1e6).toFixed(2)} M`,
        ...[one.planned.base, one.planned.trained, one.planned.activations].map(mebibytes),
        ...[one.planned.total, one.held, one.resident].map(mebibytes),
        one.threads,
        Math.round(one.loadSeconds),
        Math.round(middle(one.milliseconds)),
      ]),
    ],
    notes,
    figures: { measured },
  };
}

/**
 * @param {object} request
 * @returns {Promise<Measured>}
 */
function measureApart(request) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CASE, JSON.stringify(request)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const last = output.trim().split('\n').at(-1) ?? '';
      if (code === 0 && last) return resolve(JSON.parse(last));
      const reason = /^\w*Error: .*/m.exec(errors)?.[0] ?? errors.trim().split('\n').at(-1);
      return reject(new Error(reason || `the process ended with ${signal ?? code}`));
    });
  });
}

/** @param {number[]} values */
const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
