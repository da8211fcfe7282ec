/**
 * @file Of what Compare and the strip give log-probabilities, in words: of what a run trains, or of the conversation as it is shown.
 */
import { compare } from '$strings/compare';
import { strategyNamed } from '../sequence/strategy';
import { ON_POLICY } from '../settings/objective';
import type { MeasuredBy, TrainedChange } from '../state/trained-scores.svelte';

const words = compare.scores;

const isOnPolicy = ({ run }: MeasuredBy) => ON_POLICY.includes(run.facts.objective.kind);
const titleOf = ({ division }: MeasuredBy) => strategyNamed(division.strategy)?.title ?? division.strategy;

/** The caption of the table. */
export function scoreCaption(by: MeasuredBy, { sequences }: TrainedChange): string {
  const { name } = by.run;
  return isOnPolicy(by) ? words.captionRecorded(name) : words.captionBy(name, titleOf(by), sequences);
}

/** What the strip's numbers are of, where a run trains other sequences of the conversation than the one that is shown. */
export function stripNote(by: MeasuredBy | undefined, found: TrainedChange | undefined): string | undefined {
  if (!by || !found?.sequences || found.asShown || isOnPolicy(by)) return undefined;
  return words.strip(by.run.name, titleOf(by));
}
