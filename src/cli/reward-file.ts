/**
 * @file A JSON file that says what is rewarded, for the command line.
 */
import { readJsonFile } from '../experiment/field-reader';
import { readRewards } from '../experiment/read-training';
import type { RewardPart } from '../reward/types';
import { UsageError } from './arguments';
import { readText } from './inputs';
import type { Io } from './io';

const REMEDY =
  'Write [{"id": "decision", "weight": 1}], or give a file that was saved under Rewards in the page.';

/**
 * Reads `[{"id": "decision", "weight": 1, "options": {…}}, …]`, or what the page saves (reward/reward-file.ts).
 *
 * @throws UsageError where the file is missing; LosslightError `bad-experiment` with file, line, field, what is wrong and
 * what to do, also where it asks for somebody's own code.
 */
export async function readRewardFile(io: Io, path: string): Promise<RewardPart[]> {
  const text = await readText(io, path);
  if (text === undefined)
    throw new UsageError(`${path} is not there: give --rewards a JSON file of rewards.`);
  const root = readJsonFile(text, path);
  const { kind } = root.cursor.node;
  if (kind !== 'array' && kind !== 'object')
    return root.refuse(`it is ${root.cursor.describe()}, not a list of rewards`, REMEDY);
  const saved = kind === 'object' ? root.object(['losslightRewards', 'parts', 'code']) : undefined;
  const list = saved ? (saved['parts'] ?? root.refuse('parts is missing', REMEDY)) : root;
  if (saved) {
    const version = saved['losslightRewards'] ?? root.refuse('losslightRewards is missing', REMEDY);
    if (version.number() !== 1) version.refuse(`it is ${version.cursor.raw}, and only 1 is known`, REMEDY);
  }
  const own = list.items('rewards').find(({ cursor }) => cursor.get('id')?.string === 'own');
  if (own)
    own.refuse('it asks for a function of one’s own, which runs in the page alone', 'Take this part out.');
  return readRewards(list);
}
