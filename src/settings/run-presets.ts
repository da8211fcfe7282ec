/**
 * @file Settings for the common cases, by name, and what a form has otherwise than the defaults.
 */
import { coreRunPresets as words } from '$strings/core-run-presets';
import { DEFAULT_OBJECTIVE, type ObjectiveKind, type ObjectiveSettings } from './objective';
import { objectiveDraftsOf, objectiveRow, settingsReadBy, type ObjectiveDrafts } from './objective-table';
import { defaultOf } from './run-defaults';
import {
  DEFAULT_OPTIONS,
  SCHEDULE_LABELS,
  TRAIN_SETTINGS,
  parseNumber,
  type RunOptions,
  type SettingDrafts,
} from './train';
import type { TrainSettings } from '../worker/protocol';

export interface RunPreset {
  id: string;
  title: string;
  /** One or two sentences: what for, and how long about on a laptop's CPU with the model that ships. */
  about: string;
  objective: Pick<ObjectiveSettings, 'kind'> & Partial<ObjectiveSettings>;
  settings: Partial<TrainSettings>;
  options?: Partial<RunOptions>;
  /** Rank of LoRA; all parameters where it is absent. */
  lora?: number;
}

export const RUN_PRESETS: readonly RunPreset[] = [
  {
    id: 'format',
    ...words.presets.format,
    objective: { kind: 'sft' },
    settings: {},
  },
  {
    id: 'calls-sft',
    ...words.presets['calls-sft'],
    objective: { kind: 'sft' },
    settings: { steps: 64, batchSize: 8, learningRate: 3e-4, warmupSteps: 4, maxLength: 768 },
    options: { schedule: 'linear' },
  },
  {
    id: 'calls-reward',
    ...words.presets['calls-reward'],
    objective: { kind: 'grpo', prompts: 4, groupSize: 8 },
    settings: { steps: 40, warmupSteps: 2, maxLength: 768 },
  },
  {
    id: 'lora',
    ...words.presets.lora,
    objective: { kind: 'sft' },
    settings: { steps: 60, batchSize: 8, learningRate: 1e-3, warmupSteps: 5 },
    options: { schedule: 'linear' },
    lora: 8,
  },
  {
    id: 'early-stop',
    ...words.presets['early-stop'],
    objective: { kind: 'sft' },
    settings: { epochs: 5, batchSize: 8, learningRate: 3e-4, heldOutEvery: 10, patience: 3 },
    options: { schedule: 'linear' },
  },
];

/** What a form holds. */
export interface RunForm {
  kind: ObjectiveKind;
  drafts: Readonly<SettingDrafts>;
  objective: Readonly<ObjectiveDrafts>;
  options: RunOptions;
}

/** A setting that is not at its default, for people. */
export interface Differing {
  label: string;
  value: string;
  /** What it would be. */
  standard: string;
}

const onOff = (on: boolean): string => (on ? words.on : words.off);

const same = (a: string, b: string): boolean => {
  const [one, other] = [parseNumber(a), parseNumber(b)];
  return a === b || (one !== undefined && one === other);
};

/** What was typed, with the minus that the page writes everywhere. */
const read = (typed: string): string =>
  parseNumber(typed) === undefined ? typed : typed.trim().replaceAll('-', '−');

/** What a form has otherwise than the defaults: the objective, and what is not at that one's, in the order of the tables. */
export function differing({ kind, drafts, objective, options }: RunForm): Differing[] {
  const usual = DEFAULT_OBJECTIVE.kind;
  const aim =
    kind === usual
      ? []
      : [{ label: words.objective, value: objectiveRow(kind).short, standard: objectiveRow(usual).short }];
  const numbers = TRAIN_SETTINGS.flatMap((setting) => {
    const { key, label } = setting;
    const standard = String(defaultOf(setting, kind));
    return same(drafts[key], standard) ? [] : [{ label, value: read(drafts[key]), standard: read(standard) }];
  });
  const standards = objectiveDraftsOf();
  const own = settingsReadBy(kind).flatMap(({ key, label }) =>
    same(objective[key], standards[key])
      ? []
      : [{ label, value: read(objective[key]), standard: read(standards[key]) }],
  );
  const { schedule, packing, recompute } = options;
  const chosen = [
    [
      words.lists.schedule,
      SCHEDULE_LABELS[schedule].title,
      SCHEDULE_LABELS[DEFAULT_OPTIONS.schedule].title,
    ] as const,
    [words.lists.packing, onOff(packing), onOff(DEFAULT_OPTIONS.packing)] as const,
    [words.lists.recompute, recompute, DEFAULT_OPTIONS.recompute] as const,
  ].flatMap(([label, value, standard]) => (value === standard ? [] : [{ label, value, standard }]));
  return [...aim, ...numbers, ...chosen, ...own];
}

/** The form as a preset sets it. */
export function formOf({ objective, settings, options }: RunPreset, standard: SettingDrafts): RunForm {
  const texts = Object.entries(settings).map(([key, value]) => [key, String(value)]);
  return {
    kind: objective.kind,
    drafts: { ...standard, ...Object.fromEntries(texts) } as SettingDrafts,
    objective: objectiveDraftsOf({ ...DEFAULT_OBJECTIVE, ...objective }),
    options: { ...DEFAULT_OPTIONS, ...options },
  };
}

/** Whether two forms set the same: in what is otherwise than the defaults. */
export function sameForm(a: RunForm, b: RunForm): boolean {
  const text = (form: RunForm) => JSON.stringify([form.kind, differing(form)]);
  return text(a) === text(b);
}
