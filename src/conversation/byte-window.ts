/**
 * @file The part of a file that is in memory while it is read from its first byte to its last.
 */
import { readRange, type ByteSource } from './byte-source';
import type { Utf8Watch } from './utf8-watch';

/** Work goes on this long, in milliseconds, before messages such as a cancel get their turn. */
const BREATH = 50;

export interface WindowOptions {
  /** Bytes a read. */
  chunk: number;
  signal?: AbortSignal;
  /** Called with the offset of the last byte read. */
  onProgress?: (done: number) => void;
  watch?: Utf8Watch;
}

/** A window that moves over a source. Offsets are those of the source. */
export class ByteWindow {
  /** The bytes from `start` up to `end`, at the beginning of this buffer; good until the next `more` or `seek`. */
  buffer: Uint8Array<ArrayBuffer>;
  start: number;
  end: number;
  /** Line number of an offset that lies before everything not yet passed. */
  #line = 1;
  #lineAt: number;
  #breath = performance.now();

  /** @param from Offset of the first byte that counts, on line 1. */
  constructor(
    readonly source: ByteSource,
    readonly from: number,
    readonly options: WindowOptions,
  ) {
    this.start = this.end = this.#lineAt = from;
    this.buffer = new Uint8Array(options.chunk);
  }

  /** Whether the window reaches the end of the file. */
  get atEnd(): boolean {
    return this.end >= this.source.size;
  }

  /**
   * Reads on, and forgets what is before `keep`. False at the end of the file. Of a long record as much is read again as
   * is there already, so that what is scanned anew after each read stays a small multiple of its length.
   *
   * @throws LosslightError `cancelled` or `unreadable-file`.
   */
  async more(keep: number): Promise<boolean> {
    if (this.atEnd) return false;
    if (keep > this.#lineAt) this.lineAt(Math.min(keep, this.end));
    const kept = this.end - Math.min(Math.max(keep, this.start), this.end);
    const { chunk, signal, watch, onProgress } = this.options;
    const next = Math.min(this.end + Math.max(chunk, kept), this.source.size);
    const bytes = await readRange(this.source, this.end, next, signal);
    if (
      kept + bytes.length > this.buffer.length ||
      this.buffer.length > 4 * Math.max(chunk, kept + bytes.length)
    ) {
      const grown = new Uint8Array(Math.max(kept + bytes.length, chunk));
      grown.set(this.buffer.subarray(this.end - this.start - kept, this.end - this.start));
      this.buffer = grown;
    } else this.buffer.copyWithin(0, this.end - this.start - kept, this.end - this.start);
    this.buffer.set(bytes, kept);
    this.start = this.end - kept;
    watch?.see(bytes, this.end);
    this.end = next;
    onProgress?.(next);
    await this.#breathe();
    return true;
  }

  /** Goes back to an offset whose line is known. */
  seek(to: number, line: number): void {
    this.#lineAt = to;
    this.#line = line;
    if (to >= this.start && to <= this.end) return;
    this.start = this.end = to;
  }

  /** The byte at an offset, which must not be before `start`; undefined where it has to be read first. */
  at(offset: number): number | undefined {
    return offset < this.end ? this.buffer[offset - this.start] : undefined;
  }

  /** The byte at an offset, read where it must be, with what is before `keep` forgotten; -1 at the end of the file. */
  async need(offset: number, keep: number): Promise<number> {
    while (offset >= this.end) if (!(await this.more(keep))) return -1;
    return this.buffer[offset - this.start] ?? -1;
  }

  /** Offset of the next byte with this value, from `from` on; -1 where the window ends before it. */
  indexOf(byte: number, from: number): number {
    const found = this.view(from, this.end).indexOf(byte);
    return found < 0 ? -1 : from + found;
  }

  /** A view of a range; good until the next `more` or `seek`. */
  view(from: number, to: number): Uint8Array {
    return this.buffer.subarray(from - this.start, to - this.start);
  }

  /** The first offset from `at` on with something other than JSON's white space; what is passed is forgotten. */
  async skipSpace(at: number): Promise<number> {
    for (let i = at; ; i++) {
      const byte = this.at(i) ?? (await this.need(i, i));
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return i;
    }
  }

  /** Line of an offset in the window, from 1. Offsets are asked for in ascending order. */
  lineAt(offset: number): number {
    if (offset < this.#lineAt) throw new RangeError(`Line of offset ${offset}, behind ${this.#lineAt}.`);
    const bytes = this.view(this.#lineAt, offset);
    for (let i = bytes.indexOf(0x0a); i >= 0; i = bytes.indexOf(0x0a, i + 1)) this.#line++;
    this.#lineAt = offset;
    return this.#line;
  }

  async #breathe(): Promise<void> {
    if (performance.now() - this.#breath < BREATH) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#breath = performance.now();
  }
}
