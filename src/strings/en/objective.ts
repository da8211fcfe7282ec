/**
 * @file What the page says of a run's objective: what it learns from, what the data offers, and what is missing.
 */
import { plural } from './numbers';

const are = (n: number): string => (n === 1 ? 'is' : 'are');
const them = (n: number): string => (n === 1 ? 'it' : 'them');

export const objective = {
  learn: 'Learn',
  kind: 'Objective',
  rewardsFrom: {
    label: 'Rewards come from',
    data: {
      title: 'the records',
      help: 'A field “reward”, thumbs or stars given in Mask; a label or a choice of a pair counts as 1 or 0.',
    },
    composed: {
      title: 'the functions below',
      help: 'Each recorded completion is scored as if the model had just written it; what the records say is left out.',
    },
  },
  offers: 'What the data offers',
  more: 'More of the objective',
  moreWrong: 'More of the objective (one needs correcting)',
  data: {
    leftOut: (bad: number) =>
      `${plural(bad, 'conversation')} labelled bad ${are(bad)} left out: supervised training would teach to write ${them(bad)}. KTO learns from ${them(bad)}.`,
    composed: (completions: number) =>
      `The last reaction of ${plural(completions, 'conversation')} is rewarded; without other completions of the same prompt a reward is compared with those of other prompts.`,
    rewarded: (rewarded: number, conversations: number) =>
      `${plural(rewarded, 'record')} of ${plural(conversations, 'conversation')} with a reward.`,
    pairs: (pairs: number, conversations: number) =>
      `${plural(pairs, 'pair')} of a chosen and a rejected completion in ${plural(conversations, 'conversation')}.`,
    labels: (good: number, bad: number) =>
      `${plural(good, 'completion')} labelled good, ${bad} bad; of a pair, one counts as each.`,
    prompts: (prompts: number, conversations: number) =>
      `${plural(prompts, 'prompt')}: the user messages of ${plural(conversations, 'conversation')}, each with what stands before it.`,
    noTools: (prompts: number) =>
      `Tools are listed for ${plural(prompts, 'prompt')}, and none of them can be run here: a call ends the completion.`,
    someTools: (run: number, prompts: number) =>
      `Tools can be run for ${run} of ${plural(prompts, 'prompt')} that list some; for the others a call ends the completion.`,
    allTools: (prompts: number) =>
      `Tools are listed for ${plural(prompts, 'prompt')}; simulators answer their calls.`,
  },
  /** Why a run cannot begin, and what to do. */
  block: {
    setting: 'A setting of the objective needs correcting.',
    noReward: 'Nothing is rewarded; add a reward with a weight.',
    noCompletion:
      'No conversation has a completion to reward. Bring conversations in which an assistant answers a user.',
    noRewards:
      'No record has a reward: bring records with a “reward” field, give thumbs or stars in Mask, or choose “the functions below” under “Rewards come from”.',
    noPairs:
      'No record has a chosen and a rejected completion. Bring records with “chosen” and “rejected”, or rate two answers to one prompt differently in Chat: they become a pair.',
    onlyGood:
      'Every label is good; KTO needs completions of both kinds. Label bad ones false, or bring pairs of “chosen” and “rejected”.',
    onlyBad:
      'Every label is bad; KTO needs completions of both kinds. Label good ones true, or bring pairs of “chosen” and “rejected”.',
    noLabels:
      'No record has a label (true or false), and none a chosen and a rejected completion. Bring records with one of these, or rate two answers to one prompt differently in Chat: they become a pair.',
    noPrompts:
      'No training conversation has a user message to answer. Bring conversations with one, or make practice data.',
  },
};
