/**
 * @file Ranges of trained characters as Axolotl takes them to tokens (`get_offsets_for_train_detail` and
 * `adjust_train_details` in axolotl-ai-cloud/axolotl: src/axolotl/prompt_strategies/chat_template.py).
 *
 * A token there is the characters from its first through the one before the next token, both counted in. A range is first
 * widened to tokens: at its beginning by a token that ends after the range's first character, at its end by one that begins
 * before its last, so not by a token of which it holds the last character alone, or the first. Then a token is trained where
 * a range with `train` holds all of it, whatever other ranges say.
 *
 * Axolotl tokenizes the content by itself and counts on finding the same tokens in the whole text; here they are those of
 * the whole text.
 */
import type { CharacterRange } from '../conversation/types';

/** A token or a range, in code points; `last` is counted in. */
interface Inclusive {
  first: number;
  last: number;
}

/**
 * The tokens that are trained, as characters of the content in UTF-16 units; `end` is exclusive.
 *
 * @param detail ranges in UTF-16 units; trained where their weight is not 0
 * @param starts the first character of each token of the content, in UTF-16 units, ascending
 */
export function trainedTokens(
  content: string,
  detail: readonly CharacterRange[],
  starts: readonly number[],
): { start: number; end: number }[] {
  // Python counts code points, by which a single character outside of the basic plane is one and not two.
  const point = codePoints(content);
  const ends = starts.map((_, i) => starts[i + 1] ?? content.length);
  const tokens = starts.map((start, i): Inclusive => {
    return { first: point[start] ?? 0, last: (point[ends[i] ?? 0] ?? 0) - 1 };
  });
  const ranges = detail
    .filter(({ weight }) => weight !== 0)
    .flatMap(
      ({ start, end }) => widened({ first: point[start] ?? 0, last: (point[end] ?? 0) - 1 }, tokens) ?? [],
    );
  return tokens.flatMap(({ first, last }, i) =>
    ranges.some((range) => first >= range.first && last <= range.last)
      ? [{ start: starts[i] ?? 0, end: ends[i] ?? 0 }]
      : [],
  );
}

/** The range from the beginning of a token to the end of one; undefined where it holds none. */
function widened({ first, last }: Inclusive, tokens: readonly Inclusive[]): Inclusive | undefined {
  const next = tokens.findIndex((token) => token.first >= first);
  let from = next < 0 ? tokens.length : next;
  if ((tokens[from - 1]?.last ?? -1) > first) from--;
  let to = tokens.findLastIndex((token) => token.last <= last);
  if ((tokens[to + 1]?.first ?? Infinity) < last) to++;
  const [begin, end] = [tokens[from], tokens[to]];
  return begin && end && from <= to ? { first: begin.first, last: end.last } : undefined;
}

/** The number of code points before each UTF-16 unit, and before the end. */
function codePoints(text: string): number[] {
  const points: number[] = [];
  let count = 0;
  for (const character of text) {
    for (let unit = 0; unit < character.length; unit++) points.push(count);
    count++;
  }
  return [...points, count];
}
