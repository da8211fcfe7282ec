/**
 * @file What a run on policy must have: prompts that leave room to answer, and completions that can differ.
 */
import { LosslightError } from '../errors';
import type { ObjectiveSettings } from '../settings/objective';

/** What to say where there is nothing to answer. */
export function noPrompts(why: string): LosslightError {
  return new LosslightError(
    'no-prompts',
    why,
    'Bring conversations with user messages, and choose a “Longest sequence” that has room for an answer.',
  );
}

/** @param prompts as opened, none of which can be had */
export function whyNone(
  prompts: readonly ({ ids: Int32Array } | { problem: string })[],
  limit: number,
): string {
  const refused = prompts.find((opened) => 'problem' in opened);
  if (refused) return `No prompt can be rendered. The first reason: ${refused.problem}`;
  return `Every prompt has ${limit} tokens or more, which leaves no room to answer.`;
}

/**
 * Completions of a group are compared with each other, by all but REINFORCE.
 *
 * @throws LosslightError `bad-settings` where there is nothing to compare.
 */
export function checkComparison({ kind, groupSize, temperature }: ObjectiveSettings): void {
  if (kind !== 'reinforce' && groupSize < 2) {
    throw new LosslightError(
      'bad-settings',
      `${kind.toUpperCase()} compares completions of one prompt with each other, and there is one of each.`,
      'Choose two completions a prompt or more, or REINFORCE.',
    );
  }
  if (temperature === 0) {
    throw new LosslightError(
      'bad-settings',
      'At temperature 0 all completions of a prompt are the same, and nothing can be learnt from their difference.',
      'Choose a temperature above 0, usually 1.',
    );
  }
}
