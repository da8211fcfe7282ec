/**
 * @file From weights of characters to weights of tokens: what a token across a border is worth.
 */
import type { SegmentKind, Span } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';
import type { Border } from './knobs';

/** A stretch of text of one kind, message and weight. Pieces tile the text. */
export type Piece = Span & { weight: number };

/**
 * One weight a token, [T], from the pieces that it covers.
 *
 * @param asContext the weight of a token that begins in what the model generates and ends in what it does not
 */
export function tokensFromPieces(
  encoded: Encoded,
  pieces: readonly Piece[],
  border: Border,
  asContext: (kind: SegmentKind, message: number) => number,
): Float32Array {
  let at = 0;
  const weights = new Float32Array(encoded.ids.length);
  const weightOf = (i: number): number => {
    const start = encoded.start[i] ?? 0;
    const end = Math.max(encoded.end[i] ?? 0, start + 1);
    while (at < pieces.length - 1 && (pieces[at]?.end ?? 0) <= start) at++;
    const first = pieces[at];
    if (!first) return 0;
    if (end <= first.end) return first.weight;
    const covered = [first];
    for (let j = at + 1; (pieces[j]?.start ?? Infinity) < end; j++) covered.push(pieces[j] ?? first);
    switch (border) {
      case 'first':
        return first.weight;
      case 'masked':
        return covered.every(({ weight }) => weight === first.weight) ? first.weight : 0;
      case 'majority':
        return heaviest(covered, start, end);
      case 'strict': {
        const mixed = first.generated && !covered.every(({ generated }) => generated);
        return mixed ? asContext(first.kind, first.message) : first.weight;
      }
    }
  };
  for (let i = 0; i < weights.length; i++) weights[i] = weightOf(i);
  return weights;
}

/** The weight that most of the characters from `start` to `end` have; the earlier where two are even. */
function heaviest(pieces: readonly Piece[], start: number, end: number): number {
  const characters = new Map<number, number>();
  for (const piece of pieces) {
    const length = Math.min(end, piece.end) - Math.max(start, piece.start);
    characters.set(piece.weight, (characters.get(piece.weight) ?? 0) + length);
  }
  const most = Math.max(...characters.values());
  return [...characters].find(([, count]) => count === most)?.[0] ?? 0;
}
