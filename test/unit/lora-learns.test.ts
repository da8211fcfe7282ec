/**
 * @file LoRA on the shipped model with its base packed learns as it does on an F32 base: 40 steps, from 10.2 nats a token to
 * 0.13 on F32.
 */
import { describe, expect, test } from 'vitest';
import type { BaseFormat } from '../../src/model/engine';
import { DEFAULT_LORA } from '../../src/model/lora';
import { PlannedEngine } from '../../src/model/planned-engine';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { toBatch } from '../../src/sequence/batch';
import type { TrainingSequence } from '../../src/sequence/types';
import { readPocket } from './plan-llama-golden';

const STEPS = 40;
const ADAMW = { learningRate: 2e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };

describe('LoRA on the shipped model', () => {
  const pocket = readPocket();
  /** What the model is to learn by heart: two sequences with half of their words replaced. */
  const sequences = [0, 1].map((number): TrainingSequence => {
    const ids = pocket
      .ids(number)
      .map((id, i) => (i % 2 ? (id * 7 + i) % pocket.config.vocabularySize : id))
      .slice(0, 64);
    return {
      ids,
      weights: Float32Array.from(ids, (_, i) => (i ? 1 : 0)),
      kind: new Uint8Array(ids.length),
      positions: ids.map((_, i) => i),
      document: ids.map(() => 1),
      origin: { conversation: `golden ${number}` },
    };
  });
  const batch = toBatch(sequences);

  async function curve(base: BaseFormat): Promise<number[]> {
    const executor = await CpuExecutor.create();
    const engine = await PlannedEngine.load(executor, pocket.config, pocket.weights, undefined, {
      base,
      adaptation: DEFAULT_LORA,
    });
    const losses: number[] = [];
    for (let step = 0; step < STEPS; step++) losses.push((await engine.step([batch], ADAMW)).loss);
    losses.push((await engine.lossAndGradients(batch)).loss);
    engine.dispose();
    return losses;
  }

  test('on F16, int8 and int4 it learns as on F32', async () => {
    const plain = await curve('f32');
    const [first = NaN] = plain;
    const last = plain.at(-1) ?? NaN;
    // The words replaced at random surprise the model more than if it knew nothing.
    expect(first).toBeGreaterThan(Math.log(pocket.config.vocabularySize));
    expect(last).toBeLessThan(0.2);
    // How far a curve is from the plain one, in parts of what is learnt: at its worst step, and at its end. With the shipped
    // weights int8 gives 0.0008 and 0.0001, int4 0.014 and 0.001.
    const limits = { f16: [1e-4, 1e-4], int8: [0.002, 0.0005], int4: [0.02, 0.005] } as const;
    for (const base of ['f16', 'int8', 'int4'] as const) {
      const packed = await curve(base);
      const apart = packed.map((loss, step) => Math.abs(loss - (plain[step] ?? NaN)) / (first - last));
      const [worst, end] = limits[base];
      expect(Math.max(...apart), base).toBeLessThan(worst);
      expect(apart.at(-1), base).toBeLessThan(end);
    }
  }, 120_000);
});
