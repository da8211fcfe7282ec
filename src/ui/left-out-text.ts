/**
 * @file Why a run with the objective as chosen trains none of a conversation, in a sentence beside its mask.
 */
import { objectiveUse as words } from '$strings/objective-use';
import type { Conversation } from '../conversation/types';
import { objectiveRow } from '../settings/objective-table';
import { leftOut, offerOf } from '../state/objective-use';
import type { ObjectiveState } from '../state/objective.svelte';

type Objective = Pick<ObjectiveState, 'kind' | 'judged' | 'composes' | 'onPolicy'>;

/** Undefined where it is trained, as far as can be told before a run. */
export function leftOutText(
  conversation: Conversation,
  { kind, judged, composes, onPolicy }: Objective,
  heldOut: boolean,
): string | undefined {
  if (heldOut) return words.heldOut;
  const { short } = objectiveRow(kind);
  const offer = offerOf(conversation);
  const why = leftOut(judged, composes, offer);
  if (why) {
    const reward = offer.rewards.length ? Math.max(...offer.rewards) : undefined;
    return words.here(short, { why, keepFrom: judged.keepFrom, reward });
  }
  return onPolicy ? words.onPolicy(short) : undefined;
}
