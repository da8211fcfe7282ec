/**
 * @file Where two policies differ on one sequence: runs of tokens with both weights, and a summary by segment.
 */
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';

/** Neighbouring tokens of one segment and message whose weights are `a` under the one policy and `b` under the other. */
export interface DiffRun {
  /** Token numbers, `end` exclusive. */
  start: number;
  end: number;
  segment: SegmentKind;
  message: number;
  a: number;
  b: number;
}

export interface SegmentDiff {
  segment: SegmentKind;
  tokens: number;
  /** Tokens whose weight is not 0. */
  trainedA: number;
  trainedB: number;
  /** Those of them whose weight is negative: trained away from. */
  awayA: number;
  awayB: number;
  /** Tokens whose weights differ. */
  differing: number;
}

export interface WeightDiff {
  runs: DiffRun[];
  /** Segments in the order of the legend; those without tokens are left out. */
  segments: SegmentDiff[];
  differing: number;
}

/**
 * Compares two weights a token.
 *
 * @throws RangeError where the three are not of one length.
 */
export function diffWeights(
  encoded: Pick<Encoded, 'kind' | 'message'>,
  a: Float32Array,
  b: Float32Array,
): WeightDiff {
  const { length } = encoded.kind;
  if (a.length !== length || b.length !== length) {
    throw new RangeError(`Weights of ${a.length} and ${b.length} tokens do not fit a text of ${length}.`);
  }
  const runs: DiffRun[] = [];
  const segments = SEGMENT_KINDS.map((segment): SegmentDiff => ({
    segment,
    tokens: 0,
    trainedA: 0,
    trainedB: 0,
    awayA: 0,
    awayB: 0,
    differing: 0,
  }));
  for (let i = 0; i < length; i++) {
    const [weightA = 0, weightB = 0, message = -1] = [a[i], b[i], encoded.message[i]];
    const entry = segments[encoded.kind[i] ?? 0];
    if (!entry) throw new RangeError(`Token ${i} has no segment (${encoded.kind[i]}).`);
    entry.tokens++;
    if (weightA !== 0) entry.trainedA++;
    if (weightB !== 0) entry.trainedB++;
    if (weightA < 0) entry.awayA++;
    if (weightB < 0) entry.awayB++;
    if (weightA === weightB) continue;
    entry.differing++;
    const { segment } = entry;
    const run = runs.at(-1);
    const joins =
      run?.end === i &&
      run.segment === segment &&
      run.message === message &&
      run.a === weightA &&
      run.b === weightB;
    if (run && joins) run.end++;
    else runs.push({ start: i, end: i + 1, segment, message, a: weightA, b: weightB });
  }
  return {
    runs,
    segments: segments.filter(({ tokens }) => tokens > 0),
    differing: segments.reduce((sum, { differing }) => sum + differing, 0),
  };
}
