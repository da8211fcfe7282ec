/**
 * @file What of the page is printed, as `print.css` has it, asked before that style sheet is applied: a dialog that is read; else
 * the mask alone where a conversation is shown, folded or not; else what is seen on the screen.
 */

/** True where an element of the page would be on paper. */
export function isPrinted(element: Element): boolean {
  const read = document.querySelector('dialog[data-paper][open]');
  if (read) return read.contains(element);
  const mask = document.querySelector('#mask:not([hidden])');
  const alone = mask?.querySelector('[data-part="mask.strip"]');
  if (alone && !mask?.contains(element)) return false;
  return element.closest('#mask-content[hidden]') !== null || element.checkVisibility();
}
