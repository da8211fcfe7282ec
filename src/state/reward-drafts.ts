/**
 * @file A composition of rewards as it is typed, and what is wrong with it.
 */
import { rewards } from '$strings/rewards';
import { checkRewardParts } from '../reward/compose';
import { OWN_REWARD, rewardFunction } from '../reward/registry';
import type { RewardPart } from '../reward/types';
import { parseNumber } from '../settings/train';
import { toReport } from './errors';

const words = rewards.wrong;

/** One row of the form. */
export interface RewardDraft {
  id: string;
  weight: string;
  options: Readonly<Record<string, string>>;
}

/** A weight, or an option's key. */
export type DraftField = 'weight' | { option: string };

/** The part with its defaults, and an option's own value over each. */
export function draftOf({ id, weight, options = {} }: RewardPart): RewardDraft {
  const rows = rewardFunction(id)?.options ?? [];
  return {
    id,
    weight: String(weight),
    options: Object.fromEntries(
      rows.map(({ key, default: standard }) => [key, String(options[key] ?? standard)]),
    ),
  };
}

/** What is wrong with one field, in a sentence; undefined where nothing is. */
export function draftError(draft: RewardDraft, field: DraftField): string | undefined {
  if (field === 'weight') {
    const weight = parseNumber(draft.weight);
    if (weight === undefined) return words.weight;
    return Math.abs(weight) > 1000 ? words.weightRange : undefined;
  }
  const row = rewardFunction(draft.id)?.options.find(({ key }) => key === field.option);
  if (!row) return undefined;
  const value = parseNumber(draft.options[row.key] ?? '');
  if (value === undefined) return words.option(row.label);
  return value < row.min || value > row.max ? words.optionRange(row.label, row.min, row.max) : undefined;
}

/** The parts, or in a sentence why there are none to use. */
export function partsOf(
  drafts: readonly RewardDraft[],
  code: string,
): { parts: RewardPart[]; problem?: undefined } | { parts?: undefined; problem: string } {
  if (drafts.length === 0) return { problem: words.none };
  const wrong = drafts.some((draft) =>
    [
      draftError(draft, 'weight'),
      ...Object.keys(draft.options).map((option) => draftError(draft, { option })),
    ].some(Boolean),
  );
  if (wrong) return { problem: words.one };
  if (code.trim() === '' && drafts.some(({ id }) => id === OWN_REWARD)) return { problem: words.emptyCode };
  const parts = drafts.map(partOf);
  try {
    checkRewardParts(parts);
  } catch (error) {
    const { message, remedy } = toReport(error);
    return { problem: words.told(message, remedy) };
  }
  return { parts };
}

/** Options that are the defaults are left out: the file stays short. */
function partOf({ id, weight, options }: RewardDraft): RewardPart {
  const own = (rewardFunction(id)?.options ?? [])
    .map(({ key, default: standard }): [string, number] => [key, parseNumber(options[key] ?? '') ?? standard])
    .filter(([key, value]) => rewardFunction(id)?.options.find((row) => row.key === key)?.default !== value);
  const part = { id, weight: parseNumber(weight) ?? 0 };
  return own.length > 0 ? { ...part, options: Object.fromEntries(own) } : part;
}
