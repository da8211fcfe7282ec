/**
 * @file Which tools a conversation lists, in which order, and under which names: some are renamed, so that a model must
 * read the schema.
 */
import { drawMadeTool } from './made-tools';
import { madeName } from './made-words';
import type { PracticeOptions } from './options';
import type { Random } from './prng';
import { type Listing, type Tool, plainListing } from './tool';
import { HELD_OUT_TOOLS, TOOLS } from './tools';

/** How many tools a conversation lists: each number with its weight. */
const COUNTS: readonly (readonly [number, number])[] = [
  [1, 0.4],
  [2, 0.38],
  [3, 0.16],
  [4, 0.06],
];

/** The tool, with the given probability under another name, and each of its parameters likewise. */
function rename(tool: Tool, random: Random, share: number): Listing {
  const plain = plainListing(tool);
  if (!random.chance(share)) return plain;
  const nonsense = random.chance(0.5);
  const name = nonsense
    ? madeName(random, 'tool')
    : random.chance(0.7)
      ? random.pick(tool.aliases)
      : tool.name;
  const parameters = Object.entries(tool.parameters).map(([own, { aliases = [] }]): [string, string] => {
    if (nonsense) return [own, random.chance(0.7) ? madeName(random, 'parameter') : own];
    return [own, aliases.length > 0 && random.chance(0.6) ? random.pick(aliases) : own];
  });
  // Two parameters must not end up with one name; then they keep their own.
  const distinct = new Set(parameters.map(([, listed]) => listed)).size === parameters.length;
  return { tool, name, parameters: distinct ? Object.fromEntries(parameters) : plain.parameters };
}

/** A made tool about a thing that none is about yet. */
function another(random: Random, taken: Set<string>, invented: number): Tool {
  const { tool, thing } = drawMadeTool(random, taken, invented);
  taken.add(thing);
  return tool;
}

/**
 * The listings of a conversation, in order; none where it lists no tools.
 *
 * @param heldOut how many held-out tools, of the split that has them; known ones stand beside them
 */
export function drawListings(random: Random, options: PracticeOptions, heldOut = 1): Listing[] {
  const { split = 'train', withTools = 0.7, renamed = 0.4, invented = 0, tools: wanted } = options;
  const { made = wanted || split === 'held-out-tools' ? 0 : 0.4 } = options;
  if (!random.chance(withTools)) return [];
  const allowed = (list: readonly Tool[]): Tool[] =>
    list.filter(({ name }) => wanted === undefined || wanted.includes(name));
  const count = random.weighted(COUNTS, ([, weight]) => weight)[0];
  const taken = new Set<string>();
  const own = random.shuffle(allowed(split === 'held-out-tools' ? HELD_OUT_TOOLS : TOOLS));
  const tools =
    split === 'held-out-tools'
      ? [...own.slice(0, heldOut), ...random.shuffle(allowed(TOOLS)).slice(0, Math.max(0, count - heldOut))]
      : own.slice(0, count).map((tool) => (random.chance(made) ? another(random, taken, invented) : tool));
  const listings = random.shuffle(tools).map((tool) => rename(tool, random, renamed));
  // Two tools must not end up with one name.
  const distinct = new Set(listings.map(({ name }) => name)).size === listings.length;
  return distinct ? listings : listings.map(({ tool }) => plainListing(tool));
}
