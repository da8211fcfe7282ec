/**
 * @file Golden models of every family: what the tests in Node and on the device share.
 */
import { expect } from 'vitest';
import { parseConfig, type ModelConfig } from '../../src/model/config';
import type { PlannedModel } from '../../src/model/planned-model';
import { decodeTensor, parseSafetensors } from '../../src/model/safetensors';
import type { Batch } from '../../src/sequence/types';
import { storedParameters } from './stored-parameters';

/** Those of tools/golden/families.py. */
export const FAMILIES = [
  'llama-llama3',
  'llama-linear-biases',
  'llama-yarn',
  'smollm2',
  'qwen2',
  'qwen2-window',
  'qwen3',
  'qwen3-window-biases',
  'smollm3',
  'smollm3-window-biases',
  'gemma3',
  'gemma3-older',
  'gpt2',
  'gpt2-older',
] as const;

export interface GoldenFamily {
  config: ModelConfig;
  weights: Map<string, Float32Array>;
  batch: Batch;
  loss: number;
  /** Of prompts of different lengths: 64 tokens each, chosen without a cache, with their log-probabilities. */
  greedy: { prompts: number[][]; ids: number[][]; logProbs: number[][] };
  /** `logits` [N, V], `logProbs` [N] and `gradients/…` by the parameters' names. */
  expected(name: string): Float32Array;
}

interface GoldenJson {
  case: Record<'ids' | 'targets' | 'weights' | 'positions' | 'documents', number[]> &
    Record<'rows' | 'length' | 'norm' | 'loss', number>;
  greedy: GoldenFamily['greedy'];
}

/**
 * One of test/golden/families.
 *
 * @param read gives the bytes of a file of its folder
 */
export async function readFamily(read: (file: string) => Promise<Uint8Array>): Promise<GoldenFamily> {
  const text = async (file: string) => new TextDecoder().decode(await read(file));
  const config = parseConfig(await text('config.json'));
  const stored = storedParameters(config, await read('model.safetensors'));
  const { tensors } = parseSafetensors(await read('expected.safetensors'));
  const { case: one, greedy } = JSON.parse(await text('expected.json')) as GoldenJson;
  return {
    config,
    weights: new Map([...stored].map(([name, tensor]) => [name, decodeTensor(tensor)])),
    batch: {
      rows: one.rows,
      length: one.length,
      ids: Int32Array.from(one.ids),
      targets: Int32Array.from(one.targets),
      weights: Float32Array.from(one.weights),
      positions: Int32Array.from(one.positions),
      documents: Int32Array.from(one.documents),
      kind: new Uint8Array(one.ids.length),
      norm: one.norm,
    },
    loss: one.loss,
    greedy,
    expected: (name) => {
      const tensor = tensors.get(name);
      if (!tensor) throw new Error(`There is no golden “${name}”.`);
      return decodeTensor(tensor);
    },
  };
}

/** Largest |a − b|; NaN where anything is not finite. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}

const lengthOf = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

function indexOfLargest(row: Float32Array): number {
  return row.reduce((best, value, i) => (value > (row[best] ?? NaN) ? i : best), 0);
}

/**
 * Expects the logits and the best token of every position, log-probabilities, the loss, and the gradient of every parameter
 * to be those of transformers.
 *
 * @returns how many positions were compared
 */
export async function expectAsTransformers(model: PlannedModel, golden: GoldenFamily): Promise<number> {
  const { batch, config } = golden;
  const width = config.vocabularySize;
  const logits = await model.logits(batch);
  const { logProbs } = await model.score(batch);
  const [expectedLogits, expectedLogProbs] = [golden.expected('logits'), golden.expected('logProbs')];
  let positions = 0;
  batch.documents.forEach((document, n) => {
    if (document === 0) return;
    const row = (values: Float32Array) => values.subarray(n * width, (n + 1) * width);
    expect(largestDifference(row(logits), row(expectedLogits)), `logits of ${n}`).toBeLessThan(1e-4);
    expect(indexOfLargest(row(logits)), `best token of ${n}`).toBe(indexOfLargest(row(expectedLogits)));
    expect(Math.abs((logProbs[n] ?? NaN) - (expectedLogProbs[n] ?? NaN))).toBeLessThan(1e-4);
    positions++;
  });

  const { loss, gradients } = await model.lossAndGradients(batch);
  expect(Math.abs(loss - golden.loss)).toBeLessThan(1e-5);
  expect([...gradients.keys()]).toEqual([...model.parameters.keys()]);
  const whole = Math.sqrt([...gradients.values()].reduce((sum, values) => sum + lengthOf(values) ** 2, 0));
  for (const [name, gradient] of gradients) {
    const wanted = golden.expected(`gradients/${name}`);
    const error = lengthOf(gradient.map((value, i) => value - (wanted[i] ?? NaN)));
    // Without positions, a bias on keys changes nothing: its gradient is what rounding leaves of 0.
    expect(error, name).toBeLessThan(1e-4 * lengthOf(wanted) + 1e-7 * whole);
  }
  return positions;
}
