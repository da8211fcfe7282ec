/**
 * @file The formats in which a matrix that is not trained is held in less memory: packed F16, and groups of 8-bit or 4-bit
 * integers with their scales.
 *
 * A matrix [rows, columns] is packed row by row, as it is stored. A row takes whole words of 32 bits, as many as
 * ⌈columns / 8⌉ · 8 columns need; the columns beyond the last are zeros. The first column is in a word's lowest bits.
 *
 * - `f16`: two IEEE halves a word, rounded to nearest even. |error| ≤ 2⁻¹¹ · |w|, and 2⁻²⁵ where |w| < 2⁻¹⁴. 16 bits a weight.
 * - `int8`: four integers a word, q ∈ [−127, 127], w = scale · q with scale = max|w| / 127 (F32) over a group of columns.
 *   |error| ≤ scale / 2 = max|w| / 254. 8.5 bits a weight in groups of 64.
 * - `int4`: eight integers a word, q ∈ [0, 15], w = low + step · q. A group has one more word, two halves: `step` in the
 *   lower bits, `low` in the upper; `low` is the group's minimum rounded down, `step` rounded up so that low + 15 · step
 *   reaches its maximum. |error| ≤ step / 2, about (max − min) / 30. 5 bits a weight in groups of 32.
 *
 * The last group of a row may be shorter. All integers are the nearest ones. Of the same family as Q8_0 and Q4_1 of ggml,
 * https://github.com/ggml-org/llama.cpp/blob/master/ggml/src/ggml-common.h
 */
import { fromHalf, halfTable, LARGEST_HALF, toHalf } from './half';
import type { FloatArray } from '../plan/operation';

export type FrozenFormat = 'f16' | 'int8' | 'int4';

export const FROZEN_FORMATS: readonly FrozenFormat[] = ['f16', 'int8', 'int4'];

/** Columns that share a scale, or a step and a low end. */
export type GroupSize = 32 | 64 | 128;

/** Group sizes that are used where none is asked for. */
export const DEFAULT_GROUP: Readonly<Record<'int8' | 'int4', GroupSize>> = { int8: 64, int4: 32 };

/** Sizes of a packed matrix. */
export interface FrozenLayout {
  readonly format: FrozenFormat;
  readonly rows: number;
  readonly columns: number;
  /** Columns that share a scale; 0 for F16, which has none. */
  readonly group: GroupSize | 0;
  /** Words of a row. */
  readonly words: number;
  /** Groups of a row. */
  readonly groups: number;
}

export interface PackedMatrix {
  /** [rows · words] */
  words: Int32Array;
  /** [rows · groups]: F32 scales for int8, words for int4; none for F16. */
  scales?: Float32Array | Int32Array;
}

const PER_WORD: Readonly<Record<FrozenFormat, number>> = { f16: 2, int8: 4, int4: 8 };

/** Sizes of a matrix in a format; groups of the usual size where none is given. */
export function frozenLayout(
  format: FrozenFormat,
  [rows, columns]: readonly [number, number],
  group?: GroupSize,
): FrozenLayout {
  const shared = format === 'f16' ? 0 : (group ?? DEFAULT_GROUP[format]);
  const words = (Math.ceil(columns / 8) * 8) / PER_WORD[format];
  return {
    format,
    rows,
    columns,
    group: shared,
    words,
    groups: shared ? Math.ceil(columns / shared) : 0,
  };
}

/** Bytes of a matrix in a format, scales included. */
export function frozenBytes({ rows, words, groups }: FrozenLayout): number {
  return 4 * rows * (words + groups);
}

/**
 * Rounds a matrix into a format.
 *
 * @param values [rows · columns], finite
 * @throws RangeError where the number of values differs, or a value is beyond what halves reach (F16 and int4).
 */
export function packMatrix(layout: FrozenLayout, values: Float32Array): PackedMatrix {
  const { format, rows, columns, words, groups } = layout;
  if (values.length !== rows * columns) {
    throw new RangeError(`${values.length} values are no matrix of ${rows} × ${columns}.`);
  }
  const packed: PackedMatrix = { words: new Int32Array(rows * words) };
  if (format === 'f16') packHalves(layout, values, packed.words);
  else if (format === 'int8') {
    packed.scales = new Float32Array(rows * groups);
    packBytes(layout, values, packed.words, packed.scales);
  } else {
    packed.scales = new Int32Array(rows * groups);
    packNibbles(layout, values, packed.words, packed.scales);
  }
  return packed;
}

function packHalves({ rows, columns, words }: FrozenLayout, values: Float32Array, to: Int32Array): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column] as number;
      const half = toHalf(value);
      if ((half & 0x7c00) === 0x7c00) throw tooLarge(value);
      (to[row * words + (column >> 1)] as number) |= half << (16 * (column & 1));
    }
  }
}

function packBytes(
  { rows, columns, words, group, groups }: FrozenLayout,
  values: Float32Array,
  to: Int32Array,
  scales: Float32Array,
): void {
  for (let row = 0; row < rows; row++) {
    for (let number = 0; number < groups; number++) {
      const end = Math.min(columns, (number + 1) * group);
      let most = 0;
      for (let column = number * group; column < end; column++) {
        most = Math.max(most, Math.abs(values[row * columns + column] as number));
      }
      const scale = Math.fround(most / 127);
      scales[row * groups + number] = scale;
      if (scale === 0) continue;
      for (let column = number * group; column < end; column++) {
        const nearest = Math.round((values[row * columns + column] as number) / scale);
        const q = Math.min(127, Math.max(-127, nearest));
        (to[row * words + (column >> 2)] as number) |= (q & 0xff) << (8 * (column & 3));
      }
    }
  }
}

function packNibbles(
  { rows, columns, words, group, groups }: FrozenLayout,
  values: Float32Array,
  to: Int32Array,
  ends: Int32Array,
): void {
  for (let row = 0; row < rows; row++) {
    for (let number = 0; number < groups; number++) {
      const end = Math.min(columns, (number + 1) * group);
      let least = Infinity;
      let most = -Infinity;
      for (let column = number * group; column < end; column++) {
        const value = values[row * columns + column] as number;
        if (value < least) least = value;
        if (value > most) most = value;
      }
      const lowBits = halfNotAbove(least);
      const low = fromHalf(lowBits);
      const stepBits = halfNotBelow((most - low) / 15);
      ends[row * groups + number] = stepBits | (lowBits << 16);
      const step = fromHalf(stepBits);
      if (step === 0) continue;
      // A word at a time: groups begin at whole words.
      for (let first = number * group; first < end; first += 8) {
        let word = 0;
        for (let column = first; column < Math.min(end, first + 8); column++) {
          // From 0 up, so that cutting off after the half is rounding.
          const q = Math.trunc(((values[row * columns + column] as number) - low) / step + 0.5);
          word |= (q > 15 ? 15 : q) << (4 * (column - first));
        }
        to[row * words + (first >> 3)] = word;
      }
    }
  }
}

/** Bits of the largest half that is not above the value. */
function halfNotAbove(value: number): number {
  if (!(Math.abs(value) <= LARGEST_HALF)) throw tooLarge(value);
  const half = toHalf(value);
  if (fromHalf(half) <= value) return half;
  // The next half below: a smaller magnitude above zero, a larger one below it.
  if (half === 0) return 0x8001;
  return half & 0x8000 ? checked(half + 1, value) : half - 1;
}

/** Bits of the smallest half that is not below a value from 0 up. */
function halfNotBelow(value: number): number {
  const half = toHalf(value);
  return fromHalf(half) >= value ? half : checked(half + 1, value);
}

function checked(half: number, value: number): number {
  if ((half & 0x7c00) === 0x7c00) throw tooLarge(value);
  return half;
}

function tooLarge(value: number): RangeError {
  return new RangeError(`${value} is beyond ${LARGEST_HALF}, the largest number that this format reaches.`);
}

/**
 * The values of some rows again, as both executors compute with them.
 *
 * @param target receives [count, columns] from its first element on
 */
export function unpackRows(
  layout: FrozenLayout,
  { words: packed, scales }: PackedMatrix | { words: Int32Array; scales?: FloatArray | Int32Array },
  first: number,
  count: number,
  target: FloatArray,
): void {
  const { format, columns, words, group, groups } = layout;
  const halves = format === 'int8' ? undefined : halfTable();
  let to = 0;
  for (let row = first; row < first + count; row++) {
    const start = row * words;
    if (format === 'f16') {
      for (let column = 0; column < columns; column++) {
        const half = ((packed[start + (column >> 1)] as number) >>> (16 * (column & 1))) & 0xffff;
        target[to + column] = (halves as Float32Array)[half] as number;
      }
    } else {
      for (let number = 0; number < groups; number++) {
        const end = Math.min(columns, (number + 1) * group);
        const scale = scales?.[row * groups + number] as number;
        if (format === 'int8') {
          for (let column = number * group; column < end; column++) {
            const q = ((packed[start + (column >> 2)] as number) << (24 - 8 * (column & 3))) >> 24;
            target[to + column] = scale * q;
          }
        } else {
          const step = (halves as Float32Array)[scale & 0xffff] as number;
          const low = (halves as Float32Array)[scale >>> 16] as number;
          for (let column = number * group; column < end; column++) {
            const q = ((packed[start + (column >> 3)] as number) >>> (4 * (column & 7))) & 15;
            target[to + column] = low + step * q;
          }
        }
      }
    }
    to += columns;
  }
}

/**
 * The largest |error| that a weight of a group may have.
 *
 * @param least, most smallest and largest weight of the group
 */
export function errorBound(format: FrozenFormat, least: number, most: number): number {
  const largest = Math.max(Math.abs(least), Math.abs(most));
  // A bound in real numbers; the numbers themselves are 32-bit floats.
  const rounding = largest * 2 ** -23;
  if (format === 'f16') return Math.max(largest * 2 ** -11, 2 ** -25);
  if (format === 'int8') return largest / 254 + rounding;
  const step = fromHalf(halfNotBelow((most - fromHalf(halfNotAbove(least))) / 15));
  return step / 2 + rounding;
}
