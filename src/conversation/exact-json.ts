/**
 * @file JSON values that JavaScript cannot hold as they were written: numbers such as `3.0` or of twenty digits, and
 * objects whose keys are integers in another order. Their text is kept beside them.
 */
import { onlySpace, toJson, type JsonNode } from './json';
import { scanJson } from './json-scanner';
import type { Json } from './types';

/** A value's JSON text without white space, where the value itself does not say all of it; else undefined. */
export function exactText(node: JsonNode): string | undefined {
  return losesText(node) ? write(node) : undefined;
}

/** What was written, where `value` is still the value of `text`; undefined where it was changed since. */
export function exactNode(text: string, value: Json): JsonNode | undefined {
  const scan = scanJson(text);
  if (!scan.ok || !onlySpace(text, scan.next)) return undefined;
  return JSON.stringify(toJson(scan.node)) === JSON.stringify(value) ? scan.node : undefined;
}

/** Keys that JavaScript lists first and in ascending order, wherever they stand. */
export function isIndexKey(key: string): boolean {
  return /^(?:0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
}

/** Whether an object's keys come out of a JavaScript object in another order. */
export function losesOrder(keys: readonly string[]): boolean {
  if (!keys.some(isIndexKey)) return false;
  const listed = Object.keys(Object.fromEntries(keys.map((key) => [key, 0])));
  return listed.some((key, i) => key !== keys[i]);
}

function losesText(node: JsonNode): boolean {
  switch (node.kind) {
    case 'number':
      return JSON.stringify(node.value) !== node.raw;
    case 'array':
      return node.items.some(losesText);
    case 'object':
      return [...node.entries.values()].some(losesText) || losesOrder([...node.entries.keys()]);
    default:
      return false;
  }
}

function write(node: JsonNode): string {
  switch (node.kind) {
    case 'number':
      return node.raw;
    case 'array':
      return `[${node.items.map(write).join(',')}]`;
    case 'object': {
      const entries = [...node.entries].map(([key, value]) => `${JSON.stringify(key)}:${write(value)}`);
      return `{${entries.join(',')}}`;
    }
    default:
      return JSON.stringify(toJson(node));
  }
}
