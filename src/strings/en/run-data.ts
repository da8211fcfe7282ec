/**
 * @file Why a run takes its data as it does, and why it leaves out what it does.
 */
export const runData = {
  divisionReason:
    'Chosen for practice data: the template strips the thinking of earlier turns, so a whole conversation would teach turns without thinking. You can choose another.',
  divisionReasonOwn:
    'Chosen for your data: the template writes earlier turns differently once more messages follow, so a whole conversation would train on what the model never sees, or never says, at inference. You can choose another.',
  /** Of a recorded completion that a run leaves out for want of a reward. */
  unrewarded: {
    notGiven: 'No reward was given.',
    nothingReacts: 'Nothing reacts to a user’s message.',
    leftOut: (why: string) => `It has no reward. ${why}`,
  },
  nothing: {
    allBad: {
      message: 'Every conversation is labelled bad, and supervised training would teach to write them.',
      remedy: 'Choose KTO, or bring conversations that are worth imitating.',
    },
    none: {
      message: (reason: string | undefined) =>
        `No conversation could be made into a training sequence.${reason ? ` The first reason: ${reason}` : ''}`,
      remedy: 'Switch a segment on, allow longer sequences, or bring other conversations.',
    },
  },
};
