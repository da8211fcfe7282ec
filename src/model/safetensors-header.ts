/**
 * @file The JSON header of a safetensors file, read by a scanner of its own: `JSON.parse` would drop the first of two
 * tensors with one name and take `4e0` or `4.0` for an offset, and a model would load with the wrong weights.
 */
import { LosslightError } from '../errors';

/** One tensor as the header declares it; offsets count bytes from the end of the header. */
export interface TensorEntry {
  name: string;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

export interface Header {
  metadata: Map<string, string>;
  tensors: TensorEntry[];
}

/** Refuses the file, in the same words everywhere. */
export function refuse(reason: string, remedy?: string): never {
  throw new LosslightError(
    'bad-model',
    `The safetensors file is not valid: ${reason}`,
    remedy ?? 'Download or export the file again; it may be incomplete or damaged.',
  );
}

/**
 * Reads the header's text: one object of tensors, each with `dtype`, `shape` and `data_offsets`, and optionally
 * `__metadata__`, an object of strings.
 *
 * @throws LosslightError `bad-model` with the reason, for anything else.
 */
export function parseHeader(text: string): Header {
  const scanner = new Scanner(text);
  const header: Header = { metadata: new Map(), tensors: [] };
  if (text[0] !== '{') refuse('the header does not begin with “{”.');
  scanner.object('the header', (name) => {
    if (name === '__metadata__') {
      scanner.object('__metadata__', (key) =>
        header.metadata.set(key, scanner.string(`__metadata__ “${key}”`)),
      );
      return;
    }
    if (name === '') refuse('a tensor has an empty name.');
    if (name === '__proto__') refuse('“__proto__” is not accepted as the name of a tensor.');
    header.tensors.push(readEntry(scanner, name));
  });
  scanner.end();
  return header;
}

function readEntry(scanner: Scanner, name: string): TensorEntry {
  const what = `tensor “${name}”`;
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scanner.object(what, (key) => {
    if (key === 'dtype') dtype = scanner.string(`dtype of ${what}`);
    else if (key === 'shape') shape = scanner.integers(`shape of ${what}`);
    else if (key === 'data_offsets') offsets = scanner.integers(`data_offsets of ${what}`);
    else refuse(`${what} has an unknown field “${key}”.`);
  });
  if (dtype === undefined) refuse(`${what} has no dtype.`);
  if (shape === undefined) refuse(`${what} has no shape.`);
  if (offsets === undefined) refuse(`${what} has no data_offsets.`);
  const [begin, end, ...rest] = offsets;
  if (begin === undefined || end === undefined || rest.length > 0) {
    refuse(`data_offsets of ${what} must be two numbers, not ${offsets.length}.`);
  }
  return { name, dtype, shape, begin, end };
}

const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?[0-9][0-9.eE+-]*/y;
const INTEGER = /^(0|[1-9][0-9]*)$/;
/** A JSON string without its meaning: no raw control characters, only the escapes that JSON has. */
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Walks JSON text from left to right; `what` names the place for messages. */
class Scanner {
  #at = 0;

  constructor(readonly text: string) {}

  /** `{ "key": value, … }`; `readValue` reads the value that follows each key. Keys may occur once. */
  object(what: string, readValue: (key: string) => void): void {
    this.#expect('{', what);
    const seen = new Set<string>();
    if (this.#accept('}')) return;
    do {
      const key = this.string(`a key of ${what}`);
      if (seen.has(key)) refuse(`“${key}” occurs twice in ${what}.`);
      seen.add(key);
      this.#expect(':', what);
      readValue(key);
    } while (this.#accept(','));
    this.#expect('}', what);
  }

  string(what: string): string {
    const literal = this.#match(STRING);
    if (literal === undefined) refuse(`${what} must be a string (character ${this.#at} of the header).`);
    const value: unknown = JSON.parse(literal);
    if (typeof value !== 'string') refuse(`${what} must be a string.`);
    if (LONE_SURROGATE.test(value)) refuse(`${what} holds half of a surrogate pair.`);
    return value;
  }

  /** `[1, 2, …]` of whole numbers from 0, written plainly. */
  integers(what: string): number[] {
    this.#expect('[', what);
    const values: number[] = [];
    if (this.#accept(']')) return values;
    do {
      const literal = this.#match(NUMBER);
      if (literal === undefined)
        refuse(`${what} must hold numbers only (character ${this.#at} of the header).`);
      const value = Number(literal);
      if (!INTEGER.test(literal))
        refuse(`${what} holds ${literal}, which is not a plain whole number from 0.`);
      if (!Number.isSafeInteger(value)) refuse(`${what} holds ${literal}, which is too large.`);
      values.push(value);
    } while (this.#accept(','));
    this.#expect(']', what);
    return values;
  }

  /** Nothing but padding may follow. */
  end(): void {
    this.#match(WHITESPACE);
    if (this.#at < this.text.length) refuse(`something follows the header's object (character ${this.#at}).`);
  }

  #accept(mark: string): boolean {
    this.#skip();
    if (this.text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #expect(mark: string, what: string): void {
    if (!this.#accept(mark)) refuse(`“${mark}” is missing in ${what} (character ${this.#at} of the header).`);
  }

  #match(pattern: RegExp): string | undefined {
    if (pattern !== WHITESPACE) this.#skip();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skip(): void {
    this.#match(WHITESPACE);
  }
}
