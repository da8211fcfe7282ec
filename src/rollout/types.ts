/**
 * @file What the two sides of a rollout tell each other: the engine's, which writes texts, and the text's, which renders
 * prompts, runs tools and rewards. Everything that is asked is told in full, so that whoever answers may be replaced
 * between two questions.
 */
import type { Ending } from '../model/engine';
import type { Grade } from '../reward/practice-grade';
import type { Completion, RewardInput, RewardScore } from '../reward/types';

/** One message that a model wrote. */
export interface WrittenRound {
  /** All that the model had before it, and what it wrote then: the tokens themselves, never made anew from text. */
  prompt: Int32Array;
  ids: Int32Array;
  ending: Ending;
}

/** A turn as far as it is written. */
export interface WrittenTurn {
  /** Number of the prompt that it reacts to. */
  prompt: number;
  rounds: readonly WrittenRound[];
}

/** The prompts of a run as tokens. */
export interface OpenedPrompts {
  /** In their order; why not, where the template refuses one. */
  prompts: ({ ids: Int32Array } | { problem: string })[];
  /** The tokens that end a turn. */
  stopIds: number[];
}

/** A turn that has ended, read. */
export interface ReadTurn {
  completion: Completion;
  reward: RewardScore;
  /** The decision of its first message, where it is known what is right. */
  grade?: Grade;
  /** Of each round, the segment of every token of its prompt and of what was written: indices into `SEGMENT_KINDS`. */
  kinds: Uint8Array[];
}

/** A turn that was read, and what a reward is to be given for it. */
export interface UnrewardedTurn extends Omit<ReadTurn, 'reward'> {
  input: RewardInput;
}

/** The text's side. Each method rejects with a named error. */
export interface RolloutTexts {
  open(): Promise<OpenedPrompts>;
  /** The whole text that a turn goes on from after its last round; undefined where the turn has ended. */
  extend(turn: WrittenTurn): Promise<Int32Array | undefined>;
  finish(turns: readonly WrittenTurn[]): Promise<ReadTurn[]>;
}
