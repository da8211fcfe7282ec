/**
 * @file Golden models and batches for the tests of planned decoders in Node.
 */
import { readFileSync } from 'node:fs';
import { parseConfig, type ModelConfig } from '../../src/model/config';
import type { AdamWSettings } from '../../src/model/engine';
import { decodeTensor, parseSafetensors, type StoredTensor } from '../../src/model/safetensors';
import type { FloatArray } from '../../src/plan/operation';
import type { Batch } from '../../src/sequence/types';
import { storedParameters } from './stored-parameters';

interface Case {
  rows: number;
  length: number;
  ids: number[];
  targets: number[];
  weights: number[];
  positions: number[];
  documents: number[];
  norm: number;
  loss: number;
}

export interface GoldenLlama {
  config: ModelConfig;
  weights: Map<string, Float32Array>;
  cases: Record<string, Case>;
  adamw: AdamWSettings;
  curve: { loss: number; gradientNorm: number }[];
  /** Greedy. */
  generation: { prompt: number[]; tokens: { id: number; logProb: number }[] };
  /** A tensor of expected.safetensors. */
  expected(name: string): Float32Array;
}

function valueOf(tensors: ReadonlyMap<string, StoredTensor>, name: string): Float32Array {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`There is no golden “${name}”.`);
  return decodeTensor(tensor);
}

function readModel(folder: string): { config: ModelConfig; weights: Map<string, Float32Array> } {
  const config = parseConfig(readFileSync(`${folder}/config.json`).toString());
  const stored = storedParameters(config, readFileSync(`${folder}/model.safetensors`));
  return { config, weights: new Map([...stored].map(([name, tensor]) => [name, decodeTensor(tensor)])) };
}

/** One of test/golden/llama. */
export function readGolden(name: string): GoldenLlama {
  const folder = `test/golden/llama/${name}`;
  const { tensors } = parseSafetensors(readFileSync(`${folder}/expected.safetensors`));
  const json = JSON.parse(readFileSync(`${folder}/expected.json`).toString()) as GoldenLlama;
  return { ...json, ...readModel(folder), expected: (key) => valueOf(tensors, key) };
}

/** What transformers' NEFTune hook does to the tied one of them on one of its batches. */
export function readNeftune() {
  const folder = 'test/golden/neftune';
  const { tensors } = parseSafetensors(readFileSync(`${folder}/expected.safetensors`));
  const meta = JSON.parse(readFileSync(`${folder}/expected.json`).toString()) as {
    case: string;
    alpha: number;
    seed: number;
    loss: number;
  };
  return { ...meta, floats: (name: string) => valueOf(tensors, name) };
}

/** A hundred steps of AdamW on a golden model. */
export function readCurve(name: string): { loss: number; gradientNorm: number }[] {
  return JSON.parse(readFileSync(`test/golden/llama/${name}/curve.json`).toString()) as GoldenLlama['curve'];
}

export function batchOf({ cases }: GoldenLlama, name: string): Batch {
  const one = cases[name];
  if (!one) throw new Error(`There is no golden case “${name}”.`);
  return {
    rows: one.rows,
    length: one.length,
    ids: Int32Array.from(one.ids),
    targets: Int32Array.from(one.targets),
    weights: Float32Array.from(one.weights),
    positions: Int32Array.from(one.positions),
    documents: Int32Array.from(one.documents),
    kind: new Uint8Array(one.ids.length),
    norm: one.norm,
  };
}

/** The shipped model and what transformers computes with it. */
export function readPocket() {
  const folder = 'test/golden/pocket';
  const { tensors } = parseSafetensors(readFileSync(`${folder}/sequences.safetensors`));
  const gradients = parseSafetensors(readFileSync(`${folder}/gradients.safetensors`)).tensors;
  const meta = JSON.parse(readFileSync(`${folder}/meta.json`).toString()) as {
    sequences: { loss: number; norm: number }[];
    generations: { promptIds: number[]; ids: number[] }[];
  };
  const ids = (number: number): Int32Array => {
    const stored = tensors.get(`ids.${number}`);
    if (stored?.dtype !== 'I32') throw new Error(`ids.${number} should be I32`);
    return new Int32Array(Uint8Array.from(stored.bytes).buffer);
  };
  return {
    ...readModel('public/models/pocket'),
    meta,
    ids,
    floats: (name: string) => valueOf(tensors, name),
    gradients: new Map([...gradients.keys()].map((name) => [name, valueOf(gradients, name)])),
  };
}

/** √Σ(a − b)² / √Σb²; NaN where anything is not finite. */
export function relativeError(a: FloatArray, b: FloatArray): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let difference = 0;
  let size = 0;
  a.forEach((value, i) => {
    difference += (value - (b[i] ?? NaN)) ** 2;
    size += (b[i] ?? NaN) ** 2;
  });
  return Math.sqrt(difference) / Math.sqrt(size);
}

/** Largest |a − b|; NaN where anything is not finite. */
export function largestDifference(a: FloatArray, b: FloatArray): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}
