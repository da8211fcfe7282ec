/**
 * @file Characters that turn the direction of the text around them, or leave no ink, shown by their code points: a title
 * with a right-to-left override must not read backwards in a list, nor pass for another.
 */

/** Embeddings, overrides and isolates; and the control characters that are no white space. */
const CONTROLS = /[\u0000-\u0008\u000E-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/** A text in which such characters are named, as `⟨U+202E⟩`. For people only: it is no longer what was written. */
export function visibleControls(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `⟨U+${code}⟩`;
  });
}
