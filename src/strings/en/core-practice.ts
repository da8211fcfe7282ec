/**
 * @file The settings of practice data in words. `src/settings/practice.ts` has their defaults and ranges.
 */

export const corePractice = {
  /** By key; `name` is the label within a sentence, where that is another. */
  settings: {
    count: { label: 'Conversations', help: 'How many are made to train on.' },
    heldOut: {
      label: 'Held out',
      help: 'How many more are made to measure on: in words and about things that the others never show.',
    },
    turns: { label: 'Turns', help: 'How often the user speaks in a conversation, at most.' },
    seed: { label: 'Seed', help: 'The same seed and settings make the same conversations.' },
    withTools: {
      label: 'With tools, %',
      name: 'With tools',
      help: 'Share of conversations that list tools; in the others the model has to do without.',
    },
    contested: {
      label: 'Contested, %',
      name: 'Contested',
      help: 'Share of turns where both calling a tool and answering at once would be defensible; fewer where the tools allow one alone.',
    },
    renamed: {
      label: 'Renamed, %',
      name: 'Renamed',
      help: 'Share of tools that are listed under another name, so that the schema has to be read.',
    },
    made: {
      label: 'Made-up tools, %',
      name: 'Made-up tools',
      help: 'Share of tools that are put together from words, so that none can be known by heart.',
    },
  },
  /** What contested turns show. */
  contested: {
    both: {
      title: 'both behaviours',
      help: 'Half of the contested turns call and half answer, so that the model stays undecided and a reward can decide.',
    },
    right: {
      title: 'the right one',
      help: 'Every contested turn shows what is right: answer what is stated and does not change, and sums of one-digit numbers; call for what changes, such as a price of last week, and for larger sums.',
    },
  },
};
