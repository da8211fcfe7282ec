/**
 * @file End-of-turn tokens of roles other than the assistant, which a rendering has among its scaffold.
 */
import type { Message } from '../conversation/types';
import type { Span } from '../template/rendered';
import type { Piece } from './borders';
import type { MaskPolicy } from './knobs';

const CONTENT: readonly Span['kind'][] = ['system', 'tools', 'user', 'result'];

/**
 * The pieces of span `i` by the knob `promptEnds`: its end-of-turn token, without the white space after it, apart from
 * the rest; undefined where the span has no such token or the knob leaves it alone.
 *
 * @param weigh the weight of a span by its number
 */
export function cutPromptEnd(
  { promptEnds = 'none' }: Pick<MaskPolicy, 'promptEnds'>,
  messages: readonly Message[],
  { text, spans }: { text: string; spans: readonly Span[] },
  i: number,
  weigh: (i: number) => number,
): Piece[] | undefined {
  const [before, span] = [spans[i - 1], spans[i]];
  if (promptEnds === 'none' || !span || !before || span.kind !== 'scaffold') return undefined;
  const follows = before.message === span.message && CONTENT.includes(before.kind);
  if (!follows || messages[span.message]?.role === 'assistant') return undefined;
  const [token] = /^\S*/.exec(text.slice(span.start, span.end)) ?? [''];
  if (!token) return undefined;
  const end = span.start + token.length;
  const pieces = [{ ...span, end, weight: promptEnds === 'all' ? 1 : weigh(i - 1) }];
  return end < span.end ? [...pieces, { ...span, start: end, weight: weigh(i) }] : pieces;
}
