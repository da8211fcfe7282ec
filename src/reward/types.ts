/**
 * @file What a reward is given and what it gives.
 */
import type { Expected } from '../conversation/practice/compose';
import type { Conversation, Message } from '../conversation/types';
import type { Reaction } from './reaction';

/** A model's whole reaction to a user's turn, with the results of its calls. */
export interface Completion {
  /** Assistant messages and the results between them, in order. */
  messages: Message[];
  /** What was read out of each assistant message. */
  reactions: Reaction[];
  /** All that the model itself wrote, special tokens written out, results left out. */
  text: string;
  /** Tokens that the model wrote, and those of them inside thinking. */
  tokens: number;
  thinkTokens: number;
  /** The last message ended by itself and not by a limit. */
  ended: boolean;
}

export interface RewardInput {
  /** Up to and with the user's message that was reacted to; its tools are those listed. */
  conversation: Conversation;
  completion: Completion;
  /** What is right, where that is known. */
  expected?: Expected;
  /** The reaction that the data shows, with the results in it, where it shows one. */
  recorded?: readonly Message[];
}

/** One reward: pure, the same for the same input. */
export interface RewardFunction {
  /** Stable, for files and addresses: `decision`, `format`, … */
  id: string;
  title: string;
  /** One sentence for people. */
  help: string;
  /** Its own numbers, such as a length, with their defaults and limits. */
  options: readonly RewardOption[];
  /** It cannot be told where nothing says what is right. */
  needsExpected?: true;
  /** Why it may be undefined although something says what is right, in a sentence. */
  missing?: string;
  /** Undefined where it cannot be told, such as where nothing says what is right: the sample is dropped, never counted as 0. */
  score(input: RewardInput, options: Readonly<Record<string, number>>): number | undefined;
}

export interface RewardOption {
  key: string;
  label: string;
  help: string;
  default: number;
  min: number;
  max: number;
}

/** A reward function's part in the whole: weight · score. `own` is the user's JavaScript. */
export interface RewardPart {
  id: string;
  weight: number;
  options?: Readonly<Record<string, number>>;
}

/** What a completion was given. */
export interface RewardScore {
  /** Σ weight · score; undefined where a part is missing. */
  total: number | undefined;
  /** Each part's own score, without its weight. */
  parts: { id: string; value: number | undefined }[];
  /** Why it has no total, in a sentence. */
  problem?: string;
}
