/**
 * @file Reads what a lesson sets on the page: conversations, mask, settings, objective, rewards. Each field is checked by the same
 * tables as the page's own forms.
 */
import { lessonFile } from '$strings/lesson-file';
import type { Json } from '../conversation/types';
import { readPolicy } from '../mask/policy-file';
import type { Adaptation } from '../model/engine';
import { checkRewardParts } from '../reward/compose';
import { OWN_REWARD } from '../reward/registry';
import type { RewardPart } from '../reward/types';
import { STRATEGIES } from '../sequence/strategy';
import { OBJECTIVES, type ObjectiveSettings } from '../settings/objective';
import { OBJECTIVE_SETTINGS, objectiveProblem } from '../settings/objective-table';
import { checkPractice, PRACTICE_SETTINGS, type PracticeKey } from '../settings/practice';
import {
  checkSetting,
  PACKING_LABELS,
  RECOMPUTE_LABELS,
  SCHEDULES,
  TRAIN_SETTINGS,
  TRUNCATION_LABELS,
  type RunOptions,
} from '../settings/train';
import type { TrainSettings } from '../worker/protocol';
import type { LessonConversations, LessonSetup } from './lesson';
import { CHOICES } from './lesson-conditions';
import {
  badLesson,
  below,
  fieldsOf,
  listOf,
  oneOf,
  orElse,
  stringOf,
  wholeOf,
  within,
  type Place,
} from './lesson-fields';
import { REPORT_SOURCES, type ReportSource } from './report-sources';

const FIELDS = [
  'conversations',
  'show',
  'policy',
  'settings',
  'strategy',
  'truncate',
  'objective',
  'rewards',
  'adaptation',
  'overlay',
  'opens',
  'report',
  'weights',
] as const;
const words = lessonFile.setup;
const OPENS = ['sequences', 'none'] as const;
const ORIGINAL = ['original'] as const;
const OPTIONS = ['schedule', 'recompute', 'packing'] as const;
const keysOf = <T extends object>(table: T) => Object.keys(table) as (keyof T & string)[];

/** @throws LosslightError `bad-lesson` that names the field. */
export function readSetup(place: Place, value: Json | undefined): LessonSetup {
  const fields = fieldsOf(place, value, FIELDS);
  const at = (name: (typeof FIELDS)[number]) => below(place, name);
  const setup: LessonSetup = {};
  const read = (name: (typeof FIELDS)[number], of: (place: Place, value: Json) => LessonSetup) => {
    const value = fields[name];
    if (value !== undefined)
      Object.assign(
        setup,
        orElse(place, () => of(at(name), value), {}),
      );
  };
  read('conversations', (place, value) => ({ conversations: readConversations(place, value) }));
  read('show', (place, value) => ({ show: wholeOf(place, value, 1, 100_000) }));
  read('policy', (place, value) => ({ policy: within(place, () => readPolicy(JSON.stringify(value))) }));
  read('settings', readSettings);
  read('strategy', (place, value) => ({
    strategy: oneOf(
      place,
      value,
      STRATEGIES.map(({ name }) => name),
    ),
  }));
  read('truncate', (place, value) => ({ truncate: oneOf(place, value, keysOf(TRUNCATION_LABELS)) }));
  read('objective', (place, value) => ({ objective: readObjective(place, value) }));
  read('rewards', (place, value) => ({ rewards: readRewards(place, value) }));
  read('adaptation', (place, value) => ({ adaptation: readAdaptation(place, value) }));
  read('overlay', (place, value) => ({ overlay: oneOf(place, value, CHOICES.overlay) }));
  read('opens', (place, value) => ({ opens: oneOf(place, value, OPENS) }));
  read('report', (place, value) => ({ report: readReport(place, value) }));
  read('weights', (place, value) => ({ weights: oneOf(place, value, ORIGINAL) }));
  return setup;
}

function readConversations(place: Place, value: Json): LessonConversations {
  if (typeof value === 'string') return { kind: 'text', text: stringOf(place, value, 4_000_000), place };
  if (Array.isArray(value)) {
    if (!value.length) throw badLesson(place, words.oneRecord);
    return { kind: 'records', records: listOf(place, value), place };
  }
  const practice = below(place, 'practice');
  const { practice: given } = fieldsOf(place, value, ['practice']);
  const names = PRACTICE_SETTINGS.map(({ key }) => key);
  const fields = fieldsOf(practice, given, [...names, 'shown', 'without']);
  const values: Partial<Record<PracticeKey, number>> = {};
  for (const row of PRACTICE_SETTINGS) {
    const number = fields[row.key];
    if (number === undefined) continue;
    const { error } = checkPractice(row, typeof number === 'number' ? String(number) : '');
    if (error) throw badLesson(below(practice, row.key), words.wrong(unstop(error)));
    values[row.key] = number as number;
  }
  const { shown = 'right', without = [] } = fields;
  const tools = listOf(below(practice, 'without'), without, 100);
  return {
    kind: 'practice',
    practice: {
      values,
      shown: oneOf(below(practice, 'shown'), shown, ['both', 'right']),
      without: tools.map((tool, i) => stringOf(below(below(practice, 'without'), i), tool, 100)),
    },
  };
}

function readSettings(place: Place, value: Json): Pick<LessonSetup, 'settings' | 'options'> {
  const fields = fieldsOf(place, value, [...TRAIN_SETTINGS.map(({ key }) => key), ...OPTIONS]);
  const settings: Partial<TrainSettings> = {};
  for (const row of TRAIN_SETTINGS) {
    const number = fields[row.key];
    if (number === undefined) continue;
    orElse(place, () => (settings[row.key] = readSetting(below(place, row.key), row, number)), 0);
  }
  const options: Partial<RunOptions> = {};
  const { schedule, recompute, packing } = fields;
  if (schedule !== undefined) options.schedule = oneOf(below(place, 'schedule'), schedule, SCHEDULES);
  if (recompute !== undefined)
    options.recompute = oneOf(below(place, 'recompute'), recompute, keysOf(RECOMPUTE_LABELS));
  if (packing !== undefined) {
    const words = keysOf(PACKING_LABELS);
    const word = typeof packing === 'boolean' ? (packing ? 'on' : 'off') : packing;
    options.packing = oneOf(below(place, 'packing'), word, words) === 'on';
  }
  return { settings, ...(Object.keys(options).length > 0 && { options }) };
}

function readSetting(place: Place, row: (typeof TRAIN_SETTINGS)[number], value: Json): number {
  if (typeof value !== 'number') throw badLesson(place, words.number);
  const { error } = checkSetting(row, String(value));
  if (error) throw badLesson(place, words.wrong(unstop(error)));
  return value;
}

function readObjective(place: Place, value: Json): Partial<ObjectiveSettings> {
  const keys = OBJECTIVE_SETTINGS.map(({ key }) => key);
  const { kind, ...fields } = fieldsOf(place, value, ['kind', ...keys]);
  const objective: Record<string, Json> = {};
  if (kind !== undefined) objective.kind = oneOf(below(place, 'kind'), kind, OBJECTIVES);
  for (const row of OBJECTIVE_SETTINGS) {
    const given = fields[row.key];
    if (given === undefined) continue;
    const type = row.type === 'number' ? 'number' : row.type === 'switch' ? 'boolean' : 'string';
    if (typeof given !== type) throw badLesson(below(place, row.key), words.type[type]);
    const problem = objectiveProblem(row, String(given));
    if (problem) throw badLesson(below(place, row.key), words.wrong(unstop(problem)));
    objective[row.key] = given;
  }
  return objective as Partial<ObjectiveSettings>;
}

/** Built-in parts alone: what a lesson brings may come from anywhere, and must not bring code. */
function readRewards(place: Place, value: Json): RewardPart[] {
  const parts = listOf(place, value, 50).map((item, i): RewardPart => {
    const at = below(place, i);
    const { id, weight = 1, options } = fieldsOf(at, item, ['id', 'weight', 'options']);
    const name = stringOf(below(at, 'id'), id, 100);
    if (name === OWN_REWARD) throw badLesson(below(at, 'id'), words.ownReward, words.builtIn);
    if (typeof weight !== 'number') throw badLesson(below(at, 'weight'), words.number);
    if (options === undefined) return { id: name, weight };
    const entries = Object.entries(fieldsOf(below(at, 'options'), options)).map(
      ([key, given]): [string, number] => {
        if (typeof given === 'number') return [key, given];
        throw badLesson(below(below(at, 'options'), key), words.number);
      },
    );
    return { id: name, weight, options: Object.fromEntries(entries) };
  });
  within(place, () => checkRewardParts(parts));
  return parts;
}

function readAdaptation(place: Place, value: Json): Adaptation {
  const { kind, ...rest } = fieldsOf(place, value);
  if (oneOf(below(place, 'kind'), kind, ['full', 'lora']) === 'full') {
    fieldsOf(place, value, ['kind']);
    return { kind: 'full' };
  }
  fieldsOf(place, value, ['kind', 'rank', 'alpha', 'rsLora', 'targets', 'seed']);
  const { rank = 8, alpha = 16, rsLora = false, targets = 'all-linear', seed = 1 } = rest;
  if (typeof alpha !== 'number' || !(alpha > 0)) throw badLesson(below(place, 'alpha'), words.aboveZero);
  if (typeof rsLora !== 'boolean') throw badLesson(below(place, 'rsLora'), words.trueOrFalse);
  return {
    kind: 'lora',
    rank: wholeOf(below(place, 'rank'), rank, 1, 256),
    alpha,
    rsLora,
    targets:
      targets === 'all-linear'
        ? targets
        : listOf(below(place, 'targets'), targets, 100).map((target, i) =>
            stringOf(below(below(place, 'targets'), i), target, 100),
          ),
    seed: wholeOf(below(place, 'seed'), seed, 0, 2 ** 31 - 1),
  };
}

function readReport(place: Place, value: Json): NonNullable<LessonSetup['report']> {
  const { source, count, seed } = fieldsOf(place, value, ['source', 'count', 'seed']);
  const sources = keysOf(REPORT_SOURCES) satisfies ReportSource[];
  return {
    ...(source !== undefined && { source: oneOf(below(place, 'source'), source, sources) }),
    ...(count !== undefined && { count: wholeOf(below(place, 'count'), count, 1, 2000) }),
    ...(seed !== undefined && { seed: wholeOf(below(place, 'seed'), seed, 0, 2 ** 31 - 1) }),
  };
}

/** A sentence of another check, to go on with a full stop of one's own. */
function unstop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
