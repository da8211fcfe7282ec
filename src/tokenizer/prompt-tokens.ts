/**
 * @file How many leading tokens a text shares with the prompts of its turns, as TRL divides prompt and completion
 * (`common_prefix_length` of the two lists of ids).
 */
import { LosslightError } from '../errors';
import type { Rendered } from '../template/rendered';
import type { PromptTokens } from './encoded';
import type { ChatTokenizer, TokenOffsets } from './tokenizer';

/**
 * One entry for each of `rendered.prompts`, in order. A prompt is tokenized from its last special token on that the text
 * has too: nothing before a special token changes what follows it.
 */
export function promptTokens(
  { text, prompts = [] }: Pick<Rendered, 'text' | 'prompts'>,
  { ids, end }: TokenOffsets,
  tokenizer: ChatTokenizer,
): PromptTokens[] {
  const special = new Set(tokenizer.specialTokens.map((token) => tokenizer.idOf(token)));
  return prompts.flatMap(({ message, length, rest }) => {
    let from = firstAfter(end, length) - 1;
    while (from > 0 && !special.has(ids[from])) from--;
    from = Math.max(from, 0);
    const start = from > 0 ? (end[from - 1] ?? 0) : 0;
    let tail: Int32Array;
    try {
      tail = tokenizer.encode(text.slice(start, length) + rest).ids;
    } catch (error) {
      // The text has tokens although its prompt has none: nothing can be said about this turn.
      if (error instanceof LosslightError) return [];
      throw error;
    }
    let tokens = from;
    while (tokens - from < tail.length && tokens < ids.length && tail[tokens - from] === ids[tokens])
      tokens++;
    return [{ message, tokens }];
  });
}

/** Index of the first token that ends after a character. */
function firstAfter(end: Int32Array, character: number): number {
  let low = 0;
  let high = end.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((end[middle] ?? 0) <= character) low = middle + 1;
    else high = middle;
  }
  return low;
}
