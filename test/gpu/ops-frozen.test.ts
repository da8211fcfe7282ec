/**
 * @file Products with packed matrices, their embedding and loss, and LoRA: WGSL against the CPU loop, in the same odd shapes
 * and with the same numbers with which test/unit/ops-frozen.test.ts compares the CPU loops with tfjs.
 */
import { beforeAll, expect, test } from 'vitest';
import { packMatrix } from '../../src/ops/frozen-format';
import { frozenEmbedding } from '../../src/ops/frozen-embedding';
import { makeFrozen } from '../../src/ops/frozen-matrix';
import { fromHalf } from '../../src/ops/half';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { makeTensor } from '../../src/plan/tensor';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { FROZEN_CASES } from '../unit/ops-frozen-cases';
import { meanSquaredError, runCase, type OperationCase } from '../unit/ops-run';
import { testDevice } from './support';

/** 1e-7 is what ggml asks of its operations; these do better. */
const LIMIT = 1e-10;

let cpu: CpuExecutor;
let gpu: WgslExecutor;

beforeAll(async () => {
  cpu = await CpuExecutor.create();
  gpu = new WgslExecutor(await testDevice());
});

test.each(Object.keys(FROZEN_CASES))('%s', async (operation) => {
  for (const [i, one] of (FROZEN_CASES[operation] as OperationCase[]).entries()) {
    const found = await runCase(gpu, one, i % 2 === 0);
    const expected = await runCase(cpu, one, i % 2 === 0);
    found.outputs.forEach((output, j) => {
      const error = meanSquaredError(output, expected.outputs[j] as Float32Array);
      expect(error, `${one.name}, output ${j}`).toBeLessThan(LIMIT);
    });
    expect(Object.keys(found.gradients)).toEqual(Object.keys(expected.gradients));
    for (const [name, gradient] of Object.entries(found.gradients)) {
      const error = meanSquaredError(gradient, expected.gradients[name] as Float32Array);
      expect(error, `${one.name}, gradient of ${name}`).toBeLessThan(LIMIT);
    }
  }
});

test('every finite half is read exactly, subnormal ones too', async () => {
  const halves = Array.from({ length: 0x10000 }, (_, i) => i).filter((i) => (i & 0x7c00) !== 0x7c00);
  const [rows, columns] = [halves.length / 1024, 1024];
  const matrix = makeFrozen('halves', [rows, columns], 'f16');
  const packed = packMatrix(matrix.layout, Float32Array.from(halves, fromHalf));
  const ids = makeTensor('ids', [rows], 'input', 'i32');
  const plan = new PlanBuilder();
  const found = plan.output(frozenEmbedding(plan, matrix, ids));
  const prepared = await gpu.prepare(plan.finish());
  gpu.write(
    ids,
    Int32Array.from({ length: rows }, (_, i) => i),
  );
  gpu.write(matrix.words, packed.words);
  await prepared.run();
  expect(await gpu.read(found)).toEqual(Float32Array.from(halves, fromHalf));
});
