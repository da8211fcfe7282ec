/**
 * @file What of a conversation a run had trained and what not, and why it trains nothing of one where only its objective says so.
 */
import { decimal } from './numbers';

export const trained = {
  /** Of a conversation in the run's data. `step` is how far the compared weights have come in the run. */
  unreached: (run: string, step: number) =>
    `No step of ${run} had trained this conversation by step ${step}. These tokens are those of the sequences that ${run} makes of it.`,
  /** Of a conversation that gives several sequences; the table has those that were trained. */
  partly: (run: string, step: number, trained: number, made: number) =>
    `By step ${step}, ${run} had trained ${trained} of the ${made} sequences that it makes of this conversation. The table has those alone.`,
  /** `reason` is why it trains nothing of a conversation as it is now. */
  trainedThen: (reason: string) =>
    `The run had trained what stood under this id then. As it is now: ${reason}`,
  /** A step took it. */
  weightless: 'The objective gave all its tokens the weight 0.',
  /** No step has taken it yet. */
  wouldBeWeightless: 'The objective gives such a completion the weight 0.',
  notRewardedSince: 'The person’s own function has not rewarded it as it is now.',
  labelledBad: 'It has the label false, and SFT imitates only what is good.',
  unrewarded: 'It has no reward.',
  below: (reward: number, keepFrom: number) =>
    `Its reward of ${decimal(reward)} is lower than ${decimal(keepFrom)}, from which RAFT keeps completions.`,
  same: 'Its chosen and its rejected completion are the same.',
  unknownReward: 'The person’s own function has given it no reward in this run.',
};
