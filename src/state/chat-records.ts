/**
 * @file Rated answers of the chat as conversations of the data set: a reward, a label for objectives that learn from those,
 * and a preference where answers to the same prompt were rated differently.
 */
import type { Conversation, Message, ToolSchema } from '../conversation/types';

export interface RatedAnswer {
  id: string;
  /** Everything before the answer, and what the model wrote with the results of its calls. */
  prompt: readonly Message[];
  completion: readonly Message[];
  tools: readonly ToolSchema[];
  templateKwargs?: Conversation['templateKwargs'];
  /** The practice world that answered its calls; undefined where none did. */
  world?: number | undefined;
  reward: number;
}

/** Where such conversations say that they come from. */
export const CHAT_SOURCE = 'chat';

/** An answer as a record. Its label is good from 0.75 and bad up to 0.25; what lies between is neither. */
export function recordOf(
  { id, prompt, completion, tools, templateKwargs, world, reward }: RatedAnswer,
  record: number,
): Conversation {
  return withReward(
    {
      id,
      messages: [...prompt, ...completion],
      ...(tools.length > 0 && { tools: [...tools] }),
      ...(templateKwargs && { templateKwargs }),
      completionFrom: prompt.length,
      extra: world === undefined ? {} : { world },
      source: { file: CHAT_SOURCE, record, line: record + 1 },
    },
    reward,
  );
}

/** Good, bad, or neither. */
const labelOf = (reward: number): boolean | undefined =>
  reward >= 0.75 ? true : reward <= 0.25 ? false : undefined;

/** The record with another reward, and the label that follows from it. */
export function withReward(conversation: Conversation, reward: number): Conversation {
  const { label: _, ...rest } = conversation;
  const label = labelOf(reward);
  return { ...rest, reward, ...(label !== undefined && { label }) };
}

/**
 * A conversation of Data with another reward, or without one. A label that says what the reward before said follows the new one, as it
 * did when an answer was rated; any other stays, since somebody else gave it.
 */
export function rewardedAnew(conversation: Conversation, reward: number | undefined): Conversation {
  const { reward: before, label, ...rest } = conversation;
  // A reward between good and bad says neither, and there is no label then.
  const followed = before !== undefined && label === labelOf(before);
  if (followed) return reward === undefined ? rest : withReward(rest, reward);
  return {
    ...rest,
    ...(label !== undefined && { label }),
    ...(reward !== undefined && { reward }),
  };
}

/**
 * The records, each that was rated higher than another answer to the same prompt chosen over the worst of those. One that says the
 * same is nothing to choose it over, and taken only where there is no other. Every answer stays one record, so that no objective
 * meets it twice.
 */
export function withPreferences(records: readonly Conversation[]): Conversation[] {
  const groups = new Map<string, Conversation[]>();
  for (const record of records) {
    const key = promptText(record);
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return records.map((record) => {
    const { preference: _, ...rest } = record;
    const lower = (groups.get(promptText(record)) ?? [])
      .filter((other) => rewardOf(other) < rewardOf(record))
      .sort((a, b) => rewardOf(a) - rewardOf(b));
    const worst = lower.find((other) => !saysTheSame(record, other)) ?? lower[0];
    if (!worst) return rest;
    return { ...rest, preference: { chosen: completionOf(record), rejected: completionOf(worst) } };
  });
}

/** Whether another record has the same answer to the same prompt with another reward: of the two, none can be preferred. */
export function isContradicted(record: Conversation, records: readonly Conversation[]): boolean {
  return records.some(
    (other) =>
      rewardOf(other) !== rewardOf(record) &&
      promptText(other) === promptText(record) &&
      saysTheSame(other, record),
  );
}

const rewardOf = ({ reward = 0 }: Conversation): number => reward;

const saysTheSame = (a: Conversation, b: Conversation): boolean =>
  JSON.stringify(completionOf(a)) === JSON.stringify(completionOf(b));

const completionOf = ({ messages, completionFrom = 0 }: Conversation) => messages.slice(completionFrom);

function promptText({ messages, completionFrom = 0, tools = [], templateKwargs = {} }: Conversation): string {
  return JSON.stringify([messages.slice(0, completionFrom), tools, templateKwargs]);
}
