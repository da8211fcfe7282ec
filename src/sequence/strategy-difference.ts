/**
 * @file Where two ways to divide a conversation train other tokens, or train them more often: each token of the conversation
 * is found again in every sequence of both, and its weights are summed over the sequences of each.
 *
 * A token is known by its message, its segment, where in the segment's text it stands, and its characters. A template may
 * write a message otherwise in another context (earlier thinking left out, a text trimmed); what both texts begin and end
 * with is the same there, and what is between is told apart.
 */
import type { SegmentKind } from '../template/rendered';
import type { SequenceView } from './division';

/** What of a training sequence is looked at. */
export type ComparedSequence = {
  sequence: Pick<SequenceView['sequence'], 'weights'>;
  rendered: Pick<SequenceView['rendered'], 'text' | 'spans'>;
  encoded: Pick<SequenceView['encoded'], 'start' | 'end'>;
};

/** How often and how much each of two strategies trains something. */
export interface Both<T> {
  a: T;
  b: T;
}

/** Of the tokens of one sequence, [T] each: Σ of the token's weights over all sequences of a strategy. */
export type TokenSums = Both<Float32Array> & {
  /** Sequences in which it is trained. */
  times: Both<Uint16Array>;
};

/** Tokens of one segment of a message that are trained alike by each. */
export interface DifferenceRow {
  /** Index of the message; -1 for what the template wrote of its own. */
  message: number;
  kind: SegmentKind;
  tokens: number;
  times: Both<number>;
  /** Σ of the weights of one token. */
  weight: Both<number>;
}

export interface StrategyDifference {
  /** One entry a sequence of each. */
  sums: Both<TokenSums[]>;
  /** Tokens of the conversation that either trains, each once. */
  trained: number;
  alike: number;
  onlyA: number;
  onlyB: number;
  /** Trained by both, with another sum of weights. */
  otherWeight: number;
  /** Σ of all weights. */
  weight: Both<number>;
  /** Stretches that differ, in the order of the conversation. */
  rows: DifferenceRow[];
}

/** One token of the conversation. */
interface Known {
  message: number;
  kind: SegmentKind;
  a: number;
  b: number;
  timesA: number;
  timesB: number;
}

/** Sums of weights that differ by less are the same: they were added up in another order. */
const SAME = 1e-6;

/** Whether two sums of weights are the same. */
export const sameWeight = (a: number, b: number): boolean =>
  Math.abs(a - b) <= SAME * Math.max(1, Math.abs(a), Math.abs(b));

/** Compares the training sequences of one conversation by two strategies. */
export function strategyDifference(
  a: readonly ComparedSequence[],
  b: readonly ComparedSequence[],
): StrategyDifference {
  const segments = new Segments();
  const tokens = new Map<string, Known>();
  const gather = (sequences: readonly ComparedSequence[], side: 'a' | 'b') =>
    sequences.map((one) => {
      const keys = segments.keysOf(one);
      keys.forEach(({ key, message, kind }, i) => {
        const token = tokens.get(key) ?? { message, kind, a: 0, b: 0, timesA: 0, timesB: 0 };
        tokens.set(key, token);
        // Nothing predicts the first token.
        const weight = i > 0 ? (one.sequence.weights[i] ?? 0) : 0;
        if (weight === 0) return;
        token[side] += weight;
        token[side === 'a' ? 'timesA' : 'timesB']++;
      });
      return keys;
    });
  const keys = { a: gather(a, 'a'), b: gather(b, 'b') };
  const sumsOf = (own: readonly { key: string }[]): TokenSums => {
    const known = own.map(({ key }) => tokens.get(key));
    return {
      a: Float32Array.from(known, (token) => token?.a ?? 0),
      b: Float32Array.from(known, (token) => token?.b ?? 0),
      times: {
        a: Uint16Array.from(known, (token) => token?.timesA ?? 0),
        b: Uint16Array.from(known, (token) => token?.timesB ?? 0),
      },
    };
  };
  const trained = [...tokens.values()].filter(({ timesA, timesB }) => timesA > 0 || timesB > 0);
  const count = (wanted: (token: Known) => boolean) => trained.filter(wanted).length;
  const isOther = ({ a, b, timesA, timesB }: Known) => timesA > 0 && timesB > 0 && !sameWeight(a, b);
  const [onlyA, onlyB] = [count(({ timesB }) => timesB === 0), count(({ timesA }) => timesA === 0)];
  const otherWeight = count(isOther);
  return {
    sums: { a: keys.a.map(sumsOf), b: keys.b.map(sumsOf) },
    trained: trained.length,
    alike: trained.length - onlyA - onlyB - otherWeight,
    onlyA,
    onlyB,
    otherWeight,
    weight: {
      a: trained.reduce((sum, token) => sum + token.a, 0),
      b: trained.reduce((sum, token) => sum + token.b, 0),
    },
    rows: rowsOf(trained.filter((token) => !token.timesA || !token.timesB || isOther(token))),
  };
}

function rowsOf(tokens: readonly Known[]): DifferenceRow[] {
  const rows = new Map<string, DifferenceRow>();
  for (const { message, kind, a, b, timesA, timesB } of tokens) {
    const key = [message, kind, timesA, timesB, a.toFixed(6), b.toFixed(6)].join(' ');
    const row = rows.get(key);
    if (row) row.tokens++;
    else {
      const times = { a: timesA, b: timesB };
      rows.set(key, { message, kind, tokens: 1, times, weight: { a, b } });
    }
  }
  // Thinking comes before the answer that it is found after where only one of the two writes it.
  return [...rows.values()].sort((one, other) => one.message - other.message);
}

/** The text of a segment of a message, as one rendering writes it. */
interface Segment {
  message: number;
  kind: SegmentKind;
  text: string;
}

/** The texts that a segment has been seen with: the first is what the others are laid beside. */
class Segments {
  readonly #seen = new Map<string, string[]>();

  /** What each token is known by: equal where it is the same token of the conversation. */
  keysOf({ rendered, encoded }: ComparedSequence): { key: string; message: number; kind: SegmentKind }[] {
    const segments = new Map<string, Segment>();
    /** Of each span, its segment and how much of its text stood before. */
    const spans = rendered.spans.map(({ start, end, message, kind }) => {
      const name = `${message} ${kind}`;
      const segment = segments.get(name) ?? { message, kind, text: '' };
      segments.set(name, segment);
      const before = segment.text.length;
      segment.text += rendered.text.slice(start, end);
      return { start, end, name, before };
    });
    const placed = new Map([...segments].map(([name, { text }]) => [name, this.#place(name, text)]));
    let at = 0;
    return Array.from(encoded.start, (start, i) => {
      while (at > 0 && (spans[at]?.start ?? 0) > start) at--;
      while (at + 1 < spans.length && (spans[at]?.end ?? 0) <= start) at++;
      const span = spans[at];
      const segment = segments.get(span?.name ?? '');
      if (!span || !segment) return { key: `? ${start}`, message: -1, kind: 'scaffold' };
      const from = span.before + start - span.start;
      const length = (encoded.end[i] ?? start) - start;
      // Parts of one character stand at the same place, and are told apart by their order.
      let part = 0;
      for (let k = i - 1; k >= 0 && encoded.start[k] === start; k--) part++;
      const place = placed.get(span.name)?.(from, from + length) ?? '';
      return {
        key: `${span.name} ${place} ${length} ${part}`,
        message: segment.message,
        kind: segment.kind,
      };
    });
  }

  /** Gives what a stretch of a segment's text is known by. */
  #place(name: string, text: string): (from: number, to: number) => string {
    const seen = this.#seen.get(name) ?? [];
    this.#seen.set(name, seen);
    let variant = seen.indexOf(text);
    if (variant < 0) variant = seen.push(text) - 1;
    const [first = text] = seen;
    if (variant === 0) return String;
    // Where beginning and end would overlap, the longer is the one that is really the same text.
    const shorter = Math.min(first.length, text.length);
    const [before, after] = [commonBeginning(first, text), commonEnd(first, text)];
    const begin = before < after ? Math.min(before, shorter - after) : before;
    const end = Math.min(after, shorter - begin);
    return (from, to) => {
      if (to <= begin) return String(from);
      if (from >= text.length - end) return String(from - text.length + first.length);
      return `${variant}:${from}`;
    };
  }
}

function commonBeginning(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function commonEnd(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[a.length - 1 - length] === b[b.length - 1 - length])
    length++;
  return length;
}
