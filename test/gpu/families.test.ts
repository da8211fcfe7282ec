/**
 * @file Every family of models on the device against transformers: logits, best tokens, losses, the gradient of every
 * parameter.
 */
import { beforeAll, expect, test } from 'vitest';
import { PlannedModel } from '../../src/model/planned-model';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { expectAsTransformers, FAMILIES, readFamily } from '../unit/families-golden';
import { fetchBytes, testDevice } from './support';

let executor: WgslExecutor;
let together: WgslExecutor;
beforeAll(async () => {
  const target = await testDevice();
  executor = new WgslExecutor(target);
  together = new WgslExecutor(target, { lanes: 8 });
});

async function compare(on: WgslExecutor, name: string) {
  const folder = `/test/golden/families/${name}/`;
  const golden = await readFamily((file) => fetchBytes(new URL(folder + file, location.href)));
  const model = await PlannedModel.create(on, golden.config, golden.weights);
  try {
    expect(await expectAsTransformers(model, golden)).toBe(81);
  } finally {
    model.dispose();
  }
}

test.each(FAMILIES)('%s', (name) => compare(executor, name));

test.each(['qwen3', 'gemma3', 'gpt2'])('%s, rows shared by 8 invocations', (name) => compare(together, name));
