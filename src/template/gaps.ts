/**
 * @file What a template writes between two fields, divided: closing delimiters, end of turn, white space, header,
 * opening delimiters.
 *
 * Delimiters belong to their segment: `<think>`, `</think>` and the white space after it to think; `<tool_call>`, the
 * white space before it and `</tool_call>` to call. The end-of-turn token of an assistant's turn is `end`, white space
 * after it is `scaffold`, everything from there to the first character that the model would write is `header`.
 */
import type { Message } from '../conversation/types';
import type { RenderNote, SegmentKind, Span } from './rendered';
import type { Field } from './sentinels';

/** A part of a gap. */
export interface Piece {
  length: number;
  kind: SegmentKind;
  message: number;
  generated: boolean;
}

export interface GapContext {
  messages: readonly Message[];
  /** What `add_generation_prompt` appends: the header of an assistant's turn. */
  generationPrompt: string;
  bosToken: string;
  /** Tokens that end a turn, longest first. */
  endTokens: readonly string[];
  /** Collects what could not be decided. */
  notes: RenderNote[];
}

/** What the characters of a field are. */
export function describeField(field: Field, messages: readonly Message[]): Omit<Span, 'start' | 'end'> {
  if (field.kind === 'tools')
    return { message: messages[0]?.role === 'system' ? 0 : -1, kind: 'tools', generated: false };
  const { message } = field;
  if (field.kind === 'reasoning') return { message, kind: 'think', generated: true };
  if (field.kind === 'call') return { message, kind: 'call', generated: true };
  switch (messages[message]?.role) {
    case 'assistant':
      return { message, kind: 'answer', generated: true };
    case 'tool':
      return { message, kind: 'result', generated: false };
    case 'system':
      return { message, kind: 'system', generated: false };
    default:
      return { message, kind: 'user', generated: false };
  }
}

/**
 * Divides the text `gap` between the fields `left` and `right` (undefined at either end of the text). `after` is the
 * gap that follows `right`: an opening tag belongs to `right` where its closing tag stands there.
 * The pieces' lengths sum to `gap.length`.
 */
export function divideGap(
  gap: string,
  left: Field | undefined,
  right: Field | undefined,
  after: string,
  context: GapContext,
): Piece[] {
  if (!gap) return [];
  const of = (field: Field) => describeField(field, context.messages);
  if (left && right && sameTurn(left, right, context.messages)) {
    return insideTurn(gap, of(left), of(right));
  }
  const pieces: Piece[] = [];
  let rest = gap;
  const take = (length: number, rest_: Omit<Piece, 'length'>) => {
    if (length > 0) pieces.push({ length, ...rest_ });
    rest = rest.slice(length);
  };

  if (left) {
    const what = of(left);
    const end = findEnd(rest, context.endTokens);
    if (end) {
      take(
        end.at,
        what.generated || hasDelimiter(rest.slice(0, end.at)) ? what : { ...what, kind: 'scaffold' },
      );
      take(end.length, { ...what, kind: what.generated ? 'end' : 'scaffold' });
    } else {
      // No end-of-turn token: the closing tags are the segment's, what follows is not.
      const closing = lastClosingTag(rest);
      take(closing, what);
      if (what.generated && rest.trim() === '' && !right) {
        take(rest.length, { message: what.message, kind: 'scaffold', generated: false });
      }
    }
    take(/^\s*/.exec(rest)?.[0].length ?? 0, { message: what.message, kind: 'scaffold', generated: false });
  } else {
    if (context.bosToken && rest.startsWith(context.bosToken)) {
      take(context.bosToken.length, { message: -1, kind: 'scaffold', generated: false });
    }
    // A turn that no message asked for, such as a default system prompt.
    const end = right && findLastEnd(rest, context.endTokens);
    if (end) {
      const white = /^\s*/.exec(rest.slice(end.at + end.length))?.[0].length ?? 0;
      take(end.at, { message: -1, kind: 'system', generated: false });
      take(end.length + white, { message: -1, kind: 'scaffold', generated: false });
    }
  }
  if (!right) {
    take(rest.length, { message: left ? of(left).message : -1, kind: 'scaffold', generated: false });
    return pieces;
  }

  const what = of(right);
  const header: Omit<Piece, 'length'> = { message: what.message, kind: 'header', generated: false };
  if (what.generated) {
    const found = locateHeader(rest, context.generationPrompt);
    if (!found) {
      context.notes.push({
        code: 'guessed-header',
        severity: 'warning',
        message: what.message,
        text: 'The header of this turn is not the template’s generation prompt, so where generation begins is a guess.',
      });
    }
    take(found ?? rest.length, header);
    take(rest.length, what);
  } else {
    const opening = pairedOpening(rest, after);
    // Between two results of one turn there is no header, only the line break that joins them.
    take(opening, left && rest.slice(0, opening).trim() === '' ? { ...header, kind: 'scaffold' } : header);
    take(rest.length, what);
  }
  return pieces;
}

/** True where nothing but delimiters stands between the two fields. */
function sameTurn(left: Field, right: Field, messages: readonly Message[]): boolean {
  if (left.message === right.message) return true;
  const tools = left.kind === 'tools' ? left : right.kind === 'tools' ? right : undefined;
  const other = tools === left ? right : left;
  return tools !== undefined && other.message === 0 && messages[0]?.role === 'system';
}

/** Between two fields of one turn: closing tags go left, the rest goes right; a call takes the white space before it. */
function insideTurn(
  gap: string,
  left: Omit<Span, 'start' | 'end'>,
  right: Omit<Span, 'start' | 'end'>,
): Piece[] {
  let split = left.kind === right.kind ? gap.length : lastClosingTag(gap);
  // The white space after `</think>` comes with the block: a template that prefills an empty block writes it too.
  if (split > 0 && left.kind === 'think') split += /^\s*/.exec(gap.slice(split))?.[0].length ?? 0;
  if (right.kind === 'tools') split = 0;
  const pieces = [
    { length: split, ...left },
    { length: gap.length - split, ...right },
  ];
  return pieces.filter((piece) => piece.length > 0);
}

/** Length up to and with the last closing tag (`</think>`, `[/INST]`), 0 where there is none. */
function lastClosingTag(text: string): number {
  let end = 0;
  for (const match of text.matchAll(/<\/[^<>\s]+>|\[\/[^[\]\s]+\]/g)) end = match.index + match[0].length;
  return end;
}

const hasDelimiter = (text: string): boolean => lastClosingTag(text) > 0;

/** Where in `gap` the opening tag stands whose closing tag is in `after`; the gap's length where there is none. */
function pairedOpening(gap: string, after: string): number {
  const closed = new Set(Array.from(after.matchAll(/<\/([A-Za-z_][^<>\s|]*)>/g), ([, name]) => name));
  for (const match of gap.matchAll(/<([A-Za-z_][^<>\s|]*)>/g)) {
    if (closed.has(match[1])) return match.index;
  }
  return gap.length;
}

function findEnd(text: string, endTokens: readonly string[]): { at: number; length: number } | undefined {
  let best: { at: number; length: number } | undefined;
  for (const token of endTokens) {
    const at = text.indexOf(token);
    if (at >= 0 && (!best || at < best.at)) best = { at, length: token.length };
  }
  return best;
}

function findLastEnd(text: string, endTokens: readonly string[]): { at: number; length: number } | undefined {
  let best: { at: number; length: number } | undefined;
  for (const token of endTokens) {
    const at = text.lastIndexOf(token);
    if (at >= 0 && (!best || at > best.at)) best = { at, length: token.length };
  }
  return best;
}

/**
 * Length of `text` through the header of an assistant's turn. A generation prompt may go on after the header (with a
 * think block that it opens); what of it stands here counts as header too, since the model never writes it.
 */
function locateHeader(text: string, generationPrompt: string): number | undefined {
  const firstLine = /^.*\n?/.exec(generationPrompt)?.[0] ?? '';
  if (!firstLine.trim()) return generationPrompt === '' ? 0 : undefined;
  const at = text.indexOf(firstLine);
  if (at < 0) return undefined;
  let length = firstLine.length;
  while (length < generationPrompt.length && text[at + length] === generationPrompt[length]) length++;
  return at + length;
}
