/**
 * @file The settings of objectives in one table: what each is called, its sentence of help, its range, its key in an address,
 * and which objectives read it. The form, the checks and the command line's help all read it.
 */
import { coreObjectives as words } from '$strings/core-objectives';
import { coreSettings } from '$strings/core-settings';
import {
  BASELINES,
  DEFAULT_OBJECTIVE,
  ON_POLICY,
  REDUCTIONS,
  REWARD_SCALES,
  type ObjectiveKind,
  type ObjectiveSettings,
} from './objective';
import { parseNumber, type Checked } from './train';

/** Where an objective takes what it learns from. */
export type ObjectiveFamily = 'sft' | 'rewards' | 'preferences' | 'policy';

export interface FamilyRow {
  family: ObjectiveFamily;
  title: string;
  /** One sentence: what is learnt from what. */
  about: string;
}

export const OBJECTIVE_FAMILIES: readonly FamilyRow[] = [
  {
    family: 'sft',
    ...words.families.sft,
  },
  {
    family: 'rewards',
    ...words.families.rewards,
  },
  {
    family: 'preferences',
    ...words.families.preferences,
  },
  {
    family: 'policy',
    ...words.families.policy,
  },
];

export interface ObjectiveRow {
  kind: ObjectiveKind;
  family: ObjectiveFamily;
  title: string;
  /** What a run with it is called. */
  short: string;
  /** One sentence: how it differs from its neighbours. */
  about: string;
}

export const OBJECTIVE_ROWS: readonly ObjectiveRow[] = [
  {
    kind: 'sft',
    family: 'sft',
    ...words.kinds.sft,
  },
  {
    kind: 'raft',
    family: 'rewards',
    ...words.kinds.raft,
  },
  {
    kind: 'rwr',
    family: 'rewards',
    ...words.kinds.rwr,
  },
  {
    kind: 'awr',
    family: 'rewards',
    ...words.kinds.awr,
  },
  {
    kind: 'dpo',
    family: 'preferences',
    ...words.kinds.dpo,
  },
  {
    kind: 'kto',
    family: 'preferences',
    ...words.kinds.kto,
  },
  {
    kind: 'grpo',
    family: 'policy',
    ...words.kinds.grpo,
  },
  {
    kind: 'rloo',
    family: 'policy',
    ...words.kinds.rloo,
  },
  {
    kind: 'gspo',
    family: 'policy',
    ...words.kinds.gspo,
  },
  {
    kind: 'reinforce',
    family: 'policy',
    ...words.kinds.reinforce,
  },
];

/** The objective's row. */
export function objectiveRow(kind: ObjectiveKind): ObjectiveRow {
  return OBJECTIVE_ROWS.find((row) => row.kind === kind) as ObjectiveRow;
}

/** The first objective of a family: what choosing the family chooses. */
export function firstOf(family: ObjectiveFamily): ObjectiveKind {
  return OBJECTIVE_ROWS.find((row) => row.family === family)?.kind ?? 'sft';
}

export type ObjectiveKey = Exclude<keyof ObjectiveSettings, 'kind'>;

interface SettingRow {
  key: ObjectiveKey;
  label: string;
  /** One sentence: what it does and when to change it. */
  help: string;
  /** In the page's address. */
  url: string;
  /** Objectives that read it. */
  readBy: readonly ObjectiveKind[];
  /** Shown first; the others are folded away. */
  common: boolean;
}

export interface NumberRow extends SettingRow {
  type: 'number';
  min: number;
  max: number;
  integer: boolean;
}

export interface ChoiceRow extends SettingRow {
  type: 'choice';
  choices: readonly { value: string; title: string; help: string }[];
}

export interface SwitchRow extends SettingRow {
  type: 'switch';
}

export type ObjectiveSettingRow = NumberRow | ChoiceRow | SwitchRow;

/** In the order of the form. */
export const OBJECTIVE_SETTINGS: readonly ObjectiveSettingRow[] = [
  {
    key: 'keepFrom',
    type: 'number',
    ...words.settings.keepFrom,
    url: 'keep',
    readBy: ['raft'],
    common: true,
    min: -1e6,
    max: 1e6,
    integer: false,
  },
  {
    key: 'rewardTemperature',
    type: 'number',
    ...words.settings.rewardTemperature,
    url: 'rtemp',
    readBy: ['rwr', 'awr'],
    common: true,
    min: 1e-3,
    max: 1000,
    integer: false,
  },
  {
    key: 'maxWeight',
    type: 'number',
    ...words.settings.maxWeight,
    url: 'wmax',
    readBy: ['awr'],
    common: true,
    min: 1e-3,
    max: 1e6,
    integer: false,
  },
  {
    key: 'preferenceBeta',
    type: 'number',
    ...words.settings.preferenceBeta,
    url: 'pbeta',
    readBy: ['dpo', 'kto'],
    common: true,
    min: 1e-3,
    max: 10,
    integer: false,
  },
  {
    key: 'desirableWeight',
    type: 'number',
    ...words.settings.desirableWeight,
    url: 'good',
    readBy: ['kto'],
    common: true,
    min: 0,
    max: 100,
    integer: false,
  },
  {
    key: 'undesirableWeight',
    type: 'number',
    ...words.settings.undesirableWeight,
    url: 'poor',
    readBy: ['kto'],
    common: true,
    min: 0,
    max: 100,
    integer: false,
  },
  {
    key: 'prompts',
    type: 'number',
    ...words.settings.prompts,
    url: 'prompts',
    readBy: ON_POLICY,
    common: true,
    min: 1,
    max: 256,
    integer: true,
  },
  {
    key: 'groupSize',
    type: 'number',
    ...words.settings.groupSize,
    url: 'group',
    readBy: ON_POLICY,
    common: true,
    min: 1,
    max: 64,
    integer: true,
  },
  {
    key: 'maxNewTokens',
    type: 'number',
    ...words.settings.maxNewTokens,
    url: 'new',
    readBy: ON_POLICY,
    common: true,
    min: 1,
    max: 4096,
    integer: true,
  },
  {
    key: 'temperature',
    type: 'number',
    ...words.settings.temperature,
    url: 'temp',
    readBy: ON_POLICY,
    common: true,
    min: 0,
    max: 5,
    integer: false,
  },
  {
    key: 'kl',
    type: 'number',
    ...words.settings.kl,
    url: 'kl',
    readBy: ON_POLICY,
    common: true,
    min: 0,
    max: 10,
    integer: false,
  },
  {
    key: 'topP',
    type: 'number',
    ...words.settings.topP,
    url: 'topp',
    readBy: ON_POLICY,
    common: false,
    min: 0.01,
    max: 1,
    integer: false,
  },
  {
    key: 'updates',
    type: 'number',
    ...words.settings.updates,
    url: 'updates',
    readBy: ON_POLICY,
    common: false,
    min: 1,
    max: 16,
    integer: true,
  },
  {
    key: 'reduction',
    type: 'choice',
    ...words.settings.reduction,
    url: 'reduce',
    readBy: ['reinforce', 'grpo', 'gspo'],
    common: false,
    choices: [...REDUCTIONS]
      .sort((a, b) => Number(b === 'dapo') - Number(a === 'dapo'))
      .map((value) => ({ value, ...words.reductions[value] })),
  },
  {
    key: 'rewardScale',
    type: 'choice',
    ...words.settings.rewardScale,
    url: 'scale',
    readBy: ['grpo', 'gspo'],
    common: false,
    choices: REWARD_SCALES.map((value) => ({ value, ...words.scales[value] })),
  },
  {
    key: 'baseline',
    type: 'choice',
    ...words.settings.baseline,
    url: 'baseline',
    readBy: ['reinforce'],
    common: false,
    choices: BASELINES.map((value) => ({ value, ...words.baselines[value] })),
  },
  {
    key: 'maskTruncated',
    type: 'switch',
    ...words.settings.maskTruncated,
    url: 'maskcut',
    readBy: ON_POLICY,
    common: false,
  },
  {
    key: 'clipLow',
    type: 'number',
    ...words.settings.clipLow,
    url: 'cliplo',
    readBy: ON_POLICY,
    common: false,
    min: 0,
    max: 1,
    integer: false,
  },
  {
    key: 'clipHigh',
    type: 'number',
    ...words.settings.clipHigh,
    url: 'cliphi',
    readBy: ON_POLICY,
    common: false,
    min: 0,
    max: 10,
    integer: false,
  },
  {
    key: 'measureKl',
    type: 'switch',
    ...words.settings.measureKl,
    url: 'klseen',
    readBy: ON_POLICY,
    common: false,
  },
  {
    key: 'labelSmoothing',
    type: 'number',
    ...words.settings.labelSmoothing,
    url: 'smooth',
    readBy: ['sft'],
    common: false,
    min: 0,
    max: 0.99,
    integer: false,
  },
  {
    key: 'neftune',
    type: 'number',
    ...words.settings.neftune,
    url: 'neftune',
    readBy: ['sft'],
    common: false,
    min: 0,
    max: 100,
    integer: false,
  },
  {
    key: 'dft',
    type: 'switch',
    ...words.settings.dft,
    url: 'dft',
    readBy: ['sft'],
    common: false,
  },
];

/** Settings as typed, chosen or switched: `true` and `false` for a switch. */
export type ObjectiveDrafts = Record<ObjectiveKey, string>;

/** Rows that an objective reads, in the order of the form. */
export function settingsReadBy(kind: ObjectiveKind): ObjectiveSettingRow[] {
  return OBJECTIVE_SETTINGS.filter(({ readBy }) => readBy.includes(kind));
}

/** The defaults, with values laid over them. */
export function objectiveDraftsOf(values: Partial<ObjectiveSettings> = {}): ObjectiveDrafts {
  const all = { ...DEFAULT_OBJECTIVE, ...values };
  const entries = OBJECTIVE_SETTINGS.map(({ key }) => [key, String(all[key])]);
  return Object.fromEntries(entries) as ObjectiveDrafts;
}

/** Checks one typed number against its row. */
export function checkObjectiveNumber(row: NumberRow, text: string): Checked {
  const value = parseNumber(text);
  const { label, min, max } = row;
  if (value === undefined) return { error: coreSettings.wrong.number(label) };
  if (row.integer && !Number.isInteger(value)) return { error: coreSettings.wrong.whole(label) };
  if (value < min || value > max)
    return { error: coreSettings.wrong.between(label, String(min), String(max)) };
  return { value };
}

/** What is wrong with a draft, in a sentence; undefined where nothing is. */
export function objectiveProblem(row: ObjectiveSettingRow, text: string): string | undefined {
  switch (row.type) {
    case 'number':
      return checkObjectiveNumber(row, text).error;
    case 'choice':
      return row.choices.some(({ value }) => value === text)
        ? undefined
        : coreSettings.wrong.oneOf(row.label, row.choices.map(({ value }) => value).join(', '));
    case 'switch':
      return text === 'true' || text === 'false' ? undefined : coreSettings.wrong.trueOrFalse(row.label);
    default:
      return row satisfies never;
  }
}

/**
 * The settings of a run; what the objective does not read is at its default, whatever was typed there.
 *
 * @returns undefined where a setting that the objective reads is wrong
 */
export function objectiveOf(kind: ObjectiveKind, drafts: ObjectiveDrafts): ObjectiveSettings | undefined {
  const changes: Partial<Record<ObjectiveKey, string | number | boolean>> = {};
  for (const row of settingsReadBy(kind)) {
    const text = drafts[row.key];
    if (objectiveProblem(row, text) !== undefined) return undefined;
    changes[row.key] =
      row.type === 'number' ? parseNumber(text) : row.type === 'switch' ? text === 'true' : text;
  }
  return { ...DEFAULT_OBJECTIVE, ...changes, kind } as ObjectiveSettings;
}
