/**
 * @file Keys and what they do, for the sheet of all keys and beside the strip. Keys are named as keyboards name them.
 */

/** A key, or several, and what it does. */
type KeyHelp = readonly [keys: string, what: string];

const strip: readonly KeyHelp[] = [
  ['← → ↑ ↓', 'move; with Shift, select'],
  ['Home, End, Page Up, Page Down', 'first or last token, previous or next message'],
  ['[ and ]', 'smaller or larger unit: token, word, message'],
  ['Space', 'masked ↔ trained'],
  ['T or 1', 'train with weight 1'],
  ['M or 0', 'mask'],
  ['W', 'type a weight'],
  ['P', 'as the policy says'],
  ['N, Shift+N', 'next or previous difference'],
  ['Ctrl+F or /', 'search these tokens'],
  ['Esc', 'select nothing'],
  ['Ctrl+Z, Ctrl+Shift+Z', 'undo, redo'],
];

const groups: readonly { title: string; keys: readonly KeyHelp[] }[] = [
  {
    title: 'Anywhere',
    keys: [
      ['?', 'this sheet'],
      ['1 to 5', 'Model, Data, Mask, Train, Compare'],
      ['Tab, Shift+Tab', 'next or previous control'],
      ['Space, Enter', 'press a button, open what is folded'],
      ['Esc', 'close a dialog'],
    ],
  },
  { title: 'Tokens of the mask', keys: strip },
  {
    title: 'List of conversations',
    keys: [
      ['↑ ↓', 'previous or next conversation'],
      ['Home, End, Page Up, Page Down', 'first or last one, or a page at a time'],
    ],
  },
  {
    title: 'Line between two columns',
    keys: [
      ['← →', 'narrower or wider'],
      ['Home, End', 'as narrow or as wide as it goes'],
      ['Enter', 'usual width'],
    ],
  },
  {
    title: 'Charts and tables',
    keys: [
      ['← →, Page Up, Page Down', 'step by step through a chart, or ten times as far'],
      ['Home, End', 'first or last step'],
      ['Esc', 'leave the step'],
      ['Arrow keys', 'scroll a table or text that is larger than its frame'],
    ],
  },
];

export const keys = {
  title: 'Keys',
  close: 'Close',
  everywhere: 'Single keys (? and 1 to 5) work anywhere outside fields and lists',
  list: 'List of keys',
  stripTitle: 'Keys in the strip',
  groups,
  strip,
};
