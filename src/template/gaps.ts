/**
 * @file What a template writes between two fields, divided: closing delimiters, end of turn, white space, header,
 * opening delimiters.
 *
 * Delimiters belong to their segment: `<think>`, `</think>` and the white space after it to think; `<tool_call>`, the
 * white space before it and `</tool_call>` to call. The end-of-turn token of an assistant's turn is `end`, white space
 * after it is `scaffold`, everything from there to the first character that the model would write is `header`.
 */
import { renderingNotes } from '$strings/core-rendering-notes';
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
  specialTokens: readonly string[];
  /**
   * Where prefix rendering begins a message (behind its prompt) and ends it; undefined where the prefix is none. Asked
   * only where the gap itself does not tell, because each answer costs a rendering.
   */
  borderBefore: (message: number) => number | undefined;
  borderAfter: (message: number) => number | undefined;
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
 * Divides the text `gap`, which stands at `offset`, between the fields `left` and `right` (undefined at either end of the
 * text). `after` is the gap that follows `right`: an opening tag belongs to `right` where its closing tag stands there.
 * The pieces' lengths sum to `gap.length`.
 */
export function divideGap(
  gap: string,
  offset: number,
  left: Field | undefined,
  right: Field | undefined,
  after: string,
  context: GapContext,
): Piece[] {
  const of = (field: Field) => describeField(field, context.messages);
  if (!gap) return [];
  if (left && right && sameTurn(left, right, context.messages)) {
    return insideTurn(gap, of(left), of(right), context.endTokens);
  }
  const next = right && of(right);
  const begins = next?.generated ? generationStart(gap, offset, next.message, context) : undefined;
  const head = begins === undefined ? gap : gap.slice(0, begins);
  const pieces = left ? closeTurn(head, offset, of(left), !right, context) : openText(head, !!right, context);
  const rest = gap.slice(pieces.reduce((sum, { length }) => sum + length, 0));
  if (!next) return compact([...pieces, piece(rest, left ? of(left).message : -1, 'scaffold')]);
  if (begins !== undefined) {
    const header = gap.slice(gap.length - rest.length, begins);
    return compact([...pieces, piece(header, next.message, 'header'), ...openTurn(gap.slice(begins), next)]);
  }
  if (next.generated) return compact([...pieces, piece(rest, next.message, 'header')]);
  const opening = pairedOpening(rest, after);
  // Between two results of one turn there is no header, only the line break that joins them.
  const header = left && rest.slice(0, opening).trim() === '' ? 'scaffold' : 'header';
  return compact([
    ...pieces,
    piece(rest.slice(0, opening), next.message, header),
    { length: rest.length - opening, ...next },
  ]);
}

const piece = (text: string, message: number, kind: SegmentKind): Piece => ({
  length: text.length,
  message,
  kind,
  generated: false,
});

const compact = (pieces: Piece[]): Piece[] => pieces.filter(({ length }) => length > 0);

type Origin = Omit<Span, 'start' | 'end'>;

/** Where in the gap before a turn of the assistant generation begins; undefined, with a note, where it is a guess. */
function generationStart(
  gap: string,
  offset: number,
  message: number,
  context: GapContext,
): number | undefined {
  const located = locateHeader(gap, context.generationPrompt);
  if (located !== undefined) return located;
  const border = context.borderBefore(message);
  if (border !== undefined && border >= offset && border <= offset + gap.length) return border - offset;
  if (context.generationPrompt === '' && !gap.trim()) return gap.length;
  context.notes.push({
    code: 'guessed-header',
    severity: 'warning',
    message,
    text: renderingNotes.guessedHeader,
  });
  return undefined;
}

/** What stands before the first field: BOS, and a turn that no message asked for, such as a default system prompt. */
function openText(text: string, followed: boolean, { bosToken, endTokens }: GapContext): Piece[] {
  const bos = bosToken && text.startsWith(bosToken) ? bosToken : '';
  const pieces = [piece(bos, -1, 'scaffold')];
  const rest = text.slice(bos.length);
  const end = followed && findLastEnd(rest, endTokens);
  if (!end) return pieces;
  const white = leadingSpace(rest.slice(end.at + end.length));
  pieces.push(piece(rest.slice(0, end.at), -1, 'system'));
  pieces.push(piece(rest.slice(end.at, end.at + end.length + white), -1, 'scaffold'));
  return pieces;
}

/** The end of the turn of `left`: closing delimiters, the end-of-turn token, white space. */
function closeTurn(
  text: string,
  offset: number,
  left: Origin,
  isLast: boolean,
  context: GapContext,
): Piece[] {
  const { message, generated } = left;
  const found =
    findEnd(text, context.endTokens) ?? (generated ? prefixEnd(text, offset, left, context) : undefined);
  let closed: number;
  const pieces: Piece[] = [];
  if (found) {
    const body = text.slice(0, found.at);
    const own = generated || left.kind === 'tools' || hasDelimiter(body);
    pieces.push(own ? { length: found.at, ...left } : piece(body, message, 'scaffold'));
    pieces.push({ length: found.length, message, kind: generated ? 'end' : 'scaffold', generated });
    closed = found.at + found.length;
  } else {
    // No end-of-turn token: the closing tags are the segment's, what follows is not.
    closed = lastClosingTag(text);
    pieces.push({ length: closed, ...left });
    if (generated && isLast && !text.slice(closed).trim()) {
      pieces.push(piece(text.slice(closed), message, 'scaffold'));
      return pieces;
    }
  }
  const white = leadingSpace(text.slice(closed));
  pieces.push(piece(text.slice(closed, closed + white), message, 'scaffold'));
  return pieces;
}

/**
 * The end of a turn by prefix rendering: all that it writes behind the field, without white space at its end. A special
 * token there that closes nothing is the end of the turn.
 */
function prefixEnd(
  text: string,
  offset: number,
  { message }: Origin,
  { borderAfter, specialTokens }: GapContext,
): { at: number; length: number } | undefined {
  const border = borderAfter(message);
  if (border === undefined || border < offset || border > offset + text.length) return undefined;
  const written = text.slice(0, border - offset).trimEnd();
  const last = specialTokens.find((token) => token && written.endsWith(token) && !hasDelimiter(token)) ?? '';
  return { at: written.length - last.length, length: last.length };
}

/** What is generated before the turn's first field: a think block that the template writes empty is thinking. */
function openTurn(text: string, right: Origin): Piece[] {
  const block = right.kind === 'think' ? 0 : (/^\s*<think>\s*<\/think>\s*/.exec(text)?.[0].length ?? 0);
  return [
    { length: block, ...right, kind: 'think' },
    { length: text.length - block, ...right },
  ];
}

const leadingSpace = (text: string): number => /^\s*/.exec(text)?.[0].length ?? 0;

/** True where nothing but delimiters stands between the two fields. */
function sameTurn(left: Field, right: Field, messages: readonly Message[]): boolean {
  if (left.message === right.message) return true;
  const tools = left.kind === 'tools' ? left : right.kind === 'tools' ? right : undefined;
  const other = tools === left ? right : left;
  return tools !== undefined && other.message === 0 && messages[0]?.role === 'system';
}

/** Between two fields of one turn: closing tags go left, the rest goes right; a call takes the white space before it. */
function insideTurn(gap: string, left: Origin, right: Origin, endTokens: readonly string[]): Piece[] {
  // A turn of several parts (Harmony's channels) ends each with a token.
  const end = findLastEnd(gap, endTokens);
  const closing = Math.max(lastClosingTag(gap), end ? end.at + end.length : 0);
  let split = left.kind === right.kind ? gap.length : closing;
  // The white space after `</think>` comes with the block: a template that prefills an empty block writes it too.
  if (split > 0 && left.kind === 'think') split += leadingSpace(gap.slice(split));
  if (right.kind === 'tools') split = 0;
  return compact([
    { length: split, ...left },
    { length: gap.length - split, ...right },
  ]);
}

/** `</think>`, `[/INST]`, `<channel|>`, `<|END_ACTION|>`, `<｜tool▁calls▁end｜>`. */
const CLOSING =
  /<\/[^<>\s]+>|\[\/[^[\]\s]+\]|<[a-z][\w-]*\|>|<[|｜](?:end[_▁](?!header|of)[^<>|｜]+|[^<>|｜]*[_▁]end)[|｜]>/gi;

/** Length up to and with the last closing tag, 0 where there is none. */
function lastClosingTag(text: string): number {
  let end = 0;
  for (const match of text.matchAll(CLOSING)) end = match.index + match[0].length;
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
 * think block that it opens); what of it stands here counts as header too, since the model never writes it. It is compared
 * tag by tag: `<tool_call>` shares a letter with `<think>`, and nothing else.
 */
function locateHeader(text: string, generationPrompt: string): number | undefined {
  const firstLine = /^.*\n?/.exec(generationPrompt)?.[0] ?? '';
  const beforeThinking = firstLine.slice(0, Math.max(0, firstLine.search(/<[^<>]*think[^<>]*>/i)));
  for (const header of [firstLine, beforeThinking]) {
    const at = header.trim() ? text.lastIndexOf(header) : -1;
    if (at < 0) continue;
    let length = header.length;
    for (const [part] of generationPrompt.slice(length).matchAll(/<[^<>\s]*>|\s|[^<\s]+|</g)) {
      if (!text.startsWith(part, at + length)) break;
      length += part.length;
    }
    return at + length;
  }
  return undefined;
}
