/**
 * @file What is said of a lesson's file that cannot be followed: clauses that go on after the name of the field, and remedies. Those
 * that every field shares stand in `lessons.ts`.
 */

export const lessonFile = {
  tooLong: (millions: number) => `has more than ${millions} million characters`,
  leaveConversations: 'Leave some conversations out.',
  writeVersion: 'Write "losslightLesson": 1 at the beginning.',
  otherVersion: (given: string) => `is ${given}, and only 1 is known`,
  newerPage: 'Use a newer page.',
  giveConversations: 'Give the lesson conversations.',
  besideShows: 'stands beside “shows”',
  keepOne: 'Keep one of the two.',
  onePanel: 'must name at least one panel',
  oneStep: 'must have at least one step',
  sameId: (id: string) => `is “${id}”, as that of an earlier step`,
  ownId: 'Give each step an id of its own.',
  hiddenTarget: (part: string) => `points at “${part}”, which the lesson hides`,
  visibleTarget: 'Point at a part that stays, or leave it out of what is hidden.',
  labelOfButton: 'Say what the button does, such as “Train it too”.',
  setup: {
    oneRecord: 'must have at least one record',
    wrong: (reason: string) => `is wrong: ${reason}`,
    number: 'must be a number',
    type: { number: 'must be a number', boolean: 'must be a boolean', string: 'must be a string' },
    ownReward: 'is “own”, and a lesson cannot bring code',
    builtIn: 'Use a built-in reward.',
    aboveZero: 'must be a number above 0',
    trueOrFalse: 'must be true or false',
  },
  text: {
    noFigure: (placeholder: string) => `cites “${placeholder}”, which is no figure`,
    useFigure: 'Use a figure of the list for teachers.',
    noStep: (placeholder: string, step: string) =>
      `cites “${placeholder}”, and no earlier step is called “${step}”`,
    badLink: (href: string) => `links to “${href}”`,
    goodLink: 'Link to an https address, or to ?lesson=… of another lesson.',
  },
  /** Remedy for a step that is cited and is none: one of the earlier ids, or where there is none yet. */
  useStep: (ids: string) => `Use one of ${ids}.`,
  giveId: 'Give an earlier step an “id”.',
  condition: {
    oneForm: 'must have one of figure, choice, all, any and not',
    tooDeep: (most: number) => `lies more than ${most} conditions deep`,
    oneInside: 'must have at least one condition',
    figureName: 'must be the name of a figure',
    noFigure: (name: string) => `names no figure: “${name}”`,
    useFigure: 'Use a figure of the list in the guide for teachers.',
    noStep: (step: string) => `names no earlier step: “${step}”`,
    comparison: (names: string) => `must have one of ${names}`,
    number: 'must be a number',
    noChoice: 'is no choice',
    useChoice: (names: string) => `Use one of ${names}.`,
    noValue: (choice: string) => `is no value of “${choice}”`,
    useValue: (values: string) => `Use one of ${values}, or a list.`,
  },
};
