/**
 * @file What training conversations offer to objectives: rewards, pairs, labels, prompts, and tools that can be simulated.
 */
import type { Conversation } from '../conversation/types';
import { hasCompletion, samplesOf } from '../sequence/samples';
import type { RolloutPrompt } from '../worker/protocol';

export interface ObjectiveData {
  conversations: number;
  /** Those with a reward; a label, and being chosen or rejected, counts as 1 or 0. */
  rewarded: number;
  /** Those in which the assistant reacts to a user. */
  completions: number;
  /** Those with a chosen and a rejected completion. */
  pairs: number;
  /** Those with a label, or with a chosen and a rejected completion. */
  labelled: number;
  /** Completions said to be good, and bad: by a label, or one each of a pair. Where none was written, there is none. */
  good: number;
  bad: number;
  /** Conversations with the label false, which SFT leaves out. */
  labelledBad: number;
  /** User messages. */
  prompts: number;
  /** Of them, those whose conversation lists tools, and those of which nothing can run the tools. */
  withTools: number;
  withoutSimulator: number;
  /** User messages for which the data says what is right; of them, those where both calling and answering would be defensible. */
  expected: number;
  contested: number;
}

/** User messages to answer on policy: all of those. What stands before each is as recorded. */
export function promptsOf(conversations: readonly Conversation[]): RolloutPrompt[] {
  return conversations.flatMap((conversation) =>
    conversation.messages.flatMap(({ role }, message) =>
      role === 'user' ? [{ conversation, message }] : [],
    ),
  );
}

/** A conversation never changes, an edited one is another: after an edit of one in 10,000, only that one is looked through. */
const known = new WeakMap<Conversation, ObjectiveData>();

function dataOf(conversation: Conversation): ObjectiveData {
  let own = known.get(conversation);
  if (!own) known.set(conversation, (own = lookThrough(conversation)));
  return own;
}

function lookThrough(conversation: Conversation): ObjectiveData {
  const own = { ...conversation };
  const { messages, tools, extra, label, preference, reward } = own;
  const user = messages.findIndex(({ role }) => role === 'user');
  const prompts = messages.filter(({ role }) => role === 'user').length;
  const withTools = tools?.length ? prompts : 0;
  const labelled = samplesOf(own, 'label');
  const found = labelled.every(hasCompletion) ? labelled : [];
  const good = found.filter(({ facts }) => facts.desirable).length;
  return {
    conversations: 1,
    rewarded: Number((reward ?? label ?? preference) !== undefined),
    completions: Number(user >= 0 && messages.some(({ role }, i) => role === 'assistant' && i > user)),
    pairs: Number(preference !== undefined),
    labelled: Number(labelled.length > 0),
    good,
    bad: found.length - good,
    labelledBad: Number(label === false),
    prompts,
    withTools,
    withoutSimulator: typeof extra['world'] === 'number' ? 0 : withTools,
    expected: Array.isArray(extra['expected']) ? prompts : 0,
    contested: contestedIn(extra['expected']),
  };
}

function contestedIn(expected: unknown): number {
  if (!Array.isArray(expected)) return 0;
  return expected.filter((one: unknown) => (one as { contested?: unknown } | null)?.contested === true)
    .length;
}

/** Looks through training conversations. */
export function objectiveData(conversations: readonly Conversation[]): ObjectiveData {
  const sum: ObjectiveData = {
    ...{ conversations: 0, rewarded: 0, completions: 0, pairs: 0, labelled: 0 },
    ...{ good: 0, bad: 0, labelledBad: 0 },
    ...{ prompts: 0, withTools: 0, withoutSimulator: 0, expected: 0, contested: 0 },
  };
  const keys = Object.keys(sum) as (keyof ObjectiveData)[];
  for (const conversation of conversations) {
    const own = dataOf(conversation);
    for (const key of keys) sum[key] += own[key];
  }
  return sum;
}
