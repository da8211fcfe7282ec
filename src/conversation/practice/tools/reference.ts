/**
 * @file Tools to look things up: a dictionary and a small encyclopaedia, both of things that do not exist.
 */
import { isHeldOut } from '../entities';
import type { Tool, ToolResult } from '../tool';
import { CITY_ENDS, CITY_STARTS, MATERIALS, NOUNS } from '../word-lists';

const FEATURES = [
  ['long', 'km', 2, 900],
  ['high', 'm', 40, 4000],
  ['old', 'years', 30, 2000],
  ['wide', 'm', 5, 800],
] as const;

/** The first of some entities that is not held out: training must not meet a held-out one in a result. */
function trainable(make: (at: number) => string): string {
  let at = 0;
  while (isHeldOut(make(at))) at++;
  return make(at);
}

export const REFERENCE_TOOLS: readonly Tool[] = [
  {
    name: 'define_word',
    aliases: ['dictionary', 'word_meaning'],
    description: 'Meaning of a word',
    parameters: { word: { type: 'string', aliases: ['term', 'entry'] } },
    required: ['word'],
    simulate: ({ word }, world): ToolResult => {
      const key = world.draw('word', String(word).toLowerCase());
      if (key % 10 === 0) return { error: 'not found' };
      const thing = trainable(
        (at) =>
          `${MATERIALS[(key + at) % MATERIALS.length] ?? 'small'} ${NOUNS[(key >>> 10) % NOUNS.length] ?? 'box'}`,
      );
      return { meaning: `a kind of ${thing}` };
    },
  },
  {
    name: 'search_articles',
    aliases: ['encyclopedia', 'look_up_article', 'search'],
    description: 'Search the encyclopaedia',
    parameters: { query: { type: 'string', aliases: ['topic', 'subject'] } },
    required: ['query'],
    simulate: ({ query }, world): ToolResult => {
      const key = world.draw('article', String(query).toLowerCase());
      if (key % 10 === 0) return { error: 'no article' };
      const end = CITY_ENDS[(key >>> 11) % CITY_ENDS.length] ?? 'by';
      const place = trainable((at) => (CITY_STARTS[(key + at) % CITY_STARTS.length] ?? 'Nor') + end);
      const [what, unit, low, high] = FEATURES[(key >>> 20) % FEATURES.length] ?? FEATURES[0];
      const size = low + (world.draw('size', String(query).toLowerCase()) % (high - low));
      return { text: `near ${place}, ${size} ${unit} ${what}` };
    },
  },
];
