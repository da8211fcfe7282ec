/**
 * @file What training conversations offer to objectives: rewards, pairs, labels, prompts, and tools that can be simulated.
 */
import type { Conversation } from '../conversation/types';
import type { RolloutPrompt } from '../worker/protocol';

export interface ObjectiveData {
  conversations: number;
  /** Those with a reward; a label, and being chosen or rejected, counts as 1 or 0. */
  rewarded: number;
  /** Those in which the assistant reacts to a user. */
  completions: number;
  /** Those with a chosen and a rejected completion. */
  pairs: number;
  /** Completions said to be good, and bad: by a label, or one each of a pair. */
  good: number;
  bad: number;
  /** Conversations with the label false, which SFT leaves out. */
  labelledBad: number;
  /** User messages. */
  prompts: number;
  /** Of them, those whose conversation lists tools, and those of which nothing can run the tools. */
  withTools: number;
  withoutSimulator: number;
  /** User messages for which the data says what is right. */
  expected: number;
}

/** User messages to answer on policy: all of those. What stands before each is as recorded. */
export function promptsOf(conversations: readonly Conversation[]): RolloutPrompt[] {
  return conversations.flatMap((conversation) =>
    conversation.messages.flatMap(({ role }, message) =>
      role === 'user' ? [{ conversation, message }] : [],
    ),
  );
}

/** Looks through training conversations. */
export function objectiveData(conversations: readonly Conversation[]): ObjectiveData {
  const count = (test: (conversation: Conversation) => boolean) => conversations.filter(test).length;
  const pairs = count(({ preference }) => preference !== undefined);
  const prompts = promptsOf(conversations);
  const withTools = prompts.filter(({ conversation: { tools } }) => tools?.length);
  return {
    conversations: conversations.length,
    rewarded: count(({ reward, label, preference }) => (reward ?? label ?? preference) !== undefined),
    completions: count(({ messages }) => {
      const user = messages.findIndex(({ role }) => role === 'user');
      return user >= 0 && messages.some(({ role }, i) => role === 'assistant' && i > user);
    }),
    pairs,
    good: pairs + count(({ label, preference }) => label === true && !preference),
    bad: pairs + count(({ label, preference }) => label === false && !preference),
    labelledBad: count(({ label }) => label === false),
    prompts: prompts.length,
    withTools: withTools.length,
    withoutSimulator: withTools.filter(({ conversation: { extra } }) => typeof extra['world'] !== 'number')
      .length,
    expected: prompts.filter(({ conversation: { extra } }) => Array.isArray(extra['expected'])).length,
  };
}
