/**
 * @file Golden predictions, and how an engine's are compared with them.
 */
import { expect } from 'vitest';
import type { Predictions } from '../../src/model/engine';

/** A token that is predicted: its place in the batch, and what was predicted there. */
export interface GoldenPrediction {
  place: number;
  logProb: number;
  entropy: number;
  rank: number;
  topIds: number[];
  topLogProbs: number[];
}

export type GoldenPredictions = Record<string, GoldenPrediction[]>;

export const PREDICTION_CASES = ['single', 'padded', 'packed', 'mixed'] as const;

/** Ranks and ids exactly; entropy and log-probabilities within 1e-4. */
export function expectPredictions(found: Predictions, golden: readonly GoldenPrediction[]): void {
  expect(golden.length).toBeGreaterThan(0);
  const count = golden[0]?.topIds.length ?? 0;
  const near = (value: number | undefined, wanted: number, what: string) =>
    expect(Math.abs((value ?? NaN) - wanted), what).toBeLessThan(1e-4);
  for (const { place, logProb, entropy, rank, topIds, topLogProbs } of golden) {
    expect(found.ranks[place], `rank at ${place}`).toBe(rank);
    near(found.logProbs[place], logProb, `log-probability at ${place}`);
    near(found.entropy[place], entropy, `entropy at ${place}`);
    const [from, to] = [place * count, (place + 1) * count];
    expect([...found.topIds.slice(from, to)], `ids at ${place}`).toEqual(topIds);
    topLogProbs.forEach((value, k) =>
      near(found.topLogProbs[from + k], value, `alternative ${k} at ${place}`),
    );
  }
}
