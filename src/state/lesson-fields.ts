/**
 * @file Reads the fields of a lesson's JSON, which people write by hand: what is wrong is told by file, step, field and remedy.
 */
import type { Json } from '../conversation/types';
import { LosslightError } from '../errors';
import { nearest } from './nearest';
import { lessons } from '$strings/lessons';

/** Where a value stands. */
export interface Place {
  file: string;
  /** Such as `steps[2].actions[0].steps`; indices count from 0. */
  path: string;
  /** Gets the mistakes, where they are told together; without it the first is thrown. */
  found?: LessonMistake[];
  /** The line of a field in the file. */
  lineOf?: (path: string) => number | undefined;
}

export type Fields = { [key: string]: Json | undefined };

const words = lessons.file;

/** Mistakes of one file that are told; whoever wrote more of them begins with these. */
const MOST_TOLD = 10;

/** Names that are asked about. */
const MOST_MEANT = 3;
/** Characters of a remedy that is told once: one that lists every name buries the mistakes. */
const LONG_FIX = 120;

/** One thing that is wrong with a lesson's file. */
export class LessonMistake extends LosslightError {
  /**
   * @param told what is wrong and where, without the file's name
   * @param fix what to write instead, as a sentence
   */
  constructor(
    readonly file: string,
    readonly told: string,
    readonly fix: string,
  ) {
    super('bad-lesson', words.inFile(file, told), words.remedy(file, fix));
  }
}

/**
 * @param remedy what to write instead, as a sentence
 * @param line where it is known otherwise than by its place
 */
export function badLesson(place: Place, reason: string, remedy?: string, line?: number): LessonMistake {
  const { file, path } = place;
  const [, index] = /^steps\[(\d+)\]/.exec(path) ?? [];
  const at = line ?? place.lineOf?.(path);
  const said = at === undefined ? reason : words.atLine(reason, at);
  const told =
    index === undefined ? words.wrong(path, said) : words.wrongInStep(Number(index) + 1, path, said);
  return new LessonMistake(file, told, remedy ?? words.correct(path));
}

/** Mistakes as one error; undefined where there is none. */
export function allOf(found: readonly LessonMistake[]): LosslightError | undefined {
  const [first] = found;
  if (!first || found.length === 1) return first;
  const shown = found.slice(0, MOST_TOLD);
  const told = shown.map(({ told, fix }, i) => {
    const earlier = fix.length > LONG_FIX ? shown.findIndex((other) => other.fix === fix) : i;
    return words.withFix(told, earlier < i ? words.asUnder(earlier + 1) : fix);
  });
  return new LosslightError(
    'bad-lesson',
    words.several(first.file, found.length, told, found.length - told.length),
    words.remedy(first.file, words.correctAll),
  );
}

/** Reads a part of a lesson; where that is wrong and mistakes are told together, `instead` stands in for it, so that the rest is read, too. */
export function orElse<T>({ found }: Place, read: () => T, instead: T): T {
  if (!found) return read();
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LessonMistake)) throw error;
    found.push(error);
    return instead;
  }
}

/** The place of a field, or of an item of a list, below another. */
export function below(place: Place, name: string | number): Place {
  const { path } = place;
  const inner = typeof name === 'number' ? `${path}[${name}]` : path ? `${path}.${name}` : name;
  return { ...place, path: inner };
}

export function parseLessonJson(file: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LosslightError('bad-lesson', words.notJson(file, reason), words.notJsonRemedy(file), { cause });
  }
}

/** @param known the only fields that it may have; any where absent */
export function fieldsOf(place: Place, value: Json | undefined, known?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badLesson(place, words.object);
  for (const name of Object.keys(value)) {
    if (!known || known.includes(name)) continue;
    const mistake = () => {
      throw badLesson(below(place, name), words.unknown, meantOr(name, known, words.leaveOut));
    };
    orElse(place, mistake, undefined);
  }
  return value;
}

/**
 * Asks whether one of the known names was meant, where one is near; else what `list` says of those with the same beginning before the
 * dot, or of all of them.
 */
export function meantOr(given: string, known: readonly string[], list: (names: string) => string): string {
  const near = nearest(given, known);
  const meant = near.length ? near : sameEnding(given, known);
  if (meant.length) return words.didYouMean(meant);
  const kin = known.filter((name) => given.includes('.') && name.startsWith(given.replace(/\..*$/s, '.')));
  return list((kin.length ? kin : known).join(', '));
}

/** Names such as `mask.strip` whose part behind the dot is the one that was given, or nearly. */
function sameEnding(given: string, known: readonly string[]): string[] {
  const ending = (name: string) => name.slice(name.lastIndexOf('.') + 1);
  const dotted = known.filter((name) => name.includes('.'));
  const near = nearest(ending(given), [...new Set(dotted.map(ending))]);
  return near.flatMap((end) => dotted.filter((name) => ending(name) === end)).slice(0, MOST_MEANT);
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
  throw badLesson(place, given, meantOr(typeof value === 'string' ? value : '', choices, words.useOneOf));
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
