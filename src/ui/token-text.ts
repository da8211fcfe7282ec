/**
 * @file What a token looks like on the page: whitespace made visible, invisible characters named.
 */
/** Characters that leave no ink: joiners, directional marks, variation selectors, the byte order mark. */
const INVISIBLE =
  /^[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF]+$/u;
const MARK = /^\p{M}/u;

function named(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * A token's text with whitespace and control characters made visible: `·` space, `⇥` tab, `⏎` line feed (the line is
 * broken after it), `␍` carriage return, others by code point. Text that would be wholly invisible is named.
 */
export function visibleText(text: string): string {
  if (text === '') return '∅';
  if (INVISIBLE.test(text)) return [...text].map(named).join(' ');
  const shown = text.replace(
    /[\u0000-\u0020\u007F-\u00A0\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/gu,
    (c) => {
      if (c === ' ') return '·';
      if (c === '\n') return '⏎\n';
      if (c === '\t') return '⇥';
      if (c === '\r') return '␍';
      if (c === '\u00A0') return '⍽';
      return named(c);
    },
  );
  // A combining mark on its own needs something to stand on.
  return MARK.test(shown) ? `◌${shown}` : shown;
}

/** A token's text as a string literal would spell it, for exact reading. */
export function escapedText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007F-\u00A0\u00AD\u034F\u061C\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFE00-\uFE0F\uFEFF]/gu,
    (c) => {
      const code = c.codePointAt(0) ?? 0;
      return `\\u${code.toString(16).padStart(4, '0')}`;
    },
  );
}

/** One token written like `<|im_end|>` or `</think>`: a delimiter that the vocabulary holds as a whole. */
export function isDelimiter(text: string): boolean {
  return text.length > 2 && /^<[^<>\s]+>$/.test(text);
}

/** Strong right-to-left letters: Hebrew, Arabic and their neighbours. */
export const RTL = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
export const STRONG = /[\p{L}]/u;

/** True where the first letter of the text belongs to a right-to-left script. */
export function startsRightToLeft(text: string): boolean {
  for (const character of text) {
    if (STRONG.test(character)) return RTL.test(character);
  }
  return false;
}
