/**
 * @file Which single keys are for the page as a whole, and which steps they lead to.
 */
import { STEPS, type Step } from '../state/layout.svelte';

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
