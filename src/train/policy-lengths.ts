/**
 * @file How long the completions of a step on policy can be, with their prompts: what is known of its batches before they are written.
 */
import type { ObjectiveSettings } from '../settings/objective';

/** A prompt that can be drawn. */
export interface PromptLength {
  tokens: number;
  /** Its calls are answered, so that a turn goes on after its first message, for as many tokens as there are. */
  goesOn: boolean;
}

/** How many sequences at most can be in one batch of which the longest has so many tokens; 0 where none can have so many. */
export type RowsAt = (length: number) => number;

/**
 * By the prompts. A completion is taken to be one sequence, which is the rule: where the template rewrites what was written before a
 * tool answered, there are more.
 *
 * @param limit tokens of a sequence that are trained at most
 */
export function policyRows(
  usable: readonly PromptLength[],
  { prompts, groupSize, maxNewTokens }: Pick<ObjectiveSettings, 'prompts' | 'groupSize' | 'maxNewTokens'>,
  limit: number,
): RowsAt {
  // Both are sums over lengths from 1: prompts whose completions can be as short, and those that have some of just that length.
  const short = new Int32Array(limit + 2);
  const exact = new Int32Array(limit + 2);
  const add = (sums: Int32Array, at: number, value: number) => (sums[at] = (sums[at] ?? 0) + value);
  for (const { tokens, goesOn } of usable) {
    const shortest = Math.min(limit, tokens + 1);
    const longest = goesOn ? limit : Math.min(limit, tokens + maxNewTokens);
    add(short, shortest, 1);
    add(exact, shortest, 1);
    add(exact, longest + 1, -1);
  }
  for (let length = 1; length <= limit; length++) {
    add(short, length, short[length - 1] ?? 0);
    add(exact, length, exact[length - 1] ?? 0);
  }
  // A prompt comes once in each order of them all, of which the prompts of a step may be from several.
  const times = Math.ceil((prompts - 1) / Math.max(1, usable.length)) + 1;
  return (length) =>
    (exact[length] ?? 0) > 0 ? groupSize * Math.min(prompts, times * (short[length] ?? 0)) : 0;
}
