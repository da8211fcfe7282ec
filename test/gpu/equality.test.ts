/**
 * @file What must be equal on the device as it is on the CPU: accumulated and whole, packed and separate, a hundred steps
 * and torch's, one run and the same again.
 */
import { beforeAll, expect, test } from 'vitest';
import { PlannedModel } from '../../src/model/planned-model';
import { decodeTensor } from '../../src/model/safetensors';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { toBatch } from '../../src/sequence/batch';
import type { Batch, TrainingSequence } from '../../src/sequence/types';
import { caseBatch, fetchJson, loadGolden, relativeError, testDevice, type Golden } from './support';

let executor: WgslExecutor;
let golden: Golden;
beforeAll(async () => {
  executor = new WgslExecutor(await testDevice());
  golden = await loadGolden('tied');
});

function load(from: Golden): Promise<PlannedModel> {
  const weights = new Map([...from.file.tensors].map(([name, tensor]) => [name, decodeTensor(tensor)]));
  return PlannedModel.create(executor, from.config, weights);
}

/** Eight sequences of different lengths, with weights of both signs. */
const EIGHT = Array.from({ length: 8 }, (_, row): TrainingSequence => {
  const length = 5 + ((row * 5) % 9);
  const ids = Int32Array.from({ length }, (__, i) => (row * 31 + i * 17 + i * i) % 61);
  return {
    ids,
    weights: Float32Array.from(ids, (id) => (id % 4) - 0.8),
    kind: new Uint8Array(length),
    positions: ids.map((__, i) => i),
    document: ids.map(() => 1),
    origin: { conversation: 'test' },
  };
});

/** Σ of the losses and of the gradients of batches that share one norm. */
async function sums(model: PlannedModel, batches: readonly Batch[]) {
  const total = new Map<string, Float32Array>();
  let sum = 0;
  for (const batch of batches) {
    const { loss, gradients } = await model.lossAndGradients(batch);
    sum += loss;
    for (const [name, gradient] of gradients) {
      const before = total.get(name);
      total.set(name, before ? before.map((value, i) => value + (gradient[i] as number)) : gradient);
    }
  }
  return { loss: sum, gradients: total };
}

test('one batch of eight equals eight batches of one, in gradients and over steps', async () => {
  const whole = toBatch(EIGHT);
  const parts = EIGHT.map((sequence) => toBatch([sequence], whole.norm));
  const model = await load(golden);
  const [one, many] = [await sums(model, [whole]), await sums(model, parts)];
  expect(Math.abs(many.loss / one.loss - 1)).toBeLessThan(1e-5);
  for (const [name, gradient] of one.gradients) {
    expect(relativeError(many.gradients.get(name) as Float32Array, gradient), name).toBeLessThan(1e-5);
  }
  const other = await load(golden);
  for (let step = 0; step < 3; step++) {
    const [a, b] = [await model.step([whole], golden.adamw), await other.step(parts, golden.adamw)];
    expect(Math.abs(b.loss / a.loss - 1)).toBeLessThan(1e-5);
    expect(Math.abs(b.gradientNorm / a.gradientNorm - 1)).toBeLessThan(1e-5);
  }
  model.dispose();
  other.dispose();
});

test('packed equals separate', async () => {
  const join = (pick: (sequence: TrainingSequence) => Iterable<number>) =>
    EIGHT.flatMap((one) => [...pick(one)]);
  const packed: TrainingSequence = {
    ids: Int32Array.from(join(({ ids }) => ids)),
    weights: Float32Array.from(join(({ weights }) => weights)),
    kind: Uint8Array.from(join(({ kind }) => kind)),
    positions: Int32Array.from(join(({ positions }) => positions)),
    document: Int32Array.from(EIGHT.flatMap(({ ids }, i) => Array.from(ids, () => i + 1))),
    origin: { conversation: 'packed' },
  };
  // The golden model knows 64 positions; packing begins each document at 0 again.
  const { norm } = toBatch(EIGHT);
  const model = await load({ ...golden, config: { ...golden.config, contextLength: packed.ids.length } });
  const [separate, together] = [
    await model.lossAndGradients(toBatch(EIGHT, norm)),
    await model.lossAndGradients(toBatch([packed], norm)),
  ];
  expect(Math.abs(together.loss / separate.loss - 1)).toBeLessThan(1e-5);
  for (const [name, gradient] of separate.gradients) {
    expect(relativeError(together.gradients.get(name) as Float32Array, gradient), name).toBeLessThan(1e-5);
  }
  model.dispose();
});

test.each(['tied', 'untied'] as const)(
  'a hundred steps, %s: losses within 1e-3 of torch’s, 1e-5 on average',
  async (name) => {
    const from = await loadGolden(name);
    const url = new URL(`../golden/llama/${name}/curve.json`, import.meta.url);
    const curve = (await fetchJson(url)) as { loss: number }[];
    expect(curve.length).toBe(100);
    const model = await load(from);
    const batches = ['single', 'mixed', 'padded'].map((kind) => caseBatch(from, kind));
    let drift = 0;
    for (const [step, point] of curve.entries()) {
      const { loss } = await model.step([batches[step % batches.length] as Batch], from.adamw);
      expect(Math.abs(loss - point.loss), `loss of step ${step}`).toBeLessThan(1e-3);
      drift += Math.abs(loss - point.loss) / curve.length;
    }
    expect(drift).toBeLessThan(1e-5);
    model.dispose();
  },
);
