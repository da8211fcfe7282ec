/**
 * @file Memory that tfjs and the plans share: the same numbers on both sides, no buffer made for it, and nobody frees what
 * another one made.
 */
import { beforeAll, expect, test } from 'vitest';
import { parameterShapes } from '../../src/model/parameter-names';
import { PlannedModel } from '../../src/model/planned-model';
import { decodeTensor } from '../../src/model/safetensors';
import { relativeChanges, withSharedParameters } from '../../src/model/shared-parameters';
import { addTo } from '../../src/ops/add';
import { PlanBuilder } from '../../src/plan/builder';
import { copy } from '../../src/plan/copy';
import { makeTensor } from '../../src/plan/tensor';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { bufferOfTensor, tensorOnBuffer } from '../../src/tensor/bridge';
import type { TensorDevice } from '../../src/tensor/device';
import * as tf from '../../src/tensor/tf';
import { caseBatch, loadGolden, testDevice } from './support';

let target: TensorDevice;
beforeAll(async () => {
  target = await testDevice();
});

/** Storage buffers that `work` makes; tfjs's uniforms and what is mapped to be read are none. */
async function buffersMade(work: () => unknown): Promise<number> {
  const { device } = target;
  const create = device.createBuffer.bind(device);
  let count = 0;
  device.createBuffer = (descriptor) => {
    if (descriptor.usage & GPUBufferUsage.STORAGE) count++;
    return create(descriptor);
  };
  try {
    await work();
  } finally {
    device.createBuffer = create;
  }
  return count;
}

test('a plan’s memory as a tfjs tensor: what the plan computed, and no buffer more', async () => {
  const executor = new WgslExecutor(target);
  const [x, y] = [makeTensor('x', [100], 'input'), makeTensor('y', [100], 'output')];
  const plan = new PlanBuilder();
  plan.append(copy(x, y));
  const prepared = await executor.prepare(plan.finish());
  for (const factor of [1, -3]) {
    executor.write(
      x,
      Float32Array.from({ length: 100 }, (_, i) => factor * i),
    );
    await prepared.run();
    let view: tf.Tensor | undefined;
    expect(await buffersMade(() => (view = tensorOnBuffer(executor.bufferOf(y), 100)))).toBe(0);
    const sum = tf.tidy(() => (view as tf.Tensor).sum());
    expect(await sum.data()).toEqual(Float32Array.of(factor * 4950));
    tf.dispose([view as tf.Tensor, sum]);
  }
  // Disposing the views left the plan its memory.
  await prepared.run();
  expect((await executor.read(y))[99]).toBe(-297);
  expect(() => tensorOnBuffer(executor.bufferOf(y), 1000)).toThrow('400 bytes');
  prepared.dispose();
  executor.dispose();
});

test('a tfjs tensor as the input of a plan: no copy, and tfjs keeps its tensor', async () => {
  const executor = new WgslExecutor(target);
  const given = tf.tidy(() => tf.range(0, 64).mul(2).add(1));
  const x = makeTensor('x', [64], 'input');
  const y = makeTensor('y', [64], 'output');
  const plan = new PlanBuilder();
  plan.append(addTo(y, x));
  expect(await buffersMade(() => executor.share(x, bufferOfTensor(given)))).toBe(0);
  expect(() => executor.share(x, bufferOfTensor(given))).toThrow('memory already');
  const prepared = await executor.prepare(plan.finish());
  expect(executor.bytes).toBe(4 * 64);
  await prepared.run();
  await prepared.run();
  const odd = Float32Array.from({ length: 64 }, (_, i) => 2 * (2 * i + 1));
  expect(await executor.read(y)).toEqual(odd);
  prepared.dispose();
  executor.dispose();
  expect(await given.data()).toEqual(odd.map((value) => value / 2));
  given.dispose();

  const other = new WgslExecutor(target);
  const small = tf.ones([4]);
  expect(() => other.share(makeTensor('z', [64], 'input'), bufferOfTensor(small))).toThrow('cannot hold “z”');
  const truth = tf.tensor1d([true], 'bool');
  expect(() => bufferOfTensor(truth)).toThrow('of bool');
  tf.dispose([small, truth]);
  expect(() => other.bufferOf(makeTensor('a', [4], 'activation'))).toThrow('memory of its own');
});

test('statistics over the parameters of a model in training share them', async () => {
  const golden = await loadGolden('tied');
  const weights = new Map([...golden.file.tensors].map(([name, tensor]) => [name, decodeTensor(tensor)]));
  const executor = new WgslExecutor(target);
  const model = await PlannedModel.create(executor, golden.config, weights);
  const { trained: tuned } = model.state;
  const base = model.state.loaded.pools.parameters;
  const before = tf.memory().numTensors;
  const changes = () => relativeChanges(executor, tuned, base);
  expect([...(await changes()).values()].every((change) => change === 0)).toBe(true);
  await model.step([caseBatch(golden, 'single')], golden.adamw);
  const found = await changes();
  expect([...found.keys()]).toEqual([...parameterShapes(golden.config).keys()]);
  for (const [name, values] of await model.read()) {
    const loaded = weights.get(name) as Float32Array;
    const size = (numbers: Float32Array) => Math.sqrt(numbers.reduce((sum, value) => sum + value ** 2, 0));
    const expected = size(values.map((value, i) => value - (loaded[i] as number))) / size(loaded);
    expect(expected).toBeGreaterThan(0);
    expect((found.get(name) ?? NaN) / expected, name).toBeCloseTo(1, 3);
  }
  const norm = withSharedParameters(executor, tuned, (parameter) => parameter('model.norm.weight').sum());
  const values = (await model.read()).get('model.norm.weight') as Float32Array;
  expect((await norm.data())[0]).toBeCloseTo(
    values.reduce((sum, value) => sum + value, 0),
    4,
  );
  norm.dispose();
  expect(() => withSharedParameters(executor, tuned, (parameter) => parameter('no such'))).toThrow('no such');
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});
