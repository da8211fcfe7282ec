/**
 * @file The fields of a conversation's messages beside its tokens: which tokens a field became, and where in a field a token
 * stands. Pure.
 */
import type { Conversation, Message, Role } from '../conversation/types';
import type { MaskView } from '../state/mask.svelte';
import type { SegmentKind, Span } from '../template/rendered';
import { kindAt } from './kinds';

/** A field that a person wrote. */
export interface SourceField {
  /** Index of its message; the conversation's tools have −1. */
  message: number;
  role: Role | 'tools';
  /** The segment that it becomes. */
  kind: SegmentKind;
  text: string;
}

const CONTENT_KIND: Readonly<Record<Role, SegmentKind>> = {
  system: 'system',
  user: 'user',
  assistant: 'answer',
  tool: 'result',
};

/** In the order in which they are read; empty ones are left out. */
export function sourceFields({ messages, tools }: Conversation): SourceField[] {
  const fields: SourceField[] = [];
  if (tools?.length) {
    const text = tools.map((tool) => tool.exactText ?? JSON.stringify(tool)).join('\n');
    fields.push({ message: -1, role: 'tools', kind: 'tools', text });
  }
  messages.forEach((message, i) => fields.push(...fieldsOf(message, i)));
  return fields;
}

function fieldsOf({ role, content, reasoning, toolCalls = [] }: Message, message: number): SourceField[] {
  const field = (kind: SegmentKind, text: string): SourceField[] =>
    text === '' ? [] : [{ message, role, kind, text }];
  return [
    ...field('think', reasoning ?? ''),
    ...field(CONTENT_KIND[role], content),
    ...toolCalls.flatMap(({ name, rawArguments }) => field('call', `${name} ${rawArguments}`)),
  ];
}

/** Whether tokens of that message and segment came of the field; tools may stand in any message. */
export function cameOf(field: SourceField, message: number, kind: SegmentKind): boolean {
  return field.kind === kind && (field.kind === 'tools' || field.message === message);
}

/** 1 for each token that came of a field, [T]; undefined where none did. */
export function litTokens({ encoded }: MaskView, field: SourceField): Uint8Array | undefined {
  const lit = Uint8Array.from(encoded.ids, (_, i) =>
    cameOf(field, encoded.message[i] ?? -1, kindAt(encoded.kind[i])) ? 1 : 0,
  );
  return lit.includes(1) ? lit : undefined;
}

/** For each field, whether the template drops it: no token came of it, and its text stands nowhere. */
export function droppedFields({ encoded, rendered }: MaskView, fields: readonly SourceField[]): boolean[] {
  const there = new Set<string>();
  encoded.kind.forEach((kind, i) => {
    const name = kindAt(kind);
    there.add(name === 'tools' ? name : `${name} ${encoded.message[i] ?? -1}`);
  });
  // What the template writes in another way is there, though no token can be told to be of it.
  const untraced = new Set(
    rendered.notes.flatMap(({ code, message }) => (code === 'untraced' ? message : [])),
  );
  return fields.map(({ kind, message, text }) => {
    if (untraced.has(kind === 'tools' ? -1 : message)) return false;
    if (there.has(kind === 'tools' ? kind : `${kind} ${message}`)) return false;
    // A template may write a message into another one; thinking, calls and tools are told by their marks alone.
    return kind === 'think' || kind === 'call' || kind === 'tools' || !rendered.text.includes(text.trim());
  });
}

/** Characters of a field, `end` exclusive. */
export interface FieldRange {
  start: number;
  end: number;
}

/**
 * Where in a field a token stands. Undefined where its segment is not of this field, where the token is a delimiter, or where
 * the template changes the field so that its characters cannot be followed.
 */
export function placeInField(view: MaskView, index: number, field: SourceField): FieldRange | undefined {
  const { encoded, rendered } = view;
  const [start, end] = [encoded.start[index] ?? 0, encoded.end[index] ?? 0];
  if (!cameOf(field, encoded.message[index] ?? -1, kindAt(encoded.kind[index]))) return undefined;
  const stretch = stretchAround(rendered.spans, start);
  if (!stretch) return undefined;
  const inside = rendered.text.slice(stretch.start, stretch.end);
  // A template may trim a field, and nothing else.
  const whole = inside.indexOf(field.text);
  const trimmed = field.text.trim();
  const lead = field.text.length - field.text.trimStart().length;
  const at = whole >= 0 ? whole : trimmed === '' ? -1 : inside.indexOf(trimmed) - lead;
  if (at < 0 && (whole >= 0 || !inside.includes(trimmed) || trimmed === '')) return undefined;
  const origin = stretch.start + at;
  const range = { start: Math.max(0, start - origin), end: Math.min(field.text.length, end - origin) };
  return range.start < range.end ? range : undefined;
}

/** The neighbouring spans of one message and one segment that hold a character, as one. */
function stretchAround(spans: readonly Span[], character: number): Span | undefined {
  const at = spans.findIndex(({ start, end }) => start <= character && character < end);
  const found = spans[at];
  if (!found) return undefined;
  const same = (span: Span | undefined) => span?.message === found.message && span.kind === found.kind;
  let [first, last] = [at, at];
  while (same(spans[first - 1])) first--;
  while (same(spans[last + 1])) last++;
  return { ...found, start: spans[first]?.start ?? 0, end: spans[last]?.end ?? 0 };
}
