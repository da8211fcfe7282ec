/**
 * @file A strict JSON scanner (RFC 8259) that remembers where everything stood.
 *
 * `JSON.parse` gives neither the offset of a field, nor a number's own text, nor any sign of a key given twice; an
 * importer that names the exact line of a bad field, and that loses nothing in silence, needs all three.
 */
import { isSpace, type JsonError, type JsonNode, type JsonNote, type JsonScan } from './json';

/** Deeper nesting is refused: the scanner and everything after it recurse, and no chat format nests beyond ten levels. */
export const MAX_JSON_DEPTH = 512;

/**
 * Scans one JSON value between two offsets; what follows the value is the caller's business (`next`), see `onlySpace`.
 * Never throws. Where a key is given twice the last value wins, at the place of the first, as in Python and JavaScript.
 *
 * @param depth How many lists and objects the value stands in, where it was taken out of a document.
 */
export function scanJson(text: string, start = 0, end = text.length, depth = 0): JsonScan {
  const scanner = new Scanner(text, start, end);
  try {
    const node = scanner.value(depth);
    return { ok: true, node, next: scanner.at, notes: scanner.notes };
  } catch (error) {
    if (!(error instanceof ScanFailure)) throw error;
    return { ok: false, error: error.detail, complete: scanner.outermost, notes: scanner.notes };
  }
}

class ScanFailure extends Error {
  constructor(readonly detail: JsonError) {
    super(detail.reason);
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** A run of characters that stand for themselves inside a string; the class Cc holds all that do not, and a few more. */
const PLAIN = /[^"\\\p{Cc}]*/uy;
const ESCAPES: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Scanner {
  readonly notes: JsonNote[] = [];
  outermost: JsonNode[] = [];
  private readonly path: (string | number)[] = [];

  constructor(
    private readonly text: string,
    public at: number,
    private readonly end: number,
  ) {}

  value(depth: number): JsonNode {
    this.space();
    const start = this.at;
    const c = this.peek();
    if (c === '{' || c === '[') {
      if (depth >= MAX_JSON_DEPTH) this.fail(`the nesting is deeper than ${MAX_JSON_DEPTH} levels`);
      return c === '{' ? this.object(depth) : this.array(depth);
    }
    if (c === '"') {
      const value = this.string();
      if (/[\ud800-\udfff]/.test(value) && /\p{Surrogate}/u.test(value)) {
        this.note(
          'lone-surrogate',
          start,
          'the text holds half of a surrogate pair, which no tokenizer can encode',
          'Write the whole character, for example as UTF-8 instead of \\u escapes.',
        );
      }
      return { kind: 'string', value, start, end: this.at };
    }
    if (c === '-' || (c >= '0' && c <= '9')) return this.number();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (!this.text.startsWith(word, this.at) || this.at + word.length > this.end) continue;
      this.at += word.length;
      return value === null
        ? { kind: 'null', start, end: this.at }
        : { kind: 'boolean', value, start, end: this.at };
    }
    return this.fail(`expected a JSON value, found ${this.found()}`);
  }

  private object(depth: number): JsonNode {
    const start = this.at;
    const entries = new Map<string, JsonNode>();
    this.at++;
    this.space();
    if (this.peek() === '}') {
      this.at++;
      return { kind: 'object', entries, start, end: this.at };
    }
    for (;;) {
      this.space();
      const keyStart = this.at;
      if (this.peek() !== '"') this.fail(`expected a key in double quotes, found ${this.found()}`);
      const key = this.string();
      this.path.push(key);
      if (entries.has(key)) {
        this.note(
          'duplicate-key',
          keyStart,
          `the key ${JSON.stringify(key)} is given twice; the last value is used`,
          'Keep one of the two.',
        );
      }
      this.space();
      if (this.peek() !== ':') this.fail(`expected a colon after a key, found ${this.found()}`);
      this.at++;
      entries.set(key, this.value(depth + 1));
      this.path.pop();
      this.space();
      const c = this.peek();
      if (c !== ',' && c !== '}') this.fail(`expected a comma or } in an object, found ${this.found()}`);
      this.at++;
      if (c === '}') break;
    }
    this.checkOrder(entries, start);
    return { kind: 'object', entries, start, end: this.at };
  }

  private array(depth: number): JsonNode {
    const start = this.at;
    const items: JsonNode[] = [];
    if (depth === 0) this.outermost = items;
    this.at++;
    this.space();
    if (this.peek() === ']') {
      this.at++;
      return { kind: 'array', items, start, end: this.at };
    }
    for (;;) {
      this.path.push(items.length);
      const item = this.value(depth + 1);
      this.space();
      const c = this.peek();
      if (c !== ',' && c !== ']') this.fail(`expected a comma or ] in a list, found ${this.found()}`);
      items.push(item);
      this.path.pop();
      this.at++;
      if (c === ']') return { kind: 'array', items, start, end: this.at };
    }
  }

  private string(): string {
    const { text } = this;
    let from = ++this.at;
    let value = '';
    for (;;) {
      PLAIN.lastIndex = this.at;
      PLAIN.test(text);
      this.at = PLAIN.lastIndex;
      if (this.at >= this.end) this.fail('the text ends inside a string');
      const c = text.charCodeAt(this.at);
      if (c === 0x22) {
        value += text.slice(from, this.at++);
        return value;
      }
      if (c === 0x5c) {
        value += text.slice(from, this.at) + this.escape();
        from = this.at;
      } else if (c < 0x20) {
        const name = c === 0x0a || c === 0x0d ? 'a line break' : `the control character ${codePoint(c)}`;
        this.fail(`${name} inside a string must be escaped`);
      } else this.at++;
    }
  }

  private escape(): string {
    const letter = this.text.charAt(this.at + 1);
    const plain = ESCAPES[letter];
    if (plain !== undefined && this.at + 2 <= this.end) {
      this.at += 2;
      return plain;
    }
    const hex = this.text.slice(this.at + 2, Math.min(this.at + 6, this.end));
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(hex)) this.fail('unknown escape in a string');
    this.at += 6;
    return String.fromCharCode(parseInt(hex, 16));
  }

  private number(): JsonNode {
    const start = this.at;
    NUMBER.lastIndex = start;
    const raw = NUMBER.exec(this.text)?.[0] ?? '';
    const follows = this.text.charAt(start + raw.length);
    if (raw === '' || start + raw.length > this.end || /[\w.+-]/.test(follows)) {
      this.fail('a number is not written as JSON allows');
    }
    const value = Number(raw);
    if (!Number.isFinite(value)) this.fail(`the number ${raw} is too large for a double`);
    this.at += raw.length;
    const printed = JSON.stringify(value);
    if (printed !== raw) {
      // Python's doubles are the same; only its integers have digits that ours lose.
      const loses = /^-?\d+$/.test(raw) && BigInt(raw) !== BigInt(value);
      this.note(
        loses ? 'number' : 'number-text',
        start,
        `the number ${raw} will be rendered as ${printed}`,
        'Write it as a string if its exact text matters.',
      );
    }
    return { kind: 'number', value, raw, start, end: this.at };
  }

  /** JavaScript objects list integer-like keys first, whatever the order in the text. */
  private checkOrder(entries: Map<string, JsonNode>, start: number): void {
    const keys = [...entries.keys()];
    if (!keys.some((key) => /^\d+$/.test(key))) return;
    const listed = Object.keys(Object.fromEntries(keys.map((key) => [key, 0])));
    if (listed.every((key, i) => key === keys[i])) return;
    this.note(
      'key-order',
      start,
      `the keys will be rendered in the order ${listed.join(', ')}`,
      'Use keys that are not plain integers if their order matters.',
    );
  }

  private space(): void {
    while (this.at < this.end && isSpace(this.text.charCodeAt(this.at))) this.at++;
  }

  private peek(): string {
    return this.at < this.end ? this.text.charAt(this.at) : '';
  }

  private found(): string {
    const code = this.at < this.end ? this.text.codePointAt(this.at) : undefined;
    if (code === undefined) return 'the end of the text';
    return code < 0x20 || code === 0x7f ? codePoint(code) : String.fromCodePoint(code);
  }

  private note(kind: JsonNote['kind'], offset: number, reason: string, remedy: string): void {
    this.notes.push({ kind, path: [...this.path], offset, reason, remedy });
  }

  private fail(reason: string): never {
    throw new ScanFailure({ path: [...this.path], offset: Math.min(this.at, this.end), reason });
  }
}

function codePoint(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
