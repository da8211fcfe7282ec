/** @file Completions that a run on policy writes: its prompts, what it asks of the page, what it reports. */
import type { Conversation } from '../../conversation/types';
import type { Completion, RewardScore } from '../../reward/types';
import type { OpenedPrompts, ReadTurn, WrittenTurn } from '../../rollout/types';
import type { TrainingSequence } from '../../sequence/types';
import type { ErrorReport } from './error';

/** A user's message that the model is to react to, in rollouts; what stands before it is as recorded. */
export interface RolloutPrompt {
  conversation: Conversation;
  /** Index of the message. */
  message: number;
}

/**
 * What a run on policy asks of the page, since the engine's worker has neither tokenizer nor template, nor runs anybody's code.
 * `open`: the run's prompts as tokens. `extend`: what a turn goes on from. `finish`: turns read and rewarded.
 */
export type RolloutQuestion =
  | { kind: 'open' }
  | { kind: 'extend'; turn: WrittenTurn }
  | { kind: 'finish'; turns: readonly WrittenTurn[] };

/** Of the kind that was asked, or why there is none; then the run fails with that. */
export type RolloutAnswer =
  | { kind: 'open'; opened: OpenedPrompts }
  | { kind: 'extend'; ids: Int32Array | null }
  | { kind: 'finish'; turns: ReadTurn[] }
  | { kind: 'failed'; error: ErrorReport };

/** One completion of a step on policy. */
export interface RolloutReport {
  /** Of the step, from 0; completions of the same prompt have the same `group`. */
  rollout: number;
  group: number;
  /** Id of the prompt's conversation, and the index of the user's message. */
  conversation: string;
  message: number;
  completion: Completion;
  reward: RewardScore;
  /** Undefined where the sample was dropped. */
  advantage?: number;
  /** Prompt and completion, with the weight that each token gets. */
  sequence: TrainingSequence;
}
