/**
 * @file What the GPU tests share: the device, golden models and how numbers are compared.
 * There is no skipping: where WebGPU is missing, opening the device fails the test.
 */
import { parseConfig, type ModelConfig } from '../../src/model/config';
import { OracleEngine } from '../../src/model/oracle';
import { decodeTensor, parseSafetensors, type SafetensorsFile } from '../../src/model/safetensors';
import type { Batch } from '../../src/sequence/types';
import { openDevice, type TensorDevice } from '../../src/tensor/device';
import { useDevice } from '../../src/tensor/tfjs';

let shared: Promise<TensorDevice> | undefined;

/** One device for all tests of a file. */
export function testDevice(): Promise<TensorDevice> {
  shared ??= newDevice();
  return shared;
}

/** A device of its own, for tests that break it; tfjs computes on it from now on. */
export async function newDevice(): Promise<TensorDevice> {
  const target = await openDevice();
  await useDevice(target);
  return target;
}

export async function fetchBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export async function fetchJson(url: URL): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await fetchBytes(url)));
}

interface GoldenCase {
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

export interface Golden {
  config: ModelConfig;
  file: SafetensorsFile;
  cases: Record<string, GoldenCase>;
  adamw: {
    learningRate: number;
    beta1: number;
    beta2: number;
    epsilon: number;
    weightDecay: number;
    clipNorm: number;
  };
  curve: { loss: number; gradientNorm: number }[];
  generation: { prompt: number[]; tokens: { id: number; logProb: number }[] };
  /** A tensor of expected.safetensors. */
  expected(name: string): Float32Array;
}

/** Reads one folder of test/golden/llama. */
export async function loadGolden(name: 'tied' | 'untied'): Promise<Golden> {
  const at = (file: string) => new URL(`../golden/llama/${name}/${file}`, import.meta.url);
  const [config, model, expected, json] = await Promise.all([
    fetchBytes(at('config.json')),
    fetchBytes(at('model.safetensors')),
    fetchBytes(at('expected.safetensors')),
    fetchJson(at('expected.json')),
  ]);
  const { tensors } = parseSafetensors(expected);
  return {
    ...(json as Omit<Golden, 'config' | 'file' | 'expected'>),
    config: parseConfig(new TextDecoder().decode(config)),
    file: parseSafetensors(model),
    expected: (key) => {
      const tensor = tensors.get(key);
      if (!tensor) throw new Error(`expected.safetensors holds no “${key}”`);
      return decodeTensor(tensor);
    },
  };
}

export async function goldenEngine(golden: Golden, target?: TensorDevice): Promise<OracleEngine> {
  return OracleEngine.load(target ?? (await testDevice()), golden.config, weightsOf(golden.file));
}

/** All tensors of a file as numbers. */
export function weightsOf({ tensors }: SafetensorsFile): Map<string, Float32Array> {
  return new Map([...tensors].map(([name, tensor]) => [name, decodeTensor(tensor)]));
}

export function caseBatch(golden: Golden, name: string): Batch {
  const found = golden.cases[name];
  if (!found) throw new Error(`expected.json holds no case “${name}”`);
  return {
    rows: found.rows,
    length: found.length,
    ids: Int32Array.from(found.ids),
    targets: Int32Array.from(found.targets),
    weights: Float32Array.from(found.weights),
    positions: Int32Array.from(found.positions),
    documents: Int32Array.from(found.documents),
    kind: new Uint8Array(found.ids.length),
    norm: found.norm,
  };
}

/** √Σ(a − b)² / √Σb²; NaN where anything is not finite, so that a comparison with a limit fails. */
export function relativeError(a: Float32Array, b: Float32Array): number {
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
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}

/** Everything that an asynchronous generator yields. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}
