/**
 * @file What a right answer has to say, and what a completion says in the end.
 */
import type { Completion, RewardInput } from './types';

/** The visible text of the last message, where that is an answer; undefined where it calls, or there is none. */
export function finalAnswer({ reactions }: Completion): string | undefined {
  const last = reactions.at(-1);
  return last && !last.called ? last.answer : undefined;
}

/** What the data says that the answer must be: texts that it must state, or a whole answer to compare with. */
export type RightAnswer = { states: readonly string[] } | { text: string };

/** Undefined where nothing certain has to be in the answer. The recorded answer counts only where it shows what is right. */
export function rightAnswer({ expected, recorded = [] }: RewardInput): RightAnswer | undefined {
  if (expected?.states?.length) return { states: expected.states };
  if (expected && expected.written !== expected.decision) return undefined;
  // How one asks back or declines is free.
  if (expected && (expected.decision === 'ask' || expected.decision === 'decline')) return undefined;
  const last = recorded.at(-1);
  if (last?.role !== 'assistant' || last.toolCalls?.length) return undefined;
  const text = last.content.trim();
  return text === '' ? undefined : { text };
}
