/**
 * @file What an experiment is: arms that train one model in different ways, each with several seeds, all measured on the same
 * held-out questions. `read-definition.ts` reads it from a file.
 */
import type { FormatId } from '../conversation/formats';
import type { PracticeOptions } from '../conversation/practice/options';
import type { RewardPart } from '../reward/types';
import type { ObjectiveSettings } from '../settings/objective';
import type { TrainSettings } from '../worker/protocol';

export interface Experiment {
  name: string;
  /** What is asked, for the report. */
  about: string;
  /** Folder of the model, relative to the experiment's file. */
  model: string;
  /** Every arm is run once with each. */
  seeds: readonly number[];
  /** By the names that arms and the evaluation give. */
  data: Readonly<Record<string, DataSet>>;
  evaluation: EvaluationPlan;
  arms: readonly Arm[];
  /** Budgets at which all arms are compared; where there are none, those that the arms came to. */
  compareAt: { tokens: readonly number[]; seconds: readonly number[] };
}

export type DataSet = PracticeData | FileData | RolloutData;

/** Of the generator; with `perSeed`, the seed of the run is added to its own, so that every run has data of its own. */
export interface PracticeData {
  kind: 'practice';
  options: PracticeOptions;
  count: number;
  perSeed: boolean;
}

/** A file of conversations, relative to the experiment's. An arm that takes some of them takes others with every seed. */
export interface FileData {
  kind: 'file';
  path: string;
  format?: FormatId;
}

/**
 * What the model as loaded writes to the user turns of another data set, with rewards: made once for each seed, and charged to
 * every arm that learns from it.
 */
export interface RolloutData {
  kind: 'rollouts';
  /** Name of the data set whose user turns are answered. */
  prompts: string;
  /** User turns that are answered; all where it is absent. */
  count?: number;
  /** Completions of each. */
  perPrompt: number;
  temperature: number;
  topP: number;
  maxNewTokens: number;
  rewards: readonly OwnedRewardPart[];
}

/** A part of the reward; `own` has its JavaScript with it. */
export interface OwnedRewardPart extends RewardPart {
  code?: string;
}

export interface EvaluationPlan {
  /** Name of the data set whose user turns are the questions. */
  data: string;
  /** Steps between two evaluations, where an arm does not say otherwise; there is always one at the end. */
  every: number;
  /** Most tokens of one message. */
  maxNewTokens: number;
}

export interface Arm {
  name: string;
  /** The arm whose weights, of the same seed, it begins with; the model as loaded where it is absent. */
  from?: string;
  /** Absent: nothing is trained, only measured. */
  training?: Training;
}

export interface Training {
  objective: ObjectiveSettings;
  /** `seed` is that of the run, and `steps` that of the budget. */
  settings: TrainSettings;
  /** Name of the data set: conversations for SFT, rollouts for objectives on rewards, prompts on policy. */
  data: string;
  /** Conversations, or prompts of rollouts, that are taken of it; all where it is absent. */
  take?: number;
  /** On policy: what is rewarded. */
  rewards: readonly OwnedRewardPart[];
  /** Rank of LoRA; everything is trained where it is absent. */
  lora?: number;
  budget: Budget;
  /** Steps between two evaluations; those of the plan where it is absent. */
  every?: number;
}

/** The run ends after the step with which one of them is reached. Tokens and seconds count from its own beginning. */
export interface Budget {
  steps: number;
  /** Generated and trained tokens together. */
  tokens?: number;
  /** Of training, without evaluations. */
  seconds?: number;
}

/** An arm with one seed. */
export interface Run {
  arm: Arm;
  seed: number;
}

/**
 * All runs, seed by seed, so that what is finished early is whole seeds of all arms; within a seed in an order in which what one
 * begins with is there. An arm that trains nothing runs once, with the first seed.
 */
export function runsOf({ arms, seeds }: Pick<Experiment, 'arms' | 'seeds'>): Run[] {
  const ordered: Arm[] = [];
  const add = (arm: Arm) => {
    if (ordered.includes(arm)) return;
    const from = arms.find(({ name }) => name === arm.from);
    if (from) add(from);
    ordered.push(arm);
  };
  arms.forEach(add);
  return seeds.flatMap((seed, i) =>
    ordered.filter(({ training }) => training || i === 0).map((arm) => ({ arm, seed })),
  );
}

/** Whether other arms begin with its weights. */
export const isKept = ({ arms }: Pick<Experiment, 'arms'>, arm: Arm): boolean =>
  arms.some(({ from }) => from === arm.name);

/** A name as part of a file's name: `SFT, then GRPO` → `sft-then-grpo`. */
export const fileNameOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
