/**
 * @file What is said where the strip is coloured by advantage.
 */
import { change, count, decimal, plural } from './numbers';

export const advantage = {
  nothingChosen: 'Choose a conversation in Data to see its advantage.',
  noReward:
    'This conversation has no reward, so it is neither better nor worse than others. Give it thumbs or stars below the strip, or bring records with a “reward” field.',
  onlyCompletions: (completions: number) =>
    `The conversation itself has no reward. Choose one of the ${plural(completions, 'completion')} that the run wrote.`,
  notTaken: 'A run does not take this conversation, so that it is compared with none.',
  looking: 'Looking at the rewards…',
  notRead: ({ message, remedy }: { message: string; remedy: string }) =>
    `The rewards could not be read: ${message} ${remedy}`,
  alone: (reward: number) =>
    `Its reward is ${decimal(reward)}, and there is no other completion with a reward to compare it with.`,
  samePrompt: (value: number, reward: number, compared: number, mean: number) =>
    `${change(value)}: its reward is ${decimal(reward)}, and the mean of the ${count(compared)} recorded completions of this prompt, whether the mask trains them or not, is ${decimal(mean)}.`,
  otherPrompts: (value: number, reward: number, compared: number, mean: number) =>
    `${change(value)}: its reward is ${decimal(reward)}. No other record has this prompt; the mean of the ${count(compared)} completions that are alone with theirs, whether the mask trains them or not, is ${decimal(mean)}.`,
  shown: {
    label: 'Shown',
    conversation: 'this conversation',
    completion: (number: number, step: number, value: number | undefined) =>
      value === undefined
        ? `completion ${number} of step ${step}, dropped`
        : `completion ${number} of step ${step}, advantage ${change(value)}`,
    title: (number: number) => `Completion ${number}`,
    reading: 'Reading its tokens…',
    notRead: 'The tokens could not be read',
    remedy: 'Choose the conversation, and then the completion again.',
  },
};
