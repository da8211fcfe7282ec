/**
 * @file JSON read from left to right, for headers that decide where a model's numbers lie: `JSON.parse` would drop the
 * first of two tensors with one name and take `4e0` or `4.0` for an offset, and a model would load with the wrong weights.
 */

/** Ends the reading with a reason, such as “dtype of tensor “a” must be a string”. */
export type Refuse = (reason: string) => never;

const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?[0-9][0-9.eE+-]*/y;
const JSON_NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
const INTEGER = /^(0|[1-9][0-9]*)$/;
const WORD = /true|false|null/y;
/** A JSON string without its meaning: no raw control characters, only the escapes that JSON has. */
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Lists and objects in one another, in values that are passed over. */
const MOST_LEVELS = 64;

/** Walks JSON text from left to right; `what` names the place for messages. Whatever is not strict JSON is refused. */
export class StrictJson {
  #at = 0;

  constructor(
    readonly text: string,
    readonly refuse: Refuse,
  ) {}

  /** Characters read so far. */
  get at(): number {
    return this.#at;
  }

  /** `{ "key": value, … }`; `readValue` reads the value that follows each key. Keys may occur once. */
  object(what: string, readValue: (key: string) => void): void {
    this.#expect('{', what);
    const seen = new Set<string>();
    if (this.#accept('}')) return;
    do {
      const key = this.string(`a key of ${what}`);
      if (seen.has(key)) this.refuse(`“${key}” occurs twice in ${what}.`);
      seen.add(key);
      this.#expect(':', what);
      readValue(key);
    } while (this.#accept(','));
    this.#expect('}', what);
  }

  string(what: string): string {
    const literal = this.#match(STRING);
    if (literal === undefined) this.refuse(`${what} must be a string (character ${this.#at} of the header).`);
    const value: unknown = JSON.parse(literal);
    if (typeof value !== 'string') this.refuse(`${what} must be a string.`);
    if (LONE_SURROGATE.test(value)) this.refuse(`${what} holds half of a surrogate pair.`);
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
        this.refuse(`${what} must hold numbers only (character ${this.#at} of the header).`);
      const value = Number(literal);
      if (!INTEGER.test(literal))
        this.refuse(`${what} holds ${literal}, which is not a plain whole number from 0.`);
      if (!Number.isSafeInteger(value)) this.refuse(`${what} holds ${literal}, which is too large.`);
      values.push(value);
    } while (this.#accept(','));
    this.#expect(']', what);
    return values;
  }

  /** Passes over a value of any kind, which must be valid. */
  anything(what: string, level = 0): void {
    if (level > MOST_LEVELS) this.refuse(`${what} is nested more than ${MOST_LEVELS} levels deep.`);
    this.#skip();
    const mark = this.text[this.#at];
    if (mark === '{') this.object(what, () => this.anything(what, level + 1));
    else if (mark === '[') {
      this.#expect('[', what);
      if (this.#accept(']')) return;
      do this.anything(what, level + 1);
      while (this.#accept(','));
      this.#expect(']', what);
    } else if (mark === '"') this.string(what);
    else if (this.#match(WORD) === undefined) {
      const literal = this.#match(NUMBER);
      if (literal === undefined || !JSON_NUMBER.test(literal))
        this.refuse(`${what} is not valid JSON (character ${this.#at} of the header).`);
    }
  }

  /** Nothing but padding may follow. */
  end(): void {
    this.#match(WHITESPACE);
    if (this.#at < this.text.length)
      this.refuse(`something follows the header's object (character ${this.#at}).`);
  }

  #accept(mark: string): boolean {
    this.#skip();
    if (this.text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #expect(mark: string, what: string): void {
    if (!this.#accept(mark))
      this.refuse(`“${mark}” is missing in ${what} (character ${this.#at} of the header).`);
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
