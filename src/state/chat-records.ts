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

/** The record with another reward, and the label that follows from it. */
export function withReward(conversation: Conversation, reward: number): Conversation {
  const { label: _, ...rest } = conversation;
  const label = reward >= 0.75 ? true : reward <= 0.25 ? false : undefined;
  return { ...rest, reward, ...(label !== undefined && { label }) };
}

/**
 * The records, each that was rated higher than another answer to the same prompt chosen over the worst of those. Every answer
 * stays one record, so that no objective meets it twice.
 */
export function withPreferences(records: readonly Conversation[]): Conversation[] {
  const groups = new Map<string, Conversation[]>();
  for (const record of records) {
    const key = promptText(record);
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return records.map((record) => {
    const { preference: _, ...rest } = record;
    const worst = (groups.get(promptText(record)) ?? []).reduce((low, other) =>
      (other.reward ?? 0) < (low.reward ?? 0) ? other : low,
    );
    if ((worst.reward ?? 0) >= (record.reward ?? 0)) return rest;
    return { ...rest, preference: { chosen: completionOf(record), rejected: completionOf(worst) } };
  });
}

const completionOf = ({ messages, completionFrom = 0 }: Conversation) => messages.slice(completionFrom);

function promptText({ messages, completionFrom = 0, tools = [], templateKwargs = {} }: Conversation): string {
  return JSON.stringify([messages.slice(0, completionFrom), tools, templateKwargs]);
}
