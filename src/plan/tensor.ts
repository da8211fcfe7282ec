/**
 * @file What a plan computes with: logical buffers, which an executor gives memory, and tensors, which are ranges of them.
 */

/** Every element takes four bytes on a device. */
export type Dtype = 'f32' | 'i32';

/**
 * What a buffer is for. Activations live within one run of a plan and share memory; all others keep their content
 * between runs.
 */
export type Role = 'parameter' | 'gradient' | 'moment' | 'input' | 'output' | 'activation';

export interface LogicalBuffer {
  /** For messages; need not be unique. */
  readonly name: string;
  readonly elements: number;
  readonly dtype: Dtype;
  readonly role: Role;
}

/** A range of a buffer with a shape, row-major and without gaps. */
export interface Tensor {
  readonly buffer: LogicalBuffer;
  /** First element of the range; a multiple of `ALIGNMENT`. */
  readonly offset: number;
  readonly shape: readonly number[];
}

/** Ranges begin at multiples of 64 elements: the 256 bytes at which WebGPU lets a binding begin. */
export const ALIGNMENT = 64;

/** Number of elements of a shape; 1 for []. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The next multiple of `ALIGNMENT`. */
export function align(elements: number): number {
  return Math.ceil(elements / ALIGNMENT) * ALIGNMENT;
}

/**
 * A new buffer as one tensor.
 *
 * @throws RangeError where the shape is not of whole numbers from 1.
 */
export function makeTensor(name: string, shape: readonly number[], role: Role, dtype: Dtype = 'f32'): Tensor {
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new RangeError(`${name} cannot have the shape [${shape.join(', ')}].`);
  }
  return { buffer: { name, elements: sizeOf(shape), dtype, role }, offset: 0, shape: [...shape] };
}

/**
 * Rows `start` to `start + count` of a tensor, along its first dimension.
 *
 * @throws RangeError where the rows are not there or do not begin at a multiple of `ALIGNMENT` elements.
 */
export function rowsOf(tensor: Tensor, start: number, count: number): Tensor {
  const [rows = 0, ...rest] = tensor.shape;
  const offset = tensor.offset + start * sizeOf(rest);
  if (start < 0 || count < 1 || start + count > rows || offset % ALIGNMENT !== 0) {
    throw new RangeError(`${tensor.buffer.name} has no range of ${count} rows from row ${start}.`);
  }
  return { buffer: tensor.buffer, offset, shape: [count, ...rest] };
}

/**
 * The same elements in another shape.
 *
 * @throws RangeError where the number of elements differs.
 */
export function reshape(tensor: Tensor, shape: readonly number[]): Tensor {
  if (sizeOf(shape) !== sizeOf(tensor.shape)) {
    throw new RangeError(
      `${tensor.buffer.name} of [${tensor.shape.join(', ')}] does not fit [${shape.join(', ')}].`,
    );
  }
  return { ...tensor, shape: [...shape] };
}

/** `[2, 3] f32 “name”`, for messages. */
export function describeTensor({ buffer, shape }: Tensor): string {
  return `[${shape.join(', ')}] ${buffer.dtype} “${buffer.name}”`;
}

/**
 * Checks the shapes that an operation was given.
 *
 * @throws RangeError naming the operation and the tensor.
 */
export function expectShape(operation: string, tensor: Tensor, shape: readonly number[]): void {
  if (tensor.shape.length === shape.length && tensor.shape.every((size, i) => size === shape[i])) return;
  throw new RangeError(`${operation} needs [${shape.join(', ')}] and got ${describeTensor(tensor)}.`);
}
