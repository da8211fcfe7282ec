/**
 * @file What the Data panel says: bringing conversations, the list and its filter, the held-out split, sources and export.
 */
import { bytes, count, plural } from './numbers';

const conversations = (some: number) => plural(some, 'conversation');

export const data = {
  title: 'Data',
  state: conversations,
  clear: 'Clear',
  clearWhat: ' the list',
  empty: {
    before: 'Drop a file of conversations anywhere on this page, or ',
    lesson: 'begin with a lesson',
    practice: 'begin with practice data',
    after: '.',
    formats:
      'OpenAI chat messages, TRL, ShareGPT, Alpaca, Axolotl and other records as JSON or JSONL; conversations.json of ChatGPT or Claude; tables as CSV; transcripts with roles such as user, assistant_think, assistant_tool, assistant_answer. Gzip too, and files of any size.',
  },
  ways: { files: 'Choose files', paste: 'Paste text', practice: 'Make practice data' },
  paste: {
    label: 'Conversations as JSON, JSONL or a transcript',
    submit: 'Import',
    nothing: 'Paste something first.',
    /** Where the list has some already. */
    adds: (some: number) => `It is added to the ${conversations(some)} that you have.`,
    replaces: (some: number) =>
      some === 1
        ? 'Replace the one that I have; “Undo” brings it back'
        : `Replace the ${count(some)} that I have; “Undo” brings them back`,
  },
  imported: {
    summary: (format: string, added: number, records: number) =>
      `${format}: ${conversations(added)} from ${plural(records, 'record')}.`,
    /** Behind that, where the list had some. */
    addedTo: (some: number) =>
      `Added to the ${conversations(some)} that ${some === 1 ? 'was' : 'were'} there.`,
    replace: (some: number) => (some === 1 ? 'Replace that one instead' : 'Replace those instead'),
    replaced: (some: number, returns: boolean) => {
      const [were, them] = some === 1 ? ['was', 'it'] : ['were', 'them'];
      const undo = returns ? `; “Undo” brings ${them} back` : '';
      return `In place of the ${conversations(some)} that ${were} there${undo}.`;
    },
    inMemory: 'This browser has no private file system, so the unpacked text stays in memory.',
    nothing: 'Nothing was imported',
    notRead: 'The conversation could not be read',
    noneRead: 'Conversations could not be read',
  },
  dismiss: 'Dismiss',
  dismissWhat: ' the messages',
  options: 'Options',
  inFile: 'Too many for memory: they stay in their file and are read when they are shown.',
  edit: 'Edit messages',
  chat: 'Continue in chat',
  lessons: {
    title: 'Lessons',
    help: 'A lesson’s file opens like any other: choose it or drop it here.',
    make: 'Make a lesson of this page',
  },
  progress: {
    reading: 'Reading',
    phases: {
      unpack: (file: string) => `Unpacking ${file}`,
      index: (file: string) => `Checking ${file}`,
      check: (file: string) => `Checking again ${file}`,
      read: (file: string) => `Reading ${file}`,
    },
    goingOn: (what: string) => `${what}…`,
    share: (done: number, total: number) => `${bytes(done)} of ${bytes(total)}`,
    cancel: 'Cancel',
    cancelWhat: ' the import',
  },
  reread: {
    label: 'Read as',
    detected: 'As detected',
    detectedAs: (format: string) => `As detected: ${format}`,
    columns: 'Choose columns…',
    noTable: {
      message: (file: string) => `The first line of ${file} is no header of a table.`,
      remedy: 'Begin the file with a line of column names.',
    },
  },
  list: {
    label: 'Conversations',
    unread: '…',
    reading: 'reading…',
    untitled: 'Empty conversation',
    edited: 'edited',
    heldOut: 'held out',
    turns: (turns: number) => plural(turns, 'turn'),
    tookTooLong: 'took too long to count',
    tokens: (tokens: number) => plural(tokens, 'token'),
    uncounted: (tokens: number) => `… of ${count(tokens)} trained`,
    nothing: 'nothing to train',
    refused: 'the template refuses it',
    /** What the conversation is worth, behind a star. */
    reward: (reward: string) => `reward ${reward}`,
    labelled: (good: boolean) => (good ? 'labelled good' : 'labelled bad'),
    /** By the objective, whatever its mask. */
    leftOut: (all: number) => `left out, ${plural(all, 'token')}`,
    trained: (trained: number, all: number) => `${count(trained)} of ${count(all)} trained`,
    trainedCut: (trained: number, all: number) => `${count(trained)} of ${count(all)} trained, cut`,
    away: (trained: number, away: number, all: number) =>
      `${count(trained)} trained, ${count(away)} away, of ${count(all)}`,
    awayCut: (trained: number, away: number, all: number) =>
      `${count(trained)} trained, ${count(away)} away, of ${count(all)}, cut`,
    /** Between two facts of a row. */
    between: ' · ',
  },
  filter: {
    label: 'Conversations',
    text: 'Filter by text',
    show: 'Show',
    kinds: {
      all: 'All',
      warned: 'With warnings',
      untrained: 'Nothing trained',
      edited: 'Edited',
      training: 'Not held out',
      'held-out': 'Held out',
    },
    searching: (done: number, total: number) => `Searching… ${count(done)} of ${count(total)}`,
    found: (found: number, total: number) => `${conversations(found)} of ${count(total)}`,
    counted: (counted: number, total: number) => `Counted ${count(counted)} of ${count(total)}.`,
    stopped:
      'Counting stopped: one conversation after the other took too long. Look at the rules of the mask and at the template; choosing a conversation tries again.',
  },
  split: {
    title: 'Held out',
    titleOf: (heldOut: number, all: number) => `Held out (${count(heldOut)} of ${count(all)})`,
    switch: 'Hold out a share of each import',
    share: 'Share, %',
    seed: 'Seed',
    theShare: 'The share',
    theSeed: 'The seed',
    noNumber: (name: string) => `${name} must be a number.`,
    notWhole: (name: string) => `${name} must be a whole number.`,
    outside: (name: string, min: number, max: number) => `${name} must be between ${min} and ${max}.`,
    stays: (problem: string) => `${problem} The split stays as it was.`,
    some: (heldOut: number, rest: number) =>
      `${conversations(heldOut)} ${heldOut === 1 ? 'is' : 'are'} never trained and there to measure on; ${count(rest)} can be trained.`,
    none: 'What is held out is never trained, so that it tells what the model has learnt and not what it has read. Whole conversations are taken by the seed, always the same ones.',
  },
  sources: {
    label: 'Sources',
    unnamed: 'conversations',
    size: conversations,
    remove: 'Remove',
    removeWhat: (name: string) => ` ${name}`,
  },
  history: {
    label: 'Changes of the list',
    undo: 'Undo',
    undoOf: (what: string) => `Undo: ${what}`,
    redo: 'Redo',
    redoOf: (what: string) => `Redo: ${what}`,
    /** What was done to the list, as the object of “Undo: …”. */
    steps: {
      import: 'import',
      practice: 'practice data',
      removal: 'removal',
      replacement: 'replacement',
      split: 'held-out split',
      clearing: 'clearing',
      edit: 'edit',
      restoring: 'restoring',
    },
  },
  export: {
    label: 'Export',
    formats: { openai: 'OpenAI JSONL', trl: 'TRL JSONL' },
    /** What is exported: parts of the list, and those of them that match the filter. */
    what: {
      all: (some: number) => `Export all ${conversations(some)}`,
      training: (some: number) => `Export ${plural(some, 'not held-out conversation')}`,
      'held-out': (some: number) => `Export ${plural(some, 'held-out conversation')}`,
      edited: (some: number) => `Export ${plural(some, 'edited conversation')}`,
    },
    matching: {
      all: (some: number) => matching(some, 'conversation'),
      training: (some: number) => matching(some, 'not held-out conversation'),
      'held-out': (some: number) => matching(some, 'held-out conversation'),
      edited: (some: number) => matching(some, 'edited conversation'),
    },
    part: 'Of what is shown',
    parts: {
      all: 'all of them',
      training: 'those not held out',
      'held-out': 'the held-out ones',
      edited: 'the edited ones',
    },
    writing: 'Writing',
    cancel: 'Cancel',
    cancelWhat: ' the export',
    lost: {
      intro: 'This format has no place for some of what these conversations hold:',
      field: (field: string, some: number, all: number) => `${field}, in ${count(some)} of ${count(all)}`,
      /** Fields as people know them. */
      fields: {
        completionFrom: 'where the completion begins',
        preference: 'the rejected completion',
        label: 'the label',
      },
      hint: 'TRL JSONL holds all of it.',
      save: 'Save without it',
      cancel: 'Do not save',
    },
    failed: 'Nothing was exported',
  },
  practice: {
    correct: 'A setting needs correcting.',
    noTools: 'Choose at least one tool, or set the share with tools to 0%.',
    busy: 'Files are being read; wait or cancel that first.',
    /** Names of what was made, as a source of the list. */
    name: (seed: number) => `practice, seed ${seed}`,
    heldOutName: (seed: number) => `practice, seed ${seed}, held out`,
    notLoaded: {
      message: (reason: string) => `The generator could not be loaded: ${reason}`,
      remedy: 'Check the connection, and try again.',
    },
    madeAlready: {
      message: 'Practice data with these settings is in the list already.',
      remedy: 'Change the seed to get other conversations.',
    },
  },
};

function matching(some: number, what: string): string {
  return `Export the ${plural(some, what)} that ${some === 1 ? 'matches' : 'match'} the filter`;
}
