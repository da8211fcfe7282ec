/**
 * @file JSON with positions: what the scanner returns, and what is made of it.
 */
import type { Json } from './types';

interface Positioned {
  /** UTF-16 offsets into the scanned text; `end` is exclusive. */
  start: number;
  end: number;
}

export type JsonNode = Positioned &
  (
    | { kind: 'null' }
    | { kind: 'boolean'; value: boolean }
    | { kind: 'number'; value: number; raw: string }
    | { kind: 'string'; value: string }
    | { kind: 'array'; items: JsonNode[] }
    | { kind: 'object'; entries: Map<string, JsonNode> }
  );

export type JsonPath = readonly (string | number)[];

/** Legal JSON that JavaScript values cannot hold unchanged; and what a document has beside its list of records. */
export interface JsonNote {
  /** `number`: its value changes; `number-text`: it is the same number, written otherwise (`3.0` and `3`). */
  kind: 'duplicate-key' | 'number' | 'number-text' | 'key-order' | 'lone-surrogate' | 'wrapper';
  path: JsonPath;
  offset: number;
  /** Its line in the file, where it stands outside of the text that `offset` counts in. */
  line?: number;
  reason: string;
  remedy: string;
}

export interface JsonError {
  path: JsonPath;
  offset: number;
  reason: string;
}

export type JsonScan =
  | { ok: true; node: JsonNode; /** Offset behind the value. */ next: number; notes: JsonNote[] }
  | {
      ok: false;
      error: JsonError;
      /** Items of the outermost array that were complete before the error; empty where there is no such array. */
      complete: JsonNode[];
      notes: JsonNote[];
    };

/** Whether nothing but JSON white space stands between two offsets. */
export function onlySpace(text: string, start: number, end = text.length): boolean {
  for (let i = start; i < end; i++) if (!isSpace(text.charCodeAt(i))) return false;
  return true;
}

/** The plain value of a node. Keys such as `__proto__` become ordinary own properties. */
export function toJson(node: JsonNode): Json {
  switch (node.kind) {
    case 'null':
      return null;
    case 'boolean':
    case 'number':
    case 'string':
      return node.value;
    case 'array':
      return node.items.map(toJson);
    case 'object':
      return jsonObject([...node.entries].map(([key, value]) => [key, toJson(value)]));
  }
}

/** An object of the given entries; safe for any key, where plain assignment would follow `__proto__`. */
export function jsonObject(entries: readonly (readonly [string, Json])[]): { [key: string]: Json } {
  return Object.fromEntries(entries);
}

/** A path as people write it: `messages[2].tool_calls[0].function`; keys that are no identifiers are quoted. */
export function formatPath(path: JsonPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** White space as JSON has it: space, tab, line feed, carriage return. */
export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
