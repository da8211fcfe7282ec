/**
 * @file The records of a JSON text that is read in pieces: the items of a list, alone or in an object, and values one
 * after another.
 */
import type { ByteWindow } from './byte-window';
import { onlySpace, type JsonError } from './json';
import { isTokenByte, JsonExtent } from './json-extent';
import { scanJson } from './json-scanner';
import { decode, LOOK_AHEAD } from './record-layout';
import { readValue, type RawRecord } from './records';
import { SourceText } from './source-text';

/** A value's range; a long one is beyond the limit, and its bytes are not in the window. */
export interface FoundValue {
  start: number;
  end: number;
  line: number;
  long: boolean;
}

/** Where a text stops being JSON: the error, its offsets counted in `text`, which begins at `start` on `line`. */
export interface Break {
  start: number;
  line: number;
  text: string;
  error: JsonError;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const CLOSE_LIST = 0x5d;
const OPEN_LIST = 0x5b;
const CLOSE_OBJECT = 0x7d;
const OPEN_OBJECT = 0x7b;

export class JsonSplitter {
  readonly #extent = new JsonExtent();

  /** @param limit Bytes of the longest value that is looked into. */
  constructor(
    readonly window: ByteWindow,
    readonly limit: number,
  ) {}

  /**
   * The items of the list that opens at `at`, each once it is known to be followed by a comma or the list's end.
   * Returns the offset behind the list, or where it breaks.
   *
   * @param depth How many lists and objects an item stands in.
   * @param accept Called with each item; the record is undefined where it is too long.
   */
  async items(
    at: number,
    depth: number,
    accept: (value: FoundValue, raw: RawRecord | undefined) => void,
  ): Promise<{ next: number } | { broken: Break }> {
    const { window } = this;
    for (let index = 0, from = at + 1; ; index++) {
      const start = await window.skipSpace(from);
      if (index === 0 && window.at(start) === CLOSE_LIST) return { next: start + 1 };
      const line = window.lineAt(start);
      const found = await this.#find(start, depth);
      let raw: RawRecord | undefined;
      if (found.long) {
        if (found.status !== 'done') return { broken: tooLong(start, line) };
      } else {
        const text = decode(window.view(start, found.end));
        const value = readValue(new SourceText(text, line), 0, index, depth);
        if (!value.raw.content.ok || value.next !== text.length) {
          return { broken: explain(index === 0 ? '[' : '[0,', text, start, line, index, depth) };
        }
        raw = value.raw;
      }
      const { end, long } = found;
      const after = await window.skipSpace(end);
      const byte = window.at(after);
      if (byte !== COMMA && byte !== CLOSE_LIST) {
        await window.need(after + LOOK_AHEAD, after);
        const text = decode(window.view(after, Math.min(after + LOOK_AHEAD, window.end)));
        return { broken: explain('[""', text, after, window.lineAt(after), index, depth) };
      }
      accept({ start, end, line, long }, raw);
      if (byte === CLOSE_LIST) return { next: after + 1 };
      from = after + 1;
    }
  }

  /**
   * The fields of the object that opens at `at`. Returns the offset behind it, or undefined where it is no JSON.
   *
   * @param visit Called with each name and whether its value is a list; true where the list's items are wanted.
   * @param accept Called with each such item, as `items` does.
   */
  async fields(
    at: number,
    visit: (key: string, isList: boolean) => boolean,
    accept: (value: FoundValue, raw: RawRecord | undefined) => void,
  ): Promise<number | undefined> {
    const { window } = this;
    for (let index = 0, from = at + 1; ; index++) {
      const start = await window.skipSpace(from);
      if (index === 0 && window.at(start) === CLOSE_OBJECT) return start + 1;
      if (window.at(start) !== QUOTE) return undefined;
      const name = await this.#find(start, 1);
      if (name.status !== 'done' || name.long) return undefined;
      const key = scanJson(decode(window.view(start, name.end)));
      if (!key.ok || key.node.kind !== 'string') return undefined;
      const colon = await window.skipSpace(name.end);
      if (window.at(colon) !== COLON) return undefined;
      const value = await window.skipSpace(colon + 1);
      const isList = window.at(value) === OPEN_LIST;
      let end: number;
      if (visit(key.node.value, isList)) {
        const read = await this.items(value, 2, accept);
        if ('broken' in read) return undefined;
        end = read.next;
      } else {
        const found = await this.#find(value, 1);
        if (found.status !== 'done') return undefined;
        if (!found.long && !isStrict(decode(window.view(value, found.end)))) return undefined;
        end = found.end;
      }
      const after = await window.skipSpace(end);
      if (window.at(after) === CLOSE_OBJECT) return after + 1;
      if (window.at(after) !== COMMA) return undefined;
      from = after + 1;
    }
  }

  /** Values one after another, from `at` on; after one that is wrong, reading goes on at the next line that opens one. */
  async values(at: number, accept: (value: FoundValue, text: string) => void | Promise<void>): Promise<void> {
    const { window } = this;
    for (let from = at; ;) {
      const start = await window.skipSpace(from);
      const byte = await window.need(start, start);
      if (byte < 0) return;
      const line = window.lineAt(start);
      const opens = byte === OPEN_OBJECT || byte === OPEN_LIST || byte === QUOTE;
      const found = opens ? await this.#find(start, 0) : await this.#token(start);
      const { end, long } = found;
      const text = long ? '' : decode(window.view(start, end));
      const scan = long ? undefined : scanJson(text);
      if (long ? found.status === 'done' : scan?.ok) {
        // Only a word such as `truefalse` is longer than its first value, and it has one byte a character.
        from = scan?.ok ? (scan.next === text.length ? end : start + scan.next) : end;
        await accept({ start, end: from, line, long }, text);
        continue;
      }
      await accept({ start, end, line, long }, text);
      window.seek(start, line);
      const restart = await this.#restart(start);
      if (restart === undefined) return;
      from = restart;
    }
  }

  /** The end of the value at `start`; of one that is wrong, the end of what shows its error. */
  async #find(
    start: number,
    depth: number,
  ): Promise<{ status: JsonExtent['status']; end: number; long: boolean }> {
    const extent = this.#extent;
    const { window } = this;
    extent.reset(depth);
    let long = false;
    for (let at = start; ;) {
      const { start: begin } = window;
      at = begin + extent.feed(window.buffer, at - begin, window.end - begin);
      long ||= at - start > this.limit;
      if (extent.status === 'done') return { status: 'done', end: at, long };
      if (extent.status === 'wrong') {
        await window.need(at + LOOK_AHEAD, long ? at : start);
        return { status: 'wrong', end: Math.min(at + LOOK_AHEAD, window.end), long };
      }
      if (!(await window.more(long ? at : start))) return { status: 'more', end: at, long };
    }
  }

  /** The end of a word or number at `start`, and of what shows an error in it. */
  async #token(start: number): Promise<{ status: JsonExtent['status']; end: number; long: boolean }> {
    const { window } = this;
    const first = window.at(start) ?? 0;
    const number = first === 0x2d || (first >= 0x30 && first <= 0x39);
    let end = start;
    let long = false;
    // Of a word, its beginning tells; a number goes on as long as it does.
    const most = number ? Infinity : start + 'false'.length;
    while (end < most && isTokenByte(await window.need(end, long ? end : start))) {
      end++;
      long ||= end - start > this.limit;
    }
    if (long) return { status: 'wrong', end, long };
    await window.need(end + LOOK_AHEAD, start);
    return { status: 'wrong', end: Math.min(end + LOOK_AHEAD, window.end), long };
  }

  /** The next line from `from` on that opens a list or an object. */
  async #restart(from: number): Promise<number | undefined> {
    const { window } = this;
    for (let at = from; ;) {
      const found = at < window.end ? window.indexOf(0x0a, at) : -1;
      if (found < 0) {
        at = window.end;
        if (!(await window.more(at))) return undefined;
        continue;
      }
      const byte = await window.need(found + 1, found);
      if (byte === OPEN_LIST || byte === OPEN_OBJECT) return found + 1;
      at = found + 1;
    }
  }
}

function isStrict(text: string): boolean {
  const scan = scanJson(text, 0, text.length, 1);
  return scan.ok && onlySpace(text, scan.next);
}

/** The error of a list at a place, found by scanning it behind the beginning of a list that is right. */
function explain(
  before: string,
  text: string,
  start: number,
  line: number,
  index: number,
  depth: number,
): Break {
  const scan = scanJson(before + text, 0, before.length + text.length, depth - 1);
  if (scan.ok) throw new Error('A list that broke can be read.');
  const { path, offset, reason } = scan.error;
  return {
    start,
    line,
    text,
    error: { path: [index, ...path.slice(1)], offset: offset - before.length, reason },
  };
}

function tooLong(start: number, line: number): Break {
  const reason = 'a value is never closed, or has an error that is too far behind its beginning to be shown';
  return { start, line, text: '', error: { path: [], offset: 0, reason } };
}
