/**
 * @file What a model wrote in the chat in runs of one segment: thinking, calls and answer, with the token that ends the turn.
 */
import type { SegmentKind } from '../template/rendered';
import { segmentGenerated } from './generated';

export interface ChatSegment {
  kind: SegmentKind;
  /** Tokens from `from` to before `to`. */
  from: number;
  to: number;
}

/**
 * Segments in their order. White space alone belongs to what stands before it, and so does the end of the turn: neither is
 * a line of its own.
 *
 * @param shown one string a token
 * @param ended whether the last token ended the turn
 */
export function chatSegments(shown: readonly string[], ended: boolean): ChatSegment[] {
  const kinds = segmentGenerated(shown, ended);
  const segments: ChatSegment[] = [];
  kinds.forEach((kind, i) => {
    const last = segments.at(-1);
    const blank = kind === 'answer' && !shown[i]?.trim();
    // White space in an answer is the answer's, where more of it follows.
    if (last && (kind === last.kind || kind === 'end' || (blank && last.kind !== 'answer'))) last.to = i + 1;
    else segments.push({ kind, from: i, to: i + 1 });
  });
  return segments;
}
