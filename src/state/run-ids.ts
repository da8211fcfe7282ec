/**
 * @file Runs of a session file among data that is there already: what a run keeps about its conversations goes with them to their new
 * ids, and no other conversation is taken for one of them because it has the same id.
 */
import type { RunFacts } from './runs.svelte';

/** Where conversations of a session file are now. */
export interface ArrivedIds {
  /** Ids in the file of conversations that were brought. */
  brought: ReadonlySet<string>;
  /** New ids of those whose own were taken. */
  names: ReadonlyMap<string, string>;
  /** Whether a conversation of that id is in the list now. */
  has: (id: string) => boolean;
}

/**
 * Runs as they are about the conversations of this page.
 *
 * A conversation that the file did not bring, and whose id is here, gets an id that nobody has: the one that is here may be another.
 * Where it is the same, its digest says so. Hand edits stay under its id: they hold for the same text alone.
 */
export function withArrivedIds<R extends { facts: RunFacts }>(runs: readonly R[], ids: ArrivedIds): R[] {
  const { brought, names, has } = ids;
  return runs.map((run) => {
    const { taken, mask } = run.facts;
    const used = new Set(taken?.map(({ id }) => id));
    const idOf = (id: string): string => {
      if (brought.has(id)) return names.get(id) ?? id;
      if (!has(id)) return id;
      let free = id;
      for (let n = 2; has(free) || used.has(free); n++) free = `${id} (${n})`;
      used.add(free);
      return free;
    };
    const renamed = taken?.map((one) => ({ ...one, id: idOf(one.id) }));
    const edits = Object.entries(mask?.edits ?? {}).map(
      ([id, own]) => [brought.has(id) ? (names.get(id) ?? id) : id, own, brought.has(id)] as const,
    );
    // Those of conversations that are here come last, and hold.
    const sorted = edits.sort(([, , a], [, , b]) => Number(a) - Number(b));
    const book = Object.fromEntries(sorted.map(([id, own]) => [id, own]));
    return {
      ...run,
      facts: {
        ...run.facts,
        ...(renamed && { taken: renamed }),
        ...(mask && { mask: { ...mask, edits: book } }),
      },
    };
  });
}
