/**
 * @file What of the data an objective leaves out, and why: of all conversations that a run takes, and of the one that is shown.
 */
import { count, plural, weight } from './numbers';

/** What may be left out; `keepFrom` is the reward from which RAFT keeps. */
interface Why {
  why:
    | 'labelledBad'
    | 'unrewarded'
    | 'below'
    | 'noPair'
    | 'same'
    | 'noLabel'
    | 'weightless'
    | 'noCompletion'
    | 'noPrompt';
  keepFrom: number;
}

/** Behind a number of conversations. */
function those({ why, keepFrom }: Why): string {
  switch (why) {
    case 'labelledBad':
      return 'labelled bad';
    case 'unrewarded':
      return 'without a reward';
    case 'below':
      return `with a reward below ${weight(keepFrom)}`;
    case 'noPair':
      return 'without a chosen and a rejected completion';
    case 'same':
      return 'whose chosen and rejected completion are the same';
    case 'noLabel':
      return 'without a label';
    case 'weightless':
      return 'whose label has the weight 0';
    case 'noCompletion':
      return 'without a completion';
    case 'noPrompt':
      return 'without a user message';
  }
}

/** Of one conversation. */
function one({ why, keepFrom, reward }: Why & { reward: number | undefined }): string {
  switch (why) {
    case 'labelledBad':
      return 'it is labelled bad (label false), and supervised training would teach to write it. KTO learns from it.';
    case 'unrewarded':
      return 'it has no reward.';
    case 'below':
      return `its reward of ${weight(reward ?? NaN)} is lower than ${weight(keepFrom)}, from which completions are kept.`;
    case 'noPair':
      return 'it has no chosen and rejected completion to compare.';
    case 'same':
      return 'its chosen and its rejected completion are the same, so there is nothing to prefer.';
    case 'noLabel':
      return 'it has neither a label nor a chosen and a rejected completion.';
    case 'weightless':
      return 'completions with its label have the weight 0.';
    case 'noCompletion':
      return 'it has no completion to learn from.';
    case 'noPrompt':
      return 'it has no user message to answer.';
  }
}

export const objectiveUse = {
  /** `left` has one entry at least. */
  leftOut: (
    objective: string,
    keepFrom: number,
    left: readonly { why: Why['why']; conversations: number }[],
  ) => {
    const parts = left.map(({ why, conversations }, i) => {
      const many = i === 0 ? plural(conversations, 'conversation') : count(conversations);
      return `${many} ${those({ why, keepFrom })}`;
    });
    const [last = '', ...others] = parts.reverse();
    return `${objective} leaves out ${others.length ? `${others.reverse().join(', ')} and ${last}` : last}.`;
  },
  /** Of composed rewards, which are asked for when a run begins. */
  atMost: (raft: boolean) =>
    `Rewards are found out when the run begins: what gets none${raft ? ', or one that is too low,' : ''} is left out, too.`,
  /** Why a run cannot begin. */
  nothing: (said: string) => `Nothing is left to learn from: ${said}`,
  /** In Mask. */
  here: (objective: string, facts: Parameters<typeof one>[0]) =>
    `${objective} leaves this conversation out: ${one(facts)}`,
  onPolicy: (objective: string) =>
    `${objective} trains none of these tokens: the model writes its own answers to the user’s messages, and the mask is applied to those.`,
  heldOut: 'This conversation is held out: it is never trained.',
  /** A reward under an objective that reads none. */
  ignored: (objective: string) =>
    `${objective} reads no rewards, and trains this conversation whatever its reward. RAFT, RWR and AWR learn from rewards.`,
};
