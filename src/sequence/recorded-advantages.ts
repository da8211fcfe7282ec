/**
 * @file How much better each recorded completion is than those that it is compared with: its reward minus their mean, as
 * advantage-weighted regression takes it (Peng et al., arXiv 1910.00177; `train/objectives/awr.ts`).
 */
import type { Conversation } from '../conversation/types';
import { promptKey } from './prompt-key';
import { samplesOf } from './samples';

export interface RecordedAdvantage {
  /** Index of the completion's first message. */
  from: number;
  reward: number;
  /** reward − mean of the completions that it is compared with, itself included. */
  advantage: number;
  /** Completions that it is compared with, itself included. */
  compared: number;
  /** Whether they answer the same prompt; one that is alone with its prompt is compared with the others that are. */
  samePrompt: boolean;
}

/** Gathers rewards, a few conversations at a time, and then tells the advantage of each record's own completion. */
export class AdvantageGroups {
  readonly #groups = new Map<string, number[]>();
  readonly #own = new Map<string, { group: string; from: number; reward: number }>();

  /**
   * Completions without a finite reward are left out, and never count as 0; so are records without a completion, whatever
   * their reward. Those that the mask does not train are compared like the others.
   */
  add(conversations: readonly Conversation[]): void {
    for (const { id, ...rest } of conversations) {
      for (const { conversation, from, facts, recorded } of samplesOf({ id, ...rest }, 'reward')) {
        const { reward } = facts;
        if (reward === undefined || !Number.isFinite(reward)) continue;
        if (from >= conversation.messages.length) continue;
        const group = promptKey(conversation, from);
        this.#groups.set(group, [...(this.#groups.get(group) ?? []), reward]);
        if (recorded) this.#own.set(id, { group, from, reward });
      }
    }
  }

  /** By id of the conversation; those without a reward are missing. */
  advantages(): Map<string, RecordedAdvantage> {
    const alone = [...this.#groups.values()].filter(({ length }) => length === 1).flat();
    const means = new Map([...this.#groups].map(([group, rewards]) => [group, mean(rewards)]));
    const meanAlone = mean(alone);
    return new Map(
      [...this.#own].map(([id, { group, from, reward }]) => {
        const { length } = this.#groups.get(group) ?? [];
        const samePrompt = length > 1;
        const advantage = reward - (samePrompt ? (means.get(group) ?? reward) : meanAlone);
        return [id, { from, reward, advantage, compared: samePrompt ? length : alone.length, samePrompt }];
      }),
    );
  }
}

/**
 * One number a token, [T]: the advantage where the completion is trained, NaN elsewhere.
 *
 * @param messages of each token, as `Encoded.message`
 */
export function tokenAdvantages(
  { from, advantage }: RecordedAdvantage,
  messages: Int32Array,
  weights: Float32Array,
): Float32Array {
  return weights.map((weight, i) => (i > 0 && weight !== 0 && (messages[i] ?? -1) >= from ? advantage : NaN));
}

/** Equal values have exactly that mean, where adding and dividing would leave a trace. */
function mean(values: readonly number[]): number {
  const first = values[0] ?? NaN;
  if (values.every((value) => value === first)) return first;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
