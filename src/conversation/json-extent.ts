/**
 * @file Finds where a JSON value ends, in bytes that come in pieces, without building anything.
 */
import { MAX_JSON_DEPTH } from './json-scanner';

const enum State {
  Value,
  ValueOrEnd,
  KeyOrEnd,
  Key,
  Colon,
  AfterValue,
  String,
  StringEscape,
  KeyString,
  KeyEscape,
  Token,
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * A pushdown automaton that accepts everything the strict scanner (`json-scanner.ts`) accepts, and a little more: it
 * looks into neither numbers, literals nor escapes. So the strict scanner fails on a text at the place where the
 * automaton stops, or before it, and never needs what lies behind.
 */
export class JsonExtent {
  readonly #stack = new Uint8Array(MAX_JSON_DEPTH);
  #depth = 0;
  #base = 0;
  #state: State = State.Value;
  /** What is known so far: the value goes on, ended before the offset that `feed` returned, or is wrong there. */
  status: 'more' | 'done' | 'wrong' = 'more';

  /** Begins a new value. @param depth How many lists and objects it stands in. */
  reset(depth = 0): void {
    this.#depth = 0;
    this.#base = depth;
    this.#state = State.Value;
    this.status = 'more';
  }

  /**
   * Goes on with bytes from `at` up to `end`. Returns the offset behind the value, or of the byte that is wrong, or
   * `end`. The number or literal of a value that is no list, object or string ends with the byte after it.
   */
  feed(bytes: Uint8Array, at: number, end: number): number {
    let i = at;
    while (i < end) {
      const byte = bytes[i] ?? 0;
      switch (this.#state) {
        case State.String:
        case State.KeyString:
          // The one loop that most bytes go through.
          for (let c = byte; ; c = bytes[i] ?? 0) {
            if (c === QUOTE || c === BACKSLASH || c < 0x20) break;
            if (++i >= end) return end;
          }
          {
            const c = bytes[i] ?? 0;
            if (c < 0x20) return this.#wrong(i);
            const key = this.#state === State.KeyString;
            if (c === BACKSLASH) this.#state = key ? State.KeyEscape : State.StringEscape;
            else if (key) this.#state = State.Colon;
            else if (this.#ended()) return i + 1;
          }
          break;
        case State.StringEscape:
          this.#state = State.String;
          break;
        case State.KeyEscape:
          this.#state = State.KeyString;
          break;
        case State.Token:
          if (isTokenByte(byte)) break;
          if (this.#ended()) return i;
          continue;
        default: {
          if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) break;
          if (!this.#structure(byte)) return this.#wrong(i);
          if (this.status === 'done') return i + 1;
        }
      }
      i++;
    }
    return end;
  }

  #structure(byte: number): boolean {
    switch (this.#state) {
      case State.ValueOrEnd:
        if (byte === CLOSE_LIST) return this.#close(OPEN_LIST);
        return this.#open(byte);
      case State.Value:
        return this.#open(byte);
      case State.KeyOrEnd:
        if (byte === CLOSE_OBJECT) return this.#close(OPEN_OBJECT);
        this.#state = State.KeyString;
        return byte === QUOTE;
      case State.Key:
        this.#state = State.KeyString;
        return byte === QUOTE;
      case State.Colon:
        this.#state = State.Value;
        return byte === COLON;
      default: {
        const inside = this.#stack[this.#depth - 1];
        if (byte === COMMA) {
          this.#state = inside === OPEN_LIST ? State.Value : State.Key;
          return true;
        }
        if (byte === CLOSE_LIST) return this.#close(OPEN_LIST);
        if (byte === CLOSE_OBJECT) return this.#close(OPEN_OBJECT);
        return false;
      }
    }
  }

  #open(byte: number): boolean {
    if (byte === QUOTE) this.#state = State.String;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      if (this.#base + this.#depth >= MAX_JSON_DEPTH) return false;
      this.#stack[this.#depth++] = byte;
      this.#state = byte === OPEN_LIST ? State.ValueOrEnd : State.KeyOrEnd;
    } else if (isTokenByte(byte)) this.#state = State.Token;
    else return false;
    return true;
  }

  #close(opened: number): boolean {
    if (this.#depth === 0 || this.#stack[this.#depth - 1] !== opened) return false;
    this.#depth--;
    this.#ended();
    return true;
  }

  /** A value ended; whether it was the outermost. */
  #ended(): boolean {
    this.#state = State.AfterValue;
    if (this.#depth > 0) return false;
    this.status = 'done';
    return true;
  }

  #wrong(at: number): number {
    this.status = 'wrong';
    return at;
  }
}

/** Bytes of numbers and literals: ASCII letters and digits, `_`, `.`, `+` and `-`. */
export function isTokenByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e ||
    byte === 0x5f
  );
}
