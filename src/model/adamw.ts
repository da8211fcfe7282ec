/**
 * @file AdamW with clipping of the global gradient norm, as torch.optim.AdamW and clip_grad_norm_ compute it, in plain
 * tensor operations. Decoupled weight decay: Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101
 *
 * Parameters are updated in pools: the tensors of a pool laid end to end, so that a step is a few large operations.
 */
import * as tf from '../tensor/tf';
import type { AdamWSettings } from './engine';

/** Names and shapes of parameters that are updated together; matrices decay, vectors do not. */
export interface Pool {
  names: string[];
  shapes: number[][];
  sizes: number[];
  decays: boolean;
}

/**
 * Groups parameters into pools of at most `maxElements`; a parameter larger than that has a pool of its own.
 */
export function makePools(parameters: ReadonlyMap<string, readonly number[]>, maxElements: number): Pool[] {
  const pools: Pool[] = [];
  const open = new Map<boolean, { pool: Pool; elements: number }>();
  for (const [name, shape] of parameters) {
    const decays = shape.length > 1;
    const size = tf.util.sizeFromShape([...shape]);
    let current = open.get(decays);
    if (!current || current.elements + size > maxElements) {
      current = { pool: { names: [], shapes: [], sizes: [], decays }, elements: 0 };
      open.set(decays, current);
      pools.push(current.pool);
    }
    current.pool.names.push(name);
    current.pool.shapes.push([...shape]);
    current.pool.sizes.push(size);
    current.elements += size;
  }
  return pools;
}

/** Tensors end to end, [elements]. */
export function flatten(tensors: tf.Tensor[]): tf.Tensor1D {
  return tf.concat1d(tensors.map((tensor) => tensor.flatten()));
}

/** The tensors of a pool, in its order, from their elements end to end. */
export function unflatten(pool: Pool, flat: tf.Tensor1D): tf.Tensor[] {
  const parts: tf.Tensor[] = tf.split(flat, pool.sizes);
  return parts.map((part, i) => part.reshape(pool.shapes[i] ?? []));
}

/** First and second moments of one pool, and how many steps they have seen. */
export interface Moments {
  first: tf.Tensor1D;
  second: tf.Tensor1D;
}

/**
 * One update of a pool, for step t (from 1), gradient g scaled by `clip`:
 * m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ(1 − ηλ) − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε).
 * Nothing is changed in place; call within `tf.tidy` and keep what is returned.
 */
export function adamW(
  pool: Pool,
  parameters: tf.Tensor1D,
  gradient: tf.Tensor1D,
  moments: Moments,
  t: number,
  clip: number,
  settings: AdamWSettings,
): { parameters: tf.Tensor1D; moments: Moments } {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = settings;
  const g = clip === 1 ? gradient : gradient.mul(clip);
  const first = moments.first.mul(beta1).add(g.mul(1 - beta1)) as tf.Tensor1D;
  const second = moments.second.mul(beta2).add(g.square().mul(1 - beta2)) as tf.Tensor1D;
  const scale = second
    .sqrt()
    .div(Math.sqrt(1 - beta2 ** t))
    .add(epsilon);
  const decayed =
    pool.decays && weightDecay !== 0 ? parameters.mul(1 - learningRate * weightDecay) : parameters;
  const updated = decayed.sub(first.div(scale).mul(learningRate / (1 - beta1 ** t))) as tf.Tensor1D;
  return { parameters: updated, moments: { first, second } };
}

/** What gradients are multiplied with so that their global norm is at most `clipNorm`; torch's 1e-6 included. */
export function clipFactor(norm: number, clipNorm: number): number {
  return Math.min(1, clipNorm / (norm + 1e-6));
}
