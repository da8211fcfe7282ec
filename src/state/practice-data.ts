/**
 * @file Whether what a run takes is practice data of several turns, for which another division is the better default.
 */
import type { Conversation } from '../conversation/types';
import type { DataList } from './data-list';

/** Conversations that are looked at: practice data comes in parts, and one conversation tells of its part. */
const SAMPLE = 32;

/** Practice data knows the world that answers its calls. Of one turn, nothing is stripped, and divisions do not differ. */
const isOfTurns = ({ extra, messages }: Conversation): boolean =>
  typeof extra['world'] === 'number' && messages.filter(({ role }) => role === 'user').length > 1;

/** Looks through conversations evenly spread over those of a run. What cannot be read counts as other data. */
export async function hasPracticeTurns(
  list: Pick<DataList, 'read'>,
  rows: readonly number[],
): Promise<boolean> {
  const every = Math.max(1, Math.floor(rows.length / SAMPLE));
  const some = rows.filter((_, i) => i % every === 0).slice(0, SAMPLE);
  try {
    return (await list.read(some)).some(isOfTurns);
  } catch {
    return false;
  }
}
