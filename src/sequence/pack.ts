/**
 * @file Several sequences in one row: documents that do not see each other, each with positions of its own.
 */
import { emptyTerms } from './batch';
import { POLICY_TERMS, type TrainingSequence } from './types';

/**
 * Packs sequences into as few rows of at most `capacity` tokens as best-fit decreasing finds; see `packOrder`.
 *
 * Documents are numbered from 1 in each row, positions begin at 0 with each, and `origin.documents` says which is which.
 *
 * @throws RangeError where the capacity is not a whole number from 1.
 */
export function pack(sequences: readonly TrainingSequence[], capacity: number): TrainingSequence[] {
  const lengths = sequences.map(({ ids }) => ids.length);
  return packOrder(lengths, capacity).map((row) => packed(row.flatMap((i) => sequences[i] ?? [])));
}

/**
 * Which sequences share a row, by their indices: longest first, each into the fullest row that still has room for it
 * (best-fit decreasing; TRL calls it `bfd`). The same lengths give the same rows; of sequences or rows that are even, the
 * earlier goes first. None is split: one that is longer than a row has one of its own.
 *
 * @throws RangeError where the capacity is not a whole number from 1.
 */
export function packOrder(lengths: readonly number[], capacity: number): number[][] {
  if (!(Number.isSafeInteger(capacity) && capacity > 0))
    throw new RangeError(`A row of ${capacity} tokens cannot be packed: choose a whole number from 1.`);
  const order = [...lengths.entries()].sort(([i, a], [j, b]) => b - a || i - j);
  const rows: number[][] = [];
  /** Rooms in the rows, from the least; of even ones, the earlier row first. */
  const rooms: { room: number; row: number }[] = [];
  for (const [i, length] of order) {
    const at = lowerBound(rooms, length, -1);
    const found = rooms[at];
    if (found) rooms.splice(at, 1);
    const row = found?.row ?? rows.push([]) - 1;
    rows[row]?.push(i);
    const room = (found?.room ?? capacity) - length;
    if (room > 0) rooms.splice(lowerBound(rooms, room, row), 0, { room, row });
  }
  return rows;
}

/** Index of the first entry that is not before (room, row). */
function lowerBound(rooms: readonly { room: number; row: number }[], room: number, row: number): number {
  let low = 0;
  let high = rooms.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = rooms[middle];
    if (entry && (entry.room < room || (entry.room === room && entry.row < row))) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Sequences as one row, in their order; documents keep their tokens to themselves. Policy terms go with the tokens. `sample`
 * is what was said of one completion: a row keeps it where it is of one sequence, and has none where it is of several.
 *
 * @throws RangeError where some have policy terms and others have none.
 */
export function packed(parts: readonly TrainingSequence[]): TrainingSequence {
  const length = parts.reduce((sum, { ids }) => sum + ids.length, 0);
  const row: TrainingSequence = {
    ids: new Int32Array(length),
    weights: new Float32Array(length),
    kind: new Uint8Array(length),
    positions: new Int32Array(length),
    document: new Int32Array(length),
    origin: {
      conversation: parts[0]?.origin.conversation ?? '',
      documents: parts.flatMap(({ origin }) => origin.documents ?? [origin]),
    },
  };
  const [only] = parts;
  if (only?.sample && parts.length === 1) row.sample = only.sample;
  if (parts.some(({ policy }) => policy)) {
    if (!parts.every(({ policy }) => policy))
      throw new RangeError('Sequences with advantages and others without cannot share a row.');
    row.policy = emptyTerms(length);
  }
  let at = 0;
  let documents = 0;
  for (const part of parts) {
    row.ids.set(part.ids, at);
    row.weights.set(part.weights, at);
    row.kind.set(part.kind, at);
    row.positions.set(part.positions, at);
    for (const name of POLICY_TERMS) if (part.policy) row.policy?.[name].set(part.policy[name], at);
    const before = documents;
    part.document.forEach((number, i) => {
      row.document[at + i] = number === 0 ? 0 : before + number;
      documents = Math.max(documents, before + number);
    });
    at += part.ids.length;
  }
  return row;
}
