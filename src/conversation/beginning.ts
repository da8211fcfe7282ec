/**
 * @file The beginning or the end of a text, cut between characters as a reader counts them: an emoji of several code points stays whole.
 */

/** As much beyond the cut as is read to know where the character there ends. */
const REACH = 64;

let segmenter: Intl.Segmenter | undefined;

/** Made when it is needed: the first has the browser read its tables. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** At most so many UTF-16 units of a text; where its first character alone is longer, as much of that. */
export function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  // Between two plain letters there is nothing to ask.
  if (/^[ -\u02ff]{2}$/.test(text.slice(most - 1, most + 1))) return text.slice(0, most);
  let end = 0;
  for (const { index, segment } of graphemes(text.slice(0, most + REACH))) {
    if (index + segment.length > most) break;
    end = index + segment.length;
  }
  // No half of a pair, either.
  return text.slice(0, end || most).replace(/[\uD800-\uDBFF]$/, '');
}

/** At most so many UTF-16 units of a text’s end; nothing where its last character alone is longer. */
export function ending(text: string, most: number): string {
  if (text.length <= most) return text;
  const tail = text.slice(-most - REACH);
  for (const { index } of graphemes(tail)) if (tail.length - index <= most) return tail.slice(index);
  return '';
}

/** The first character as a reader counts them; empty of an empty text. */
export function firstCharacter(text: string): string {
  for (const { segment } of graphemes(text.slice(0, REACH))) return segment;
  return '';
}
