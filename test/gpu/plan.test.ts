/**
 * @file The planned decoder on the device: against transformers and torch, against the oracle, the same bits every time,
 * and what the executor promises of submits, errors and memory.
 */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openDevice } from '../../src/tensor/device';
import { chooseExecutor } from '../../src/model/choose-executor';
import { parseConfig } from '../../src/model/config';
import { PlannedModel, type PlannedModelOptions } from '../../src/model/planned-model';
import { decodeTensor, parseSafetensors, type StoredTensor } from '../../src/model/safetensors';
import { product } from '../../src/ops/matmul';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { activationBytes, predictedBytes } from '../../src/plan/memory';
import type { Operation } from '../../src/plan/operation';
import { makeTensor } from '../../src/plan/tensor';
import { makeDispatch, makeKernel } from '../../src/plan/wgsl';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { toBatch } from '../../src/sequence/batch';
import type { Batch } from '../../src/sequence/types';
import {
  caseBatch,
  fetchBytes,
  goldenEngine,
  largestDifference,
  loadGolden,
  newDevice,
  relativeError,
  testDevice,
  type Golden,
} from './support';

const weightsOf = ({ file }: Golden) =>
  new Map([...file.tensors].map(([name, tensor]) => [name, decodeTensor(tensor)]));

let executor: WgslExecutor;
beforeAll(async () => {
  executor = new WgslExecutor(await testDevice());
});
let models: PlannedModel[] = [];
afterEach(() => {
  for (const model of models) model.dispose();
  models = [];
});

async function load(golden: Golden, on = executor, options: PlannedModelOptions = {}) {
  const model = await PlannedModel.create(on, golden.config, weightsOf(golden), options);
  models.push(model);
  return model;
}

describe.each(['tied', 'untied'] as const)('golden Llama, %s', (name) => {
  test('logits, log-probabilities, loss and gradients of every case', async () => {
    const golden = await loadGolden(name);
    const model = await load(golden);
    for (const kind of ['single', 'padded', 'packed', 'mixed']) {
      const batch = caseBatch(golden, kind);
      const real = (values: Float32Array, width: number) =>
        values.filter((_, i) => batch.documents[Math.floor(i / width)] !== 0);
      const width = golden.config.vocabularySize;
      const logits = real(await model.logits(batch), width);
      expect(largestDifference(logits, real(golden.expected(`${kind}/logits`), width))).toBeLessThan(1e-5);
      const { logProbs } = await model.score(batch);
      const expected = real(golden.expected(`${kind}/logProbs`), 1);
      expect(largestDifference(real(logProbs, 1), expected)).toBeLessThan(1e-5);

      const { loss, gradients } = await model.lossAndGradients(batch);
      expect(loss).toBeCloseTo(golden.cases[kind]?.loss ?? NaN, 5);
      for (const [parameter, gradient] of gradients) {
        const expected = golden.expected(`${kind}/gradients/${parameter}`);
        expect(relativeError(gradient, expected), parameter).toBeLessThan(1e-5);
      }
    }
  });

  test('twenty steps of AdamW follow torch, twice with the same bits', async () => {
    const golden = await loadGolden(name);
    const batches = ['single', 'mixed', 'padded'].map((kind) => caseBatch(golden, kind));
    const run = async () => {
      const model = await load(golden);
      const results = [];
      for (let step = 0; step < golden.curve.length; step++) {
        results.push(await model.step([batches[step % batches.length] as Batch], golden.adamw));
      }
      return { results, parameters: await model.read() };
    };
    const first = await run();
    first.results.forEach(({ loss, gradientNorm }, step) => {
      const point = golden.curve[step] as { loss: number; gradientNorm: number };
      expect(Math.abs(loss - point.loss), `loss of step ${step}`).toBeLessThan(2e-5);
      expect(gradientNorm / point.gradientNorm, `norm of step ${step}`).toBeCloseTo(1, 4);
    });
    for (const [parameter, values] of first.parameters) {
      const difference = largestDifference(values, golden.expected(`trained/${parameter}`));
      expect(difference, parameter).toBeLessThan(2e-5);
    }
    expect(await run()).toEqual(first);
  });
});

test('the loss and the gradients of the oracle', async () => {
  const golden = await loadGolden('tied');
  const batch = caseBatch(golden, 'mixed');
  const [model, oracle] = [await load(golden), await goldenEngine(golden)];
  const { loss, gradients } = await model.lossAndGradients(batch);
  const plain = await oracle.lossAndGradients(batch);
  expect(Math.abs(loss / plain.loss - 1)).toBeLessThan(1e-5);
  for (const [parameter, gradient] of gradients) {
    const expected = plain.gradients.get(parameter) as Float32Array;
    expect(relativeError(gradient, expected), parameter).toBeLessThan(1e-5);
  }
  oracle.dispose();
});

test('kernels for devices with cheap barriers compute the same model', async () => {
  const golden = await loadGolden('untied');
  const model = await load(golden, new WgslExecutor(await testDevice(), { lanes: 8 }));
  const { loss, gradients } = await model.lossAndGradients(caseBatch(golden, 'mixed'));
  expect(loss).toBeCloseTo(golden.cases['mixed']?.loss ?? NaN, 5);
  for (const [parameter, gradient] of gradients) {
    const expected = golden.expected(`mixed/gradients/${parameter}`);
    expect(relativeError(gradient, expected), parameter).toBeLessThan(1e-5);
  }
  const point = golden.curve[0] as { loss: number; gradientNorm: number };
  const { gradientNorm } = await model.step([caseBatch(golden, 'single')], golden.adamw);
  expect(gradientNorm / point.gradientNorm).toBeCloseTo(1, 4);
});

test('recomputed equals stored, bit for bit; accumulated equals whole; logits in chunks change nothing', async () => {
  const golden = await loadGolden('tied');
  const batch = caseBatch(golden, 'mixed');
  const stored = await (await load(golden)).lossAndGradients(batch);
  const recomputed = await (await load(golden, executor, { recompute: true })).lossAndGradients(batch);
  expect(recomputed).toEqual(stored);
  const chunked = await (await load(golden, executor, { logitsBytes: 1 })).lossAndGradients(batch);
  for (const [parameter, gradient] of chunked.gradients) {
    expect(relativeError(gradient, stored.gradients.get(parameter) as Float32Array)).toBeLessThan(1e-5);
  }

  const half = (row: number): Batch => {
    const part = <T extends Int32Array | Float32Array>(values: T) =>
      values.slice(row * batch.length, (row + 1) * batch.length) as T;
    const { ids, targets, weights, positions, documents } = batch;
    return {
      ...batch,
      rows: 1,
      ids: part(ids),
      targets: part(targets),
      weights: part(weights),
      positions: part(positions),
      documents: part(documents),
    };
  };
  const whole = await (await load(golden)).step([batch], golden.adamw);
  const parts = await (await load(golden)).step([half(0), half(1)], golden.adamw);
  expect(parts.loss).toBeCloseTo(whole.loss, 5);
  expect(parts.gradientNorm / whole.gradientNorm).toBeCloseTo(1, 5);
});

test('a gradient that is not finite changes nothing', async () => {
  const golden = await loadGolden('tied');
  const weights = weightsOf(golden);
  const name = 'model.layers.0.mlp.down_proj.weight';
  // Finite on the way there, beyond 32 bits once it is squared for the norm.
  const model = await load(golden);
  const batch = caseBatch(golden, 'single');
  const huge = { ...batch, weights: batch.weights.map((weight) => weight * 1e25) };
  await expect(model.step([huge], golden.adamw)).rejects.toThrow(
    expect.objectContaining({ code: 'non-finite-gradient' }) as Error,
  );
  expect((await model.read()).get(name)).toEqual(weights.get(name));
  const { loss } = await model.step([batch], golden.adamw);
  expect(loss).toBeCloseTo(golden.curve[0]?.loss ?? NaN, 5);
});

test('the shipped model: logits to 1e-4, the gradient of every parameter to 1e-4 of its length', async () => {
  const golden = (file: string) => new URL(`../golden/pocket/${file}`, import.meta.url);
  const shipped = (file: string) => new URL(`/models/pocket/${file}`, location.href);
  const config = parseConfig(new TextDecoder().decode(await fetchBytes(shipped('config.json'))));
  const stored = parseSafetensors(await fetchBytes(shipped('model.safetensors'))).tensors;
  const values = parseSafetensors(await fetchBytes(golden('sequences.safetensors'))).tensors;
  const gradients = parseSafetensors(await fetchBytes(golden('gradients.safetensors'))).tensors;
  const floats = (name: string) => decodeTensor(values.get(name) as StoredTensor);
  const weights = new Map([...stored].map(([name, tensor]) => [name, decodeTensor(tensor)]));
  const model = await PlannedModel.create(executor, config, weights);
  models.push(model);
  const ids = new Int32Array((values.get('ids.0') as StoredTensor).bytes.slice().buffer);
  const batch = toBatch([
    {
      ids,
      weights: floats('weights.0'),
      kind: new Uint8Array(ids.length),
      positions: ids.map((_, i) => i),
      document: ids.map(() => 1),
      origin: { conversation: 'golden' },
    },
  ]);
  expect(largestDifference(await model.logits(batch), floats('logits.0'))).toBeLessThan(1e-4);
  const found = await model.lossAndGradients(batch);
  expect([...found.gradients.keys()].sort()).toEqual([...gradients.keys()].sort());
  for (const [name, gradient] of found.gradients) {
    const expected = decodeTensor(gradients.get(name) as StoredTensor);
    expect(relativeError(gradient, expected), name).toBeLessThan(1e-4);
  }
});

describe('the choice of an executor', () => {
  test('the faster one, and the reason says so', async () => {
    const { executor: chosen, reason, milliseconds } = await chooseExecutor(await testDevice());
    const { cpu = NaN, wgsl = NaN } = milliseconds;
    expect(Math.min(cpu, wgsl)).toBeGreaterThan(0);
    expect(chosen.kind).toBe(cpu <= wgsl ? 'cpu' : 'wgsl');
    const names = cpu <= wgsl ? ['The CPU', 'the software GPU'] : ['The software GPU', 'the CPU'];
    const ratio = (Math.max(cpu, wgsl) / Math.min(cpu, wgsl)).toFixed(1);
    // On the CPU, a sentence about its threads follows.
    expect(reason).toContain(
      `${names[0]} computes: a short test ran ${ratio} times as fast there as on ${names[1]}.`,
    );
    expect(chosen.bytes).toBe(0);
  });

  test('the CPU where there is no GPU, or one that fails', async () => {
    const none = await chooseExecutor(undefined);
    expect(none.executor.kind).toBe('cpu');
    expect(none.reason).toBe('The CPU computes: there is no GPU to be used here.');
    const target = await openDevice();
    target.device.destroy();
    await target.device.lost;
    const failed = await chooseExecutor(target);
    expect(failed.executor.kind).toBe('cpu');
    expect(failed.reason).toMatch(
      /^The CPU computes: the GPU failed a short test\. The GPU device was lost: .+/,
    );
  });
});

test('kernels are compiled ahead, with progress', async () => {
  const golden = await loadGolden('tied');
  // One that has compiled nothing yet.
  const own = new WgslExecutor(await newDevice());
  const model = await load(golden, own);
  const progress: number[][] = [];
  const prepare = () => model.prepare(1, 13, 'train', (done, total) => progress.push([done, total]));
  await prepare();
  const total = progress[0]?.[1] ?? 0;
  expect(total).toBeGreaterThan(10);
  expect(progress).toEqual(Array.from({ length: total + 1 }, (_, i) => [i, total]));
  await prepare();
  expect(progress.length).toBe(total + 1);
  const { loss } = await model.lossAndGradients(caseBatch(golden, 'single'));
  expect(loss).toBeCloseTo(golden.cases['single']?.loss ?? NaN, 5);
});

describe('the executor', () => {
  /** y = 2x, by a kernel of the test's own. */
  function doubling(body: string, size = 64) {
    const x = makeTensor('x', [size], 'input');
    const y = makeTensor('y', [size], 'output');
    const kernel = makeKernel({
      name: 'doubling',
      buffers: { x: 'read array<f32>', y: 'write array<f32>' },
      uniforms: { size: 'u32' },
      body,
    });
    const operation: Operation = {
      name: 'double',
      reads: [x],
      writes: [y],
      work: size,
      wgsl: () => [makeDispatch(kernel, { x, y }, { size }, [1, 1, 1])],
      cpu: () => () => undefined,
    };
    const plan = new PlanBuilder();
    plan.append(operation);
    return { plan: plan.finish(), x, y };
  }

  test('runs a kernel again and again', async () => {
    const { plan, x, y } = doubling('if (index < sizes.size) { y[index] = 2.0 * x[index]; }');
    const progress: number[][] = [];
    const prepared = await executor.prepare(plan, (done, total) => progress.push([done, total]));
    expect(progress).toEqual([
      [0, 1],
      [1, 1],
    ]);
    for (const factor of [1, 3]) {
      const values = Float32Array.from({ length: 64 }, (_, i) => factor * i);
      executor.write(x, values);
      await prepared.run();
      expect(await executor.read(y)).toEqual(values.map((value) => 2 * value));
    }
    prepared.dispose();
    await expect(prepared.run()).rejects.toThrow('disposed');
    executor.release([x.buffer, y.buffer]);
  });

  test('names a kernel that the device refuses, and goes on', async () => {
    const { plan } = doubling('y[index] = no_such_function(x[index]);');
    await expect(executor.prepare(plan)).rejects.toThrow(
      expect.objectContaining({
        code: 'gpu-error',
        message: expect.stringMatching(/doubling.*no_such_function/s) as string,
      }) as Error,
    );
    executor.target.health.check();
  });

  test('refuses to bind one buffer for reading and writing, and a buffer that no device has', async () => {
    const x = makeTensor('x', [64], 'input');
    const kernel = makeKernel({
      name: 'clash',
      buffers: { a: 'read array<f32>', b: 'write array<f32>' },
      uniforms: { size: 'u32' },
      body: 'b[index] = a[index];',
    });
    const plan = new PlanBuilder();
    plan.append({
      name: 'clash',
      reads: [x],
      writes: [x],
      work: 1,
      wgsl: () => [makeDispatch(kernel, { a: x, b: x }, { size: 64 }, [1, 1, 1])],
      cpu: () => () => undefined,
    });
    await expect(executor.prepare(plan.finish())).rejects.toThrow('clash');

    const huge = makeTensor('huge', [2 ** 33], 'input');
    const large = new PlanBuilder();
    large.append({
      name: 'large',
      reads: [huge],
      writes: [],
      work: 1,
      wgsl: () => [],
      cpu: () => () => undefined,
    });
    await expect(executor.prepare(large.finish())).rejects.toThrow(
      expect.objectContaining({
        code: 'out-of-memory',
        message: expect.stringContaining('huge') as string,
      }) as Error,
    );
    executor.target.health.check();
  });

  test('a dispatch cut into parts gives the same bits', async () => {
    const [a, b] = [makeTensor('a', [300, 40], 'input'), makeTensor('b', [40, 100], 'input')];
    const results = [];
    for (const work of [1, 1e13]) {
      const c = makeTensor('c', [300, 100], 'output');
      const plan = new PlanBuilder();
      plan.append({ ...product(a, b, c), work });
      const prepared = await executor.prepare(plan.finish());
      executor.write(
        a,
        Float32Array.from({ length: 12_000 }, (_, i) => Math.sin(i)),
      );
      executor.write(
        b,
        Float32Array.from({ length: 4000 }, (_, i) => Math.cos(i)),
      );
      await prepared.run();
      results.push({ dispatches: prepared.dispatches, c: await executor.read(c) });
      prepared.dispose();
      executor.release([c.buffer]);
    }
    const [whole, cut] = results as [(typeof results)[0], (typeof results)[0]];
    expect(whole.dispatches).toBe(1);
    expect(cut.dispatches).toBeGreaterThan(3);
    expect(cut.c).toEqual(whole.c);
    expect(cut.c.every((value) => value === 0)).toBe(false);
    executor.release([a.buffer, b.buffer]);
  });

  test('a lost device is named, not answered', async () => {
    const broken = new WgslExecutor(await newDevice());
    const { plan, x, y } = doubling('y[index] = x[index];');
    const prepared = await broken.prepare(plan);
    broken.write(x, new Float32Array(64));
    await prepared.run();
    broken.target.device.destroy();
    await broken.target.device.lost;
    const lost = expect.objectContaining({ code: 'device-lost' }) as Error;
    await expect(broken.read(y)).rejects.toThrow(lost);
    await expect(prepared.run()).rejects.toThrow(lost);
  });

  test('holds what was predicted, the same on both executors, and gives it back', async () => {
    const golden = await loadGolden('tied');
    const batch = caseBatch(golden, 'mixed');
    const [device, cpu] = [new WgslExecutor(await testDevice()), await CpuExecutor.create()];
    for (const one of [device, cpu]) {
      const model = await PlannedModel.create(one, golden.config, weightsOf(golden));
      const idle = one.bytes;
      await model.lossAndGradients(batch);
      const memory = model.memoryOf(batch.rows, batch.length, 'train');
      const { input, output } = memory.kept;
      const grown = activationBytes(memory) + input + output + (one === cpu ? memory.cpuScratch : 0);
      expect((one.bytes - idle) / grown).toBeGreaterThan(0.95);
      expect((one.bytes - idle) / grown).toBeLessThan(1.05);
      expect(predictedBytes(memory)).toBeLessThan(1.05 * one.bytes);
      const flat = one.bytes;
      for (let step = 0; step < 50; step++) await model.step([batch], golden.adamw);
      expect(one.bytes).toBe(flat);
      model.dispose();
      expect(one.bytes).toBe(0);
    }
  });
});
