/**
 * @file The key-value cache of generation. It has room for a fixed number of tokens from the start, so that every step
 * has the same shapes: tfjs pools buffers by exact size and compiles kernels by rank, and neither list ever shrinks.
 */
import * as tf from '../tensor/tf';
import type { ModelConfig } from './config';
import { decode, predict, type Parameters } from './decoder';
import { attentionMask, FORBIDDEN, rotaryAngles } from './inputs';

interface LayerCache {
  keys: tf.Tensor;
  values: tf.Tensor;
}

/** Keys and values of one sequence, [1, K, room, h] a layer; zeros where nothing was written yet. */
export class KeyValueCache {
  #layers: LayerCache[] = [];
  #filled = 0;

  /** @param room how many tokens can be held */
  constructor(
    readonly config: ModelConfig,
    readonly parameters: Parameters,
    readonly room: number,
  ) {}

  /** How many tokens are held. */
  get length(): number {
    return this.#filled;
  }

  /**
   * Runs the prompt in one forward pass.
   *
   * @param padded length of the pass: at least the prompt, at most `room`; the rest is padding and leaves no trace
   * @returns logits of the token after the prompt, [V]; the caller disposes them
   */
  fill(prompt: Int32Array, padded: number): tf.Tensor {
    const ids = new Int32Array(padded);
    ids.set(prompt);
    const documents = new Int32Array(padded).fill(1, 0, prompt.length);
    const positions = Int32Array.from({ length: padded }, (_, i) => (i < prompt.length ? i : 0));
    return this.#advance(prompt.length, (kept) => {
      // 1 for the prompt, 0 for padding, whose keys and values must not stay.
      const real = tf.tensor4d(Float32Array.from(documents), [1, 1, padded, 1]);
      const rest: [number, number] = [0, this.room - padded];
      const widen = (x: tf.Tensor) => tf.pad(x.mul(real), [[0, 0], [0, 0], rest, [0, 0]]);
      const hidden = decode(this.config, this.parameters, {
        rows: 1,
        length: padded,
        ids,
        ...rotaryAngles(this.config, positions, 1),
        mask: tf.tensor4d(attentionMask({ rows: 1, length: padded, documents }), [1, 1, padded, padded]),
        remember: (layer, keys, values) => {
          kept[layer] = { keys: widen(keys), values: widen(values) };
          return { keys, values };
        },
      });
      const last = tf.slice(hidden, [prompt.length - 1, 0], [1, -1]);
      return predict(this.config, this.parameters, last).flatten();
    });
  }

  /**
   * Appends one token.
   *
   * @returns logits of the token after it, [V]; the caller disposes them
   */
  append(id: number): tf.Tensor {
    const position = this.#filled;
    return this.#advance(position + 1, (kept) => {
      const place = tf.tensor4d(
        Float32Array.from({ length: this.room }, (_, i) => (i === position ? 1 : 0)),
        [1, 1, this.room, 1],
      );
      const mask = Float32Array.from({ length: this.room }, (_, i) => (i <= position ? 0 : FORBIDDEN));
      const hidden = decode(this.config, this.parameters, {
        rows: 1,
        length: 1,
        ids: Int32Array.of(id),
        ...rotaryAngles(this.config, Int32Array.of(position), 1),
        mask: tf.tensor4d(mask, [1, 1, 1, this.room]),
        remember: (layer, keys, values) => {
          const held = this.#layers[layer];
          if (!held) throw new RangeError('A prompt must be run before tokens are appended.');
          // The place is still zero, so adding writes.
          return (kept[layer] = {
            keys: held.keys.add(place.mul(keys)),
            values: held.values.add(place.mul(values)),
          });
        },
      });
      return predict(this.config, this.parameters, hidden).flatten();
    });
  }

  dispose(): void {
    for (const { keys, values } of this.#layers) tf.dispose([keys, values]);
    this.#layers = [];
    this.#filled = 0;
  }

  /** Runs a forward pass, keeps what it put into `kept` and frees what was held before. */
  #advance(length: number, run: (kept: LayerCache[]) => tf.Tensor): tf.Tensor {
    if (length > this.room)
      throw new RangeError(`The cache has room for ${this.room} tokens, not ${length}.`);
    const kept: LayerCache[] = [];
    const logits = tf.tidy(() => {
      const result = run(kept);
      for (const { keys, values } of kept) {
        tf.keep(keys);
        tf.keep(values);
      }
      return result;
    });
    this.dispose();
    this.#layers = kept;
    this.#filled = length;
    return logits;
  }
}
