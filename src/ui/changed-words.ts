/**
 * @file Of what the table of all conversations gives log-probabilities, in words.
 */
import { changed as words } from '$strings/changed';
import { contained } from '$strings/contained';
import type { ChangedOutcome } from '../state/changed.svelte';

export type ChangedFacts = Pick<
  ChangedOutcome,
  | 'by'
  | 'trained'
  | 'measured'
  | 'notTaken'
  | 'unreached'
  | 'partly'
  | 'changedSince'
  | 'doubt'
  | 'others'
  | 'deleted'
>;

/** The caption of the table. */
export function changedCaption({ by, trained, measured, doubt, deleted }: ChangedFacts): string {
  if (by === undefined)
    return deleted.length ? words.captionMask(measured) : words.caption(measured, undefined);
  if (!trained) return words.captionRecorded(measured, by);
  return doubt === 'mask' ? words.captionPageMask(measured, by) : words.caption(measured, by);
}

/** The name of the row of all tokens: trained, where that is true of each of them. */
export function changedTotal({ by, trained, ...found }: ChangedFacts): string {
  const untrained = found.notTaken + found.unreached + found.changedSince > 0 || found.doubt !== undefined;
  if (by === undefined) return found.deleted.length ? words.allMeasured : words.all;
  return trained && !untrained ? words.all : words.allMeasured;
}

/** What there is to know of the numbers: which conversations the run did not train as they are, or what nobody wrote down. */
export function changedNotes(found: ChangedFacts): string[] {
  if (found.by === undefined) return found.deleted.length ? [contained.lastDeleted] : [];
  // Two runs may have been given one name.
  return [...new Set([...ownNotes(found, found.by), ...otherNotes(found)])];
}

/** Of the run itself. */
function ownNotes(found: ChangedFacts, by: string): string[] {
  if (!found.trained) return [];
  const counted = (['notTaken', 'unreached', 'partly', 'changedSince'] as const).flatMap((why) =>
    found[why] ? [words[why](found[why], by)] : [],
  );
  return found.doubt === undefined ? counted : [...counted, words.doubts[found.doubt](by)];
}

/** Of other runs in the change that had trained some of them, and of those of which nobody knows it any more. */
function otherNotes({ others, deleted }: ChangedFacts): string[] {
  const had = others.filter(({ conversations }) => conversations > 0);
  return [
    ...had.map(({ side, name, from, to, conversations }) =>
      contained.ofAll(side, name, from, to, conversations),
    ),
    ...deleted.map((side) => contained.deleted(side)),
  ];
}
