/**
 * @file What the line says in which the chosen conversation is given a reward.
 */
export const conversationReward = {
  title: 'Reward of this conversation',
  none: 'none',
  remove: 'Take it away',
};
