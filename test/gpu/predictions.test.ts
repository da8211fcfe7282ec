/**
 * @file What a model predicted at each place, on the GPU: the kernel in both forms against a plain reference that sorts, the
 * plan and the readable oracle against transformers (values from tools/golden/predictions.py).
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { PlannedModel } from '../../src/model/planned-model';
import { decodeTensor } from '../../src/model/safetensors';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import type { TensorDevice } from '../../src/tensor/device';
import { expectPredictions, type GoldenPredictions } from '../unit/predictions-golden';
import { RANK_CASES, rankTokens, sortedRanks } from '../unit/predictions-run';
import { storedParameters } from '../unit/stored-parameters';
import { caseBatch, fetchBytes, fetchJson, goldenEngine, loadGolden, testDevice } from './support';

let target: TensorDevice;

beforeAll(async () => {
  target = await testDevice();
});

test.each([1, 8])('ranks and alternatives are those of a sort, %i invocations a row', async (lanes) => {
  const executor = new WgslExecutor(target, { lanes });
  for (const one of RANK_CASES) {
    const [found, expected] = [await rankTokens(executor, one), sortedRanks(one)];
    const name = `${one.rows} tokens of ${one.vocabulary}`;
    expect(found.ranks, name).toEqual(expected.ranks);
    found.alternatives.forEach((value, i) =>
      expect(value, `${name}, ${i}`).toBeCloseTo(expected.alternatives[i] ?? NaN, 4),
    );
  }
});

describe('a golden Llama', () => {
  test.each(['padded', 'mixed'])('case %s is what transformers predicts', async (kind) => {
    const golden = await loadGolden('tied');
    const expected = (await fetchJson(
      new URL('../golden/predictions/tied.json', import.meta.url),
    )) as GoldenPredictions;
    const batch = caseBatch(golden, kind);
    const oracle = await goldenEngine(golden);
    expectPredictions(await oracle.predictions(batch, 'base'), expected[kind] ?? []);
    oracle.dispose();

    const bytes = await fetchBytes(new URL('../golden/llama/tied/model.safetensors', import.meta.url));
    const stored = storedParameters(golden.config, bytes);
    const weights = new Map([...stored].map(([name, tensor]) => [name, decodeTensor(tensor)]));
    const model = await PlannedModel.create(new WgslExecutor(target), golden.config, weights);
    expectPredictions(await model.predictions(batch), expected[kind] ?? []);
    model.dispose();
  });
});
