/**
 * @file Of what the table of all conversations gives log-probabilities, in words.
 */
import { changed as words } from '$strings/changed';
import type { ChangedOutcome } from '../state/changed.svelte';

export type ChangedFacts = Pick<
  ChangedOutcome,
  'by' | 'trained' | 'measured' | 'notTaken' | 'unreached' | 'partly' | 'changedSince' | 'doubt'
>;

/** The caption of the table. */
export function changedCaption({ by, trained, measured, doubt }: ChangedFacts): string {
  if (by === undefined) return words.caption(measured, undefined);
  if (!trained) return words.captionRecorded(measured, by);
  return doubt === 'mask' ? words.captionPageMask(measured, by) : words.caption(measured, by);
}

/** The name of the row of all tokens: trained, where that is true of each of them. */
export function changedTotal({ by, trained, ...found }: ChangedFacts): string {
  const untrained = found.notTaken + found.unreached + found.changedSince > 0 || found.doubt !== undefined;
  return trained && (by === undefined || !untrained) ? words.all : words.allMeasured;
}

/** What there is to know of the numbers: which conversations the run did not train as they are, or what nobody wrote down. */
export function changedNotes(found: ChangedFacts): string[] {
  const { by, trained, doubt } = found;
  if (by === undefined || !trained) return [];
  const counted = (['notTaken', 'unreached', 'partly', 'changedSince'] as const).flatMap((why) =>
    found[why] ? [words[why](found[why], by)] : [],
  );
  return doubt === undefined ? counted : [...counted, words.doubts[doubt](by)];
}
