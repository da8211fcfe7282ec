/**
 * @file Puts reward functions together: the weighted sum of parts, which is missing where a part is missing.
 */
import { coreRewards as words } from '$strings/core-rewards';
import { LosslightError } from '../errors';
import { OWN_REWARD, OWN_TITLE, REWARD_FUNCTIONS, rewardFunction } from './registry';
import type { RewardFunction, RewardInput, RewardPart, RewardScore } from './types';

/** What the person's own function gave; `problem` says in a sentence why there is no value. */
export interface OwnScore {
  value?: number;
  problem?: string;
  /** Line of the code that the problem is about, from 1, where that is known. */
  line?: number;
  /** What the code wrote to the console. */
  log?: string;
}

/** Σ weight · score stays far from where numbers lose digits. */
const MOST_WEIGHT = 1000;

function bad(reason: string, remedy: string): LosslightError {
  return new LosslightError('bad-reward', reason, remedy);
}

/**
 * @throws LosslightError `bad-reward`: no part, an unknown or repeated id, an unknown option, a weight or an option that is no
 * number or outside its range.
 */
export function checkRewardParts(parts: readonly RewardPart[]): void {
  if (parts.length === 0) throw bad('Nothing is rewarded yet.', 'Add at least one reward.');
  const seen = new Set<string>();
  for (const { id, weight, options = {} } of parts) {
    const known = rewardFunction(id);
    if (!known && id !== OWN_REWARD) {
      const ids = [...REWARD_FUNCTIONS.map((item) => item.id), OWN_REWARD].join(', ');
      throw bad(`There is no reward “${id}”.`, `Choose one of ${ids}.`);
    }
    if (seen.has(id)) throw bad(`The reward “${id}” is there twice.`, 'Keep one, and change its weight.');
    seen.add(id);
    if (!Number.isFinite(weight) || Math.abs(weight) > MOST_WEIGHT) {
      throw bad(
        `The weight of the reward “${id}” must be a number between −${MOST_WEIGHT} and ${MOST_WEIGHT}.`,
        'Correct the weight.',
      );
    }
    checkOptions(id, known, options);
  }
}

function checkOptions(
  id: string,
  known: RewardFunction | undefined,
  options: Readonly<Record<string, number>>,
): void {
  for (const [key, value] of Object.entries(options)) {
    const option = known?.options.find((item) => item.key === key);
    if (!option) {
      const keys = known?.options.map((item) => item.key).join(', ');
      throw bad(
        `The reward “${id}” has no option “${key}”.`,
        keys ? `Its options are ${keys}.` : 'Leave the option out.',
      );
    }
    const { min, max } = option;
    if (!(typeof value === 'number' && value >= min && value <= max)) {
      throw bad(
        `The option “${key}” of the reward “${id}” must be a number between ${min} and ${max}.`,
        'Correct the option.',
      );
    }
  }
}

/** True where the person's own function has a part. */
export function usesOwn(parts: readonly RewardPart[]): boolean {
  return parts.some(({ id }) => id === OWN_REWARD);
}

/**
 * What a completion gets: Σ weight · score. Where a part cannot be told or is not finite, the total is undefined and `problem`
 * names the part; it never counts as 0. A part of weight 0 is measured and does not count.
 *
 * @param own what the person's own function gave, where it has a part
 * @throws LosslightError `bad-reward`, see `checkRewardParts`.
 */
export function composeRewards(
  parts: readonly RewardPart[],
  input: RewardInput,
  own?: OwnScore,
): RewardScore {
  checkRewardParts(parts);
  let total = 0;
  let problem: string | undefined;
  const scores = parts.map(({ id, weight, options }) => {
    const { value, reason } = id === OWN_REWARD ? ownPart(own) : part(id, input, options);
    if (value !== undefined) total += weight * value;
    else if (weight !== 0) problem ??= reason;
    return { id, value };
  });
  return problem === undefined ? { total, parts: scores } : { total: undefined, parts: scores, problem };
}

interface Part {
  value: number | undefined;
  reason?: string;
}

function part(id: string, input: RewardInput, given: RewardPart['options'] = {}): Part {
  const found = rewardFunction(id);
  if (!found) throw bad(`There is no reward “${id}”.`, 'Remove it.');
  const defaults = Object.fromEntries(found.options.map((option) => [option.key, option.default]));
  const value = found.score(input, { ...defaults, ...given });
  if (value !== undefined && Number.isFinite(value)) return { value };
  const reason =
    value !== undefined
      ? words.notFinite
      : found.needsExpected && !input.expected
        ? words.nothingExpected
        : (found.missing ?? words.unknown);
  return { value: undefined, reason: words.problem(found.title, reason) };
}

function ownPart(own: OwnScore | undefined): Part {
  const value = own?.value;
  if (value !== undefined && Number.isFinite(value)) return { value };
  const reason = own?.problem ?? (own ? words.notFinite : words.notRun);
  return { value: undefined, reason: words.problem(OWN_TITLE, reason) };
}
