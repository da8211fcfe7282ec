/**
 * @file Marks around every field of a conversation, so that rendered text tells which field each character came from.
 *
 * A mark is one private-use character of planes 15 and 16 that occurs nowhere in the conversation. Marks are trusted
 * only where taking them out of the marked rendering gives back the plain rendering, character for character.
 */
import type { Json, Message, ToolCall, ToolSchema } from '../conversation/types';

/** A field whose characters we follow. `call` counts within its message. */
export type Field =
  | { kind: 'content' | 'reasoning'; message: number }
  | { kind: 'call'; message: number; call: number }
  | { kind: 'tools'; message: -1 };

/**
 * Where the two marks of a field go: outside all its characters, or inside its leading and trailing white space
 * (which survives templates that trim), or nowhere.
 */
export type Placement = 'outside' | 'inside' | 'none';

const FIRST = 0xf0000;
const LAST = 0x10fffd;
/** Planes 15 and 16: all their characters are two UTF-16 units, a high surrogate from U+DB80 on first. */
const PLANES = /[\u{f0000}-\u{10ffff}]/gu;

/** A conversation with marks, and what each mark stands for. */
export interface Marked {
  messages: Message[];
  tools: ToolSchema[] | undefined;
  /** Mark → the field it opens or closes. */
  fields: Map<string, { field: Field; opens: boolean; pair: number }>;
}

/** A stretch of unmarked text that came from one field: from its first mark to its last. */
export interface Region {
  field: Field;
  start: number;
  end: number;
}

/** Every field of a conversation that can be marked, in order. */
export function fieldsOf(messages: readonly Message[], tools: ToolSchema[] | undefined): Field[] {
  const fields: Field[] = tools?.length ? [{ kind: 'tools', message: -1 }] : [];
  messages.forEach((m, message) => {
    if (m.reasoning !== undefined) fields.push({ kind: 'reasoning', message });
    if (marksContent(m)) fields.push({ kind: 'content', message });
    m.toolCalls?.forEach((_, call) => fields.push({ kind: 'call', message, call }));
  });
  return fields;
}

export interface MarkOptions {
  /** Leave the keys of arguments unmarked, so that numbers beside them are still printed as they were written. */
  withoutKeys?: boolean;
  /** Messages whose empty content is marked although calls stand beside it. */
  alsoEmpty?: ReadonlySet<number>;
}

/** A copy of the conversation in which each field carries marks where `placement` says. */
export function mark(
  messages: readonly Message[],
  tools: ToolSchema[] | undefined,
  placement: (field: Field) => Placement,
  { withoutKeys = false, alsoEmpty }: MarkOptions = {},
): Marked {
  const taken = new Set(JSON.stringify([messages, tools ?? null]).match(PLANES));
  const fields: Marked['fields'] = new Map();
  let next = FIRST;
  let pair = 0;
  const fresh = (field: Field, opens: boolean): string => {
    while (taken.has(String.fromCodePoint(next))) next++;
    if (next > LAST)
      throw new RangeError('A conversation has more fields than there are private-use characters.');
    const character = String.fromCodePoint(next++);
    if (opens) pair++;
    fields.set(character, { field, opens, pair });
    return character;
  };
  const wrap = (text: string, field: Field): string => {
    const where = placement(field);
    if (where === 'none') return text;
    // Not by `/\s*$/`, which takes quadratic time on a long run of spaces inside of a text.
    const lead = where === 'inside' ? text.length - text.trimStart().length : 0;
    const end = where === 'inside' ? Math.max(lead, text.trimEnd().length) : text.length;
    return (
      text.slice(0, lead) + fresh(field, true) + text.slice(lead, end) + fresh(field, false) + text.slice(end)
    );
  };

  return {
    tools: tools?.map((tool) => markTool(tool, (text) => wrap(text, { kind: 'tools', message: -1 }))),
    messages: messages.map((m, message) => ({
      ...m,
      content:
        marksContent(m) || alsoEmpty?.has(message)
          ? wrap(m.content, { kind: 'content', message })
          : m.content,
      ...(m.reasoning === undefined ? {} : { reasoning: wrap(m.reasoning, { kind: 'reasoning', message }) }),
      ...(m.toolCalls
        ? {
            toolCalls: m.toolCalls.map((call, index) =>
              markCall(call, (text) => wrap(text, { kind: 'call', message, call: index }), withoutKeys),
            ),
          }
        : {}),
    })),
    fields,
  };
}

/**
 * Empty content is marked too, so that a turn of which the template keeps nothing else is still found; but not beside
 * calls, where templates test for it to decide on a line break.
 */
function marksContent(m: Message): boolean {
  return m.content !== '' || !m.toolCalls?.length;
}

/** Only free text is marked: a template may branch on types and required names, never on a description. */
function markTool(tool: ToolSchema, wrap: (text: string) => string): ToolSchema {
  const { name, description } = tool.function;
  return {
    ...tool,
    function: {
      ...tool.function,
      name: wrap(name),
      ...(description === undefined ? {} : { description: wrap(description) }),
    },
  };
}

function markCall(call: ToolCall, wrap: (text: string) => string, withoutKeys: boolean): ToolCall {
  const wrapKey = withoutKeys ? (key: string) => key : wrap;
  const walk = (value: Json): Json => {
    if (typeof value === 'string') return wrap(value);
    if (Array.isArray(value)) return value.map(walk);
    if (value && typeof value === 'object') return walkObject(value);
    return value;
  };
  const walkObject = (value: { [key: string]: Json }) =>
    Object.fromEntries(Object.entries(value).map(([key, item]) => [wrapKey(key), walk(item)]));
  return { ...call, name: wrap(call.name), arguments: walkObject(call.arguments) };
}

/**
 * Takes the marks out of a rendering; regions are sorted, one a field and occurrence. Of a call only what comes for the
 * first time counts: templates write its name again where its result stands, and that is not the call.
 *
 * @returns `torn`: whether only one of two marks came through, so that part of a field is in the text, and not all.
 */
export function unmark(text: string, marked: Marked): { text: string; regions: Region[]; torn: boolean } {
  let plain = '';
  let from = 0;
  const regions: Region[] = [];
  let open: Region | undefined;
  const seen = new Set<string>();
  const opened = new Set<number>();
  const closed = new Set<number>();
  for (const match of text.matchAll(PLANES)) {
    const found = marked.fields.get(match[0]);
    if (!found) continue;
    plain += text.slice(from, match.index);
    from = match.index + match[0].length;
    const again = seen.has(match[0]);
    seen.add(match[0]);
    if (found.opens) opened.add(found.pair);
    else closed.add(found.pair);
    if (again && found.field.kind === 'call') continue;
    if (open && sameField(open.field, found.field)) {
      open.end = plain.length;
    } else if (found.opens) {
      open = { field: found.field, start: plain.length, end: plain.length };
      regions.push(open);
    }
  }
  const torn = opened.size !== closed.size || [...opened].some((pair) => !closed.has(pair));
  return { text: plain + text.slice(from), regions, torn };
}

export function sameField(a: Field, b: Field): boolean {
  return (
    a.kind === b.kind &&
    a.message === b.message &&
    (a.kind === 'call' ? a.call : 0) === (b.kind === 'call' ? b.call : 0)
  );
}
