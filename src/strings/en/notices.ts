/**
 * @file What the page says beside its panels: hints where a step is empty, a fix that was made, what could not be loaded,
 * and whether it is kept for use without a network.
 */
export const notices = {
  empty: {
    /** Behind the sentence of what the step shows. */
    bring: { before: ' Bring conversations in ', link: 'Data', after: ', or begin with what is here.' },
    /** `topic` is one of `topics`. */
    lesson: (topic: string) => `A lesson about ${topic}`,
    practice: 'Use practice data',
    train: { text: 'A run shows its loss here, step by step.', topic: 'training' },
    compare: {
      text: 'After a run, this shows what it changed: token by token, and in what the model writes.',
      topic: 'what training changes',
    },
  },
  late: {
    failed: 'This part of the page could not be loaded.',
    tryAgain: 'Try again',
  },
  offline: {
    keeping: 'Keeping this page for use without a network…',
    kept: 'Kept: from now on this page opens without a network, too.',
    ready: 'Works without a network.',
    update: 'A new version of this page is here.',
    failed: 'This page could not be kept for use without a network; the next visit tries again.',
    reload: 'Reload',
    losesRun: 'A run is in progress; it goes, and so does everything else on the page.',
    losesData: 'Conversations and weights on the page go; save them first.',
  },
  fix: {
    label: 'Last fix',
    done: (title: string) => `Done: ${title}.`,
    takenBack: (title: string) => `Taken back: ${title}.`,
    failed: 'It could not be applied.',
    undo: 'Undo',
    dismiss: 'Dismiss',
    dismissWhat: ' this message',
    /** Why a fix cannot be applied. */
    blocks: {
      conversationGone: 'The conversation is no longer in the list.',
      otherTrainer: 'This page has no such setting; it is one of your trainer.',
      tooLong: (tokens: number) => `The model reads at most ${tokens} tokens, so this cannot be set here.`,
      running: 'Settings hold for the whole run; stop it first.',
      runningTemplate: 'A run is in progress, and goes by the template that it began with.',
      shippedTemplate: 'The template is the shipped model’s; write one of your own in Model first.',
      row: 'Rows of token ids are fixed in their file.',
    },
  },
  unexpected: {
    message: (message: string) => `Something unexpected went wrong: ${message}`,
    remedy: 'Reload the page. If it happens again, please report it with this message.',
  },
};
