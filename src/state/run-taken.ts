/**
 * @file Finds what a run took of a conversation: by what it is, and where that is nothing, by its id.
 */
import { furthest } from './run-reach';
import type { RunMaking, TakenConversation } from './run-trained';

type ByDigest = Map<string, TakenConversation[]>;
const byDigest = new WeakMap<ReadonlyMap<string, TakenConversation>, ByDigest>();

/**
 * What a run took that is the same as a conversation, under its id or under others: data may have it twice, or give the ids anew. What
 * steps trained of one of those, they trained of all.
 *
 * @param digest of what the run makes of the conversation now
 * @returns `same` false where the run took something else under that id, and this under none
 */
export function entryOf(
  { taken, reach }: Pick<RunMaking, 'taken' | 'reach'>,
  id: string,
  digest: string,
): { known: TakenConversation; same: boolean } | undefined {
  if (!taken) return undefined;
  const equals = equalsIn(taken).get(digest) ?? [];
  const own = taken.get(id);
  const known = own?.digest === digest ? own : equals[0];
  if (!known) return own && { known: own, same: false };
  const all = equals.flatMap(({ places }) => (places ? [places] : []));
  return { known: reach && all.length ? { ...known, places: furthest(reach, all) } : known, same: true };
}

/** What a run took, by what it is; looked up for one conversation after the other. */
function equalsIn(taken: ReadonlyMap<string, TakenConversation>): ByDigest {
  const known = byDigest.get(taken);
  if (known) return known;
  const found: ByDigest = new Map();
  for (const one of taken.values()) {
    const same = found.get(one.digest);
    if (same) same.push(one);
    else found.set(one.digest, [one]);
  }
  byDigest.set(taken, found);
  return found;
}
