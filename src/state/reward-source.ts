/**
 * @file What a run needs to know of the rewards that were composed on the page.
 */
import type { RewardInput, RewardPart, RewardScore } from '../reward/types';

/** Rewards completions, in their order. */
export type RewardScorer = (inputs: readonly RewardInput[]) => Promise<RewardScore[]>;

export interface RewardSource {
  /** Each with its weight; none: nothing is rewarded. */
  readonly parts: readonly RewardPart[];
  /** Why they cannot be used as they are, in a sentence; undefined where they can. */
  readonly problem?: string | undefined;
  /** What a run is rewarded by: the parts, and the own function's code, as they are now. */
  scorer(): RewardScorer;
}
