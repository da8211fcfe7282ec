/**
 * @file The shipped model against transformers (values from tools/golden/pocket.py): logits to 1e-4, the gradient of
 * every parameter to 1e-4 of its length.
 */
import { beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/model/config';
import { OracleEngine } from '../../src/model/oracle';
import { decodeTensor, parseSafetensors, type StoredTensor } from '../../src/model/safetensors';
import { toBatch, toTokens } from '../../src/sequence/batch';
import type { TrainingSequence } from '../../src/sequence/types';
import {
  collect,
  fetchBytes,
  fetchJson,
  largestDifference,
  relativeError,
  testDevice,
  weightsOf,
} from './support';

interface Meta {
  modelSha256: string;
  sequences: { tokens: number; loss: number; norm: number }[];
  generations: { promptIds: number[]; ids: number[] }[];
}

const golden = (name: string) => new URL(`../golden/pocket/${name}`, import.meta.url);
// A path of its own: vite would take one beside import.meta.url for a pattern of files.
const shipped = (name: string) => new URL(`/models/pocket/${name}`, location.href);

let meta: Meta;
let engine: OracleEngine;
let values: ReadonlyMap<string, StoredTensor>;
let gradients: ReadonlyMap<string, StoredTensor>;

beforeAll(async () => {
  meta = (await fetchJson(golden('meta.json'))) as Meta;
  values = parseSafetensors(await fetchBytes(golden('sequences.safetensors'))).tensors;
  gradients = parseSafetensors(await fetchBytes(golden('gradients.safetensors'))).tensors;
  const model = await fetchBytes(shipped('model.safetensors'));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', model));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  expect(hex, 'test/golden/pocket belongs to another model; run tools/golden/pocket.py').toBe(
    meta.modelSha256,
  );
  const config = parseConfig(new TextDecoder().decode(await fetchBytes(shipped('config.json'))));
  engine = await OracleEngine.load(await testDevice(), config, weightsOf(parseSafetensors(model)));
});

function floats(name: string): Float32Array {
  const tensor = values.get(name);
  if (!tensor) throw new Error(`sequences.safetensors holds no ${name}`);
  return decodeTensor(tensor);
}

function sequence(number: number): TrainingSequence {
  const stored = values.get(`ids.${number}`);
  if (stored?.dtype !== 'I32') throw new Error(`ids.${number} should be I32`);
  const ids = new Int32Array(stored.bytes.slice().buffer);
  return {
    ids,
    weights: floats(`weights.${number}`),
    kind: new Uint8Array(ids.length),
    positions: ids.map((_, i) => i),
    document: ids.map(() => 1),
    origin: { conversation: `golden ${number}` },
  };
}

test.each([0, 1])('logits and log-probabilities of sequence %i', async (number) => {
  const tokens = sequence(number);
  const batch = toBatch([tokens]);
  expect(largestDifference(await engine.logits(batch, 'base'), floats(`logits.${number}`))).toBeLessThan(
    1e-4,
  );
  const [logProbs] = toTokens(await engine.score(batch, 'tuned'), batch, [tokens]);
  expect(largestDifference(logProbs ?? new Float32Array(), floats(`logprobs.${number}`))).toBeLessThan(1e-4);
});

test('the loss, and the gradient of every parameter', async () => {
  const batch = toBatch([sequence(0)]);
  expect(batch.norm).toBeCloseTo(meta.sequences[0]?.norm ?? NaN, 4);
  const found = await engine.lossAndGradients(batch);
  expect(found.loss).toBeCloseTo(meta.sequences[0]?.loss ?? NaN, 4);
  expect([...found.gradients.keys()].sort()).toEqual([...gradients.keys()].sort());
  for (const [name, gradient] of found.gradients) {
    const expected = decodeTensor(gradients.get(name) as StoredTensor);
    expect(relativeError(gradient, expected), name).toBeLessThan(1e-4);
  }
});

test('greedy generation', async () => {
  for (const { promptIds, ids } of meta.generations) {
    const options = { maxNewTokens: ids.length, temperature: 0, topP: 1, seed: 0, stopIds: [] };
    const tokens = await collect(engine.generate(Int32Array.from(promptIds), options, 'base'));
    expect(tokens.map(({ id }) => id)).toEqual(ids);
  }
});
