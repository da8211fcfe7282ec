/**
 * @file The planned decoder on the CPU executor against transformers and torch.optim.AdamW, and what it promises beyond:
 * accumulated equals whole, packed equals separate, recomputed equals stored, the same bits every time.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { PlannedModel, type PlannedModelOptions } from '../../src/model/planned-model';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { toBatch } from '../../src/sequence/batch';
import type { Batch, TrainingSequence } from '../../src/sequence/types';
import {
  batchOf,
  largestDifference,
  readCurve,
  readGolden,
  readPocket,
  relativeError,
  type GoldenLlama,
} from './plan-llama-golden';

const CASES = ['single', 'padded', 'packed', 'mixed'];

async function load(golden: GoldenLlama, options: PlannedModelOptions = {}, simd = true) {
  const executor = await CpuExecutor.create({ simd });
  return PlannedModel.create(executor, golden.config, golden.weights, options);
}

describe.each(['tied', 'untied'])('golden Llama, %s', (name) => {
  const golden = readGolden(name);

  test.each(CASES)('case %s: logits, log-probabilities, loss, gradients', async (kind) => {
    const model = await load(golden, {}, kind !== 'packed');
    const batch = batchOf(golden, kind);
    // Padding has no reference value, and none is needed.
    const real = (values: Float32Array, width: number) =>
      values.filter((_, i) => batch.documents[Math.floor(i / width)] !== 0);
    const width = golden.config.vocabularySize;

    const logits = await model.logits(batch);
    expect(
      largestDifference(real(logits, width), real(golden.expected(`${kind}/logits`), width)),
    ).toBeLessThan(1e-5);

    const { logProbs, entropy } = await model.score(batch);
    expect(largestDifference(real(logProbs, 1), real(golden.expected(`${kind}/logProbs`), 1))).toBeLessThan(
      1e-5,
    );
    const [first] = entropy;
    const row = golden.expected(`${kind}/logits`).slice(0, width);
    const top = Math.max(...row);
    const sum = row.reduce((s, x) => s + Math.exp(x - top), 0);
    const expected = -row.reduce((s, x) => s + (Math.exp(x - top) / sum) * (x - top - Math.log(sum)), 0);
    expect(first).toBeCloseTo(expected, 4);

    const { loss, gradients } = await model.lossAndGradients(batch);
    expect(loss).toBeCloseTo(golden.cases[kind]?.loss ?? NaN, 5);
    expect([...gradients.keys()]).toEqual([...model.parameters.keys()]);
    for (const [parameter, gradient] of gradients) {
      const error = relativeError(gradient, golden.expected(`${kind}/gradients/${parameter}`));
      expect(error, parameter).toBeLessThan(1e-5);
    }
  });

  test.each<[string, PlannedModelOptions]>([
    ['stored', {}],
    ['recomputed', { recompute: true }],
  ])('twenty steps of AdamW follow torch, %s', async (_, options) => {
    const model = await load(golden, options);
    const batches = ['single', 'mixed', 'padded'].map((kind) => batchOf(golden, kind));
    for (const [step, point] of golden.curve.entries()) {
      const result = await model.step([batches[step % batches.length] as Batch], golden.adamw);
      expect(Math.abs(result.loss - point.loss), `loss of step ${step}`).toBeLessThan(2e-5);
      expect(result.gradientNorm / point.gradientNorm, `norm of step ${step}`).toBeCloseTo(1, 4);
    }
    for (const [parameter, values] of await model.read()) {
      const difference = largestDifference(values, golden.expected(`trained/${parameter}`));
      expect(difference, parameter).toBeLessThan(2e-5);
    }
  });
});

describe.each(['tied', 'untied'])('a hundred steps of the golden Llama, %s', (name) => {
  test('the losses follow torch within 1e-3, and 1e-5 on average', async () => {
    const golden = readGolden(name);
    const curve = readCurve(name);
    expect(curve.length).toBe(100);
    const model = await load(golden);
    const batches = ['single', 'mixed', 'padded'].map((kind) => batchOf(golden, kind));
    let drift = 0;
    for (const [step, point] of curve.entries()) {
      const { loss } = await model.step([batches[step % batches.length] as Batch], golden.adamw);
      expect(Math.abs(loss - point.loss), `loss of step ${step}`).toBeLessThan(1e-3);
      drift += Math.abs(loss - point.loss) / curve.length;
    }
    expect(drift).toBeLessThan(1e-5);
  });
});

describe('promises', () => {
  const golden = readGolden('tied');
  let eight: TrainingSequence[];

  beforeAll(() => {
    eight = Array.from({ length: 8 }, (_, row): TrainingSequence => {
      const ids = Int32Array.from(
        { length: 5 + ((row * 5) % 9) },
        (__, i) => (row * 31 + i * 17 + i * i) % 61,
      );
      return {
        ids,
        weights: Float32Array.from(ids, (id) => (id % 4) - 0.8),
        kind: new Uint8Array(ids.length),
        positions: ids.map((__, i) => i),
        document: ids.map(() => 1),
        origin: { conversation: 'test' },
      };
    });
  });

  test('one batch of eight equals eight batches of one', async () => {
    const whole = toBatch(eight);
    const parts = eight.map((sequence) => toBatch([sequence], whole.norm));
    const [a, b] = [await load(golden), await load(golden)];
    for (let step = 0; step < 5; step++) {
      const one = await a.step([whole], golden.adamw);
      const many = await b.step(parts, golden.adamw);
      expect(many.loss).toBeCloseTo(one.loss, 5);
      expect(many.gradientNorm / one.gradientNorm).toBeCloseTo(1, 5);
    }
    const trained = await b.read();
    for (const [parameter, values] of await a.read()) {
      expect(relativeError(values, trained.get(parameter) as Float32Array), parameter).toBeLessThan(1e-6);
    }
  });

  test('packed equals separate', async () => {
    const [a, b] = eight as [TrainingSequence, TrainingSequence];
    const join = <K extends 'ids' | 'positions'>(key: K) => Int32Array.from([...a[key], ...b[key]]);
    const packed: TrainingSequence = {
      ids: join('ids'),
      weights: Float32Array.from([...a.weights, ...b.weights]),
      kind: new Uint8Array(a.ids.length + b.ids.length),
      positions: join('positions'),
      document: Int32Array.from([...a.ids.map(() => 1), ...b.ids.map(() => 2)]),
      origin: { conversation: 'test' },
    };
    const model = await load(golden);
    const together = await model.lossAndGradients(toBatch([packed]));
    const apart = await model.lossAndGradients(toBatch([a, b]));
    expect(together.loss).toBeCloseTo(apart.loss, 6);
    for (const [parameter, gradient] of together.gradients) {
      expect(relativeError(gradient, apart.gradients.get(parameter) as Float32Array), parameter).toBeLessThan(
        1e-5,
      );
    }
  });

  test('recomputed equals stored, bit for bit, in less memory; logits in chunks change nothing', async () => {
    const executors = [
      await CpuExecutor.create(),
      await CpuExecutor.create(),
      await CpuExecutor.create(),
    ] as const;
    const options = [{}, { recompute: true }, { logitsBytes: 1 }];
    const found = await Promise.all(
      executors.map(async (executor, i) => {
        const model = await PlannedModel.create(executor, golden.config, golden.weights, options[i]);
        return { ...(await model.lossAndGradients(toBatch(eight))), bytes: executor.bytes };
      }),
    );
    const [stored, recomputed, chunked] = found as [(typeof found)[0], (typeof found)[0], (typeof found)[0]];
    expect(recomputed.loss).toBe(stored.loss);
    expect(recomputed.gradients).toEqual(stored.gradients);
    expect(recomputed.bytes).toBeLessThan(stored.bytes);
    expect(chunked.loss).toBeCloseTo(stored.loss, 6);
    for (const [parameter, gradient] of chunked.gradients) {
      expect(
        relativeError(gradient, stored.gradients.get(parameter) as Float32Array),
        parameter,
      ).toBeLessThan(1e-5);
    }
  });

  test('the same bits every time, whatever ran between', async () => {
    const run = async (distract: boolean) => {
      const model = await load(golden);
      const results: unknown[] = [];
      for (let step = 0; step < 20; step++) {
        if (distract) await model.score(toBatch(eight.slice(0, (step % 3) + 1)));
        const batch = batchOf(golden, CASES[step % CASES.length] as string);
        results.push(await model.step([batch], { ...golden.adamw, learningRate: 1e-3 }));
      }
      return { results, parameters: await model.read() };
    };
    expect(await run(true)).toEqual(await run(false));
  });

  test('2,000 steps: memory is flat after the first ten', async () => {
    const executor = await CpuExecutor.create();
    const model = await PlannedModel.create(executor, golden.config, golden.weights);
    const batches = ['single', 'mixed', 'padded'].map((kind) => batchOf(golden, kind));
    let held: { bytes: number; memory: number } | undefined;
    for (let step = 1; step <= 2000; step++) {
      const { loss } = await model.step([batches[step % batches.length] as Batch], golden.adamw);
      expect(Number.isFinite(loss)).toBe(true);
      const now = { bytes: executor.bytes, memory: executor.memoryBytes };
      if (step === 10) held = now;
      if (step > 10) expect(now).toEqual(held);
    }
  }, 120_000);

  test('a gradient that is not finite changes nothing', async () => {
    const weights = new Map(golden.weights);
    const norm = (weights.get('model.norm.weight') as Float32Array).map((value) => value * 1e30);
    weights.set('model.norm.weight', norm);
    const executor = await CpuExecutor.create();
    const model = await PlannedModel.create(executor, golden.config, weights);
    await expect(model.step([batchOf(golden, 'single')], golden.adamw)).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^non-finite-/) as string }) as Error,
    );
    for (const [name, values] of await model.read()) expect(values, name).toEqual(weights.get(name));
  });

  test('the loaded parameters can be run and come back', async () => {
    const model = await load(golden);
    const batch = batchOf(golden, 'single');
    const before = await model.score(batch);
    const first = await model.step([batch], golden.adamw);
    await model.step([batch], { ...golden.adamw, learningRate: 1e-2 });
    expect((await model.score(batch, 'tuned')).logProbs).not.toEqual(before.logProbs);
    expect(await model.score(batch, 'base')).toEqual(before);
    expect(await model.logits(batch, 'base')).not.toEqual(await model.logits(batch, 'tuned'));
    await model.reset();
    expect(await model.read()).toEqual(golden.weights);
    expect(await model.step([batch], golden.adamw)).toEqual(first);
  });

  test('calls that overlap give what they give one after the other', async () => {
    const [calm, busy] = [await load(golden), await load(golden)];
    const batches = CASES.map((kind) => batchOf(golden, kind));
    const step = (model: PlannedModel, batch: Batch) => model.step([batch, batch], golden.adamw);
    const expected = [];
    for (const batch of batches) expected.push(await calm.score(batch, 'base'), await step(calm, batch));
    const found = await Promise.all(
      batches.flatMap((batch) => [busy.score(batch, 'base'), step(busy, batch)] as Promise<unknown>[]),
    );
    expect(found).toEqual(expected);
    expect(await busy.read()).toEqual(await calm.read());
  });

  test('an unloaded model says so', async () => {
    const model = await load(golden);
    const batch = batchOf(golden, 'single');
    const under = model.step([batch], golden.adamw);
    model.dispose();
    const disposed = expect.objectContaining({ code: 'disposed' }) as Error;
    await expect(under).rejects.toThrow(disposed);
    await expect(model.score(batch)).rejects.toThrow(disposed);
  });

  test('unloaded while a plan is made ready, a model leaves nothing behind', async () => {
    const executor = await CpuExecutor.create();
    const model = await PlannedModel.create(executor, golden.config, golden.weights);
    const prepare = executor.prepare.bind(executor);
    // As a device, which compiles meanwhile.
    executor.prepare = async (plan) => {
      model.dispose();
      return prepare(plan);
    };
    await expect(model.score(batchOf(golden, 'single'))).rejects.toThrow(
      expect.objectContaining({ code: 'disposed' }) as Error,
    );
    expect(executor.bytes).toBe(0);
  });

  test('a plan that there is no memory for leaves nothing behind', async () => {
    const executor = await CpuExecutor.create();
    const model = await PlannedModel.create(executor, golden.config, golden.weights);
    const held = executor.bytes;
    const prepare = executor.prepare.bind(executor);
    executor.prepare = async (plan) => {
      await prepare(plan).then((prepared) => prepared.dispose());
      throw new RangeError('no memory');
    };
    await expect(model.score(batchOf(golden, 'single'))).rejects.toThrow('no memory');
    expect(executor.bytes).toBe(held);
    executor.prepare = prepare;
    await model.score(batchOf(golden, 'single'));
  });

  test('parameters are read between steps', async () => {
    const [calm, busy] = [await load(golden), await load(golden)];
    const batch = batchOf(golden, 'single');
    await calm.step([batch], golden.adamw);
    const step = busy.step([batch], golden.adamw);
    const read = busy.read();
    void busy.step([batch], golden.adamw);
    expect(await read).toEqual(await calm.read());
    await step;
  });

  test('documents that are interrupted are refused', async () => {
    const model = await load(golden);
    const batch = batchOf(golden, 'packed');
    batch.documents.set([1, 2, 1]);
    await expect(model.score(batch)).rejects.toThrow(expect.objectContaining({ code: 'bad-batch' }) as Error);
  });

  test('memory is given back', async () => {
    const executor = await CpuExecutor.create();
    const model = await PlannedModel.create(executor, golden.config, golden.weights);
    for (let rows = 1; rows <= 8; rows++) await model.score(toBatch(eight.slice(0, rows)));
    const many = executor.bytes;
    await model.score(toBatch(eight.slice(0, 3)));
    await model.step([toBatch(eight)], golden.adamw);
    for (let round = 0; round < 3; round++) {
      for (let rows = 1; rows <= 8; rows++) await model.score(toBatch(eight.slice(0, rows)));
    }
    expect(executor.bytes).toBeLessThan(1.5 * many);
    model.dispose();
    expect(executor.bytes).toBe(0);
  });
});

describe('the shipped model', () => {
  const pocket = readPocket();
  const sequence = (number: number): TrainingSequence => {
    const ids = pocket.ids(number);
    return {
      ids,
      weights: pocket.floats(`weights.${number}`),
      kind: new Uint8Array(ids.length),
      positions: ids.map((_, i) => i),
      document: ids.map(() => 1),
      origin: { conversation: `golden ${number}` },
    };
  };

  test('logits, log-probabilities, the loss and the gradient of every parameter', async () => {
    const executor = await CpuExecutor.create();
    const model = await PlannedModel.create(executor, pocket.config, pocket.weights);
    for (const number of [0, 1]) {
      const batch = toBatch([sequence(number)]);
      expect(largestDifference(await model.logits(batch), pocket.floats(`logits.${number}`))).toBeLessThan(
        1e-4,
      );
      const { logProbs } = await model.score(batch);
      const expected = pocket.floats(`logprobs.${number}`);
      expect(largestDifference(logProbs.slice(0, -1), expected.slice(1))).toBeLessThan(1e-4);
    }
    const found = await model.lossAndGradients(toBatch([sequence(0)]));
    expect(found.loss).toBeCloseTo(pocket.meta.sequences[0]?.loss ?? NaN, 4);
    expect([...found.gradients.keys()].sort()).toEqual([...pocket.gradients.keys()].sort());
    for (const [name, gradient] of found.gradients) {
      expect(relativeError(gradient, pocket.gradients.get(name) as Float32Array), name).toBeLessThan(1e-4);
    }
  });
});
