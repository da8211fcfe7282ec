/**
 * @file Running the sampler on any executor, and a plain reference of it: everything is sorted.
 */
import { CHOICES, DRAWN, sampleTokens, writeChoice, type Choice } from '../../src/ops/sampler';
import { PlanBuilder } from '../../src/plan/builder';
import type { Executor } from '../../src/plan/executor';
import { makeTensor } from '../../src/plan/tensor';

export interface Draw {
  id: number;
  logProb: number;
  entropy: number;
}

/**
 * Draws from each row of logits.
 *
 * @param positions of the tokens that the rows come from
 */
export async function drawTokens(
  executor: Executor,
  logits: Float32Array,
  choices: readonly Choice[],
  positions: readonly number[] = choices.map((_, n) => n),
): Promise<Draw[]> {
  const rows = choices.length;
  const vocabulary = logits.length / rows;
  const given = {
    logits: makeTensor('logits', [rows, vocabulary], 'input'),
    choices: makeTensor('choices', [rows, CHOICES], 'input'),
    draws: makeTensor('draws', [rows, CHOICES], 'input', 'i32'),
    slots: makeTensor('slots', [rows], 'input', 'i32'),
    positions: makeTensor('positions', [rows], 'input', 'i32'),
    ids: makeTensor('ids', [rows], 'input', 'i32'),
    drawn: makeTensor('drawn', [rows * DRAWN], 'output'),
  };
  const plan = new PlanBuilder();
  sampleTokens(plan, given);
  const prepared = await executor.prepare(plan.finish());
  const [floats, ints] = [new Float32Array(rows * CHOICES), new Int32Array(rows * CHOICES)];
  choices.forEach((choice, n) => writeChoice(floats, ints, n, choice));
  executor.write(given.logits, logits);
  executor.write(given.choices, floats);
  executor.write(given.draws, ints);
  executor.write(given.slots, new Int32Array(rows));
  executor.write(given.positions, Int32Array.from(positions));
  await prepared.run();
  const values = await executor.read(given.drawn);
  prepared.dispose();
  executor.release(Object.values(given).map(({ buffer }) => buffer));
  return choices.map((_, n) => {
    const [id = NaN, logProb = NaN, entropy = NaN] = values.subarray(n * DRAWN);
    return { id, logProb, entropy };
  });
}

/** Probabilities of all tokens under a choice: everything sorted, then cut, as transformers' warpers do one by one. */
export function distribution(
  logits: Float32Array,
  { temperature, topK = 0, topP, minP = 0 }: Choice,
): Float64Array {
  const top = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.fround(Math.exp((logit - top) / temperature)));
  let order = weights.map((_, id) => id).sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
  if (topK > 0) order = order.slice(0, topK);
  const mass = order.reduce((sum, id) => sum + (weights[id] ?? 0), 0);
  let reached = 0;
  if (topP < 1)
    order = order.filter((id, i) => [i === 0 || reached < topP * mass, (reached += weights[id] ?? 0)][0]);
  order = order.filter((id) => (weights[id] ?? 0) >= Math.fround(minP));
  const kept = order.reduce((sum, id) => sum + (weights[id] ?? 0), 0);
  const result = new Float64Array(logits.length);
  for (const id of order) result[id] = (weights[id] ?? 0) / kept;
  return result;
}

/** Pearson's statistic of counts against what was expected, and the degrees of freedom. */
export function chiSquare(
  counts: ArrayLike<number>,
  expected: ArrayLike<number>,
): { value: number; freedom: number } {
  let [value, freedom] = [0, -1];
  for (let i = 0; i < expected.length; i++) {
    const mean = expected[i] ?? 0;
    if (mean === 0) continue;
    value += ((counts[i] ?? 0) - mean) ** 2 / mean;
    freedom++;
  }
  return { value, freedom };
}
