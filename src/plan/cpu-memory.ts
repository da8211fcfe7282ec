/**
 * @file The CPU executor's memory: one growing range of bytes, in which blocks are given out and taken back.
 */

import { LosslightError } from '../errors';
import { MOST_PAGES } from './wasm-code';

/** Blocks begin at multiples of a cache line. */
const BLOCK = 64;
const PAGE = 65536;
/** Memory grows by at least this much: every growth moves all views. */
const LEAST_GROWTH = 2 ** 20;

/** Bytes that can grow. What is in them stays; `buffer` is another one afterwards. */
export interface Bytes {
  readonly buffer: ArrayBufferLike;
  /** How many bytes there can be. */
  readonly most: number;
  /**
   * Makes room for at least `bytes`.
   *
   * @throws RangeError beyond `most`, or where the machine has no more.
   */
  grow(bytes: number): void;
}

/** Bytes that WebAssembly can compute on: at most 4 GiB. */
export class WasmBytes implements Bytes {
  readonly memory: WebAssembly.Memory;
  readonly most = MOST_PAGES * PAGE;

  /**
   * @param shared whether other threads can be given the memory
   * @throws RangeError where so much address space cannot be set aside for a memory that is shared.
   */
  constructor(shared = false) {
    const initial = LEAST_GROWTH / PAGE;
    this.memory = new WebAssembly.Memory(shared ? { initial, maximum: MOST_PAGES, shared } : { initial });
  }

  get buffer(): ArrayBufferLike {
    return this.memory.buffer;
  }

  grow(bytes: number): void {
    const missing = bytes - this.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(Math.max(missing, LEAST_GROWTH) / PAGE));
  }
}

export class PlainBytes implements Bytes {
  /** What engines allow at least, of late. */
  readonly most = 2 ** 32;
  buffer = new ArrayBuffer(LEAST_GROWTH);

  grow(bytes: number): void {
    if (bytes <= this.buffer.byteLength) return;
    const grown = new ArrayBuffer(Math.max(bytes, this.buffer.byteLength + LEAST_GROWTH));
    new Uint8Array(grown).set(new Uint8Array(this.buffer));
    this.buffer = grown;
  }
}

export class CpuMemory {
  /** Free ranges by where they begin, in order, none touching another. */
  #free: { start: number; end: number }[] = [];
  #end = 0;

  constructor(readonly bytes: Bytes) {}

  /** Where a block of so many bytes begins. It holds zeros. */
  allocate(bytes: number): number {
    const size = Math.ceil(bytes / BLOCK) * BLOCK;
    const fitting = this.#free.filter(({ start, end }) => end - start >= size);
    const range = fitting.sort((a, b) => a.end - a.start - (b.end - b.start))[0];
    // What is free at the end is the beginning of a larger block: left aside, it would be lost to blocks of growing sizes.
    const last = this.#free.at(-1);
    const tail = !range && last?.end === this.#end ? last : undefined;
    const start = (range ?? tail)?.start ?? this.#end;
    if (range) {
      range.start += size;
      this.#free = this.#free.filter((entry) => entry.start < entry.end);
    } else {
      this.#grow(start + size);
      if (tail) this.#free.pop();
      this.#end = start + size;
    }
    // Eight bytes at a time: memory that is shared is filled number by number.
    new Float64Array(this.bytes.buffer, start, size / 8).fill(0);
    return start;
  }

  #grow(bytes: number): void {
    try {
      this.bytes.grow(bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new LosslightError(
        'out-of-memory',
        `The CPU’s memory would have to hold ${bytes} bytes; at most ${this.bytes.most} can be, or the machine has no more.`,
        'Use a smaller batch size or shorter sequences, recompute layers, or a smaller model.',
      );
    }
  }

  /** Takes back the block of so many bytes that begins at `start`. */
  free(start: number, bytes: number): void {
    const end = start + Math.ceil(bytes / BLOCK) * BLOCK;
    const ranges = [...this.#free, { start, end }].sort((a, b) => a.start - b.start);
    this.#free = [];
    for (const range of ranges) {
      const last = this.#free.at(-1);
      if (last?.end === range.start) last.end = range.end;
      else this.#free.push(range);
    }
  }
}
