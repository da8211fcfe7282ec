/**
 * @file What the line says in which the chosen conversation is given a reward.
 */
const named = (good: boolean) => (good ? 'labelled good' : 'labelled bad');

export const conversationReward = {
  title: 'Reward of this conversation',
  none: 'none',
  /** Where no reward is given: objectives that learn from rewards read the label as one. */
  label: (good: boolean) => `none; ${named(good)}, which counts as ${good ? 1 : 0}`,
  /** The same of a record with two completions. */
  pair: 'none; the chosen completion counts as 1, the rejected one as 0',
  /** Behind a reward, which is what counts then. */
  withLabel: (reward: string, good: boolean) => `${reward} (${named(good)})`,
  remove: 'Take it away',
};
