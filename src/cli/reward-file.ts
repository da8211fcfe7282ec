/**
 * @file A JSON file that says what is rewarded, for the command line.
 */
import { checkRewardParts, usesOwn } from '../reward/compose';
import type { RewardPart } from '../reward/types';
import { UsageError } from './arguments';
import { readText } from './inputs';
import type { Io } from './io';

/**
 * Reads `[{"id": "decision", "weight": 1, "options": {…}}, …]`.
 *
 * @throws UsageError where the file is missing or no such list, or asks for somebody's own code; LosslightError `bad-reward`.
 */
export async function readRewardFile(io: Io, path: string): Promise<RewardPart[]> {
  const text = await readText(io, path);
  if (text === undefined)
    throw new UsageError(`${path} is not there: give --rewards a JSON file of rewards.`);
  const remedy = 'write [{"id": "decision", "weight": 1}, …].';
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${path} is no JSON (${cause instanceof Error ? cause.message : ''}): ${remedy}`);
  }
  if (!Array.isArray(parts) || !parts.every(isPart)) {
    throw new UsageError(`${path} is no list of rewards, each with an id and a weight: ${remedy}`);
  }
  checkRewardParts(parts);
  if (usesOwn(parts)) {
    throw new UsageError(
      `${path} asks for a function of one's own, which runs in the page alone: leave it out.`,
    );
  }
  return parts;
}

function isPart(part: unknown): part is RewardPart {
  if (typeof part !== 'object' || part === null) return false;
  const { id, weight, options = {} } = part as Partial<RewardPart>;
  return typeof id === 'string' && typeof weight === 'number' && typeof options === 'object';
}
