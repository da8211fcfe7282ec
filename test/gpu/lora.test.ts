/**
 * @file LoRA on the GPU, on bases of each format: logits, gradients and a few steps as on the CPU executor, whose numbers
 * test/unit/lora.test.ts compares with PEFT's.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { BaseFormat } from '../../src/model/engine';
import { DEFAULT_LORA } from '../../src/model/lora';
import { PlannedEngine } from '../../src/model/planned-engine';
import { decodeTensor, type SafetensorsFile } from '../../src/model/safetensors';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { Executor } from '../../src/plan/executor';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { caseBatch, largestDifference, loadGolden, relativeError, testDevice, type Golden } from './support';

let golden: Golden;
let gpu: WgslExecutor;

const valuesOf = ({ tensors }: SafetensorsFile) =>
  new Map([...tensors].map(([name, tensor]) => [name, decodeTensor(tensor)]));

beforeAll(async () => {
  golden = await loadGolden('tied');
  gpu = new WgslExecutor(await testDevice());
});

describe.each<BaseFormat>(['f32', 'f16', 'int8', 'int4'])('LoRA on a base in %s', (base) => {
  test('computes what the CPU computes, on and off, and merged', async () => {
    const weights = valuesOf(golden.file);
    const load = (executor: Executor) =>
      PlannedEngine.load(executor, golden.config, weights, undefined, {
        base,
        adaptation: { ...DEFAULT_LORA, rank: 4, alpha: 8 },
      });
    const [here, there] = [await load(gpu), await load(await CpuExecutor.create())];
    const batch = caseBatch(golden, 'mixed');
    const settings = { ...golden.adamw, learningRate: 1e-2 };
    for (let step = 0; step < 4; step++) {
      const [a, b] = [await here.step([batch], settings), await there.step([batch], settings)];
      expect(a.loss).toBeCloseTo(b.loss, 4);
      expect(a.gradientNorm / b.gradientNorm).toBeCloseTo(1, 3);
    }
    const trained = await there.read();
    await here.write(trained);
    await there.write(trained);
    for (const which of ['base', 'tuned'] as const) {
      const [a, b] = [await here.logits(batch, which), await there.logits(batch, which)];
      const real = (values: Float32Array) =>
        values.filter((_, i) => batch.documents[Math.floor(i / golden.config.vocabularySize)] !== 0);
      expect(largestDifference(real(a), real(b)), which).toBeLessThan(1e-4);
    }
    const [a, b] = [await here.lossAndGradients(batch), await there.lossAndGradients(batch)];
    expect([...a.gradients.keys()]).toEqual([...b.gradients.keys()]);
    for (const [name, gradient] of a.gradients) {
      expect(relativeError(gradient, b.gradients.get(name) as Float32Array), name).toBeLessThan(1e-4);
    }
    const merged = new Map<string, Float32Array>();
    for await (const { name, values } of there.merged()) merged.set(name, values);
    for await (const { name, values } of here.merged()) {
      expect(relativeError(values, merged.get(name) as Float32Array), name).toBeLessThan(1e-5);
    }
    here.dispose();
    expect(gpu.bytes).toBe(0);
  });
});
