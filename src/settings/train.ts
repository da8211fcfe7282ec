/**
 * @file The settings of a training run in one table: default, range, label and help. The form, the checks and the
 * lessons all read it.
 */
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
    label: 'Steps',
    help: 'Updates of the weights in this run; each looks at one batch.',
    url: 'steps',
    default: 30,
    min: 1,
    max: 100_000,
    integer: true,
    common: true,
  },
  {
    key: 'batchSize',
    label: 'Batch size',
    help: 'Sequences per update; more give a steadier gradient and take longer.',
    url: 'batch',
    default: 4,
    min: 1,
    max: 256,
    integer: true,
    common: true,
  },
  {
    key: 'learningRate',
    label: 'Learning rate',
    help: 'Size of an update at full strength; too high and the loss jumps, too low and nothing moves.',
    url: 'lr',
    default: 0.001,
    min: 1e-8,
    max: 1,
    integer: false,
    common: true,
  },
  {
    key: 'maxLength',
    label: 'Longest sequence',
    help: 'Tokens per training sequence; longer ones are cut.',
    url: 'length',
    default: 512,
    min: 8,
    max: 32_768,
    integer: true,
    common: true,
  },
  {
    key: 'epochs',
    label: 'Epochs',
    help: 'Times that the data is gone through, in place of a number of steps; 0 goes by steps.',
    url: 'epochs',
    default: 0,
    min: 0,
    max: 1000,
    integer: true,
    common: false,
  },
  {
    key: 'accumulation',
    label: 'Batches per update',
    help: 'Gradients of so many batches are added up for one update, as if they were one larger batch.',
    url: 'accumulate',
    default: 1,
    min: 1,
    max: 1024,
    integer: true,
    common: false,
  },
  {
    key: 'warmupSteps',
    label: 'Warm-up steps',
    help: 'Steps over which the learning rate rises from zero to its full value.',
    url: 'warmup',
    default: 2,
    min: 0,
    max: 10_000,
    integer: true,
    common: false,
  },
  {
    key: 'finalShare',
    label: 'Final share of the rate',
    help: 'What is left of the learning rate at the end of a schedule that falls: 0.1 is a tenth.',
    url: 'final',
    default: 0,
    min: 0,
    max: 1,
    integer: false,
    common: false,
  },
  {
    key: 'decayShare',
    label: 'Share of decay',
    help: 'With warm-up, stable, decay: the last part of the run, in which the learning rate falls.',
    url: 'decaying',
    default: 0.2,
    min: 0,
    max: 1,
    integer: false,
    common: false,
  },
  {
    key: 'weightDecay',
    label: 'Weight decay',
    help: 'Pulls the weight matrices towards zero at each step (AdamW, decoupled); 0 switches it off.',
    url: 'decay',
    default: 0,
    min: 0,
    max: 1,
    integer: false,
    common: false,
  },
  {
    key: 'clipNorm',
    label: 'Gradient clip',
    help: 'A gradient whose norm is larger than this is scaled down to it; 0 switches clipping off.',
    url: 'clip',
    default: 1,
    min: 0,
    max: 1000,
    integer: false,
    common: false,
  },
  {
    key: 'heldOutEvery',
    label: 'Measure held-out every',
    help: 'Steps between two measurements of the loss of what is held out; 0 measures nothing.',
    url: 'every',
    default: 10,
    min: 0,
    max: 100_000,
    integer: true,
    common: false,
  },
  {
    key: 'patience',
    label: 'Patience',
    help: 'Measurements in a row without a lower held-out loss that end the run; the best weights are put back. 0 never ends it early.',
    url: 'patience',
    default: 0,
    min: 0,
    max: 1000,
    integer: true,
    common: false,
  },
  {
    key: 'seed',
    label: 'Seed',
    help: 'Decides the order of the conversations; the same seed gives the same order.',
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
export const TRUNCATION_LABELS: Readonly<Record<Truncation, { title: string; help: string }>> = {
  end: { title: 'at the end', help: 'The first tokens are kept, so that every context stays what it was.' },
  start: {
    title: 'at the start',
    help: 'The last tokens are kept, so that the history begins in the middle.',
  },
  turns: { title: 'between turns', help: 'Whole turns are left out at the end, so that none is split.' },
};

/** For people: how the learning rate goes on after the warm-up, each with one sentence. */
export const SCHEDULE_LABELS: Readonly<Record<Schedule, { title: string; help: string }>> = {
  constant: { title: 'constant', help: 'The learning rate stays what it is.' },
  linear: { title: 'linear', help: 'It falls by the same amount at every step.' },
  cosine: { title: 'cosine', help: 'It falls slowly at first and at the end, as half a cosine.' },
  wsd: {
    title: 'warm-up, stable, decay',
    help: 'It stays until the last part of the run and then falls by the same amount at every step.',
  },
};
export const SCHEDULES = Object.keys(SCHEDULE_LABELS) as Schedule[];

/** What is chosen from a list: how the learning rate goes on, and how a run uses memory and rows. */
export type RunOptions = Required<Pick<TrainSettings, 'schedule' | 'recompute' | 'packing'>>;

export const DEFAULT_OPTIONS: RunOptions = { schedule: 'constant', recompute: 'auto', packing: false };

/** For people: when layers are computed twice, each with one sentence. */
export const RECOMPUTE_LABELS: Readonly<Record<RunOptions['recompute'], { title: string; help: string }>> = {
  auto: {
    title: 'if needed',
    help: 'Each layer is computed a second time in the backward pass only where the run would not fit otherwise.',
  },
  always: { title: 'always', help: 'About a third more time a step, and a fraction of the memory.' },
  never: { title: 'never', help: 'A run that does not fit into memory is refused.' },
};

/** For people: whether short sequences share rows. */
export const PACKING_LABELS: Readonly<Record<'off' | 'on', { title: string; help: string }>> = {
  off: { title: 'one a row', help: 'Rows of like length are computed together, padded to the longest.' },
  on: {
    title: 'several a row',
    help: 'Short sequences share a row and do not see each other: less padding, the same gradient.',
  },
};

/** Settings as typed into the form. */
export type SettingDrafts = Record<NumberKey, string>;

/** The value of what was typed, or what is wrong with it. */
export type Checked = { value: number; error?: undefined } | { error: string; value?: undefined };

/** Checks one typed number against its row of the table. */
export function checkSetting(setting: NumberSetting, text: string): Checked {
  const value = parseNumber(text);
  const { label, min, max } = setting;
  if (value === undefined) return { error: `${label} must be a number.` };
  if (setting.integer && !Number.isInteger(value)) return { error: `${label} must be a whole number.` };
  if (value < min || value > max) return { error: `${label} must be between ${min} and ${max}.` };
  return { value };
}

/** A finite number as people type it (`3e-4`, `.5`, `-1`), or undefined. */
export function parseNumber(text: string): number | undefined {
  // A typographic minus is what copying from a page gives.
  const trimmed = text.trim().replace('−', '-');
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
