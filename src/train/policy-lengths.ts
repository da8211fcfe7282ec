/**
 * @file How long the completions of a step on policy can be, with their prompts: what is known of its batches before they are written.
 */
import { MOST_ROUNDS } from '../rollout/answered';
import type { ObjectiveSettings } from '../settings/objective';

/** A prompt that can be drawn. */
export interface PromptLength {
  tokens: number;
  /** Its calls are answered, so that a turn goes on after its first message, for as many tokens as there are. */
  goesOn: boolean;
}

/** How many sequences at most can be in one batch of which the longest has so many tokens; 0 where none can have so many. */
export type RowsAt = (length: number) => number;

/** What offers tools, calls one and has its answer is taken to have no fewer tokens. */
const TOOL_TOKENS = 64;

/**
 * Where the prompts are not known yet: as many as their completions can be at all. Each is one sequence, unless tools answer in it: the
 * template may rewrite what was written before an answer, and then each of its messages is a sequence (`turnSequences`).
 */
export function anyRows({ prompts, groupSize }: Pick<ObjectiveSettings, 'prompts' | 'groupSize'>): RowsAt {
  return (length) => prompts * groupSize * (length < TOOL_TOKENS ? 1 : MOST_ROUNDS);
}

/**
 * By the prompts, of which those that go on may each be as many sequences as messages. What a template rewrites is taken to be no
 * shorter than the prompt.
 *
 * @param limit tokens of a sequence that are trained at most
 */
export function policyRows(
  usable: readonly PromptLength[],
  { prompts, groupSize, maxNewTokens }: Pick<ObjectiveSettings, 'prompts' | 'groupSize' | 'maxNewTokens'>,
  limit: number,
): RowsAt {
  // All are sums over lengths from 1: prompts whose completions can be as short, those of them that go on, and prompts that have some of
  // just that length.
  const short = new Int32Array(limit + 2);
  const going = new Int32Array(limit + 2);
  const exact = new Int32Array(limit + 2);
  const add = (sums: Int32Array, at: number, value: number) => (sums[at] = (sums[at] ?? 0) + value);
  for (const { tokens, goesOn } of usable) {
    const shortest = Math.min(limit, tokens + 1);
    const longest = goesOn ? limit : Math.min(limit, tokens + maxNewTokens);
    add(short, shortest, 1);
    if (goesOn) add(going, shortest, 1);
    add(exact, shortest, 1);
    add(exact, longest + 1, -1);
  }
  for (let length = 1; length <= limit; length++)
    for (const sums of [short, going, exact]) add(sums, length, sums[length - 1] ?? 0);
  // A prompt comes once in each order of them all, of which the prompts of a step may be from several.
  const times = Math.ceil((prompts - 1) / Math.max(1, usable.length)) + 1;
  const drawn = (sums: Int32Array, length: number) => Math.min(prompts, times * (sums[length] ?? 0));
  return (length) =>
    (exact[length] ?? 0) > 0
      ? groupSize * (drawn(short, length) + (MOST_ROUNDS - 1) * drawn(going, length))
      : 0;
}
