/**
 * @file What practice data can be asked for: the split, how many tools and turns, how much is contested.
 */
import type { Share } from './grammar';
import { ALL_TOOLS } from './tools';

/**
 * Which data: `train`; held-out names, places and things in known words; held-out words around held-out things; or
 * tools that training never lists, with held-out things.
 */
export const SPLITS = ['train', 'held-out-entities', 'held-out-phrasings', 'held-out-tools'] as const;
export type Split = (typeof SPLITS)[number];

/** Which behaviours contested turns show. */
export const CONTESTED_SHOWN = ['both', 'right'] as const;
export type ContestedShown = (typeof CONTESTED_SHOWN)[number];

export interface PracticeOptions {
  /** A whole number from 0 to 2³¹ − 1; record `index` of a seed is always the same. */
  seed: number;
  /** Default `train`. */
  split?: Split;
  /** Own names of the tools that may be listed. Default: all of the split. */
  tools?: readonly string[];
  /** User turns a conversation has at most, from 1 to 5. Default 5. */
  turns?: number;
  /** Share of conversations that list tools, from 0 to 1. Default 0.7. */
  withTools?: number;
  /**
   * Share of contested turns among the turns of conversations with tools, from 0 to 1. Default 0.2. What is right follows
   * from what is asked: what does not change (a height, a meaning) and is stated above is answered, and so is a sum of
   * one-digit numbers; what changes (the weather, a price) and was stated of another time takes a call, and so does a sum of
   * two-digit numbers. In as many it is right to call as to answer: a conversation whose tools allow only one of both (a
   * dictionary alone, say) is asked none, so the share that is reached is smaller.
   */
  contested?: number;
  /**
   * What contested turns show: both behaviours equally often, so that a model stays undecided (the default), or the right
   * one alone. Which questions are asked does not depend on it.
   */
  contestedShown?: ContestedShown;
  /**
   * Share of tools that are listed under another name than their own, parameters likewise, from 0 to 1. Default 0.4. Half
   * of the other names are known synonyms, half mean nothing.
   */
  renamed?: number;
  /**
   * Share of tools that are put together from words, from 0 to 1. Default 0.4, and 0 where `tools` names those to list
   * or the split is one of held-out tools.
   */
  made?: number;
  /** Share of made tools in which a word means nothing, so that it must be copied, from 0 to 1. Default 0. */
  invented?: number;
  /**
   * Share of turns with calls in which a first call that cannot work is shown, with the error that it gets and the right
   * call after it, from 0 to 1. The wrong call has weight 0. Default 0. Which questions are asked does not depend on it.
   */
  slips?: number;
}

/** The shares of entities and phrasings that a split shows. */
export function sharesOf(split: Split): { entities: Share; phrasings: Share } {
  return {
    entities: split === 'train' ? 'seen' : 'unseen',
    phrasings: split === 'held-out-phrasings' ? 'unseen' : 'seen',
  };
}

/**
 * Refuses options that make no sense.
 *
 * @throws RangeError naming the option, its value and its range.
 */
export function checkOptions(options: PracticeOptions): void {
  const range = (
    name: string,
    value: number | undefined,
    low: number,
    high: number,
    whole: boolean,
  ): void => {
    if (value === undefined || (value >= low && value <= high && (!whole || Number.isInteger(value)))) return;
    throw new RangeError(
      `“${name}” must be a ${whole ? 'whole ' : ''}number from ${low} to ${high}, not ${value}.`,
    );
  };
  range('seed', options.seed, 0, 2 ** 31 - 1, true);
  range('turns', options.turns, 1, 5, true);
  range('withTools', options.withTools, 0, 1, false);
  range('contested', options.contested, 0, 1, false);
  range('renamed', options.renamed, 0, 1, false);
  range('made', options.made, 0, 1, false);
  range('invented', options.invented, 0, 1, false);
  range('slips', options.slips, 0, 1, false);
  if (options.split !== undefined && !SPLITS.includes(options.split)) {
    throw new RangeError(`“split” must be one of ${SPLITS.join(', ')}, not “${String(options.split)}”.`);
  }
  if (options.contestedShown !== undefined && !CONTESTED_SHOWN.includes(options.contestedShown)) {
    throw new RangeError(
      `“contestedShown” must be one of ${CONTESTED_SHOWN.join(', ')}, not “${String(options.contestedShown)}”.`,
    );
  }
  const unknown = options.tools?.find((name) => !ALL_TOOLS.some((tool) => tool.name === name));
  if (unknown !== undefined) {
    throw new RangeError(
      `There is no practice tool “${unknown}”. There are ${ALL_TOOLS.map(({ name }) => name).join(', ')}.`,
    );
  }
}
