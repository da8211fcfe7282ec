/**
 * @file What every peer of the step benchmark is given: a model, its weights and a batch, the same numbers for all.
 */
import type { AdamWSettings } from '../../../src/model/engine';
import { decodeTensor, parseSafetensors } from '../../../src/model/safetensors';
import type { Batch } from '../../../src/sequence/types';

/** A shape as it goes from the command to a page or a process. */
export interface ShapeRequest {
  name: string;
  /** `config.json` of a Llama. */
  config: Record<string, unknown>;
  rows: number;
  length: number;
  /** Address of a safetensors file; without one, weights are made from a seed. */
  weights?: string;
}

/** What a Llama's `config.json` says, in the names of src/model/config.ts. */
export interface Sizes {
  vocabularySize: number;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  keyValueHeads: number;
  headSize: number;
  normEpsilon: number;
  ropeTheta: number;
  tied: boolean;
}

export interface Job {
  /** `config.json`. */
  fields: Record<string, unknown>;
  sizes: Sizes;
  /** By Hugging Face names; matrices are [out, in]. */
  shapes: ReadonlyMap<string, readonly number[]>;
  weights: ReadonlyMap<string, Float32Array>;
  /** Every row is one document without padding. */
  batch: Batch;
  /** Cosine and sine of every position's angles, [rows · length, h / 2]. */
  rotation: { cos: Float32Array; sin: Float32Array };
  settings: AdamWSettings;
}

/**
 * No weight decay, because tfjs's optimizer has none, and no clipping, so that nobody but Losslight, which always does,
 * computes a norm of the gradients.
 */
export const SETTINGS: AdamWSettings = {
  learningRate: 3e-4,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: Infinity,
};

/** Standard deviation of weights that are made. */
const DEVIATION = 0.02;
/** Weights of the targets, one for each run of so many. */
const WEIGHTS = [0, 1, 0.3, 1];
const RUN = 8;

/**
 * The job for a shape: the same numbers on every machine.
 *
 * @param read gives the bytes at an address
 */
export async function makeJob(
  { config: fields, rows, length, weights: address }: ShapeRequest,
  read: (address: string) => Promise<Uint8Array>,
): Promise<Job> {
  const sizes = sizesOf(fields);
  const shapes = shapesOf(sizes);
  const weights = address === undefined ? makeWeights(shapes) : readWeights(await read(address), shapes);
  const batch = makeBatch(sizes.vocabularySize, rows, length);
  return {
    fields,
    sizes,
    shapes,
    weights,
    batch,
    rotation: rotationOf(batch.positions, sizes),
    settings: SETTINGS,
  };
}

/** @throws RangeError naming the field that is missing. */
export function sizesOf(fields: Record<string, unknown>): Sizes {
  const number = (name: string, fallback?: number): number => {
    const value = fields[name] ?? fallback;
    if (typeof value !== 'number') throw new RangeError(`config.json: ${name} is missing.`);
    return value;
  };
  const heads = number('num_attention_heads');
  const hiddenSize = number('hidden_size');
  return {
    vocabularySize: number('vocab_size'),
    hiddenSize,
    intermediateSize: number('intermediate_size'),
    layers: number('num_hidden_layers'),
    heads,
    keyValueHeads: number('num_key_value_heads', heads),
    headSize: number('head_dim', hiddenSize / heads),
    normEpsilon: number('rms_norm_eps', 1e-6),
    ropeTheta: number('rope_theta', 10_000),
    tied: fields['tie_word_embeddings'] === true,
  };
}

/** Names and shapes of a Llama's parameters, as its safetensors file has them. */
export function shapesOf(sizes: Sizes): Map<string, readonly number[]> {
  const { hiddenSize: d, intermediateSize: f, vocabularySize: V, headSize: h } = sizes;
  const shapes = new Map<string, readonly number[]>([['model.embed_tokens.weight', [V, d]]]);
  for (let layer = 0; layer < sizes.layers; layer++) {
    for (const [name, shape] of [
      ['input_layernorm', [d]],
      ['self_attn.q_proj', [sizes.heads * h, d]],
      ['self_attn.k_proj', [sizes.keyValueHeads * h, d]],
      ['self_attn.v_proj', [sizes.keyValueHeads * h, d]],
      ['self_attn.o_proj', [d, sizes.heads * h]],
      ['post_attention_layernorm', [d]],
      ['mlp.gate_proj', [f, d]],
      ['mlp.up_proj', [f, d]],
      ['mlp.down_proj', [d, f]],
    ] as const) {
      shapes.set(`model.layers.${layer}.${name}.weight`, shape);
    }
  }
  shapes.set('model.norm.weight', [d]);
  if (!sizes.tied) shapes.set('lm_head.weight', [V, d]);
  return shapes;
}

/** RoPE's angles: position · θ^(−2i/h). https://arxiv.org/abs/2104.09864 */
function rotationOf(positions: Int32Array, { headSize, ropeTheta }: Sizes): Job['rotation'] {
  const half = headSize / 2;
  const angles = new Float32Array(positions.length * half);
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(ropeTheta ** ((-2 * i) / headSize));
    positions.forEach((position, n) => (angles[n * half + i] = position * frequency));
  }
  return { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
}

function readWeights(file: Uint8Array, shapes: Job['shapes']): Map<string, Float32Array> {
  const { tensors } = parseSafetensors(file);
  return new Map(
    [...shapes.keys()].map((name) => {
      const stored = tensors.get(name);
      if (!stored) throw new RangeError(`The file has no tensor “${name}”.`);
      return [name, decodeTensor(stored)];
    }),
  );
}

/** Matrices uniform with the deviation that Llamas begin with, norms 1. */
function makeWeights(shapes: Job['shapes']): Map<string, Float32Array> {
  const random = randomNumbers(1);
  const width = DEVIATION * Math.sqrt(12);
  return new Map(
    [...shapes].map(([name, shape]) => {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(1);
      if (shape.length > 1) for (let i = 0; i < values.length; i++) values[i] = (random() - 0.5) * width;
      return [name, values];
    }),
  );
}

/** Random ids, each predicted from those before it, with weights in short runs as masks have them. */
export function makeBatch(vocabulary: number, rows: number, length: number): Batch {
  const random = randomNumbers(2);
  const size = rows * length;
  const ids = Int32Array.from({ length: size }, () => Math.floor(random() * vocabulary));
  const last = (n: number) => n % length === length - 1;
  const weights = Float32Array.from(ids, (_, n) =>
    last(n) ? 0 : (WEIGHTS[Math.floor(n / RUN) % WEIGHTS.length] ?? 0),
  );
  return {
    rows,
    length,
    ids,
    targets: ids.map((_, n) => (last(n) ? 0 : (ids[n + 1] ?? 0))),
    weights,
    positions: ids.map((_, n) => n % length),
    documents: new Int32Array(size).fill(1),
    kind: new Uint8Array(size),
    norm: weights.reduce((sum, weight) => sum + weight, 0),
  };
}

/** Numbers from 0 to below 1: mulberry32, by Tommy Ettinger (public domain). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
