/**
 * @file Of what Compare and the strip give log-probabilities, in words: of what a run trains, or of the conversation as it is shown.
 */
import { compare } from '$strings/compare';
import { contained } from '$strings/contained';
import { trained } from '$strings/trained';
import { strategyNamed } from '../sequence/strategy';
import type { ObjectiveKind } from '../settings/objective';
import { sampleKindOf } from '../settings/sample-kind';
import { trainsRecorded } from '../state/run-trained';
import type { MeasuredBy, TrainedChange } from '../state/trained-scores.svelte';

const words = compare.scores;

/** What is known of a run and a conversation: it trained that, it would, at a weight that may be 0, or nobody wrote it down. */
type Known = keyof typeof words.trains;

/** Objectives whose factor goes by all rewards of a group: of one that is far lower than others it is 0 in 32 bits. */
const MAY_VANISH: readonly ObjectiveKind[] = ['rwr', 'awr'];

const titleOf = ({ making: { division } }: MeasuredBy) =>
  strategyNamed(division.strategy)?.title ?? division.strategy;

function knownOf({ making }: MeasuredBy, { standing }: Pick<TrainedChange, 'standing'>): Known {
  switch (standing) {
    case 'taken':
      return 'taken';
    case 'unknown':
      // By another mask it trained other tokens.
      return making.doubt === 'mask' ? 'would' : 'unknown';
    case 'other':
    case 'unreached':
    case 'changed':
      return MAY_VANISH.includes(making.kind) ? 'wouldTake' : 'would';
    // Of a conversation of which it makes nothing, there is nothing that it trained.
    case undefined:
      return 'would';
  }
}

/** Which completions a run trains of a conversation. */
function completionsOf({ kinds }: Pick<TrainedChange, 'kinds'>): keyof typeof words.completions {
  const parts = new Set(kinds.map(({ part }) => part));
  // Both of a pair are in the data, whether they are called so or good and bad; a completion alone is one of the two.
  if (parts.size > 1) return 'both';
  const [part] = parts;
  return part === 'chosen' || part === 'rejected' ? part : 'recorded';
}

/**
 * The caption of the table.
 *
 * @param by the run whose tokens are measured; undefined where there is none
 * @param found undefined until what that run trains was measured: the table then has what the mask chooses
 * @param deleted whether there was such a run, and it was deleted
 */
export function scoreCaption(
  by: MeasuredBy | undefined,
  found: TrainedChange | undefined,
  deleted = false,
): string {
  if (!by) return deleted ? words.captionMask : words.caption;
  if (!found) return words.captionMask;
  const { making, run } = by;
  if (!trainsRecorded(making)) return words.captionRecorded(run.name);
  const tokens = words.tokensOf[knownOf(by, found)](run.name);
  if (making.doubt === 'mask') return words.captionPageMask(tokens, titleOf(by), found.sequences);
  if (!sampleKindOf(making.kind)) return words.captionBy(tokens, run.name, titleOf(by), found.sequences);
  const completions = completionsOf(found);
  return completions === 'recorded'
    ? words.captionCompletion(tokens, run.name, titleOf(by), found.sequences)
    : words.captionPair(tokens, words.completions[completions], run.name);
}

/** The name of the row of all tokens; parameters as of `scoreCaption`. */
export function totalLabel(
  by: MeasuredBy | undefined,
  found: TrainedChange | undefined,
  deleted = false,
): string {
  if (!by) return deleted ? words.allMeasured : words.all;
  const trained = found && trainsRecorded(by.making) && knownOf(by, found) === 'taken';
  return trained ? words.all : words.allMeasured;
}

/**
 * What there is to know of the table's numbers; `by`, `found` and `deleted` as of `scoreCaption`.
 *
 * @param settings whether the page has another mask or division than the run had
 */
export function scoreNote(
  by: MeasuredBy | undefined,
  found: TrainedChange | undefined,
  settings: boolean,
  deleted = false,
): string | undefined {
  if (!by) return deleted ? contained.lastDeleted : undefined;
  if (!found) return undefined;
  const notes = [...ownNotes(by, found, settings), ...otherNotes(by, found)];
  return notes.length ? notes.join(' ') : undefined;
}

/** Of the run itself. */
function ownNotes(by: MeasuredBy, found: TrainedChange, settings: boolean): string[] {
  if (!trainsRecorded(by.making)) return [];
  const { name } = by.run;
  const standing = standingNote(by, found);
  const known = knownOf(by, found);
  const differs = by.making.doubt === 'mask' ? 'division' : known === 'taken' ? 'taken' : 'would';
  return [
    ...(standing ? [standing] : []),
    ...(known === 'wouldTake' ? [words.mayBeWeightless(name)] : []),
    ...(settings ? [words.changedSince[differs](name)] : []),
  ];
}

/** Of other runs in the change that had trained the conversation, and of those of which nobody knows it any more. */
function otherNotes({ deleted = [] }: MeasuredBy, { others = [] }: TrainedChange): string[] {
  const had = others.map(({ side, name, from, to, partly }) =>
    partly
      ? contained.partly(side, name, from, to, partly.trained, partly.made)
      : contained.trained(side, name, from, to),
  );
  return [...had, ...deleted.map((side) => contained.deleted(side))];
}

function standingNote(by: MeasuredBy, found: TrainedChange): string | undefined {
  const { run, step, making } = by;
  const { name } = run;
  const trains = words.trains[knownOf(by, found)];
  switch (found.standing) {
    case 'taken':
      return found.partly && trained.partly(name, step, found.partly.trained, found.partly.made);
    case 'other':
      return words.notTaken(name, trains);
    case 'unreached':
      return trained.unreached(name, step);
    case 'changed':
      return words.conversationChanged(name, trains);
    case 'unknown':
      return words.doubts[making.doubt ?? 'conversations'](name);
    case undefined:
      return undefined;
  }
}

/** What is said in place of the table where a run trains nothing of the conversation. */
export function noneNote({ run: { name }, making }: MeasuredBy, { problem }: TrainedChange): string {
  return making.doubt ? words.noneDoubted(name, problem) : words.noneBy(name, problem);
}

/** What the strip's numbers are of, where a run trains something else of the conversation than the strip shows. */
export function stripNote(by: MeasuredBy | undefined, found: TrainedChange | undefined): string | undefined {
  if (!by || !found?.sequences || !trainsRecorded(by.making)) return undefined;
  const { name } = by.run;
  const trains = words.trains[knownOf(by, found)];
  if (sampleKindOf(by.making.kind))
    return words.stripCompletion(name, trains, words.completions[completionsOf(found)]);
  return found.asShown ? undefined : words.strip(name, trains, titleOf(by));
}
