/**
 * @file What a run on policy reacts to on the command line: every user message of the conversations that it is given.
 */
import type { RewardPart } from '../reward/types';
import { LocalTexts, promptsOf, scorerOf } from '../rollout/local-texts';
import type { Inspector } from '../sequence/inspector';
import type { RolloutPrompt } from '../worker/protocol';
import { UsageError, type Given } from './arguments';
import { readConversations, type Tally } from './data';
import { tellUnread } from './expected-notes';
import type { Io } from './io';

export interface PolicyData {
  texts: LocalTexts;
  prompts: RolloutPrompt[];
  conversations: number;
  /** Records that were left out, each told on standard error. */
  left: number;
}

/**
 * @param rewards what completions are rewarded for
 * @throws UsageError as `readConversations`, and where there is no user message.
 */
export async function readPrompts(
  given: Given,
  io: Io,
  inspector: Inspector,
  rewards: readonly RewardPart[],
): Promise<PolicyData> {
  const tally: Tally = { records: 0, left: 0 };
  const prompts: RolloutPrompt[] = [];
  let conversations = 0;
  for await (const conversation of readConversations(given, io, tally, inspector)) {
    tellUnread(conversation, io);
    prompts.push(...promptsOf([conversation]));
    conversations++;
  }
  if (prompts.length === 0) {
    throw new UsageError('No conversation has a user message to react to: give --data other conversations.');
  }
  const texts = new LocalTexts(inspector, prompts, scorerOf(rewards));
  return { texts, prompts, conversations, left: tally.left };
}
