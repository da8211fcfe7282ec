/**
 * @file Where a run is cut into submits: short enough that the page and the desktop get their turn between them, and no
 * more than that takes. What is learnt from the times of one run cuts the next one better. A dispatch that takes too long
 * on its own is cut too: into parts of its workgroups.
 */

/** Longest time that a submit should take, in milliseconds: half of what people notice. */
const LONGEST = 50;
/** What submits are filled up to: times vary. */
const FILLED = 30;
/** No estimate is smaller; finished at once is measured as 0. */
const LEAST = 1e-3;

/** A dispatch before it is cut. */
export interface Uncut {
  readonly groups: readonly [number, number, number];
  /** Milliseconds that it is expected to take before that is known better. */
  readonly time: number;
}

/** Some of the workgroups of a dispatch. */
export interface Piece {
  /** Which dispatch. */
  readonly dispatch: number;
  /** Its first workgroup. */
  readonly origin: readonly [number, number];
  readonly groups: readonly [number, number, number];
  /** Milliseconds that it is expected to take. */
  readonly time: number;
}

/** The pieces from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export class Schedule {
  #pieces: readonly Piece[];
  #ranges: readonly Range[];

  constructor(readonly dispatches: readonly Uncut[]) {
    this.#pieces = dispatches.flatMap((one, number) => {
      const time = Math.max(LEAST, one.time);
      return cut({ dispatch: number, origin: [0, 0], groups: one.groups, time }, Math.ceil(time / LONGEST));
    });
    this.#ranges = fill(this.#pieces);
  }

  get pieces(): readonly Piece[] {
    return this.#pieces;
  }

  /** One submit each, together all pieces in order. */
  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  /**
   * Cuts better for the next run.
   *
   * @param milliseconds that each range took
   * @returns whether the pieces are others than before; the ranges may be in any case
   */
  learn(milliseconds: readonly number[]): boolean {
    const before = this.#pieces.length;
    this.#pieces = this.#ranges.flatMap(({ start, end }, i) => {
      const pieces = this.#pieces.slice(start, end);
      const expected = pieces.reduce((sum, { time }) => sum + time, 0);
      const factor = (milliseconds[i] ?? expected) / expected;
      const timed = pieces.map((piece) => ({ ...piece, time: Math.max(LEAST, piece.time * factor) }));
      // Of several, nobody knows yet which one it was.
      const [only] = timed;
      return timed.length === 1 && only && only.time > LONGEST
        ? cut(only, Math.ceil(only.time / FILLED))
        : timed;
    });
    this.#ranges = fill(this.#pieces);
    return this.#pieces.length !== before;
  }
}

/** A piece in `count` parts or more, along its longer side; no more than it has workgroups there. */
function cut(piece: Piece, count: number): Piece[] {
  const { origin, groups, time } = piece;
  const side = groups[0] > groups[1] ? 0 : 1;
  const length = groups[side];
  const step = Math.max(1, Math.floor(length / count));
  const parts: Piece[] = [];
  for (let start = 0; start < length; start += step) {
    const size = Math.min(step, length - start);
    const at: [number, number] = [origin[0], origin[1]];
    const some: [number, number, number] = [...groups];
    at[side] += start;
    some[side] = size;
    parts.push({ ...piece, origin: at, groups: some, time: (time * size) / length });
  }
  return parts;
}

/** Ranges that are expected to take no longer than `FILLED`, or hold one piece alone. */
function fill(pieces: readonly Piece[]): Range[] {
  const ranges: Range[] = [];
  let [start, sum] = [0, 0];
  pieces.forEach(({ time }, i) => {
    if (i > start && sum + time > FILLED) {
      ranges.push({ start, end: i });
      [start, sum] = [i, 0];
    }
    sum += time;
  });
  if (pieces.length > 0) ranges.push({ start, end: pieces.length });
  return ranges;
}
