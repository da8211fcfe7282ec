/**
 * @file Reads the fields of a lesson's JSON, which people write by hand: what is wrong is told by file, step, field and remedy.
 */
import type { Json } from '../conversation/types';
import { LosslightError } from '../errors';
import { lessons } from '$strings/lessons';

/** Where a value stands. */
export interface Place {
  file: string;
  /** Such as `steps[2].actions[0].steps`; indices count from 0. */
  path: string;
}

export type Fields = { [key: string]: Json | undefined };

const words = lessons.file;

/** @param remedy what to write instead, as a sentence */
export function badLesson({ file, path }: Place, reason: string, remedy?: string): LosslightError {
  const [, index] = /^steps\[(\d+)\]/.exec(path) ?? [];
  return new LosslightError(
    'bad-lesson',
    index === undefined
      ? words.wrong(file, path, reason)
      : words.wrongInStep(file, Number(index) + 1, path, reason),
    words.remedy(file, remedy ?? words.correct(path)),
  );
}

/** The place of a field, or of an item of a list, below another. */
export function below({ file, path }: Place, name: string | number): Place {
  const inner = typeof name === 'number' ? `${path}[${name}]` : path ? `${path}.${name}` : name;
  return { file, path: inner };
}

export function parseLessonJson(file: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const line = lineOf(text, reason);
    const message =
      line === undefined ? words.notJson(file, reason) : words.notJsonAtLine(file, reason, line);
    throw new LosslightError('bad-lesson', message, words.notJsonRemedy(file), { cause });
  }
}

/** Engines tell the position, or the line, or neither. */
function lineOf(text: string, reason: string): number | undefined {
  const [, position] = /position (\d+)/.exec(reason) ?? [];
  if (position === undefined || /line \d+/.test(reason)) return undefined;
  return text.slice(0, Number(position)).split('\n').length;
}

/** @param known the only fields that it may have; any where absent */
export function fieldsOf(place: Place, value: Json | undefined, known?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badLesson(place, words.object);
  const unknown = known && Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw badLesson(below(place, unknown), words.unknown, words.leaveOut(known?.join(', ') ?? ''));
  }
  return value;
}

export function stringOf(place: Place, value: Json | undefined, most = 20_000): string {
  if (typeof value !== 'string' || value.trim() === '') throw badLesson(place, words.text);
  if (value.length > most) throw badLesson(place, words.tooLong(value.length, most), words.shorten);
  return value;
}

export function listOf(place: Place, value: Json | undefined, most = 10_000): Json[] {
  if (!Array.isArray(value)) throw badLesson(place, words.list);
  if (value.length > most) throw badLesson(place, words.tooMany(value.length, most), words.shortenList);
  return value;
}

export function positiveOf(place: Place, value: Json | undefined): number {
  if (typeof value !== 'number' || !(value > 0)) throw badLesson(place, words.positive);
  return value;
}

export function wholeOf(place: Place, value: Json | undefined, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw badLesson(place, words.whole(min, max));
}

export function oneOf<T extends string>(place: Place, value: Json | undefined, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const given = value === undefined ? words.missing : words.is(JSON.stringify(value).slice(0, 60));
  throw badLesson(place, given, words.useOneOf(choices.join(', ')));
}

/** An id becomes part of an address, so it is held to letters, digits and dashes. */
export function idOf(place: Place, value: Json | undefined): string {
  const id = stringOf(place, value, 60);
  if (!/^[a-z0-9-]+$/.test(id)) throw badLesson(place, words.id);
  return id;
}

/** What a check of another module says, told at its place. */
export function within<T>(place: Place, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LosslightError) || error.code === 'bad-lesson') throw error;
    throw badLesson(place, words.unusable(error.message.replace(/\.$/, '')), error.remedy);
  }
}
