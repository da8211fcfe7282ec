/**
 * @file How practice data writes values and states them: what grading an answer needs of the generator, without the
 * generator, so that a page can grade without loading it.
 */
import type { Json } from '../types';

/** JSON with `, ` and `: ` between its parts, as Python and the chat template's `tojson` write it. */
export function spacedJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${spacedJson(item)}`);
  return `{${entries.join(', ')}}`;
}

/** True if the text stands in the answer as a whole word: `12` is not stated by `312` or `12.5`. */
export function statesText(answer: string, text: string): boolean {
  for (let at = answer.indexOf(text); at >= 0; at = answer.indexOf(text, at + 1)) {
    const before = answer.charAt(at - 1);
    const after = answer.slice(at + text.length, at + text.length + 2);
    if (!/[\p{L}\p{N}.-]/u.test(before) && !/^[\p{L}\p{N}]|^\.\d/u.test(after)) return true;
  }
  return false;
}
