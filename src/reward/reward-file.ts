/**
 * @file A composition of rewards as a JSON file, to be shared.
 *
 *     { "losslightRewards": 1, "parts": [{ "id": "decision", "weight": 1, "options": { "falseCall": -2 } }], "code": "…" }
 */
import { LosslightError } from '../errors';
import { checkRewardParts, usesOwn } from './compose';
import type { RewardPart } from './types';

export interface RewardFile {
  parts: RewardPart[];
  /** The person's own function; '' where there is none. */
  code: string;
}

const REMEDY = 'Correct the file and open it again.';

function bad(reason: string, remedy = REMEDY): LosslightError {
  return new LosslightError('bad-rewards', `The rewards cannot be used: ${reason}.`, remedy);
}

export function writeRewards({ parts, code }: RewardFile): string {
  return `${JSON.stringify({ losslightRewards: 1, parts, ...(code && { code }) }, null, 2)}\n`;
}

/**
 * @throws LosslightError `bad-rewards` where the text is no such file, `bad-reward` where a part cannot be used; both name the
 * field.
 */
export function readRewards(json: string): RewardFile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw bad(`the text is not valid JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  if (!isObject(value) || value['losslightRewards'] === undefined)
    throw bad('“losslightRewards” is missing', 'Choose a file that was saved under Rewards.');
  const { losslightRewards: version, parts, code = '', ...rest } = value;
  if (version !== 1)
    throw bad(`“losslightRewards” is ${JSON.stringify(version)}, and only 1 is known`, 'Use a newer page.');
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw bad(`“${unknown}” is no field of it`);
  if (typeof code !== 'string') throw bad('“code” must be a text');
  if (!Array.isArray(parts)) throw bad('“parts” must be a list');
  const read = parts.map(readPart);
  checkRewardParts(read);
  if (usesOwn(read) && code.trim() === '') throw bad('the part “own” needs a function in “code”');
  return { parts: read, code };
}

function readPart(value: unknown, i: number): RewardPart {
  if (!isObject(value)) throw bad(`“parts[${i}]” must be an object`);
  const { id, weight, options, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw bad(`“parts[${i}].${unknown}” is no field of a part`);
  if (typeof id !== 'string') throw bad(`“parts[${i}].id” must be a text`);
  if (typeof weight !== 'number') throw bad(`“parts[${i}].weight” must be a number`);
  if (options === undefined) return { id, weight };
  if (!isObject(options)) throw bad(`“parts[${i}].options” must be an object`);
  const entries = Object.entries(options).map(([key, given]): [string, number] => {
    if (typeof given !== 'number') throw bad(`“parts[${i}].options.${key}” must be a number`);
    return [key, given];
  });
  return { id, weight, options: Object.fromEntries(entries) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
