/**
 * @file The CPU executor's memory: one growing range of bytes, in which blocks are given out and taken back.
 */

/** Blocks begin at multiples of a cache line. */
const BLOCK = 64;
const PAGE = 65536;
/** Memory grows by at least this much: every growth moves all views. */
const LEAST_GROWTH = 2 ** 20;

/** Bytes that can grow. What is in them stays; `buffer` is another one afterwards. */
export interface Bytes {
  readonly buffer: ArrayBuffer;
  /** Makes room for at least `bytes`. */
  grow(bytes: number): void;
}

/** Bytes that WebAssembly can compute on: at most 4 GiB. */
export class WasmBytes implements Bytes {
  readonly memory = new WebAssembly.Memory({ initial: LEAST_GROWTH / PAGE });

  get buffer(): ArrayBuffer {
    return this.memory.buffer;
  }

  grow(bytes: number): void {
    const missing = bytes - this.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(Math.max(missing, LEAST_GROWTH) / PAGE));
  }
}

export class PlainBytes implements Bytes {
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
    const start = range?.start ?? this.#end;
    if (range) {
      range.start += size;
      this.#free = this.#free.filter((entry) => entry.start < entry.end);
    } else {
      this.bytes.grow(start + size);
      this.#end = start + size;
    }
    new Uint8Array(this.bytes.buffer, start, size).fill(0);
    return start;
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
