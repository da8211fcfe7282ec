/**
 * @file The parameters that are trained, with the optimizer's state. Updates make new tensors and free the old ones, so
 * that whoever cloned a parameter (a clone shares its buffer) keeps what it had.
 */
import * as tf from '../tensor/tf';
import { adamW, flatten, makePools, unflatten, type Moments, type Pool } from './adamw';
import type { Parameters } from './decoder';
import type { AdamWSettings } from './engine';

/** Most elements that are updated in one operation: 64 MiB of 32-bit floats. */
const POOL_ELEMENTS = 2 ** 24;

/** The sum of gradients so far, one flat tensor a pool. */
export type GradientSums = tf.Tensor1D[];

export class TunedParameters {
  readonly names: readonly string[];
  readonly #pools: Pool[];
  #tensors: Map<string, tf.Tensor>;
  /** One entry a pool; empty until the first step. */
  #moments: Moments[] = [];
  #steps = 0;

  constructor(
    readonly base: Parameters,
    shapes: ReadonlyMap<string, readonly number[]>,
  ) {
    this.names = [...shapes.keys()];
    this.#pools = makePools(shapes, POOL_ELEMENTS);
    this.#tensors = cloneAll(base);
  }

  get parameters(): Parameters {
    return this.#tensors;
  }

  /** The tensors in the order of `names`. */
  list(): tf.Tensor[] {
    return this.names.map((name) => this.#tensors.get(name) as tf.Tensor);
  }

  /** Adds gradients, in the order of `names`, to the sums; frees both. */
  accumulate(sums: GradientSums, gradients: tf.Tensor[]): GradientSums {
    const byName = new Map(this.names.map((name, i) => [name, gradients[i] as tf.Tensor]));
    const result = tf.tidy(() =>
      this.#pools.map(({ names }, i) => {
        const flat = flatten(names.map((name) => byName.get(name) as tf.Tensor));
        const sum = sums[i];
        return sum ? sum.add<tf.Tensor1D>(flat) : flat;
      }),
    );
    tf.dispose([...sums, ...gradients]);
    return result;
  }

  /** One AdamW step with gradients scaled by `clip`. The gradients stay with the caller. */
  update(gradients: GradientSums, clip: number, settings: AdamWSettings): void {
    const t = this.#steps + 1;
    const updated = this.#pools.map((pool, i) =>
      tf.tidy(() => {
        const gradient = gradients[i] as tf.Tensor1D;
        const before = this.#moments[i] ?? { first: tf.zerosLike(gradient), second: tf.zerosLike(gradient) };
        const parameters = flatten(pool.names.map((name) => this.#tensors.get(name) as tf.Tensor));
        const after = adamW(pool, parameters, gradient, before, t, clip, settings);
        return { ...after.moments, parameters: unflatten(pool, after.parameters) };
      }),
    );
    this.#replace(
      new Map(
        this.#pools.flatMap(({ names }, i) =>
          names.map((name, j): [string, tf.Tensor] => [name, updated[i]?.parameters[j] as tf.Tensor]),
        ),
      ),
      updated.map(({ first, second }) => ({ first, second })),
    );
    this.#steps = t;
  }

  /** Puts tensors, which are its own from here on, in place of the present ones; the optimizer forgets. */
  set(tensors: Map<string, tf.Tensor>): void {
    this.#replace(tensors, []);
    this.#steps = 0;
  }

  /** Back to the base parameters; the optimizer forgets. */
  reset(): void {
    this.set(cloneAll(this.base));
  }

  dispose(): void {
    this.#replace(new Map(), []);
  }

  #replace(tensors: Map<string, tf.Tensor>, moments: Moments[]): void {
    tf.dispose([...this.#tensors.values(), ...this.#moments.flatMap(({ first, second }) => [first, second])]);
    this.#tensors = tensors;
    this.#moments = moments;
  }
}

/** Tensors of their own that share the buffers of others; freed on their own too. */
export function cloneAll(tensors: Parameters): Map<string, tf.Tensor> {
  return new Map([...tensors].map(([name, tensor]) => [name, tensor.clone()]));
}
