/**
 * @file The settings of a run on the command line: a flag for each row of the tables that the page's forms are made of.
 */
import {
  DEFAULT_OBJECTIVE,
  OBJECTIVES,
  type ObjectiveKind,
  type ObjectiveSettings,
} from '../settings/objective';
import { OBJECTIVE_SETTINGS, objectiveProblem, type ObjectiveKey } from '../settings/objective-table';
import { defaultOf } from '../settings/run-defaults';
import {
  checkSetting,
  parseNumber,
  SCHEDULE_LABELS,
  SCHEDULES,
  TRAIN_SETTINGS,
  type NumberSetting,
} from '../settings/train';
import type { TrainSettings } from '../worker/protocol';
import { UsageError, type Flags, type Given } from './arguments';

/** `batchSize` → `--batch-size`. */
const flagOf = (key: string) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
/** `--prompts` is a file. */
const objectiveFlag = (key: ObjectiveKey) => (key === 'prompts' ? '--prompts-per-step' : flagOf(key));

/** What holds without a flag: the usual value, and those of the objectives that have another. */
function usualOf(setting: NumberSetting): string {
  const others = new Map<number, ObjectiveKind[]>();
  for (const kind of OBJECTIVES) {
    const value = defaultOf(setting, kind);
    if (value !== setting.default) others.set(value, [...(others.get(value) ?? []), kind]);
  }
  const listed = [...others].map(([value, kinds]) => `; ${value} with ${kinds.join(', ')}`);
  return `${setting.default} without it${listed.join('')}.`;
}

const RUN_FLAGS: Flags = Object.fromEntries(
  TRAIN_SETTINGS.map((setting) => [
    flagOf(setting.key),
    { value: 'N', about: `${setting.help} ${usualOf(setting)}` },
  ]),
);

const OBJECTIVE_FLAGS: Flags = Object.fromEntries(
  OBJECTIVE_SETTINGS.map((row) => {
    const about = `${row.readBy.join(', ')}: ${row.help || `${row.label.toLowerCase()}.`}`;
    if (row.type === 'switch') return [objectiveFlag(row.key), { about }];
    const value = row.type === 'number' ? 'N' : row.choices.map((choice) => choice.value).join('|');
    return [
      objectiveFlag(row.key),
      { value, about: `${about} ${String(DEFAULT_OBJECTIVE[row.key])} without it.` },
    ];
  }),
);

/** Flags of a run's settings and of its objective. */
export const SETTING_FLAGS: Flags = {
  '--objective': {
    value: 'NAME',
    about: `what the run makes the model prefer: ${OBJECTIVES.join(', ')}; sft without it`,
  },
  ...RUN_FLAGS,
  '--schedule': {
    value: 'NAME',
    about: `how the learning rate goes on after the warm-up: ${SCHEDULES.map((name) => `${name} (${SCHEDULE_LABELS[name].title})`).join(', ')}; constant without it`,
  },
  '--packing': { about: 'short sequences share rows, without seeing each other' },
  ...OBJECTIVE_FLAGS,
};

/**
 * @param kind the objective, on which some defaults depend
 * @throws UsageError naming the flag.
 */
export function readRunSettings(given: Given, kind: ObjectiveKind): TrainSettings {
  const values = TRAIN_SETTINGS.map((setting) => {
    const flag = flagOf(setting.key);
    const text = given.one(flag);
    if (text === undefined) return [setting.key, defaultOf(setting, kind)] as const;
    const checked = checkSetting(setting, text);
    if (checked.error !== undefined) throw new UsageError(`${flag} is “${text}”: ${checked.error}`);
    return [setting.key, checked.value] as const;
  });
  const settings = Object.fromEntries(values) as unknown as TrainSettings;
  if (given.has('--steps') && settings.epochs) {
    throw new UsageError('--steps and --epochs both say how long the run is: leave one of them out.');
  }
  const named = given.one('--schedule') ?? 'constant';
  const schedule = SCHEDULES.find((known) => known === named);
  if (!schedule) throw new UsageError(`--schedule is “${named}”: give ${SCHEDULES.join(', ')}.`);
  // In the table 0 switches clipping off; to the loop that is no limit.
  const clipNorm = settings.clipNorm === 0 ? Infinity : settings.clipNorm;
  return { ...settings, clipNorm, schedule, packing: given.has('--packing') };
}

/** @throws UsageError naming the flag, also for one that the objective does not read. */
export function readObjective(given: Given): ObjectiveSettings {
  const text = given.one('--objective') ?? 'sft';
  const kind = OBJECTIVES.find((known) => known === text);
  if (!kind) throw new UsageError(`--objective is “${text}”: give ${OBJECTIVES.join(', ')}.`);
  const changes: Partial<Record<ObjectiveKey, string | number | boolean>> = {};
  for (const row of OBJECTIVE_SETTINGS) {
    const flag = objectiveFlag(row.key);
    if (!given.has(flag)) continue;
    if (!row.readBy.includes(kind)) {
      const readers = row.readBy.join(', ');
      throw new UsageError(`${flag} is a setting of ${readers}, and the objective is ${kind}: leave it out.`);
    }
    const value = row.type === 'switch' ? 'true' : (given.one(flag) ?? '');
    const problem = objectiveProblem(row, value);
    if (problem !== undefined) throw new UsageError(`${flag} is “${value}”: ${problem}`);
    changes[row.key] = row.type === 'number' ? parseNumber(value) : row.type === 'switch' ? true : value;
  }
  return { ...DEFAULT_OBJECTIVE, measureKl: false, ...changes, kind } as ObjectiveSettings;
}
