/**
 * @file The beginning of a text, cut between characters as a reader counts them: an emoji of several code points stays whole.
 */

/** As much behind the cut as is read to know where the character before it ends. */
const REACH = 64;

let segmenter: Intl.Segmenter | undefined;

/** At most so many UTF-16 units of a text; where its first character alone is longer, as much of that. */
export function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  let end = 0;
  for (const { index, segment } of segmenter.segment(text.slice(0, most + REACH))) {
    if (index + segment.length > most) break;
    end = index + segment.length;
  }
  // No half of a pair, either.
  return text.slice(0, end || most).replace(/[\uD800-\uDBFF]$/, '');
}
