/**
 * @file Ranks and alternatives on any executor, against a plain reference that sorts everything.
 */
import { ALTERNATIVE, tokenRanks } from '../../src/ops/token-rank';
import { seededRandom } from '../../src/model/random';
import { PlanBuilder } from '../../src/plan/builder';
import type { Executor } from '../../src/plan/executor';
import { makeTensor } from '../../src/plan/tensor';

export interface RankCase {
  rows: number;
  vocabulary: number;
  count: number;
  logits: Float32Array;
  targets: Int32Array;
  logProbs: Float32Array;
}

/** Tokens, vocabulary and alternatives: a single token, vocabularies that no workgroup divides, more than one chunk. */
const SIZES = [
  [1, 1, 1],
  [1, 5, 5],
  [3, 7, 5],
  [17, 64, 5],
  [5, 129, 1],
  [65, 301, 5],
  [2, 1000, 16],
] as const;

/** Logits of a few steps only, so that many are equal. */
export const RANK_CASES: readonly RankCase[] = SIZES.map(([rows, vocabulary, count], i) => {
  const random = seededRandom(31 + i);
  const logits = Float32Array.from({ length: rows * vocabulary }, () => Math.round(24 * random()) / 4 - 3);
  const targets = Int32Array.from({ length: rows }, () => Math.floor(random() * vocabulary));
  return { rows, vocabulary, count, logits, targets, logProbs: logProbsOf(logits, targets, vocabulary) };
});

function logProbsOf(logits: Float32Array, targets: Int32Array, vocabulary: number): Float32Array {
  return Float32Array.from(targets, (target, row) => {
    const line = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
    return (line[target] ?? NaN) - Math.log(line.reduce((sum, x) => sum + Math.exp(x), 0));
  });
}

/** Ranks [N], and ids with log-probabilities [N, K, 2]. */
export interface Ranked {
  ranks: number[];
  alternatives: number[];
}

export function sortedRanks({ rows, vocabulary, count, logits, targets }: RankCase): Ranked {
  const found: Ranked = { ranks: [], alternatives: [] };
  for (let row = 0; row < rows; row++) {
    const line = [...logits.subarray(row * vocabulary, (row + 1) * vocabulary)];
    const goal = line[targets[row] ?? 0] ?? NaN;
    const logSum = Math.log(line.reduce((sum, x) => sum + Math.exp(x), 0));
    found.ranks.push(1 + line.filter((x) => x > goal).length);
    const order = line.map((_, id) => id).sort((a, b) => (line[b] ?? 0) - (line[a] ?? 0) || a - b);
    for (const id of order.slice(0, count)) found.alternatives.push(id, (line[id] ?? NaN) - logSum);
  }
  return found;
}

export async function rankTokens(executor: Executor, one: RankCase): Promise<Ranked> {
  const { rows, vocabulary, count } = one;
  const given = {
    logits: makeTensor('logits', [rows, vocabulary], 'input'),
    targets: makeTensor('targets', [rows], 'input', 'i32'),
    logProbs: makeTensor('log-probabilities', [rows], 'input'),
    ranks: makeTensor('ranks', [rows], 'output'),
    alternatives: makeTensor('alternatives', [rows, count, ALTERNATIVE], 'output'),
  };
  const plan = new PlanBuilder();
  plan.append(tokenRanks(given.logits, given.targets, given.logProbs, given));
  const prepared = await executor.prepare(plan.finish());
  executor.write(given.logits, one.logits);
  executor.write(given.targets, one.targets);
  executor.write(given.logProbs, one.logProbs);
  await prepared.run();
  const found = {
    ranks: [...(await executor.read(given.ranks))],
    alternatives: [...(await executor.read(given.alternatives))],
  };
  prepared.dispose();
  executor.release(Object.values(given).map(({ buffer }) => buffer));
  return found;
}
