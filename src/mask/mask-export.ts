/**
 * @file One conversation's mask as a JSON object, the one that `losslight masks --json` prints, and as CSV.
 */
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';

/** A text of T tokens, each with its weight. */
export interface WeighedText {
  text: string;
  encoded: Encoded;
  /** The tokens as text, or as bytes where they are no whole characters, [T]. */
  pieces: readonly string[];
  weights: Float32Array;
  /** What the model was measured to give each token, by name: at most T numbers, of which the first means nothing. */
  measured?: Readonly<Record<string, Float32Array>>;
}

/**
 * `source` (record number from 0), `ids`, `tokens`, `start` and `end` (UTF-16 offsets into `text`), `segments`,
 * `messages` (−1: none), `weights`, `text`; with what was measured, an array of that name, null where it was not.
 */
export function maskObject(source: number, { text, encoded, pieces, weights, measured = {} }: WeighedText) {
  return {
    source,
    ids: Array.from(encoded.ids),
    tokens: [...pieces],
    start: Array.from(encoded.start),
    end: Array.from(encoded.end),
    segments: segmentsOf(encoded),
    messages: Array.from(encoded.message),
    weights: Array.from(weights, shortest),
    text,
    ...Object.fromEntries(
      Object.entries(measured).map(([name, values]) => [
        name,
        pieces.map((_, i) => (isMeasured(values, i) ? shortest(values[i] ?? 0) : null)),
      ]),
    ),
  };
}

/** Nothing predicts the first token, and a model reads no further than its context. */
const isMeasured = (values: Float32Array, i: number): boolean => i > 0 && Number.isFinite(values[i]);

/** One token a line under a heading, quoted as in RFC 4180; a cell is empty where nothing was measured. */
export function maskCsv({ encoded, pieces, weights, measured = {} }: WeighedText): string {
  const segments = segmentsOf(encoded);
  const rows = pieces.map((piece, i) => [
    i,
    encoded.ids[i] ?? '',
    piece,
    encoded.start[i] ?? '',
    encoded.end[i] ?? '',
    segments[i] ?? '',
    encoded.message[i] ?? -1,
    shortest(weights[i] ?? 0),
    ...Object.values(measured).map((values) => (isMeasured(values, i) ? shortest(values[i] ?? 0) : '')),
  ]);
  const columns = Object.keys(measured);
  const head = ['index', 'id', 'token', 'start', 'end', 'segment', 'message', 'weight', ...columns];
  return [head, ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

/** Segment of each token, [T]. */
export function segmentsOf(encoded: Pick<Encoded, 'kind'>): SegmentKind[] {
  return Array.from(encoded.kind, (kind) => SEGMENT_KINDS[kind] ?? 'scaffold');
}

/** The shortest decimal that is this weight in 32 bits: 0.3, not 0.30000001192092896. */
export function shortest(weight: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const value = Number(weight.toPrecision(digits));
    if (Math.fround(value) === weight) return value;
  }
  return weight;
}

function quoted(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
