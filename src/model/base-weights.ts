/**
 * @file The weights that a model was loaded with, in an executor's memory: as 32-bit floats, or its matrices packed into
 * halves or small integers as they come from the file, a range of rows at a time, so that no model is there twice.
 */
import { LosslightError } from '../errors';
import { packMatrix } from '../ops/frozen-format';
import { makeFrozen, type FrozenMatrix } from '../ops/frozen-matrix';
import type { Executor } from '../plan/executor';
import { makePools, type ParameterPools } from '../plan/parameters';
import { sizeOf, type LogicalBuffer, type Tensor } from '../plan/tensor';
import type { BaseFormat } from './engine';

/** Values of the parameters by name; those of a stream come in any order, each once, and are not kept. */
export type WeightValues = ReadonlyMap<string, Float32Array> | AsyncIterable<WeightPiece>;

/** A parameter's values, or those of some of its rows. */
export interface WeightPiece {
  name: string;
  values: Float32Array;
  /** The first row that the values are of; 0 where it is absent. */
  firstRow?: number;
}

/** Elements that are packed at a time. */
const PIECE = 2 ** 21;

export class BaseWeights {
  /** What is kept as 32-bit floats; gradients and moments of these pools are nobody's. */
  readonly pools: ParameterPools;
  readonly frozen: ReadonlyMap<string, FrozenMatrix>;

  private constructor(
    readonly executor: Executor,
    readonly shapes: ReadonlyMap<string, readonly number[]>,
    readonly format: BaseFormat,
  ) {
    const packs = (shape: readonly number[]) => format !== 'f32' && shape.length === 2;
    this.pools = makePools(new Map([...shapes].filter(([, shape]) => !packs(shape))));
    const frozen = new Map<string, FrozenMatrix>();
    for (const [name, shape] of shapes) {
      const [rows = 0, columns = 0] = shape;
      if (format !== 'f32' && packs(shape)) frozen.set(name, makeFrozen(name, [rows, columns], format));
    }
    this.frozen = frozen;
  }

  /**
   * Writes the weights as they come.
   *
   * @param shapes of all parameters by their names
   * @throws RangeError where one is missing, unknown or of another size; LosslightError `bad-model`, naming it, where a
   * number is too large for the format; whatever the stream throws. Then nothing is kept.
   */
  static async load(
    executor: Executor,
    shapes: ReadonlyMap<string, readonly number[]>,
    weights: WeightValues,
    format: BaseFormat = 'f32',
  ): Promise<BaseWeights> {
    const made = new BaseWeights(executor, shapes, format);
    try {
      const missing = new Map([...shapes].map(([name, shape]) => [name, sizeOf(shape)]));
      const pieces =
        Symbol.asyncIterator in weights
          ? weights
          : Array.from(weights, ([name, values]): WeightPiece => ({ name, values }));
      for await (const piece of pieces) {
        const left = (missing.get(piece.name) ?? NaN) - piece.values.length;
        if (!(left >= 0)) {
          throw new RangeError(`“${piece.name}” is no parameter of the model, or has other values already.`);
        }
        made.#write(piece);
        missing.set(piece.name, left);
      }
      for (const [name, left] of missing) {
        if (left > 0) throw new RangeError(`“${name}” lacks ${left} values.`);
      }
    } catch (error) {
      made.dispose();
      throw error;
    }
    return made;
  }

  dispose(): void {
    const buffers: LogicalBuffer[] = this.pools.pools.map(({ parameters }) => parameters.buffer);
    for (const { words, scales } of this.frozen.values()) {
      buffers.push(words.buffer, ...(scales ? [scales.buffer] : []));
    }
    this.executor.release(buffers);
  }

  #write({ name, values, firstRow = 0 }: WeightPiece): void {
    const columns = sizeOf((this.shapes.get(name) ?? []).slice(1));
    const kept = this.pools.parameters.get(name)?.value;
    if (kept) {
      if (values.length > 0) this.executor.write(part(kept, firstRow * columns, values.length), values);
      return;
    }
    const matrix = this.frozen.get(name) as FrozenMatrix;
    const { layout, words, scales } = matrix;
    const most = Math.max(1, Math.floor(PIECE / columns));
    for (let row = 0; row * columns < values.length; row += most) {
      const chunk = values.subarray(row * columns, (row + most) * columns);
      const rows = chunk.length / columns;
      const packed = this.#pack(name, { ...layout, rows }, chunk);
      const first = firstRow + row;
      const write = (to: Tensor, width: number, from: Int32Array | Float32Array) =>
        this.executor.write(part(to, first * width, rows * width), from);
      write(words, layout.words, packed.words);
      if (scales && packed.scales) write(scales, layout.groups, packed.scales);
    }
  }

  #pack(name: string, layout: FrozenMatrix['layout'], values: Float32Array) {
    try {
      return packMatrix(layout, values);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new LosslightError(
        'bad-model',
        `Tensor “${name}” does not fit into ${layout.format}: ${error.message}`,
        'Load the model with its base as F32 or int8.',
      );
    }
  }
}

/** Elements of a tensor for writing, where a range may begin anywhere. */
function part({ buffer, offset }: Tensor, start: number, count: number): Tensor {
  return { buffer, offset: offset + start, shape: [count] };
}
