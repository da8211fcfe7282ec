/**
 * @file A file's text with line numbers, and a cursor that walks its JSON and knows the path and line of where it is.
 */
import { formatPath, toJson, type JsonNode, type JsonPath } from './json';
import type { Json } from './types';

/** Where a problem is: the path of the field as people write it, and its line from 1. */
export interface Place {
  field: string;
  line: number;
}

export class SourceText {
  /** Offsets at which lines begin; the first is 0. */
  private readonly starts: number[] = [0];

  /**
   * @param first Line number of the first line; above 1 for a passage of a file.
   * @param oneLine The text stood in quotes on a single line of its file, so every offset is on that line.
   * @param before UTF-16 code units that stand before the text on its first line.
   */
  constructor(
    readonly text: string,
    private readonly first = 1,
    private readonly oneLine = false,
    private readonly before = 0,
  ) {
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.starts.push(i + 1);
  }

  /** Line in the file of an offset into this text; lines end at `\n`. */
  line(offset: number): number {
    return this.oneLine ? this.first : this.first + this.row(offset);
  }

  /** Column of an offset, from 1, in UTF-16 code units. */
  column(offset: number): number {
    const row = this.row(offset);
    return offset - (this.starts[row] ?? 0) + (row === 0 ? this.before : 0) + 1;
  }

  private row(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The lines as offset ranges, without their line ends (`\n` or `\r\n`). */
  *lines(): Generator<{ start: number; end: number; line: number }> {
    for (let i = 0; i < this.starts.length; i++) {
      const start = this.starts[i] ?? 0;
      let end = i + 1 < this.starts.length ? (this.starts[i + 1] ?? 0) - 1 : this.text.length;
      if (end > start && this.text.charCodeAt(end - 1) === 0x0d) end--;
      yield { start, end, line: this.first + i };
    }
  }
}

/** A node of a file's JSON with its path from the record's root. */
export class Cursor implements Place {
  constructor(
    readonly node: JsonNode,
    readonly source: SourceText,
    readonly path: JsonPath = [],
  ) {}

  get field(): string {
    return formatPath(this.path);
  }

  get line(): number {
    return this.source.line(this.node.start);
  }

  /** The text of this value exactly as written. */
  get raw(): string {
    return this.source.text.slice(this.node.start, this.node.end);
  }

  get json(): Json {
    return toJson(this.node);
  }

  /** The string here; undefined where it is something else. */
  get string(): string | undefined {
    return this.node.kind === 'string' ? this.node.value : undefined;
  }

  /** A field of the object here; undefined where it is absent or null, which tables filled with nulls make the same. */
  get(key: string): Cursor | undefined {
    const child = this.node.kind === 'object' ? this.node.entries.get(key) : undefined;
    return child === undefined || child.kind === 'null' ? undefined : this.child(key, child);
  }

  /** All fields of the object here, nulls included; empty where it is something else. */
  fields(): [string, Cursor][] {
    if (this.node.kind !== 'object') return [];
    return [...this.node.entries].map(([key, child]) => [key, this.child(key, child)]);
  }

  /** The items of the list here; empty where it is something else. */
  items(): Cursor[] {
    return this.node.kind === 'array' ? this.node.items.map((item, i) => this.child(i, item)) : [];
  }

  /** What is here, for a message: `a number`, `an object`. */
  describe(): string {
    const names = {
      null: 'null',
      boolean: 'true or false',
      number: 'a number',
      string: 'a string',
      array: 'a list',
      object: 'an object',
    };
    return names[this.node.kind];
  }

  private child(part: string | number, node: JsonNode): Cursor {
    return new Cursor(node, this.source, [...this.path, part]);
  }
}
