/**
 * @file Arguments of calls with their numbers as written: `3.0` stays `3.0` and an integer of twenty digits keeps them
 * all, as in Python. JavaScript's numbers lose both, so such a number goes through the template as a placeholder.
 */
import type { Json, Message } from '../conversation/types';
import { pythonNumber } from './python-number';

const NUMBERS = /"(?:[^"\\]|\\.)*"|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
const PRIVATE_USE = /[\ue000-\uf8ff]/g;

/** Messages to render instead, and what to do with the text that comes out. */
export interface ExactNumbers {
  messages: readonly Message[];
  restore: (text: string) => string;
}

/**
 * Replaces every number that JavaScript would print otherwise than Python does. A message without such numbers is
 * passed on as it is. Where `rawArguments` and `arguments` do not hold the same numbers in the same order (somebody
 * edited one of them), `arguments` wins and is printed as JavaScript prints it.
 */
export function withExactNumbers(messages: readonly Message[]): ExactNumbers {
  const printed: string[] = [];
  const free = freeCharacter(messages);
  // A control character, because `tojson` escapes it: so the quotes that came with it are told from a template's own.
  const placeholder = (text: string) => `${free}${printed.push(text) - 1}\u0001${free}`;
  const exact = messages.map((message) =>
    message.toolCalls?.some((call) => differing(call.rawArguments).some(Boolean))
      ? {
          ...message,
          toolCalls: message.toolCalls.map((call) => ({
            ...call,
            arguments: replaceNumbers(call.arguments, call.rawArguments, placeholder),
          })),
        }
      : message,
  );
  const placeholders = new RegExp(`"${free}(\\d+)\\\\u0001${free}"|${free}(\\d+)\\x01${free}`, 'g');
  return {
    messages: exact,
    restore: (text) =>
      printed.length
        ? text.replace(placeholders, (_, json?: string, bare?: string) => printed[Number(json ?? bare)] ?? '')
        : text,
  };
}

/** For each number in a JSON text, in order: how Python prints it where JavaScript prints it otherwise. */
function differing(raw: string): (string | undefined)[] {
  return numbersIn(raw).map((number) => {
    const python = pythonNumber(number);
    return python === JSON.stringify(Number(number)) ? undefined : python;
  });
}

function numbersIn(raw: string): string[] {
  return [...raw.matchAll(NUMBERS)].flatMap(([, number]) => number ?? []);
}

function replaceNumbers(
  value: { [key: string]: Json },
  raw: string,
  placeholder: (text: string) => string,
): { [key: string]: Json } {
  const numbers = numbersIn(raw);
  const texts = differing(raw);
  let at = 0;
  let same = true;
  const walk = (part: Json): Json => {
    if (typeof part === 'number') {
      same &&= Number(numbers[at]) === part;
      const text = texts[at++];
      return text === undefined ? part : placeholder(text);
    }
    if (Array.isArray(part)) return part.map(walk);
    return part && typeof part === 'object' ? walkObject(part) : part;
  };
  const walkObject = (part: { [key: string]: Json }) =>
    Object.fromEntries(Object.entries(part).map(([key, item]) => [key, walk(item)]));
  const replaced = walkObject(value);
  return same && at === numbers.length ? replaced : value;
}

/** A private-use character that the conversation does not hold. */
function freeCharacter(messages: readonly Message[]): string {
  const taken = new Set(JSON.stringify(messages).match(PRIVATE_USE));
  for (let code = 0xe000; code <= 0xf8ff; code++) {
    const character = String.fromCharCode(code);
    if (!taken.has(character)) return character;
  }
  throw new RangeError('The conversation holds every private-use character.');
}
