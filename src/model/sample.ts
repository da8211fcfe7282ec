/**
 * @file Choosing the next token from a row of logits on the host, as ops/sampler.ts does it where the logits are: greedy, or
 * by temperature, top-k, top-p and min-p.
 */
import { LosslightError } from '../errors';
import type { GeneratedToken, GenerateOptions } from './engine';

type Cuts = Pick<GenerateOptions, 'temperature' | 'topP' | 'topK' | 'minP'>;

/**
 * Draws a token. With temperature 0 the most probable one is taken (the lowest id among equals) and `random` is not used.
 * Otherwise the tokens that top-k, top-p and min-p keep are drawn from, see ops/sampler.ts.
 *
 * @param logits [V], finite
 * @param random uniform in [0, 1)
 * @returns the id, and its log-probability under the model itself: temperature 1, all tokens allowed
 */
export function sample(logits: Float32Array, cuts: Cuts, random: () => number): GeneratedToken {
  const id = cuts.temperature === 0 ? argmax(logits) : draw(logits, cuts, random());
  return { id, logProb: logProbability(logits, id) };
}

/** @throws LosslightError `bad-settings`, naming the option that is out of its range. */
export function checkOptions(options: GenerateOptions): void {
  const { maxNewTokens, temperature, topP, topK = 0, minP = 0, seed } = options;
  const rules: [string, number, boolean, string][] = [
    [
      'maxNewTokens',
      maxNewTokens,
      Number.isSafeInteger(maxNewTokens) && maxNewTokens >= 1,
      'a whole number from 1',
    ],
    [
      'temperature',
      temperature,
      Number.isFinite(temperature) && temperature >= 0,
      'a number from 0 (greedy)',
    ],
    ['topP', topP, topP > 0 && topP <= 1, 'a number above 0 and at most 1'],
    [
      'topK',
      topK,
      Number.isSafeInteger(topK) && topK >= 0 && topK < 2 ** 31,
      'a whole number from 0 (keep all)',
    ],
    ['minP', minP, minP >= 0 && minP <= 1, 'a number between 0 (keep all) and 1'],
    ['seed', seed, Number.isFinite(seed), 'a finite number'],
  ];
  for (const [name, value, valid, rule] of rules) {
    if (!valid) throw new LosslightError('bad-settings', `${name} is ${value}.`, `Choose ${rule}.`);
  }
}

function draw(
  logits: Float32Array,
  { temperature, topP, topK = 0, minP = 0 }: Cuts,
  uniform: number,
): number {
  const top = logits[argmax(logits)] ?? 0;
  const shares = Array.from(logits, (logit) => Math.exp((logit - top) / temperature));
  const share = (id: number) => shares[id] ?? 0;
  const order = shares.map((_, id) => id).sort((a, b) => share(b) - share(a) || a - b);
  const candidates = topK > 0 ? order.slice(0, topK) : order;
  const goal = topP < 1 ? topP * candidates.reduce((sum, id) => sum + share(id), 0) : Infinity;

  const kept: number[] = [];
  let mass = 0;
  for (const id of candidates) {
    if (kept.length > 0 && (mass >= goal || share(id) < minP)) break;
    kept.push(id);
    mass += share(id);
  }
  const whole = kept.reduce((sum, id) => sum + share(id), 0);
  let rest = uniform * whole;
  let last = kept[0] ?? 0;
  for (const id of kept.sort((a, b) => a - b)) {
    if (share(id) === 0) continue;
    last = id;
    rest -= share(id);
    if (rest < 0) break;
  }
  return last;
}

function argmax(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if ((logits[id] ?? 0) > (logits[best] ?? 0)) best = id;
  return best;
}

function logProbability(logits: Float32Array, id: number): number {
  const top = logits[argmax(logits)] ?? 0;
  return (logits[id] ?? 0) - top - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
}
