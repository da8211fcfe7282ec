/**
 * @file Turns of which no field could be followed: a template that rewrites what it is given, or that leaves all of it out
 * and writes a turn none the less. Where prefix rendering tells where such a turn begins and ends, all of it is what the
 * model generates; what in it is thinking, call or answer is then read off its delimiters.
 */
import type { Message } from '../conversation/types';
import type { GapContext } from './gaps';
import type { SegmentKind, Span } from './rendered';
import type { Region } from './sentinels';

/** Delimiters with which calls begin; the white space before them is theirs. */
const CALL = /\s*(?:<[|｜]?tool[_▁-]?calls?\b|<[|｜]tool▁calls|\[TOOL_CALLS\]|<function[=_])/;

/**
 * The spans with every turn of the assistant added that has none of its own and lies between the fields of others.
 *
 * @returns `whole`: messages that were added because a field of theirs cannot be followed, so that kinds are a guess.
 */
export function withWholeTurns(
  spans: readonly Span[],
  text: string,
  regions: readonly Region[],
  context: GapContext,
): { spans: Span[]; whole: Set<number> } {
  const whole = new Set<number>();
  let out = [...spans];
  context.messages.forEach((message, i) => {
    if (message.role !== 'assistant' || spans.some((span) => span.message === i && span.generated)) return;
    const [from, to] = [context.borderBefore(i), context.borderAfter(i)];
    if (from === undefined || to === undefined || !text.slice(from, to).trim()) return;
    if (regions.some(({ start, end }) => start < to && end > from)) return;
    const turn = divideTurn(text.slice(from, to), from, message, i, context);
    if (turn.some(({ kind }) => kind !== 'end' && kind !== 'scaffold')) whole.add(i);
    const header = text.slice(0, from).endsWith(context.generationPrompt)
      ? context.generationPrompt.length
      : 0;
    out = replaced(out, [
      { start: from - header, end: from, message: i, kind: 'header', generated: false },
      ...turn,
    ]);
  });
  return { spans: out, whole };
}

function divideTurn(
  turn: string,
  offset: number,
  message: Message,
  index: number,
  { endTokens }: GapContext,
): Span[] {
  const written = turn.trimEnd();
  const end = endTokens.find((token) => written.endsWith(token)) ?? '';
  const body = written.slice(0, written.length - end.length);
  const think = /^[^]*<\/think>\s*/.exec(body)?.[0].length ?? 0;
  const call = message.toolCalls?.length ? body.slice(think).search(message.content === '' ? /^/ : CALL) : -1;
  const answer = call < 0 ? body.length : think + call;
  const borders: [number, SegmentKind][] = [
    [think, 'think'],
    [answer, 'answer'],
    [body.length, 'call'],
    [written.length, 'end'],
    [turn.length, 'scaffold'],
  ];
  let at = 0;
  return borders.map(([to, kind]) => {
    const span = {
      start: offset + at,
      end: offset + to,
      message: index,
      kind,
      generated: kind !== 'scaffold',
    };
    at = to;
    return span;
  });
}

/** The spans with `inserted`, which lie side by side, in place of what covered their text. */
function replaced(spans: readonly Span[], inserted: readonly Span[]): Span[] {
  const from = inserted[0]?.start ?? 0;
  const to = inserted.at(-1)?.end ?? 0;
  const before = spans.map((span) => ({ ...span, end: Math.min(span.end, from) }));
  const after = spans.map((span) => ({ ...span, start: Math.max(span.start, to) }));
  return [...before, ...inserted, ...after].filter((span) => span.end > span.start);
}
