/**
 * @file Completions that a simulated model writes: the recorded reaction to each prompt, better judged as it learns.
 */
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { readReaction } from '../../src/reward/reaction';
import { recordedReaction } from '../../src/reward/expected-turns';
import type { RewardPart } from '../../src/reward/types';
import type { TrainingSequence } from '../../src/sequence/types';
import type { ObjectiveSettings } from '../../src/settings/objective';
import type { RolloutPrompt, RolloutReport, StepMetrics } from '../../src/worker/protocol';
import type { TextService } from '../../src/worker/text-client';

/** A prompt with the tokens of its conversation up to the end of the recorded reaction. */
export interface TokenizedPrompt {
  prompt: RolloutPrompt;
  sequence: TrainingSequence;
}

/** The prompts as real tokens; those that have no recorded reaction are left out. */
export async function tokenizePrompts(
  text: Pick<TextService, 'sequences'>,
  prompts: readonly RolloutPrompt[],
): Promise<TokenizedPrompt[]> {
  const found: TokenizedPrompt[] = [];
  for (const prompt of prompts) {
    const { conversation, message } = prompt;
    const reaction = recordedReaction(conversation, message);
    const messages = [...conversation.messages.slice(0, message + 1), ...reaction];
    const { sequences } = await text.sequences({
      conversations: [{ ...conversation, messages }],
      policy: DEFAULT_POLICY,
      maxLength: 4096,
    });
    if (sequences[0]) found.push({ prompt, sequence: sequences[0] });
  }
  return found;
}

/** One step: every third group is flat, and in every fifth one a sample has no reward. */
export function fakeRollouts(
  prompts: readonly TokenizedPrompt[],
  { prompts: groups, groupSize }: ObjectiveSettings,
  rewards: readonly RewardPart[],
  step: number,
  noise: (a: number, b: number) => number,
): RolloutReport[] {
  return Array.from({ length: groups }, (_, group) => {
    const chosen = prompts[(step * groups + group) % Math.max(1, prompts.length)];
    if (!chosen) return [];
    const { conversation, message } = chosen.prompt;
    const flat = group % 3 === 2;
    const totals = Array.from({ length: groupSize }, (_, i) =>
      // The first two differ, so that no other group is flat by chance.
      flat ? 1 : i < 2 ? i : Math.round(noise(step * 31 + group, i) + 0.01 * step),
    );
    const mean = totals.reduce((sum, total) => sum + total, 0) / groupSize;
    return totals.map((total, i): RolloutReport => {
      const dropped = group % 5 === 4 && i === 0;
      const advantage = flat ? 0 : (total - mean) / 0.5;
      const messages = recordedReaction(conversation, message);
      const text = messages
        .filter(({ role }) => role === 'assistant')
        .map(({ content }) => content)
        .join('');
      return {
        rollout: group * groupSize + i,
        group,
        conversation: conversation.id,
        message,
        completion: {
          messages,
          reactions: [readReaction(text, [])],
          text,
          tokens: chosen.sequence.ids.length,
          thinkTokens: 0,
          ended: true,
        },
        reward: {
          total: dropped ? undefined : total,
          parts: rewards.map(({ id }) => ({ id, value: dropped ? undefined : total })),
          ...(dropped && { problem: 'Right decision: Nothing says what is right here.' }),
        },
        ...(!dropped && { advantage }),
        sequence: {
          ...chosen.sequence,
          weights: chosen.sequence.weights.map((weight) => (weight && !dropped ? weight : 0)),
        },
      };
    });
  }).flat();
}

/** What a step on policy measures of its completions. */
export function fakeMetrics(rollouts: readonly RolloutReport[], step: number): StepMetrics {
  const totals = rollouts.flatMap(({ reward: { total } }) => (total === undefined ? [] : [total]));
  const reward = totals.reduce((sum, total) => sum + total, 0) / Math.max(1, totals.length);
  const parts = rollouts[0]?.reward.parts ?? [];
  return {
    reward,
    rewardParts: Object.fromEntries(parts.map(({ id }) => [id, reward])),
    dropped: rollouts.length - totals.length,
    flatGroups: 1,
    kl: 0.002 * step,
    entropy: 0.8 * 0.98 ** step,
    clipFraction: 0,
    completionTokens: 40 + (step % 7),
    decision: Math.min(1, 0.5 + 0.02 * step),
    falseCalls: Math.max(0, 0.3 - 0.02 * step),
    missedCalls: Math.max(0, 0.2 - 0.01 * step),
  };
}
