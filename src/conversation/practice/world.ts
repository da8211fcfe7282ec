/**
 * @file One practice world: what its tools answer. Everything follows from the world's number and from the calls made
 * before (a note that was saved can be read), so replaying a conversation's calls gives its results again.
 */
import type { Conversation, Json, ToolSchema } from '../types';
import { madeToolOf } from './made-tools';
import { hashText } from './prng';
import { type Call, type Listing, type ToolResult, argumentProblem, ownName, plainListing } from './tool';
import { ALL_TOOLS } from './tools';

export class World {
  /** What calls have stored, by kind. */
  readonly #stored = new Map<string, string[]>();

  /** @param number which world; worlds differ in what their tools answer. */
  constructor(readonly number: number) {}

  /** A draw (32 bits, unsigned) that depends on the world and on the question alone. */
  draw(...key: string[]): number {
    return hashText(`${this.number}|${key.join('|')}`);
  }

  /** One element of the list, by such a draw. */
  pick<T>(list: readonly [T, ...T[]], ...key: string[]): T {
    return list[this.draw(...key) % list.length] ?? list[0];
  }

  /** What calls stored under that kind, oldest first. */
  stored(kind: string): readonly string[] {
    return this.#stored.get(kind) ?? [];
  }

  /** Stores a text. Returns how many texts of the kind are stored now. */
  store(kind: string, text: string): number {
    const texts = [...this.stored(kind), text];
    this.#stored.set(kind, texts);
    return texts.length;
  }

  /** A copy that further calls do not touch: for looking at a result without making the call. */
  copy(): World {
    const copy = new World(this.number);
    for (const [kind, texts] of this.#stored) copy.#stored.set(kind, texts);
    return copy;
  }

  /**
   * Runs a call. Never throws: a tool that is not listed or a bad argument gives `{ error }`, as a real tool server
   * would answer.
   */
  run(call: Call, listings: readonly Listing[] = ALL_TOOLS.map(plainListing)): ToolResult {
    const listing = listings.find(({ name }) => name === call.name);
    if (!listing) return { error: `unknown tool ${call.name}` };
    const problem = argumentProblem(listing, call.arguments);
    if (problem) return { error: problem };
    const args = Object.entries(call.arguments).map(([name, value]): [string, Json] => [
      ownName(listing, name) ?? name,
      value,
    ]);
    return listing.tool.simulate(Object.fromEntries(args), this);
  }
}

/**
 * What answers a practice record's calls: its world, in which the calls of its first `upTo` messages have been made, and
 * the tools that it lists. For rollouts, which go on from there with calls of their own.
 *
 * @throws TypeError if the record has no world: it is none of ours.
 */
export function openWorld(
  { tools = [], messages, extra }: Pick<Conversation, 'tools' | 'messages' | 'extra'>,
  upTo = 0,
): { world: World; listings: Listing[] } {
  if (typeof extra.world !== 'number') {
    throw new TypeError('The record has no number “world”; only practice records can be run.');
  }
  const world = new World(extra.world);
  const listings = listingsOf(tools);
  for (const { toolCalls = [] } of messages.slice(0, upTo)) {
    for (const call of toolCalls) world.run(call, listings);
  }
  return { world, listings };
}

/**
 * The listings that a conversation's schemas stand for, so that its calls can be run: each schema is recognised by its
 * description, else by its name; its parameters by their names, else by their order. Schemas of tools that are not ours
 * are left out.
 */
export function listingsOf(schemas: readonly ToolSchema[]): Listing[] {
  return schemas.flatMap(({ function: { name, description = '', parameters } }) => {
    const tool =
      ALL_TOOLS.find((t) => t.description === description) ??
      madeToolOf(description)?.tool ??
      ALL_TOOLS.find((t) => t.name === name || t.aliases.includes(name));
    if (!tool) return [];
    const properties =
      parameters !== null && typeof parameters === 'object' && !Array.isArray(parameters)
        ? parameters.properties
        : undefined;
    const given = properties !== null && typeof properties === 'object' ? Object.keys(properties ?? {}) : [];
    const parts = Object.entries(tool.parameters);
    const byName = parts.map(([own, { aliases = [] }]) =>
      given.find((key) => key === own || aliases.includes(key)),
    );
    // Names that mean nothing stand in the order of the tool's own.
    const known = byName.every((key) => key !== undefined) && new Set(byName).size === parts.length;
    const inOrder = !known && given.length === parts.length;
    const names = parts.map(([own], i): [string, string] => [own, (inOrder ? given[i] : byName[i]) ?? own]);
    return [{ tool, name, parameters: Object.fromEntries(names) }];
  });
}
