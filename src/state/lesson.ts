/**
 * @file Lessons: their JSON, checked field by field, because a teacher writes it by hand.
 */
import type { Json } from '../conversation/types';
import { LosslightError } from '../errors';
import { DEFAULT_POLICY, TRAINABLE_KINDS, type MaskPolicy } from '../mask/policy';
import { checkSetting, TRAIN_SETTINGS } from '../settings/train';
import type { TrainSettings } from '../worker/protocol';

export interface LessonSummary {
  id: string;
  title: string;
  /** About how long it takes. */
  minutes: number;
  /** One sentence: what one will see. */
  summary: string;
}

export interface Lesson extends Omit<LessonSummary, 'summary'> {
  /** Plain text, one string a paragraph. */
  paragraphs: string[];
  /** What to look at or try, in order. */
  lookAt: string[];
  /** Records of any import format, or the text of a file. */
  conversations: Json[] | string;
  policy: MaskPolicy;
  settings: Partial<TrainSettings>;
  /** A panel that is closed by default and that the lesson is about. */
  opens?: 'sequences';
}

type Fields = { [key: string]: Json | undefined };

function bad(file: string, field: string, reason: string): LosslightError {
  return new LosslightError(
    'bad-lesson',
    `${file}: “${field}” ${reason}.`,
    `Correct “${field}” in ${file} and open the lesson again.`,
  );
}

function parseJson(file: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LosslightError(
      'bad-lesson',
      `${file} is not valid JSON: ${reason}`,
      `Correct ${file} and open the lesson again.`,
      { cause },
    );
  }
}

function fieldsOf(file: string, name: string, value: Json | undefined): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(file, name, 'must be an object');
  return value;
}

function stringOf(file: string, name: string, value: Json | undefined): string {
  if (typeof value !== 'string' || value.trim() === '')
    throw bad(file, name, 'must be a text that is not empty');
  return value;
}

function stringsOf(file: string, name: string, value: Json | undefined): string[] {
  if (!Array.isArray(value) || value.length === 0)
    throw bad(file, name, 'must be a list of texts that is not empty');
  return value.map((item, i) => stringOf(file, `${name}[${i}]`, item));
}

function minutesOf(file: string, name: string, value: Json | undefined): number {
  if (typeof value !== 'number' || !(value > 0)) throw bad(file, name, 'must be a number above 0');
  return value;
}

/** @throws LosslightError `bad-lesson` that names the field. */
export function parseLessonIndex(file: string, text: string): LessonSummary[] {
  const list = parseJson(file, text);
  if (!Array.isArray(list)) throw bad(file, 'index', 'must be a list');
  return list.map((item, i) => {
    const fields = fieldsOf(file, `[${i}]`, item);
    return {
      id: idOf(file, `[${i}].id`, fields.id),
      title: stringOf(file, `[${i}].title`, fields.title),
      minutes: minutesOf(file, `[${i}].minutes`, fields.minutes),
      summary: stringOf(file, `[${i}].summary`, fields.summary),
    };
  });
}

/** An id becomes part of an address, so it is held to letters, digits and dashes. */
function idOf(file: string, name: string, value: Json | undefined): string {
  const id = stringOf(file, name, value);
  if (!/^[a-z0-9-]+$/.test(id)) throw bad(file, name, 'may hold only small letters, digits and dashes');
  return id;
}

/** @throws LosslightError `bad-lesson` that names the field. */
export function parseLesson(file: string, text: string): Lesson {
  const fields = fieldsOf(file, 'lesson', parseJson(file, text));
  const { conversations } = fields;
  if (typeof conversations !== 'string' && !Array.isArray(conversations)) {
    throw bad(file, 'conversations', 'must be a list of records or the text of a file');
  }
  return {
    id: idOf(file, 'id', fields.id),
    title: stringOf(file, 'title', fields.title),
    minutes: minutesOf(file, 'minutes', fields.minutes),
    paragraphs: stringsOf(file, 'paragraphs', fields.paragraphs),
    lookAt: stringsOf(file, 'lookAt', fields.lookAt),
    conversations,
    policy: policyOf(file, fields.policy),
    settings: settingsOf(file, fields.settings),
    opens: opensOf(file, fields.opens),
  };
}

function opensOf(file: string, value: Json | undefined): Lesson['opens'] {
  if (value === undefined || value === 'sequences') return value;
  throw bad(file, 'opens', 'must be “sequences” where it is there');
}

function policyOf(file: string, value: Json | undefined): MaskPolicy {
  const fields = value === undefined ? {} : fieldsOf(file, 'policy', value);
  const unknown = Object.keys(fields).find((key) => !TRAINABLE_KINDS.some((kind) => kind === key));
  if (unknown) throw bad(file, `policy.${unknown}`, `is not one of ${TRAINABLE_KINDS.join(', ')}`);
  const rules = TRAINABLE_KINDS.map((kind) => {
    const rule = fields[kind] === undefined ? {} : fieldsOf(file, `policy.${kind}`, fields[kind]);
    const { train = DEFAULT_POLICY[kind].train, weight = DEFAULT_POLICY[kind].weight } = rule;
    if (typeof train !== 'boolean') throw bad(file, `policy.${kind}.train`, 'must be true or false');
    if (typeof weight !== 'number') throw bad(file, `policy.${kind}.weight`, 'must be a number');
    return [kind, { train, weight }];
  });
  return Object.fromEntries(rules) as MaskPolicy;
}

function settingsOf(file: string, value: Json | undefined): Partial<TrainSettings> {
  const fields = value === undefined ? {} : fieldsOf(file, 'settings', value);
  const settings: Partial<TrainSettings> = {};
  for (const [key, number] of Object.entries(fields)) {
    const row = TRAIN_SETTINGS.find((setting) => setting.key === key);
    if (!row) throw bad(file, `settings.${key}`, 'is not a known setting');
    if (typeof number !== 'number') throw bad(file, `settings.${key}`, 'must be a number');
    const { error } = checkSetting(row, String(number));
    if (error) throw bad(file, `settings.${key}`, `is wrong: ${error.replace(/\.$/, '')}`);
    settings[row.key] = number;
  }
  return settings;
}
