/**
 * @file Arguments of calls and tools as they were written: `3.0` stays `3.0`, an integer of twenty digits keeps them all,
 * and keys that are integers stay in their order, as in Python. JavaScript's values lose all three, so such a number or
 * key goes through the template as a placeholder.
 */
import { isIndexKey, losesOrder } from '../conversation/exact-json';
import { onlySpace, type JsonNode } from '../conversation/json';
import { scanJson } from '../conversation/json-scanner';
import type { Json, Message, ToolSchema } from '../conversation/types';
import { pythonNumber } from './python-number';

/** Something in a text that may be lost: a number that is no short integer, or a key that is an integer. */
const SUSPECT = /\d[.eE]|-0|\d{16}|"\d+"\s*:/;
const PRIVATE_USE = /[\ue000-\uf8ff]/g;

/** What to render instead, and what to do with the text that comes out. */
export interface ExactNumbers {
  messages: readonly Message[];
  tools: ToolSchema[] | undefined;
  /** Whether nothing in the tools had to be replaced. */
  toolsArePlain: boolean;
  restore: (text: string) => string;
}

type Placeholder = (text: string, isKey: boolean) => string;

/**
 * Replaces every number that JavaScript would print otherwise than Python does, and every key that it would list
 * elsewhere. A message without such is passed on as it is. Where a raw text does not hold the same numbers and keys as its
 * value (somebody edited one of them), the value wins and is printed as JavaScript prints it; its strings may differ.
 */
export function withExactNumbers(messages: readonly Message[], tools?: ToolSchema[]): ExactNumbers {
  const printed: { text: string; isKey: boolean }[] = [];
  let known: string | undefined;
  // Looked for only where something is replaced: it takes reading all of the conversation.
  const free = () => (known ??= freeCharacter([messages, tools ?? null]));
  // A control character, because `tojson` escapes it: so the quotes that came with it are told from a template's own.
  const placeholder: Placeholder = (text, isKey) =>
    `${free()}${printed.push({ text, isKey }) - 1}\u0001${free()}`;
  const exact = messages.map((message) =>
    message.toolCalls?.some((call) => SUSPECT.test(call.rawArguments))
      ? {
          ...message,
          toolCalls: message.toolCalls.map((call) => ({
            ...call,
            arguments: asWritten(call.arguments, call.rawArguments, placeholder),
          })),
        }
      : message,
  );
  const replaced = printed.length;
  const exactTools = tools?.map(({ exactText, ...tool }) =>
    exactText === undefined ? tool : (asWritten({ ...tool }, exactText, placeholder) as object as ToolSchema),
  );
  const placeholders = () =>
    new RegExp(`"${free()}(\\d+)\\\\u0001${free()}"|${free()}(\\d+)\\x01${free()}`, 'g');
  const restored = (_: string, json?: string, bare?: string) => {
    const { text = '', isKey = false } = printed[Number(json ?? bare)] ?? {};
    return json !== undefined && isKey ? `"${text}"` : text;
  };
  return {
    messages: exact,
    tools: exactTools,
    toolsArePlain: printed.length === replaced,
    restore: (text) => (printed.length ? text.replace(placeholders(), restored) : text),
  };
}

function asWritten(
  value: { [key: string]: Json },
  raw: string,
  placeholder: Placeholder,
): { [key: string]: Json } {
  const scan = scanJson(raw);
  if (!scan.ok || !onlySpace(raw, scan.next) || !isSame(scan.node, value)) return value;
  return replaceIn(scan.node, value, placeholder) as { [key: string]: Json };
}

/** Whether a value has the numbers, keys and lists of a node; strings may be marked by now. */
function isSame(node: JsonNode, value: Json): boolean {
  if (Array.isArray(value)) {
    return (
      node.kind === 'array' &&
      node.items.length === value.length &&
      node.items.every((item, i) => isSame(item, value[i] ?? null))
    );
  }
  if (typeof value === 'object' && value !== null) {
    return (
      node.kind === 'object' &&
      node.entries.size === Object.keys(value).length &&
      [...node.entries].every(([key, item]) => Object.hasOwn(value, key) && isSame(item, value[key] ?? null))
    );
  }
  if (node.kind === 'string') return typeof value === 'string';
  if (node.kind === 'null') return value === null;
  return (node.kind === 'number' || node.kind === 'boolean') && node.value === value;
}

function replaceIn(node: JsonNode, value: Json, placeholder: Placeholder): Json {
  if (node.kind === 'number') {
    const python = pythonNumber(node.raw);
    return python === JSON.stringify(node.value) ? value : placeholder(python, false);
  }
  if (node.kind === 'array' && Array.isArray(value)) {
    return node.items.map((item, i) => replaceIn(item, value[i] ?? null, placeholder));
  }
  if (node.kind === 'object' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const moved = losesOrder([...node.entries.keys()]);
    return Object.fromEntries(
      [...node.entries].map(([key, item]) => [
        moved && isIndexKey(key) ? placeholder(key, true) : key,
        replaceIn(item, value[key] ?? null, placeholder),
      ]),
    );
  }
  return value;
}

/** A private-use character that nothing given holds. */
function freeCharacter(given: unknown): string {
  const taken = new Set(JSON.stringify(given).match(PRIVATE_USE));
  for (let code = 0xe000; code <= 0xf8ff; code++) {
    const character = String.fromCharCode(code);
    if (!taken.has(character)) return character;
  }
  throw new RangeError('The conversation holds every private-use character.');
}
