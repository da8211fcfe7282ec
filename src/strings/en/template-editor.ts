/**
 * @file What the editor of the chat template says.
 */
export const templateEditor = {
  open: 'Chat template…',
  title: 'Chat template',
  about: (from: string) =>
    `From ${from}. Change it, or paste another; until you apply it, nothing else changes.`,
  label: 'Template (Jinja)',
  preview: 'What it makes of the chosen conversation',
  beforeChange: 'As it was before the last change.',
  before: (line: number) => `As it was before line ${line} went wrong.`,
  choose: 'Choose a conversation in Data, and its text appears here as you write.',
  rendering: 'Rendering…',
  problem: (line: number, column: number, message: string) => `Line ${line}, column ${column}: ${message}.`,
  /** Where it has no place. */
  whole: (message: string) => (/[.!?]$/.test(message) ? message : `${message}.`),
  goThere: 'Go there',
  notUsed: 'Not in use yet.',
  apply: 'Apply',
  reset: 'Reset',
  close: 'Close',
};
