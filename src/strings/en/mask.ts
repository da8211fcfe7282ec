/**
 * @file What the mask says: the verdict, the tools around the strip, weights by hand, files.
 */
import { count, plural, weight } from './numbers';

/** `Message 2: `, and nothing of what the template wrote by itself. */
const messages = (numbers: readonly number[]) =>
  numbers.length ? `Message${numbers.length > 1 ? 's' : ''} ${numbers.join(', ')}: ` : '';

export const mask = {
  title: 'Mask',
  question: 'what the loss will see',
  /** Numbers in bold: the parts in reading order. */
  verdict: {
    trained: ' of ',
    tokens: ' tokens are trained',
    away: { trained: ' trained, ', away: ' trained away from, of ', tokens: ' tokens' },
    /** The same of a conversation that no run would train as things are; why stands below. */
    would: {
      trained: ' of ',
      tokens: ' tokens would be trained by this mask',
      away: { trained: ' would be trained, ', away: ' trained away from, of ', tokens: ' tokens' },
    },
    cut: (tokens: number) => `: cut at ${count(tokens)} tokens, the rest is not read`,
    /** Leads to what the checks found. */
    checks: (found: string) => `See ${found}`,
  },
  failed: 'This conversation could not be shown',
  policyFailed: 'The policy cannot be followed on this conversation',
  otherRuns: 'The run trains the mask it began with, not the one shown here.',
  otherData: 'This conversation was changed since the run began, which trains it as it was.',
  divided: {
    before: (strategy: string) =>
      `Shown whole. A run divides it by “${strategy}” and may train more or less: see `,
    link: 'Training sequences',
    after: '.',
  },
  largeWeight: (largest: number) =>
    `Caution: the largest weight is ${weight(largest)}. Such tokens decide the whole update, and the others hardly count.`,
  rendering: 'Rendering…',
  waiting: 'Waiting for the tokenizer…',
  /** The words in italics are shown as such tokens. */
  lead: {
    before: 'Every token of a conversation is either ',
    context: 'context',
    or: ' or ',
    trained: 'trained',
    after: '. Bring a conversation and see which is which, before anything is trained.',
  },
  lesson: 'Begin with a lesson',
  legend: {
    line: 'Legend: what the colours mean',
    label: 'Segments: trained tokens of all tokens',
    trained: (tokens: number) => ` of ${count(tokens)}`,
    factor: (value: number) => `, ×${weight(value)}`,
    masked: (tokens: number) => `${count(tokens)} masked`,
  },
  notes: {
    label: 'Remarks on the rendering',
    /** Other names than those of findings, which are counted. */
    warning: 'Caution',
    info: 'Remark',
    note: (numbers: readonly number[], text: string) => `${messages(numbers)}${text}`,
    /** Of thinking that is not in the whole conversation, where a run divides it otherwise. */
    liveThinking: (strategy: string) =>
      `The template leaves the thinking of this turn out of the whole conversation, which is what is shown here. “${strategy}” trains a turn where its thinking is still there: see Training sequences.`,
  },
  view: {
    title: 'View',
    messages: 'Messages beside',
    template: 'Template beside',
    text: 'As text',
    rendered: 'Rendered text',
  },
  sides: { own: 'A: this mask', other: (title: string) => `B: ${title}` },
  dropped: 'Remove what no longer fits',
  said: {
    set: (tokens: number, to: number | 'policy') =>
      to === 'policy'
        ? `${plural(tokens, 'token')} set as the policy says.`
        : `${plural(tokens, 'token')} set to ${weight(to)}.`,
    toggled: (tokens: number, trained: boolean) =>
      trained ? `${plural(tokens, 'token')} set to 1.` : `${plural(tokens, 'token')} masked.`,
    nothingToSet: 'There is nothing here to set.',
    undone: (elsewhere: readonly string[]) =>
      elsewhere.length ? `Undone in ${elsewhere.join(', ')}.` : 'Undone.',
    redone: (elsewhere: readonly string[]) =>
      elsewhere.length ? `Redone in ${elsewhere.join(', ')}.` : 'Redone.',
    nothingToUndo: 'There is nothing to undo.',
    nothingToRedo: 'There is nothing to redo.',
    selected: (unit: 'tokens' | 'word' | 'message', tokens: number) =>
      `By ${unit === 'tokens' ? 'token' : unit}: ${plural(tokens, 'token')} selected.`,
    noDifference: 'No token differs.',
    noComparison: 'Choose what to compare with first.',
    editsRemoved: 'All edits of this conversation were removed.',
  },
  keys: {
    hint: 'Arrow keys move, with Shift they select; Space masks or trains. More keys are listed under Keys in the strip.',
  },
  edit: {
    label: 'Weights by hand',
    takes: 'A click takes a',
    units: { tokens: 'Token', word: 'Word', message: 'Message' },
    extend: 'Extend',
    train: 'Train with 1',
    mask: 'Mask',
    toggle: 'Toggle',
    times: '×',
    weight: ' Weight to set',
    set: 'Set',
    policy: 'As policy',
    undo: 'Undo',
    redo: 'Redo',
    /** As short as it is, it stands whole also where there is little room; `how` is the longer form. */
    hint: 'Pick or draw over tokens to set weights.',
    how: 'Click, tap or draw over tokens to set weights by hand.',
    selected: (tokens: number) => `${plural(tokens, 'token')} selected`,
    selectNothing: 'Select nothing',
    edits: (edits: number) => `${plural(edits, 'edit')} here`,
    editsMark: '(◥)',
    removeAll: 'Remove all',
    wrong: 'A weight is any finite number, such as 0.3 or −1.',
    large: 'Caution: with a weight this large, these tokens decide the whole update.',
  },
  blocks: {
    /** The first words in bold. */
    differ: {
      what: 'Generation blocks',
      places: (places: number) => ` differ from what the model writes in ${plural(places, 'place')}`,
    },
    agree: (blocks: number) =>
      `The template’s ${plural(blocks, 'generation block')} hold${blocks === 1 ? 's' : ''} just what the model writes`,
    label: 'Where blocks differ',
    extra: (message: number | undefined) =>
      `${message === undefined ? 'Template' : `Message ${message}`}: in a block, not written by the model`,
    missing: (message: number | undefined) =>
      `${message === undefined ? 'Template' : `Message ${message}`}: written by the model, in no block`,
    more: (left: number) => `And ${count(left)} more.`,
    followed: 'This mask follows the blocks, verbatim.',
    notFollowed: 'This mask goes by what the model writes.',
    follow: 'Follow the blocks',
  },
  files: {
    label: 'Files of the mask',
    title: 'Edits of all conversations',
    exportEdits: 'Export edits',
    importEdits: 'Import edits…',
    notTaken: (name: string) => `${name} was not taken`,
    policyTaken: (name: string) => `The policy of ${name} is in use.`,
    editsTaken: (name: string, edits: number, conversations: number) =>
      `${name} brought ${plural(edits, 'edit')} of ${plural(conversations, 'conversation')}.`,
  },
  /** A policy that is kept, by its number. */
  keptPolicy: (title: string, number: number) => `${title} (${number})`,
};
