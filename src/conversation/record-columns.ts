/**
 * @file Where each record of a file stands and what became of it, in columns of typed arrays: 18 bytes a record, so that
 * ten million records fit where ten million objects do not.
 */

/** What became of a record. `Open`: no format claims it, so it waits until the usual format of its file is known. */
export const RecordState = { Good: 0, Warned: 1, Bad: 2, Open: 3 } as const;
export type RecordState = (typeof RecordState)[keyof typeof RecordState];

/** Format code of a record that no format claims, or that could not be read as JSON. */
export const NO_FORMAT = 255;

const BLOCK_BITS = 14;
const BLOCK = 1 << BLOCK_BITS;
const LARGEST = 2 ** 32 - 1;

interface Block {
  starts: Float64Array;
  lengths: Uint32Array;
  lines: Uint32Array;
  formats: Uint8Array;
  states: Uint8Array;
  /** Records of this block that load. */
  good: number;
}

/** Blocks of rows: a list that grows by copying would need twice its size at once. */
export class RecordColumns {
  readonly #blocks: Block[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /**
   * Adds a record and returns its number. A length beyond 32 bits is kept as the largest one, which no reader takes.
   *
   * @param start Offset of its first byte.
   * @param line Its line, from 1.
   */
  add(start: number, length: number, line: number, format: number, state: RecordState): number {
    const record = this.#length++;
    const row = record & (BLOCK - 1);
    if (row === 0) {
      this.#blocks.push({
        starts: new Float64Array(BLOCK),
        lengths: new Uint32Array(BLOCK),
        lines: new Uint32Array(BLOCK),
        formats: new Uint8Array(BLOCK),
        states: new Uint8Array(BLOCK),
        good: 0,
      });
    }
    const block = this.#block(record);
    block.starts[row] = start;
    block.lengths[row] = Math.min(length, LARGEST);
    block.lines[row] = line;
    block.formats[row] = format;
    block.states[row] = state;
    if (loads(state)) block.good++;
    return record;
  }

  start(record: number): number {
    return this.#block(record).starts[record & (BLOCK - 1)] ?? 0;
  }

  size(record: number): number {
    return this.#block(record).lengths[record & (BLOCK - 1)] ?? 0;
  }

  end(record: number): number {
    return this.start(record) + this.size(record);
  }

  line(record: number): number {
    return this.#block(record).lines[record & (BLOCK - 1)] ?? 0;
  }

  format(record: number): number {
    return this.#block(record).formats[record & (BLOCK - 1)] ?? NO_FORMAT;
  }

  state(record: number): RecordState {
    return (this.#block(record).states[record & (BLOCK - 1)] ?? RecordState.Bad) as RecordState;
  }

  /** Says what became of a record that was open. */
  settle(record: number, state: RecordState): void {
    const block = this.#block(record);
    const row = record & (BLOCK - 1);
    if (loads(block.states[row])) block.good--;
    block.states[row] = state;
    if (loads(state)) block.good++;
  }

  /** The record that is the nth, from 0, of those that load; -1 where there are fewer. */
  nthGood(n: number): number {
    let left = n;
    for (const [i, block] of this.#blocks.entries()) {
      if (left >= block.good) {
        left -= block.good;
        continue;
      }
      for (let row = 0; ; row++) if (loads(block.states[row]) && left-- === 0) return i * BLOCK + row;
    }
    return -1;
  }

  /** The first record from `from` on whose state is one of these; -1 where there is none. */
  find(from: number, states: readonly RecordState[]): number {
    for (let record = Math.max(from, 0); record < this.#length; record++) {
      if (states.includes(this.state(record))) return record;
    }
    return -1;
  }

  /** The last record that begins on a line up to this one; -1 where there is none. */
  onLine(line: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.line(middle) <= line) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #block(record: number): Block {
    const block = record >= 0 && record < this.#length ? this.#blocks[record >> BLOCK_BITS] : undefined;
    if (!block) throw new RangeError(`There is no record ${record} among ${this.#length}.`);
    return block;
  }
}

/** Whether a record with this state is a conversation. An open one is none yet; fresh rows of a block are not asked. */
function loads(state: number | undefined): boolean {
  return state === RecordState.Good || state === RecordState.Warned;
}
