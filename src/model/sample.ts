/**
 * @file Choosing the next token from a row of logits: greedy, or by temperature and top-p.
 */
import { LosslightError } from '../errors';
import type { GeneratedToken, GenerateOptions } from './engine';

/**
 * Draws a token. With temperature 0 the most probable one is taken (the lowest id among equals) and `random` is not used.
 * Otherwise logits / temperature are normalized, and of the tokens in falling order of probability the smallest set that
 * reaches `topP` is drawn from (nucleus sampling, https://arxiv.org/abs/1904.09751).
 *
 * @param logits [V], finite
 * @param random uniform in [0, 1)
 * @returns the id, and its log-probability under the model itself: temperature 1, all tokens allowed
 */
export function sample(
  logits: Float32Array,
  { temperature, topP }: Pick<GenerateOptions, 'temperature' | 'topP'>,
  random: () => number,
): GeneratedToken {
  const id = temperature === 0 ? argmax(logits) : draw(logits, temperature, topP, random());
  return { id, logProb: logProbability(logits, id) };
}

/** @throws LosslightError `bad-settings`, naming the option that is out of its range. */
export function checkOptions({ maxNewTokens, temperature, topP, seed }: GenerateOptions): void {
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
    ['seed', seed, Number.isFinite(seed), 'a finite number'],
  ];
  for (const [name, value, valid, rule] of rules) {
    if (!valid) throw new LosslightError('bad-settings', `${name} is ${value}.`, `Choose ${rule}.`);
  }
}

function draw(logits: Float32Array, temperature: number, topP: number, uniform: number): number {
  const top = logits[argmax(logits)] ?? 0;
  const shares = Array.from(logits, (logit) => Math.exp((logit - top) / temperature));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const order = shares.map((_, id) => id).sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0) || a - b);

  let kept = 0;
  let count = 0;
  while (count < order.length && (count === 0 || kept < topP * total))
    kept += shares[order[count++] ?? 0] ?? 0;

  let rest = uniform * kept;
  for (let i = 0; i < count - 1; i++) {
    const id = order[i] ?? 0;
    rest -= shares[id] ?? 0;
    if (rest < 0) return id;
  }
  return order[count - 1] ?? 0;
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
