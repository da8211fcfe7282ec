/**
 * @file The settings of a training run in one table: default, range, label and help. The form, the checks and the
 * lessons all read it. Labels and help stand with the other words, under each setting’s key.
 */
import { coreSettings as words } from '$strings/core-settings';
import type { Strategy } from '../sequence/strategy';
import type { Truncation } from '../sequence/truncate';
import type { Schedule, TrainSettings } from '../worker/protocol';

/** Settings that are numbers. */
type NumberKey = Exclude<keyof TrainSettings, 'recompute' | 'packing' | 'schedule'>;

export interface NumberSetting {
  key: NumberKey;
  label: string;
  /** One sentence: what it does and when to change it. */
  help: string;
  /** In the page's address. */
  url: string;
  default: number;
  min: number;
  max: number;
  integer: boolean;
  /** Shown first; the others are folded away. */
  common: boolean;
}

/** In the order of the form. */
export const TRAIN_SETTINGS: readonly NumberSetting[] = [
  {
    key: 'steps',
    ...words.numbers.steps,
    url: 'steps',
    default: 30,
    min: 1,
    max: 100_000,
    integer: true,
    common: true,
  },
  {
    key: 'batchSize',
    ...words.numbers.batchSize,
    url: 'batch',
    default: 4,
    min: 1,
    max: 256,
    integer: true,
    common: true,
  },
  {
    key: 'learningRate',
    ...words.numbers.learningRate,
    url: 'lr',
    default: 0.001,
    min: 1e-8,
    max: 1,
    integer: false,
    common: true,
  },
  {
    key: 'maxLength',
    ...words.numbers.maxLength,
    url: 'length',
    default: 512,
    min: 8,
    max: 32_768,
    integer: true,
    common: true,
  },
  {
    key: 'epochs',
    ...words.numbers.epochs,
    url: 'epochs',
    default: 0,
    min: 0,
    max: 1000,
    integer: true,
    common: false,
  },
  {
    key: 'accumulation',
    ...words.numbers.accumulation,
    url: 'accumulate',
    default: 1,
    min: 1,
    max: 1024,
    integer: true,
    common: false,
  },
  {
    key: 'warmupSteps',
    ...words.numbers.warmupSteps,
    url: 'warmup',
    default: 2,
    min: 0,
    max: 10_000,
    integer: true,
    common: false,
  },
  {
    key: 'finalShare',
    ...words.numbers.finalShare,
    url: 'final',
    default: 0,
    min: 0,
    max: 1,
    integer: false,
    common: false,
  },
  {
    key: 'decayShare',
    ...words.numbers.decayShare,
    url: 'decaying',
    default: 0.2,
    min: 0,
    max: 1,
    integer: false,
    common: false,
  },
  {
    key: 'weightDecay',
    ...words.numbers.weightDecay,
    url: 'decay',
    default: 0,
    min: 0,
    max: 1,
    integer: false,
    common: false,
  },
  {
    key: 'clipNorm',
    ...words.numbers.clipNorm,
    url: 'clip',
    default: 1,
    min: 0,
    max: 1000,
    integer: false,
    common: false,
  },
  {
    key: 'heldOutEvery',
    ...words.numbers.heldOutEvery,
    url: 'every',
    default: 10,
    min: 0,
    max: 100_000,
    integer: true,
    common: false,
  },
  {
    key: 'patience',
    ...words.numbers.patience,
    url: 'patience',
    default: 0,
    min: 0,
    max: 1000,
    integer: true,
    common: false,
  },
  {
    key: 'seed',
    ...words.numbers.seed,
    url: 'seed',
    default: 1,
    min: 0,
    max: 4_294_967_295,
    integer: true,
    common: false,
  },
];

/** How conversations become training sequences. */
export interface DivisionSettings {
  strategy: Strategy;
  /** What is cut off from a sequence that is longer than the longest. */
  truncate: Truncation;
}

/** What most trainers do: every conversation is one sequence, cut at the end. */
export const DEFAULT_DIVISION: DivisionSettings = { strategy: 'whole', truncate: 'end' };
/** Every turn once, on the context that it has when the model is used. */
export const FORK_DIVISION: DivisionSettings = { strategy: 'fork', truncate: 'end' };

/** For people: the ways to cut, each with one sentence. */
export const TRUNCATION_LABELS: Readonly<Record<Truncation, { title: string; help: string }>> =
  words.truncation;

/** For people: how the learning rate goes on after the warm-up, each with one sentence. */
export const SCHEDULE_LABELS: Readonly<Record<Schedule, { title: string; help: string }>> = words.schedule;
export const SCHEDULES = Object.keys(SCHEDULE_LABELS) as Schedule[];

/** What is chosen from a list: how the learning rate goes on, and how a run uses memory and rows. */
export type RunOptions = Required<Pick<TrainSettings, 'schedule' | 'recompute' | 'packing'>>;

export const DEFAULT_OPTIONS: RunOptions = { schedule: 'constant', recompute: 'auto', packing: false };

/** For people: when layers are computed twice, each with one sentence. */
export const RECOMPUTE_LABELS: Readonly<Record<RunOptions['recompute'], { title: string; help: string }>> =
  words.recompute;

/** For people: whether short sequences share rows. */
export const PACKING_LABELS: Readonly<Record<'off' | 'on', { title: string; help: string }>> = words.packing;

/** Settings as typed into the form. */
export type SettingDrafts = Record<NumberKey, string>;

/** The value of what was typed, or what is wrong with it. */
export type Checked = { value: number; error?: undefined } | { error: string; value?: undefined };

/** Checks one typed number against its row of the table. */
export function checkSetting(setting: NumberSetting, text: string): Checked {
  const value = parseNumber(text);
  const { label, min, max } = setting;
  if (value === undefined) return { error: words.wrong.number(label) };
  if (setting.integer && !Number.isInteger(value)) return { error: words.wrong.whole(label) };
  if (value < min || value > max) return { error: words.wrong.between(label, String(min), String(max)) };
  return { value };
}

/** A finite number as people type it (`3e-4`, `.5`, `-1`), or undefined. */
export function parseNumber(text: string): number | undefined {
  // A typographic minus is what copying from a page gives.
  const trimmed = text.trim().replaceAll('−', '-');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

/** The table's defaults, with a lesson's own values laid over them. */
export function draftsOf(values: Partial<TrainSettings> = {}): SettingDrafts {
  const entries = TRAIN_SETTINGS.map(({ key, default: standard }) => [key, String(values[key] ?? standard)]);
  return Object.fromEntries(entries) as SettingDrafts;
}

/** The longest sequence as typed, or undefined where that field is wrong. */
export function maxLengthOf(drafts: SettingDrafts): number | undefined {
  const setting = TRAIN_SETTINGS.find(({ key }) => key === 'maxLength');
  return setting && checkSetting(setting, drafts.maxLength).value;
}

/** The settings of a run, or undefined where a field is wrong. A clip of 0 becomes Infinity, which is how the engine says “off”. */
export function settingsOf(drafts: SettingDrafts): TrainSettings | undefined {
  const values: Partial<Record<NumberKey, number>> = {};
  for (const setting of TRAIN_SETTINGS) {
    const { value } = checkSetting(setting, drafts[setting.key]);
    if (value === undefined) return undefined;
    values[setting.key] = value;
  }
  if (values.clipNorm === 0) values.clipNorm = Infinity;
  return values as TrainSettings;
}
