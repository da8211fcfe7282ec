/**
 * @file Steps with other losses than the plain one and with noise on embeddings, on the CPU: gradients of a Llama's
 * parameters against PyTorch's, the readable decoder's losses against the same, and what a step promises.
 */
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { decode, predict } from '../../src/model/decoder';
import { noiseOn } from '../../src/model/embedding-noise';
import type { AdamWSettings, StepOptions, TokenLoss } from '../../src/model/engine';
import { decoderInput } from '../../src/model/inputs';
import { targetLogProbs, tokenLosses, weightedLoss } from '../../src/model/loss';
import { parameterShapes } from '../../src/model/parameter-names';
import { PlannedEngine } from '../../src/model/planned-engine';
import { policyTerms } from '../../src/model/policy-terms';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { Batch, PolicyTerms } from '../../src/sequence/types';
import * as tf from '../../src/tensor/tf';
import { batchOf, largestDifference, readGolden, readNeftune, relativeError } from './plan-llama-golden';
import { expectedPolicy, readPolicyLlama } from './policy-golden';

const { golden, batch, gradients } = readPolicyLlama();
const SETTINGS: AdamWSettings = { ...golden.adamw, learningRate: 1e-2, weightDecay: 0 };
const policy: TokenLoss = { kind: 'policy', clipLow: 0.2, clipHigh: 0.2, kl: 0 };

let executor: CpuExecutor;

beforeAll(async () => {
  await tf.setBackend('cpu');
  executor = await CpuExecutor.create();
});

const load = () => PlannedEngine.load(executor, golden.config, golden.weights);

/** The batch with other terms. */
const withTerms = (terms: Partial<PolicyTerms>): Batch => ({
  ...batch,
  policy: { ...(batch.policy as PolicyTerms), ...terms },
});

/** Loss and gradients of the readable decoder. */
function readable(one: Batch, { loss = { kind: 'nll' }, neftune }: StepOptions) {
  tf.engine().startScope();
  try {
    const names = [...golden.weights.keys()];
    const shapes = parameterShapes(golden.config);
    const values = names.map((name) =>
      tf.tensor(golden.weights.get(name) as Float32Array, [...(shapes.get(name) ?? [])]),
    );
    const width = golden.config.hiddenSize;
    const noise =
      neftune && tf.tensor2d(noiseOn({ ...one, firstRow: 0, width }, neftune), [one.ids.length, width]);
    const lossOf = (...tensors: tf.Tensor[]) => {
      const parameters = new Map(names.map((name, i) => [name, tensors[i] as tf.Tensor]));
      const input = { ...decoderInput(golden.config, one), ...(noise && { noise }) };
      const logits = predict(golden.config, parameters, decode(golden.config, parameters, input));
      const logProbs = targetLogProbs(logits, one.targets);
      return weightedLoss(tokenLosses(loss, logits, logProbs, one.policy), one.weights, one.norm);
    };
    const { value, grads } = tf.valueAndGrads(lossOf)(values);
    const read = grads.map((grad) => grad.dataSync<'float32'>());
    return {
      loss: value.dataSync<'float32'>()[0] ?? NaN,
      gradients: new Map(names.map((name, i) => [name, read[i] as Float32Array])),
    };
  } finally {
    tf.engine().endScope();
  }
}

function expectGradients(
  found: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, Float32Array>,
) {
  for (const [name, values] of expected) {
    const gradient = found.get(name) ?? new Float32Array();
    expect(relativeError(gradient, values), name).toBeLessThan(1e-4);
  }
}

describe.each(['both', 'policy-kl'])('%s on a packed and padded batch', (name) => {
  const loss = expectedPolicy.losses[name] as TokenLoss;
  const expected = expectedPolicy.llama[name]?.loss ?? NaN;

  test('loss and gradients of all parameters are those of PyTorch', async () => {
    const engine = await load();
    const found = await engine.lossAndGradients(batch, { loss });
    expect(found.loss).toBeCloseTo(expected, 5);
    expectGradients(found.gradients, gradients(name));
  });

  test('and so they are in the readable decoder', () => {
    const found = readable(batch, { loss });
    expect(found.loss).toBeCloseTo(expected, 5);
    expectGradients(found.gradients, gradients(name));
  });

  test('a step in two micro-batches is that of one batch', async () => {
    const [whole, parts] = [await load(), await load()];
    const row = (values: Float32Array | Int32Array, r: number) =>
      values.slice(r * batch.length, (r + 1) * batch.length);
    const rows = [0, 1].map((r): Batch => {
      const of = Object.fromEntries(
        (['ids', 'targets', 'weights', 'positions', 'documents'] as const).map((key) => [
          key,
          row(batch[key], r),
        ]),
      );
      const terms = Object.fromEntries(
        Object.entries(batch.policy as PolicyTerms).map(([key, values]) => [
          key,
          row(values as Float32Array, r),
        ]),
      );
      return { ...batch, ...of, rows: 1, policy: terms as unknown as PolicyTerms };
    });
    const options: StepOptions = { loss, neftune: { alpha: 5, seed: 3 } };
    const one = await whole.step([batch], SETTINGS, options);
    const two = await parts.step(rows, SETTINGS, options);
    expect(two.loss).toBeCloseTo(one.loss, 5);
    expect(two.gradientNorm / one.gradientNorm).toBeCloseTo(1, 4);
  });
});

describe('a step with a policy loss', () => {
  test('reports log-probabilities and entropies before the update, and the loss that they give', async () => {
    const engine = await load();
    const before = await engine.model.score(batch);
    const { loss, logProbs, entropies } = await engine.step([batch], SETTINGS, { loss: policy });
    expect(logProbs).toEqual([before.logProbs]);
    expect(entropies).toEqual([before.entropy]);
    expect(policyTerms(policy, [batch], logProbs).loss).toBeCloseTo(loss, 12);
  });

  test('advantages of 0 change nothing at all, however many steps', async () => {
    const zeros = withTerms({ advantages: new Float32Array(batch.ids.length) });
    const engine = await load();
    for (let step = 0; step < 3; step++) {
      const result = await engine.step([zeros], SETTINGS, { loss: policy });
      expect(result.gradientNorm).toBe(0);
      expect(Math.abs(result.loss)).toBe(0);
    }
    expect(await engine.read()).toEqual(golden.weights);
  });

  test.each([1, -1])('an advantage of %f moves the probability its way', async (advantage) => {
    const engine = await load();
    const oldLogProbs = await engine.score(batch, 'tuned');
    const one = withTerms({ advantages: new Float32Array(batch.ids.length).fill(advantage), oldLogProbs });
    await engine.step([one], { ...SETTINGS, learningRate: 1e-3 }, { loss: policy });
    const after = await engine.score(batch, 'tuned');
    const sum = (values: Float32Array) => values.reduce((all, x, n) => all + x * (batch.weights[n] ?? 0), 0);
    expect(Math.sign(sum(after) - sum(oldLogProbs))).toBe(advantage);
  });

  test('another clip and another β take the same plan', async () => {
    const engine = await load();
    const held = executor.bytes;
    await engine.step([batch], { ...SETTINGS, learningRate: 0 }, { loss: policy });
    const one = executor.bytes;
    const loss = { ...policy, clipLow: 0.05, clipHigh: 0.07, kl: 0.3 };
    const wide = await engine.lossAndGradients(batch, { loss: policy });
    const narrow = await engine.lossAndGradients(batch, { loss });
    expect(executor.bytes).toBe(one);
    expect(one).toBeGreaterThan(held);
    expectGradients(narrow.gradients, readable(batch, { loss }).gradients);
    expect(narrow.gradients).not.toEqual(wide.gradients);
  });

  test('a reference that is the model itself pulls nowhere', async () => {
    const engine = await load();
    const scores = await engine.score(batch, 'base');
    const advantages = new Float32Array(batch.ids.length);
    const one = withTerms({ advantages, oldLogProbs: scores, referenceLogProbs: scores });
    const { gradientNorm, loss } = await engine.step([one], SETTINGS, { loss: { ...policy, kl: 0.5 } });
    expect(gradientNorm).toBeLessThan(1e-5);
    expect(Math.abs(loss)).toBeLessThan(1e-9);
  });

  test('ratios beyond all numbers stay finite', async () => {
    const engine = await load();
    const far = new Float32Array(batch.ids.length).fill(-1000);
    const one = withTerms({ advantages: far.map(() => 1), oldLogProbs: far });
    const { gradientNorm, loss } = await engine.step([one], SETTINGS, { loss: policy });
    expect(gradientNorm).toBe(0);
    const weights = batch.weights.reduce((sum, w) => sum + w, 0);
    expect(loss).toBeCloseTo((-1.2 * weights) / batch.norm, 5);
  });

  const infinite = { ...policy, clipLow: Infinity, clipHigh: Infinity };
  test('without a limit the clip holds nothing back', async () => {
    const engine = await load();
    const found = await engine.lossAndGradients(batch, { loss: infinite });
    const { clipFraction } = policyTerms(infinite, [batch], [await engine.score(batch, 'tuned')]);
    expect(clipFraction).toBe(0);
    const { advantages, oldLogProbs } = batch.policy as PolicyTerms;
    const scores = await engine.score(batch, 'tuned');
    // −ρA as a plain loss: each token's weight times its ratio and its advantage.
    const weights = batch.weights.map(
      (w, n) => w * (advantages[n] ?? 0) * Math.exp((scores[n] ?? 0) - (oldLogProbs[n] ?? 0)),
    );
    const plain = await engine.lossAndGradients({ ...batch, weights });
    expectGradients(found.gradients, plain.gradients);
  });
});

describe('noise on embeddings', () => {
  const one = batchOf(readGolden('tied'), 'mixed');
  const neftune = { alpha: 5, seed: 7 };

  test('is that of the readable decoder, with loss and gradients', async () => {
    const engine = await load();
    const found = await engine.lossAndGradients(one, { neftune });
    const expected = readable(one, { neftune });
    expect(found.loss).toBeCloseTo(expected.loss, 4);
    expectGradients(found.gradients, expected.gradients);
  });

  test('gives loss and gradients of all parameters that transformers’ own hook gives for the same draws', async () => {
    const hook = readNeftune();
    const { alpha, seed } = hook;
    const marked = batchOf(golden, hook.case);
    const width = golden.config.hiddenSize;
    const noise = noiseOn({ ...marked, firstRow: 0, width }, { alpha, seed });
    expect(largestDifference(noise, hook.floats('noise'))).toBeLessThan(1e-6);
    const engine = await load();
    const found = await engine.lossAndGradients(marked, { neftune: { alpha, seed } });
    expect(found.loss).toBeCloseTo(hook.loss, 5);
    expectGradients(
      found.gradients,
      new Map([...golden.weights.keys()].map((name) => [name, hook.floats(name)])),
    );
  });

  test('is uniform in ±α / √(L · d) over each document’s own tokens, and none on padding', () => {
    const width = golden.config.hiddenSize;
    const noise = noiseOn({ ...one, firstRow: 0, width }, neftune);
    const lengths = new Map<string, number>();
    const key = (n: number) => `${Math.floor(n / one.length)} ${one.documents[n] ?? 0}`;
    one.documents.forEach((_, n) => lengths.set(key(n), (lengths.get(key(n)) ?? 0) + 1));
    const units: number[] = [];
    one.documents.forEach((document, n) => {
      const its = [...noise.subarray(n * width, (n + 1) * width)];
      if (document === 0) return expect(its.every((x) => x === 0)).toBe(true);
      const most = neftune.alpha / Math.sqrt((lengths.get(key(n)) ?? NaN) * width);
      units.push(...its.map((x) => x / most));
    });
    expect(Math.max(...units.map(Math.abs))).toBeLessThanOrEqual(1 + 1e-6);
    const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
    // A mean of n uniform numbers in [−1, 1] strays by 1 / √(3n), here 0.02.
    expect(Math.abs(mean(units))).toBeLessThan(0.07);
    expect(mean(units.map((x) => x * x))).toBeCloseTo(1 / 3, 1);
  });

  test('does not depend on padding or on what is beside it in the batch', () => {
    const width = 8;
    const rows = { rows: 2, length: 3, documents: Int32Array.of(1, 1, 0, 1, 1, 1), width };
    const wide = { rows: 1, length: 5, documents: Int32Array.of(1, 1, 1, 0, 0), width };
    const both = noiseOn({ ...rows, firstRow: 0 }, neftune);
    const second = noiseOn({ ...wide, firstRow: 1 }, neftune);
    expect(second.subarray(0, 3 * width)).toEqual(both.subarray(3 * width));
  });

  test('the same seed gives the same step, another one another, and α 0 the step without noise', async () => {
    const [a, b, c, d, e] = [await load(), await load(), await load(), await load(), await load()];
    await a.step([one], SETTINGS, { neftune });
    await b.step([one], SETTINGS, { neftune });
    await c.step([one], SETTINGS, { neftune: { ...neftune, seed: 8 } });
    await d.step([one], SETTINGS, { neftune: { ...neftune, alpha: 0 } });
    await e.step([one], SETTINGS);
    expect(await b.read()).toEqual(await a.read());
    expect(await c.read()).not.toEqual(await a.read());
    expect(await d.read()).toEqual(await e.read());
  });
});

describe('options that make no sense are refused by name, and change nothing', () => {
  const { policy: terms, ...without } = batch;
  const odd = (key: keyof PolicyTerms) => withTerms({ [key]: (terms as PolicyTerms)[key].map(() => NaN) });
  const negative: Batch = { ...batch, weights: batch.weights.map((w) => -w) };
  const cases: [string, Batch, StepOptions, string, RegExp][] = [
    ['no terms', without, { loss: policy }, 'policy-missing', /advantage/],
    [
      'terms of another size',
      withTerms({ oldLogProbs: new Float32Array(2) }),
      { loss: policy },
      'bad-batch',
      /old/,
    ],
    ['an advantage', odd('advantages'), { loss: policy }, 'non-finite-advantage', /advantages/],
    ['a reference', odd('referenceLogProbs'), { loss: policy }, 'non-finite-advantage', /reference/],
    ['weights below 0', negative, { loss: policy }, 'negative-weight', /-/],
    ['no norm', { ...batch, norm: 0 }, { loss: policy }, 'zero-norm', /norm/],
    ['clip', batch, { loss: { ...policy, clipLow: -0.1 } }, 'bad-settings', /clipLow/],
    ['upper clip', batch, { loss: { ...policy, clipHigh: NaN } }, 'bad-settings', /clipHigh/],
    ['β', batch, { loss: { ...policy, kl: Infinity } }, 'bad-settings', /kl/],
    ['smoothing', batch, { loss: { kind: 'nll', labelSmoothing: 1 } }, 'bad-settings', /labelSmoothing/],
    ['noise', batch, { neftune: { alpha: -1, seed: 0 } }, 'bad-settings', /alpha/],
    ['a seed', batch, { neftune: { alpha: 1, seed: 0.5 } }, 'bad-settings', /seed/],
  ];

  test.each(cases)('%s', async (_, one, options, code, message) => {
    const engine = await load();
    const refusal = engine.step([one], SETTINGS, options);
    await expect(refusal).rejects.toMatchObject({ code });
    await expect(refusal).rejects.toThrow(message);
    expect(await engine.read()).toEqual(golden.weights);
  });
});
