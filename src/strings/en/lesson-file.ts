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
    noStep: (placeholder: string, step: string) =>
      `cites “${placeholder}”, and no earlier step is called “${step}”`,
    badLink: (href: string) => `links to “${href}”`,
    goodLink: 'Link to an https address, or to ?lesson=… of another lesson.',
  },
  /** Remedy for a step that is cited and is none: one of the earlier ids, or where there is none yet. */
  useStep: (ids: string) => `Use one of ${ids}.`,
  giveId: 'Give an earlier step an “id”.',
  /** Remedies for the name of a figure that there is not and that is near no other. */
  figure: {
    /** Names with that beginning, and what may stand for their words in capitals. */
    beginning: (patterns: readonly string[], words: readonly (readonly [string, readonly string[]])[]) =>
      `Use ${patterns.join(', ')}${words.length ? `, with ${words.map(([word, values]) => `${word} one of ${values.join(', ')}`).join('; ')}` : ''}.`,
    beginnings: (all: readonly string[]) => `Figures begin with one of ${all.join(', ')}.`,
  },
  conversations: {
    /** A line of a conversation that is given as text. */
    lineOfText: (line: number, reason: string) => `cannot be read: in line ${line} of its text, ${reason}`,
    cannotBeRead: (reason: string) => `cannot be read: ${reason}`,
  },
  condition: {
    oneForm: 'must have one of figure, choice, all, any and not',
    tooDeep: (most: number) => `lies more than ${most} conditions deep`,
    oneInside: 'must have at least one condition',
    figureName: 'must be the name of a figure',
    noFigure: (name: string) => `names no figure: “${name}”`,
    noStep: (step: string) => `names no earlier step: “${step}”`,
    comparison: (names: string) => `must have one of ${names}`,
    number: 'must be a number',
    noChoice: 'is no choice',
    useChoice: (names: string) => `Use one of ${names}.`,
    noValue: (choice: string) => `is no value of “${choice}”`,
    useValue: (values: string) => `Use one of ${values}, or a list.`,
  },
};
