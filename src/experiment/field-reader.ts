/**
 * @file Reads the fields of an experiment's file; whatever is wrong is refused with file, line, field and remedy.
 */
import { scanJson } from '../conversation/json-scanner';
import { onlySpace } from '../conversation/json';
import { Cursor, SourceText } from '../conversation/source-text';
import { LosslightError } from '../errors';

/** A value of the file that knows where it stands. */
export class Field {
  constructor(
    readonly cursor: Cursor,
    readonly file: string,
  ) {}

  /** @throws LosslightError `bad-experiment` always. */
  refuse(reason: string, remedy: string): never {
    const { line, field } = this.cursor;
    const place = field === '' ? '' : `${field}: `;
    throw new LosslightError('bad-experiment', `${this.file}:${line}: ${place}${reason}.`, remedy);
  }

  /** The fields of an object, of which none but `known` may be there. */
  object(known: readonly string[]): Record<string, Field | undefined> {
    if (this.cursor.node.kind !== 'object')
      this.refuse(`it is ${this.cursor.describe()}, not an object`, `It may have ${known.join(', ')}.`);
    const fields = this.cursor.fields();
    const odd = fields.find(([key]) => !known.includes(key));
    if (odd) this.at(odd[1]).refuse('there is no such field', `There may be ${known.join(', ')}.`);
    return Object.fromEntries(
      known.map((key) => {
        const cursor = this.cursor.get(key);
        return [key, cursor && this.at(cursor)];
      }),
    );
  }

  /** All fields of an object, whatever their names. */
  entries(): [string, Field][] {
    if (this.cursor.node.kind !== 'object')
      this.refuse(`it is ${this.cursor.describe()}, not an object`, 'Write an object.');
    return this.cursor.fields().map(([key, cursor]) => [key, this.at(cursor)]);
  }

  /** The items of a list that is not empty. */
  items(what: string): Field[] {
    if (this.cursor.node.kind !== 'array' || this.cursor.items().length === 0)
      this.refuse(
        `it is ${this.cursor.describe()}${this.cursor.node.kind === 'array' ? ' without items' : ''}`,
        `Write a list of ${what}.`,
      );
    return this.cursor.items().map((cursor) => this.at(cursor));
  }

  /** A text that is not empty. */
  text(): string {
    const { string } = this.cursor;
    if (string === undefined || string.trim() === '')
      this.refuse(`it is ${string === undefined ? this.cursor.describe() : 'empty'}`, 'Write a text.');
    return string ?? '';
  }

  boolean(): boolean {
    const { node } = this.cursor;
    if (node.kind !== 'boolean')
      return this.refuse(`it is ${this.cursor.describe()}`, 'Write true or false.');
    return node.value;
  }

  number({ min = -Infinity, max = Infinity, whole = false }: Range = {}): number {
    const { node } = this.cursor;
    const kind = whole ? 'a whole number' : 'a number';
    const range = Number.isFinite(max)
      ? ` from ${min} to ${max}`
      : Number.isFinite(min)
        ? ` from ${min}`
        : '';
    if (node.kind === 'number' && node.value >= min && node.value <= max && Number.isFinite(node.value))
      if (!whole || Number.isSafeInteger(node.value)) return node.value;
    return this.refuse(
      `it is ${node.kind === 'number' ? node.raw : this.cursor.describe()}`,
      `Give ${kind}${range}.`,
    );
  }

  choice<T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.cursor.string);
    if (found !== undefined) return found;
    const given = this.cursor.string === undefined ? this.cursor.describe() : `“${this.cursor.string}”`;
    return this.refuse(`it is ${given}`, `Choose one of ${choices.join(', ')}.`);
  }

  at(cursor: Cursor): Field {
    return new Field(cursor, this.file);
  }
}

export interface Range {
  min?: number;
  max?: number;
  whole?: boolean;
}

/**
 * The whole file.
 *
 * @param file its name, for messages
 * @throws LosslightError `bad-experiment` where it is no JSON object, or an object has a field twice.
 */
export function readJsonFile(text: string, file: string): Field {
  const source = new SourceText(text);
  const scan = scanJson(text);
  const refuse = (offset: number, reason: string, remedy: string) => {
    throw new LosslightError('bad-experiment', `${file}:${source.line(offset)}: ${reason}.`, remedy);
  };
  if (!scan.ok) {
    refuse(scan.error.offset, `it is not valid JSON: ${scan.error.reason}`, 'Correct it there.');
    throw new Error('unreachable');
  }
  if (!onlySpace(text, scan.next))
    refuse(scan.next, 'something stands behind the end of the JSON', 'Take it out.');
  const twice = scan.notes.find(({ kind }) => kind === 'duplicate-key');
  if (twice) refuse(twice.offset, twice.reason, twice.remedy);
  return new Field(new Cursor(scan.node, source), file);
}
