/**
 * @file What the page says of a link or a session file that was opened: what it holds, before it is taken in.
 */
import { bytes, plural } from './numbers';

export const arrival = {
  title: (name: string) => `Open what ${name} holds?`,
  conversations: {
    legend: 'Its conversations',
    replace: 'take the place of those on this page',
    behind: 'come behind those on this page',
  },
  undoable:
    'What this page has now can be brought back with one button afterwards. Open only what comes from people you know.',
  undoableButFiles:
    'What this page has now can be brought back with one button afterwards; but conversations that stay in large files must then be imported again. Open only what comes from people you know.',
  /** Where the page has nothing to bring back. */
  onlyKnown: 'Open only what comes from people you know.',
  notAll: 'Not everything was opened',
  open: 'Open it',
  leave: 'Leave everything as it is',
  opening: 'Opening…',
  notices: 'What was opened',
  failed: 'It could not be opened',
  dismiss: 'Dismiss',
  opened: (name: string) => `Opened ${name}.`,
  partlyOpened: (name: string) => `Not all of ${name} was opened.`,
  bringBack: 'Bring back what was here',
  /** The same, where there was nothing. */
  takeOff: 'Take it off the page again',
  address: (parts: number) =>
    `${plural(parts, 'part')} of the address ${parts === 1 ? 'does' : 'do'} not hold and ${parts === 1 ? 'was' : 'were'} left out:`,
  /** Settings that a link brought. */
  brought: {
    /** The first few are told; `own` where the tab had some of its own before. */
    what: (some: number, few: readonly string[], own: boolean) => {
      const which = [...few, ...(some > few.length ? [`and ${some - few.length} more`] : [])].join('; ');
      if (!own) return `This link set ${plural(some, 'setting')}. ${which}.`;
      return `This link changed ${some} of your settings. ${which}.`;
    },
    setting: (label: string, value: string) => `${label}: ${value}`,
    all: (some: number) => (some === 1 ? 'What it was before' : `All ${some}, and what they were before`),
    instead: (value: string, before: string, own: boolean) =>
      own ? `${value} (yours was ${before})` : `${value} (the default is ${before})`,
    /** In place of a value that is empty. */
    none: 'not set',
    useMine: 'Use mine again',
    useDefaults: 'Use the defaults',
    keep: 'Keep these',
  },
  parts: {
    conversations: (some: number, messages: number) =>
      `${plural(some, 'conversation')} with ${plural(messages, 'message')}`,
    settings: (some: number) => plural(some, 'setting'),
    defaults: 'the default settings',
    policy: 'a mask policy',
    edits: (some: number) => `${plural(some, 'edit')} by hand`,
    template: 'a chat template',
    rewards: (some: number) => plural(some, 'reward'),
    runs: (some: number) => plural(some, 'run'),
    chat: (messages: number) => `a chat with ${plural(messages, 'message')}`,
    weights: (size: number) => `tuned weights, ${bytes(size)}`,
    nothing: 'nothing that can be used',
  },
  settings: 'Settings',
  template: 'Chat template',
  code: {
    take: 'Take its reward function, which is JavaScript',
    help: 'It does not run now. It would run in the page’s sandbox once you start a run or try it. Read it first.',
    show: 'The function',
  },
  takeWeights: 'Put the tuned weights in place of those that the model has',
  unread: 'What could not be read was left out:',
  blocks: {
    running: 'A run is in progress, and goes by the settings and data that it began with. Stop it first.',
    reading: 'Files are being read; wait or cancel that first.',
  },
  differs: {
    tokenizer: (theirs: string, ours: string) =>
      `It was made with the tokenizer of ${theirs}; here it is that of ${ours}. Tokens and masks differ, and hand edits may no longer fit. Drop that model’s files on the page first to see it as it was.`,
    template: 'It was made with another chat template, which it does not bring. Masks may differ.',
  },
  weights: {
    noRun: 'The run that the weights belong to is not in the file.',
    noModel: 'No model is loaded yet; its weights can be restored in Runs later.',
    otherModel: (model: string) =>
      `The weights are those of another model, ${model}; load it to go back to them.`,
    notRestored: (reason: string) => `The tuned weights were not put in place. ${reason}`.trim(),
    remedy: 'Try again, or restore them in Runs; everything else was opened.',
  },
  /** What was done to the list, as the object of “Undo: …”. */
  steps: { opening: (name: string) => `opening ${name}`, bringingBack: 'bringing back' },
};
