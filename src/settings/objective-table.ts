/**
 * @file The settings of objectives in one table: what each is called, its sentence of help, its range, its key in an address,
 * and which objectives read it. The form, the checks and the command line's help all read it.
 */
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
    title: 'From the data (SFT)',
    about: 'The model learns to write what the conversations say, token by token.',
  },
  {
    family: 'rewards',
    title: 'From rewards in the data',
    about: 'The same, but completions that were rewarded more count more.',
  },
  {
    family: 'preferences',
    title: 'From preferences in the data',
    about: 'Of two completions, or of good and bad ones, the better becomes more probable than the worse.',
  },
  {
    family: 'policy',
    title: 'On policy, by reward',
    about:
      'The model writes completions itself, a reward judges them, and what was better than usual becomes more probable.',
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
    title: 'Supervised fine-tuning',
    short: 'SFT',
    about: 'Every trained token counts by its weight in the mask.',
  },
  {
    kind: 'raft',
    family: 'rewards',
    title: 'RAFT (rejection sampling)',
    short: 'RAFT',
    about: 'Completions with enough reward are trained as in SFT; the others are left out.',
  },
  {
    kind: 'rwr',
    family: 'rewards',
    title: 'RWR (reward-weighted)',
    short: 'RWR',
    about: 'Completions of one prompt share one weight, by a softmax over their rewards.',
  },
  {
    kind: 'awr',
    family: 'rewards',
    title: 'AWR (advantage-weighted)',
    short: 'AWR',
    about:
      'A completion’s weight is the exponential of how much better than the mean its reward is, up to a limit.',
  },
  {
    kind: 'dpo',
    family: 'preferences',
    title: 'DPO',
    short: 'DPO',
    about: 'The chosen completion of a pair gains on the rejected one, measured against the model as loaded.',
  },
  {
    kind: 'kto',
    family: 'preferences',
    title: 'KTO',
    short: 'KTO',
    about:
      'Completions labelled good become more probable than in the model as loaded, those labelled bad less; no pairs needed.',
  },
  {
    kind: 'grpo',
    family: 'policy',
    title: 'GRPO',
    short: 'GRPO',
    about:
      'A completion’s advantage is its reward against its group’s mean, by default in the group’s standard deviations.',
  },
  {
    kind: 'rloo',
    family: 'policy',
    title: 'RLOO',
    short: 'RLOO',
    about: 'A completion’s advantage is its reward less the mean of the others to the same prompt.',
  },
  {
    kind: 'gspo',
    family: 'policy',
    title: 'GSPO',
    short: 'GSPO',
    about: 'Like GRPO, with one probability ratio for a whole completion instead of one for each token.',
  },
  {
    kind: 'reinforce',
    family: 'policy',
    title: 'REINFORCE with a baseline',
    short: 'REINFORCE',
    about: 'A completion’s advantage is its reward less the mean of all completions of the step.',
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

const REDUCTION_TEXT: Record<(typeof REDUCTIONS)[number], { title: string; help: string }> = {
  dapo: { title: 'dapo', help: 'A mean over all trained tokens of the step: long completions count more.' },
  grpo: { title: 'grpo', help: 'Each completion counts the same, however long it is.' },
  bnpo: { title: 'bnpo', help: 'A mean over the tokens of each part of a step that is computed at once.' },
  dr_grpo: {
    title: 'dr_grpo',
    help: 'A sum divided by a constant, so that length neither helps nor hurts a completion.',
  },
};

const SCALE_TEXT: Record<(typeof REWARD_SCALES)[number], { title: string; help: string }> = {
  group: { title: 'by group', help: 'Divided by the standard deviation of the group’s rewards.' },
  batch: { title: 'by batch', help: 'Divided by the standard deviation of all rewards of the step.' },
  none: {
    title: 'not at all',
    help: 'Rewards keep their size, so that their scale acts like a learning rate.',
  },
};

const BASELINE_TEXT: Record<(typeof BASELINES)[number], { title: string; help: string }> = {
  batch: { title: 'this step’s mean', help: 'What is better than the mean of the same step gains.' },
  moving: {
    title: 'a moving mean',
    help: 'What is better than the steps before gains, which also works with one completion a step.',
  },
};

/** In the order of the form. */
export const OBJECTIVE_SETTINGS: readonly ObjectiveSettingRow[] = [
  {
    key: 'keepFrom',
    type: 'number',
    label: 'Keep from reward',
    help: 'Completions with at least this reward are trained.',
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
    label: 'Temperature of rewards (β)',
    help: 'Weights grow by e for every β of reward; smaller values listen to the best completions only.',
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
    label: 'Largest weight',
    help: 'No completion counts more than this, so that one lucky reward does not decide a step.',
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
    label: 'Strength (β)',
    help: 'How closely the model is held to the one it began as; smaller values let it go further.',
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
    label: 'Weight of good ones',
    help: 'How much completions labelled good count; raise it where they are few.',
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
    label: 'Weight of bad ones',
    help: 'How much completions labelled bad count; raise it where they are few.',
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
    label: 'Prompts a step',
    help: 'User messages that are answered in one step.',
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
    label: 'Completions a prompt',
    help: 'Answers to the same prompt are compared with each other; two are the least that can differ.',
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
    label: 'Longest message',
    help: 'Tokens after which a message is broken off; a completion that calls tools has several messages.',
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
    label: 'Temperature',
    help: 'How much chance there is in what is written. The loss divides logits by it, too, so that it learns about what was drawn from.',
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
    label: 'KL weight (β)',
    help: 'Holds the model near the one that was loaded; 0 lets it go anywhere.',
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
    label: 'Top-p',
    help: 'Only the likeliest tokens up to this share are drawn; 1 keeps all, as the formulas assume.',
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
    label: 'Updates a step',
    help: 'How often one set of completions is learnt from; from two on, clipping matters.',
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
    label: 'Mean of the loss',
    help: '',
    url: 'reduce',
    readBy: ['reinforce', 'grpo', 'gspo'],
    common: false,
    choices: [...REDUCTIONS]
      .sort((a, b) => Number(b === 'dapo') - Number(a === 'dapo'))
      .map((value) => ({ value, ...REDUCTION_TEXT[value] })),
  },
  {
    key: 'rewardScale',
    type: 'choice',
    label: 'Advantages are scaled',
    help: '',
    url: 'scale',
    readBy: ['grpo', 'gspo'],
    common: false,
    choices: REWARD_SCALES.map((value) => ({ value, ...SCALE_TEXT[value] })),
  },
  {
    key: 'baseline',
    type: 'choice',
    label: 'Baseline',
    help: '',
    url: 'baseline',
    readBy: ['reinforce'],
    common: false,
    choices: BASELINES.map((value) => ({ value, ...BASELINE_TEXT[value] })),
  },
  {
    key: 'maskTruncated',
    type: 'switch',
    label: 'Leave out broken-off completions',
    help: 'What was cut off at the longest message is not learnt from, though its reward still counts in its group.',
    url: 'maskcut',
    readBy: ON_POLICY,
    common: false,
  },
  {
    key: 'clipLow',
    type: 'number',
    label: 'Clip below (ε)',
    help: 'A token whose probability fell by more than this share no longer pushes the model.',
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
    label: 'Clip above (ε)',
    help: 'A token whose probability rose by more than this share no longer pushes the model.',
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
    label: 'Measure KL to the base',
    help: 'At weight 0, too, the chart shows how far the model has gone from the one that was loaded: one more pass over one completion a prompt, about a tenth of a step’s time. It changes no weights.',
    url: 'klseen',
    readBy: ON_POLICY,
    common: false,
  },
  {
    key: 'labelSmoothing',
    type: 'number',
    label: 'Label smoothing',
    help: 'Share of each target that is spread over the whole vocabulary; 0 switches it off.',
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
    label: 'NEFTune noise (α)',
    help: 'Noise on the embeddings while training, against learning by heart; 5 is usual, 0 switches it off.',
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
    label: 'Weigh tokens by their probability (DFT)',
    help: 'Tokens that the model finds improbable count less, which keeps rare ones from deciding the step.',
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
  if (value === undefined) return { error: `${label} must be a number.` };
  if (row.integer && !Number.isInteger(value)) return { error: `${label} must be a whole number.` };
  if (value < min || value > max) return { error: `${label} must be between ${min} and ${max}.` };
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
        : `${row.label} must be one of ${row.choices.map(({ value }) => value).join(', ')}.`;
    case 'switch':
      return text === 'true' || text === 'false' ? undefined : `${row.label} must be true or false.`;
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
