/**
 * @file Losses beside the plain one in WGSL: rows of logits against the CPU's loops in odd shapes, in both forms of row
 * kernels, and steps of a tiny Llama with such a loss and with noise, planned and in the readable decoder.
 */
import { beforeAll, expect, test } from 'vitest';
import type { StepOptions, TokenLoss } from '../../src/model/engine';
import { OracleEngine } from '../../src/model/oracle';
import { PlannedEngine } from '../../src/model/planned-engine';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { decodeTensor } from '../../src/model/safetensors';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import type { TensorDevice } from '../../src/tensor/device';
import { lossCase, runLoss } from '../unit/loss-run';
import { randomNumbers } from '../unit/ops-run';
import { caseBatch, loadGolden, relativeError, testDevice } from './support';

const LOSSES: Record<string, TokenLoss> = {
  plain: { kind: 'nll' },
  smoothing: { kind: 'nll', labelSmoothing: 0.1 },
  both: { kind: 'nll', labelSmoothing: 0.3, probabilityWeighted: true },
  policy: { kind: 'policy', clipLow: 0.2, clipHigh: 0.28, kl: 0 },
  'policy and KL': { kind: 'policy', clipLow: 0.1, clipHigh: Infinity, kl: 0.05 },
};
const SHAPES = [
  [1, 1],
  [2, 7],
  [9, 33],
  [17, 61],
  [64, 5],
  [130, 19],
] as const;

let target: TensorDevice;
let cpu: CpuExecutor;

beforeAll(async () => {
  target = await testDevice();
  cpu = await CpuExecutor.create();
});

test.each([1, 8])('rows of logits as on the CPU, rows shared by %i', async (lanes) => {
  const executor = new WgslExecutor(target, { lanes });
  for (const [name, loss] of Object.entries(LOSSES)) {
    for (const [i, [rows, vocabulary]] of SHAPES.entries()) {
      const one = lossCase(rows, vocabulary, 40 + i);
      const found = await runLoss(executor, one, loss);
      const expected = await runLoss(cpu, one, loss);
      for (const key of ['gradient', 'logProbs', 'entropy', 'means'] as const) {
        const [a, b] = [Array.from(found[key] ?? []), Array.from(expected[key] ?? [])];
        expect(a.length).toBe(b.length);
        a.forEach((value, at) => {
          const error = Math.abs(value - (b[at] ?? NaN));
          expect(error, `${name}, ${rows}×${vocabulary}, ${key}`).toBeLessThan(2e-5);
        });
      }
    }
  }
  executor.dispose();
});

const NOISE = { alpha: 5, seed: 7 };
const STEPS: Record<string, StepOptions> = {
  'smoothing and noise': { loss: { kind: 'nll', labelSmoothing: 0.1 }, neftune: NOISE },
  'probability-weighted': { loss: { kind: 'nll', probabilityWeighted: true } },
  'policy and noise': { loss: { kind: 'policy', clipLow: 0.2, clipHigh: 0.2, kl: 0.1 }, neftune: NOISE },
};

test.each(Object.keys(STEPS))('%s: loss, gradients and a step as on the CPU', async (name) => {
  const options = STEPS[name] as StepOptions;
  const golden = await loadGolden('tied');
  const weights = new Map([...golden.file.tensors].map(([key, tensor]) => [key, decodeTensor(tensor)]));
  const there = await PlannedEngine.load(cpu, golden.config, weights);
  const plain = caseBatch(golden, 'mixed');
  const scores = await there.score(plain, 'tuned');
  const off = (seed: number) => randomNumbers(scores.length, seed, 0.5).map((x, n) => x + (scores[n] ?? 0));
  const batch = {
    ...plain,
    weights: plain.weights.map(Math.abs),
    policy: {
      advantages: randomNumbers(scores.length, 1, 2),
      oldLogProbs: off(2),
      referenceLogProbs: off(3),
    },
  };
  const expected = await there.lossAndGradients(batch, options);
  const executor = new WgslExecutor(target);
  const engines = [
    await PlannedEngine.load(executor, golden.config, weights),
    await OracleEngine.load(target, golden.config, weights),
  ];
  const settings = { ...golden.adamw, learningRate: 1e-2 };
  const step = await there.step([batch], settings, options);
  for (const engine of engines) {
    const found = await engine.lossAndGradients(batch, options);
    expect(found.loss).toBeCloseTo(expected.loss, 4);
    for (const [key, gradient] of found.gradients) {
      expect(relativeError(gradient, expected.gradients.get(key) as Float32Array), key).toBeLessThan(1e-4);
    }
    const made = await engine.step([batch], settings, options);
    expect(made.loss).toBeCloseTo(step.loss, 4);
    expect(made.gradientNorm / step.gradientNorm).toBeCloseTo(1, 3);
    engine.dispose();
  }
  executor.dispose();
  there.dispose();
});

test('advantages of 0 change no bit on the GPU either', async () => {
  const golden = await loadGolden('tied');
  const weights = new Map([...golden.file.tensors].map(([key, tensor]) => [key, decodeTensor(tensor)]));
  const executor = new WgslExecutor(target);
  const engine = await PlannedEngine.load(executor, golden.config, weights);
  const plain = caseBatch(golden, 'mixed');
  const zeros = new Float32Array(plain.ids.length);
  const batch = {
    ...plain,
    weights: plain.weights.map(Math.abs),
    policy: { advantages: zeros, oldLogProbs: zeros.map(() => -3), referenceLogProbs: zeros },
  };
  const loss: TokenLoss = { kind: 'policy', clipLow: 0.2, clipHigh: 0.2, kl: 0 };
  const before = await engine.read();
  const { gradientNorm } = await engine.step([batch], { ...golden.adamw, weightDecay: 0 }, { loss });
  expect(gradientNorm).toBe(0);
  expect(await engine.read()).toEqual(before);
  executor.dispose();
});
