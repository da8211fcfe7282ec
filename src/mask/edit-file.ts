/**
 * @file Hand edits as a JSON file, by conversation.
 */
import { LosslightError } from '../errors';
import { EDIT_UNITS, type Edit, type EditUnit, type TokenPlace } from './edits';

/** Conversation id → its edits, in the order in which they were made. */
export type EditBook = Readonly<Record<string, readonly Edit[]>>;

/** The edits of a conversation; none where it has none. */
export function editsOf(book: EditBook, conversation: string): readonly Edit[] {
  return Object.hasOwn(book, conversation) ? (book[conversation] ?? []) : [];
}

/** The book with one more edit of a conversation. */
export function withEdit(book: EditBook, conversation: string, edit: Edit): EditBook {
  return Object.fromEntries([
    ...Object.entries(book),
    [conversation, [...editsOf(book, conversation), edit]],
  ]);
}

/** The book without the edits of a conversation. */
export function withoutEdits(book: EditBook, conversation: string): EditBook {
  return Object.fromEntries(Object.entries(book).filter(([id]) => id !== conversation));
}

const VERSION = 1;

export function exportEdits(book: EditBook): string {
  return `${JSON.stringify({ losslightEdits: VERSION, conversations: book }, null, 1)}\n`;
}

/** @throws LosslightError `bad-edits`, with the path of the field that is wrong. */
export function importEdits(json: string): EditBook {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw bad(`The file is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const file = object(value, 'The file');
  if (file.losslightEdits !== VERSION) throw bad(`losslightEdits is not ${VERSION}`);
  return Object.fromEntries(
    Object.entries(object(file.conversations, 'conversations')).map(([id, edits]) => {
      const path = `conversations[${JSON.stringify(id)}]`;
      return [id, list(edits, path).map((edit, i) => readEdit(edit, `${path}[${i}]`))];
    }),
  );
}

function readEdit(value: unknown, path: string): Edit {
  const { unit, stretches, weight, length, digest, quote } = object(value, path);
  if (!EDIT_UNITS.includes(unit as EditUnit))
    throw bad(`${path}.unit is not one of ${EDIT_UNITS.join(', ')}`);
  if (weight !== 'policy' && !Number.isFinite(typeof weight === 'number' ? Math.fround(weight) : NaN)) {
    throw bad(`${path}.weight is neither a finite number nor "policy"`);
  }
  if (typeof digest !== 'string' || typeof quote !== 'string')
    throw bad(`${path}.digest or ${path}.quote is no string`);
  return {
    unit: unit as EditUnit,
    stretches: list(stretches, `${path}.stretches`).map((stretch, i) => {
      const at = `${path}.stretches[${i}]`;
      const { from, to } = object(stretch, at);
      return { from: readPlace(from, `${at}.from`), to: readPlace(to, `${at}.to`) };
    }),
    weight: weight as number | 'policy',
    length: whole(length, `${path}.length`),
    digest,
    quote,
  };
}

function readPlace(value: unknown, path: string): TokenPlace {
  const { character, part } = object(value, path);
  return { character: whole(character, `${path}.character`), part: whole(part, `${path}.part`) };
}

function object(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw bad(`${path} is no object`);
}

function list(value: unknown, path: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw bad(`${path} is no list`);
}

function whole(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw bad(`${path} is no whole number from 0`);
}

function bad(reason: string): LosslightError {
  return new LosslightError(
    'bad-edits',
    `The edits cannot be read: ${reason}.`,
    'Use a file that Losslight exported.',
  );
}
