/**
 * @file Losses beside the plain one on the CPU, in vector instructions and in plain loops: log-probabilities, losses and
 * the gradient of the logits against PyTorch, and against finite differences in 64 bits.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { TokenLoss } from '../../src/model/engine';
import { policyTerms } from '../../src/model/policy-terms';
import { policyTokenLoss } from '../../src/ops/token-loss';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { Batch } from '../../src/sequence/types';
import { lossCase, lossOfCase, runLoss, type LossCase } from './loss-run';
import { largestDifference, relativeError } from './plan-llama-golden';
import { expectedPolicy, readLogits } from './policy-golden';

/** Of numbers around 1, in 32 bits. */
const LIMIT = 2e-6;

let vectors: CpuExecutor;
let loops: CpuExecutor;
let exact: CpuExecutor;

beforeAll(async () => {
  vectors = await CpuExecutor.create({ simd: true });
  loops = await CpuExecutor.create({ simd: false });
  exact = await CpuExecutor.create({ bits: 64 });
});

const golden = readLogits();
const one: LossCase = {
  logits: golden.logits,
  targets: golden.targets,
  weights: golden.floats('weights'),
  policy: golden.policy,
};

describe.each(Object.entries(expectedPolicy.losses))('%s', (name, loss) => {
  test('the loss and the gradient of the logits are those of PyTorch', async () => {
    for (const executor of [vectors, loops]) {
      const found = await runLoss(executor, one, loss);
      expect(relativeError(found.gradient, golden.floats(`${name}/gradient`))).toBeLessThan(LIMIT);
      const expected = expectedPolicy.logits[name]?.['loss'] ?? NaN;
      expect(lossOfCase(one, loss, found)).toBeCloseTo(expected, 4);
    }
  });
});

describe.each(['policy', 'policy-kl'])('%s', (name) => {
  const loss = expectedPolicy.losses[name] as Extract<TokenLoss, { kind: 'policy' }>;
  const batch = { weights: one.weights, policy: one.policy, norm: 1 } as Batch;

  test('slopes, clipped shares and KL are those of PyTorch and TRL', async () => {
    const { logProbs } = await runLoss(vectors, one, loss);
    const slopes = one.weights.map((weight, n) => {
      const { advantages, oldLogProbs, referenceLogProbs } = one.policy;
      const token = {
        advantage: advantages[n] ?? NaN,
        oldLogProb: oldLogProbs[n] ?? NaN,
        referenceLogProb: referenceLogProbs[n] ?? NaN,
      };
      return weight * policyTokenLoss(loss, token, logProbs[n] ?? NaN).slope;
    });
    expect(largestDifference(slopes, golden.floats(`${name}/slopes`))).toBeLessThan(1e-5);

    const figures = policyTerms(loss, [batch], [logProbs]);
    const trl = expectedPolicy.logits[name] ?? {};
    expect(figures.loss).toBeCloseTo(trl['loss'] ?? NaN, 4);
    expect(figures.clipLowFraction).toBeCloseTo(trl['clip_ratio/low_mean'] ?? NaN, 6);
    expect(figures.clipHighFraction).toBeCloseTo(trl['clip_ratio/high_mean'] ?? NaN, 6);
    expect(figures.clipFraction).toBeCloseTo(trl['clip_ratio/region_mean'] ?? NaN, 6);
    if (loss.kl > 0) expect(figures.kl).toBeCloseTo(trl['kl'] ?? NaN, 5);
  });

  test('as a mean over tokens, the loss and its slopes are those of TRL’s trainer', async () => {
    const weights = one.weights.map((weight) => (weight > 0 ? 1 : 0));
    const tokens = weights.reduce((sum, weight) => sum + weight, 0);
    const mean = { ...one, weights: weights.map((weight) => weight / tokens) };
    const { logProbs, gradient } = await runLoss(vectors, mean, loss);
    expect(lossOfCase(mean, loss, { logProbs })).toBeCloseTo(expectedPolicy.logits[name]?.['trl'] ?? NaN, 5);
    // A row's gradient at its target is slope · (1 − p).
    const vocabulary = one.logits.length / one.targets.length;
    const slopes = one.weights.map((_, n) => {
      const p = Math.exp(logProbs[n] ?? NaN);
      return (gradient[n * vocabulary + (one.targets[n] ?? 0)] ?? NaN) / (1 - p);
    });
    expect(largestDifference(slopes, golden.floats(`${name}/trl`))).toBeLessThan(1e-6);
  });
});

test('borders and ties of the clip as PyTorch has them', () => {
  for (const [
    advantage,
    oldLogProb,
    referenceLogProb,
    clipLow,
    clipHigh,
    kl,
    loss,
    slope,
  ] of expectedPolicy.borders) {
    const found = policyTokenLoss({ clipLow, clipHigh, kl }, { advantage, oldLogProb, referenceLogProb }, -2);
    expect(found.loss).toBeCloseTo(loss, 12);
    expect(found.slope).toBeCloseTo(slope, 12);
  }
});

test('with the old log-probabilities its own, a clip leaves the slope whole, and one of no width half of it', async () => {
  for (const executor of [vectors, loops]) {
    const { logProbs } = await runLoss(executor, one, { kind: 'nll' });
    const fresh = { ...one, policy: { ...one.policy, oldLogProbs: Float32Array.from(logProbs) } };
    for (const [clip, share] of [
      [0.2, 1],
      [0, 0.5],
    ] as const) {
      const weights = one.weights.map((w, n) => share * w * (one.policy.advantages[n] ?? NaN));
      const found = await runLoss(executor, fresh, { kind: 'policy', clipLow: clip, clipHigh: clip, kl: 0 });
      const expected = await runLoss(executor, { ...one, weights }, { kind: 'nll' });
      expect(relativeError(found.gradient, expected.gradient)).toBeLessThan(LIMIT);
    }
  }
});

const SHAPES = [
  [1, 1],
  [1, 2],
  [3, 3],
  [2, 7],
  [5, 16],
  [9, 33],
  [17, 61],
  [64, 5],
  [130, 19],
] as const;

test.each(Object.entries(expectedPolicy.losses))(
  '%s in odd shapes: vectors are loops, and both the finite difference',
  async (_, loss) => {
    for (const [i, [rows, vocabulary]] of SHAPES.entries()) {
      const made = lossCase(rows, vocabulary, 40 + i);
      const found = await runLoss(exact, made, loss);
      for (const executor of [vectors, loops]) {
        const { gradient } = await runLoss(executor, made, loss);
        expect(largestDifference(gradient, found.gradient), `${rows}×${vocabulary}`).toBeLessThan(1e-5);
      }
      // The probability that weighs a token is no part of what is derived: it stays that of the middle.
      const weighted = loss.kind === 'nll' && loss.probabilityWeighted === true;
      const held = made.weights.map((w, n) => (weighted ? w * Math.exp(found.logProbs[n] ?? NaN) : w));
      const derived: TokenLoss = weighted ? { ...loss, probabilityWeighted: false } : loss;
      const moved = async (step: number) => {
        const logits = Float64Array.from(made.logits, (x, at) => x + step * Math.cos(at));
        const there = { ...made, weights: held, logits };
        return lossOfCase(there, derived, await runLoss(exact, there, derived));
      };
      const step = 1e-6;
      const difference = ((await moved(step)) - (await moved(-step))) / (2 * step);
      const slope = Array.from(found.gradient).reduce((sum, g, at) => sum + g * Math.cos(at), 0);
      const size = Math.hypot(...found.gradient);
      expect(Math.abs(difference - slope), `${rows}×${vocabulary}`).toBeLessThan(1e-6 * size + 1e-7);
    }
  },
);
