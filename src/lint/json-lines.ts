/**
 * @file Records of token ids: a JSON list of objects, one object, or JSON Lines.
 */
import { LosslightError } from '../errors';

export type JsonRecord = Readonly<Record<string, unknown>>;

export interface PlacedRecord {
  fields: JsonRecord;
  source: { file: string; record: number; line: number };
}

/** A record that cannot be used. */
export interface RecordProblem {
  file: string;
  record: number;
  line: number;
  field: string;
  reason: string;
  remedy: string;
}

/** Records and what is wrong with the others, each with its line (of a JSON list: 1). */
export interface ReadRecords<T> {
  records: T[];
  problems: RecordProblem[];
}

/** Thrown by a reader of one record; becomes a problem. */
export class BadField extends Error {
  constructor(
    readonly field: string,
    readonly reason: string,
    readonly remedy: string,
  ) {
    super(reason);
  }
}

/**
 * Reads every record with `read`. A bad one is listed and takes no other with it.
 *
 * @throws LosslightError `bad-file` where the text is neither JSON nor JSON Lines.
 */
export function readRecords<T>(
  text: string,
  file: string,
  read: (record: PlacedRecord) => T,
): ReadRecords<T> {
  const result: ReadRecords<T> = { records: [], problems: [] };
  for (const { value, line, record, broken } of split(text, file)) {
    const source = { file, record, line };
    const bad = (field: string, reason: string, remedy: string) =>
      result.problems.push({ ...source, field, reason, remedy });
    if (broken !== undefined) {
      bad('', `the line is not valid JSON: ${broken}`, 'Write one JSON object a line.');
    } else if (!isObject(value)) {
      bad('', 'the record is no object', 'Write one JSON object a record.');
    } else {
      try {
        result.records.push(read({ fields: value, source }));
      } catch (error) {
        if (!(error instanceof BadField)) throw error;
        bad(error.field, error.reason, error.remedy);
      }
    }
  }
  return result;
}

interface Part {
  value?: unknown;
  broken?: string;
  line: number;
  record: number;
}

function split(given: string, file: string): Part[] {
  const text = given.startsWith('\uFEFF') ? given.slice(1) : given;
  if (!text.trim()) {
    throw new LosslightError('bad-file', `${file} is empty.`, 'Give a file with one JSON object a line.');
  }
  const whole = parse(text);
  if (whole.broken === undefined) {
    const list: unknown[] = Array.isArray(whole.value) ? whole.value : [whole.value];
    return list.map((value, record) => ({ value, line: 1, record }));
  }
  const lines = text
    .split(/\r?\n/)
    .flatMap((content, i) => (content.trim() ? [{ content, line: i + 1 }] : []));
  const parts = lines.map(({ content, line }, record) => ({ ...parse(content), line, record }));
  // A line of another kind of file may happen to be JSON, a number say.
  if (!parts.some(({ value }) => isObject(value))) {
    throw new LosslightError(
      'bad-file',
      `${file} is neither JSON nor JSON Lines: ${whole.broken}`,
      'Write one JSON object a line, or a list of objects.',
    );
  }
  return parts;
}

function isObject(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): { value?: unknown; broken?: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { broken: error instanceof Error ? error.message : String(error) };
  }
}

/** The first of several names that a record has, and its value; null counts as absent. */
export function fieldOf(
  fields: JsonRecord,
  names: readonly string[],
): { name: string; value: unknown } | undefined {
  const name = names.find((other) => fields[other] !== undefined && fields[other] !== null);
  return name === undefined ? undefined : { name, value: fields[name] };
}

/**
 * A list of whole numbers; undefined where the record has none of the names.
 *
 * @param length what it must have, where that is known
 * @throws BadField
 */
export function numbersOf(
  fields: JsonRecord,
  names: readonly string[],
  length?: number,
): number[] | undefined {
  const found = fieldOf(fields, names);
  if (!found) return undefined;
  const { name, value } = found;
  if (!Array.isArray(value)) throw new BadField(name, 'it is no list', 'Write a list of whole numbers.');
  const list: unknown[] = value;
  const bad = list.findIndex((item) => !Number.isInteger(item) && typeof item !== 'boolean');
  if (bad >= 0) {
    const reason = `entry ${bad} is ${JSON.stringify(list[bad])}, no whole number`;
    throw new BadField(name, reason, 'Write a flat list of whole numbers, one a token.');
  }
  if (length !== undefined && list.length !== length) {
    const reason = `it has ${list.length} entries, and input_ids has ${length}`;
    throw new BadField(name, reason, 'Write one entry a token.');
  }
  return list.map(Number);
}
