/**
 * @file Every key of the page, for the sheet that lists them; and which steps single keys lead to.
 */
import { STEPS, type Step } from '../state/layout.svelte';
import { KEY_HELP } from './strip-keys';

export interface KeyGroup {
  title: string;
  keys: readonly (readonly [keys: string, what: string])[];
}

export const KEY_GROUPS: readonly KeyGroup[] = [
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
  { title: 'Tokens of the mask', keys: KEY_HELP },
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

/** Where one types: no key there is for the page. */
const FIELDS =
  'input:not([type="checkbox"], [type="radio"], [type="button"]), textarea, select, [contenteditable="true"], ' +
  '[role="textbox"]';
/** What has digits of its own, such as the strip. */
const OWN_DIGITS = '[role="listbox"], [role="grid"], [role="slider"], [role="menu"]';

/** True where a single key that was pressed there belongs to the page as a whole. */
export function isForPage(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
    return false;
  // A dialog that is open has the page to itself, wherever the focus is.
  if (document.querySelector('dialog[open]')) return false;
  const own = /^\d$/.test(event.key) ? `${FIELDS}, ${OWN_DIGITS}` : FIELDS;
  return !(event.target instanceof Element && event.target.closest(own));
}

/** The step that a digit leads to. */
export function stepOfKey(key: string): Step | undefined {
  return /^[1-5]$/.test(key) ? STEPS[Number(key) - 1] : undefined;
}
