/**
 * @file Slips: a first call that cannot work, the error that the simulator answers it with, and the right call after it. A
 * model that has never read such an error says something made up after one. The wrong call has weight 0: it is read and
 * never trained.
 */
import type { Message } from '../types';
import { thinkResults } from './answers';
import { madeName } from './made-words';
import type { Random } from './prng';
import { type Call, type Listing, type Tool, type ToolResult } from './tool';
import { spacedJson } from './stated';
import type { World } from './world';

/** What a slip is: a name that is not listed, an argument under another name, or another tool that is listed. */
const KINDS = [
  ['name', 2],
  ['argument', 1],
  ['tool', 1],
] as const;

/** A slip before calls, as messages, and what is thought after it. */
export interface Slip {
  messages: Message[];
  thinkAfter: string;
}

/**
 * Draws a slip before the calls of a turn. Undefined where what was drawn would work, so that there is no error to read.
 *
 * @param think the thinking before the right calls
 */
export function drawSlip(
  random: Random,
  turn: { think: string; calls: readonly Call[] },
  listings: readonly Listing[],
  world: World,
): Slip | undefined {
  const kind = random.weighted(KINDS, ([, weight]) => weight)[0];
  const names = new Map<string, string>();
  const calls = turn.calls.map((call) => {
    const listing = listings.find(({ name }) => name === call.name);
    const wrong = listing ? wrongCall(random, kind, call, listing, listings, names.get(call.name)) : call;
    names.set(call.name, wrong.name);
    return wrong;
  });
  const results = calls.map((call): ToolResult => world.copy().run(call, listings));
  const works = (call: Call, i: number): boolean =>
    JSON.stringify(call) === JSON.stringify(turn.calls[i]) || !('error' in (results[i] ?? {}));
  if (calls.some(works)) return undefined;
  // In the sentence that names tools, and not where one's name is a word of the question.
  const think = turn.think.replace(/I (?:call|use) .*$/, (end) =>
    [...names].reduce((text, [right, wrong]) => text.replaceAll(right, wrong), end),
  );
  return {
    messages: [
      { role: 'assistant', reasoning: think, content: '', toolCalls: calls.map(written), weight: 0 },
      ...results.map((result, i): Message => ({
        role: 'tool',
        content: spacedJson(result),
        name: calls[i]?.name,
      })),
    ],
    thinkAfter: `${thinkResults(results)} ${turn.think}`,
  };
}

const written = ({ name, arguments: args }: Call) => ({
  name,
  arguments: args,
  rawArguments: spacedJson(args),
});

function wrongCall(
  random: Random,
  kind: (typeof KINDS)[number][0],
  call: Call,
  listing: Listing,
  listings: readonly Listing[],
  before?: string,
): Call {
  const { tool } = listing;
  if (kind === 'name') return { ...call, name: before ?? otherName(random, tool, listing.name) };
  if (kind === 'tool') {
    const others = listings.filter(({ name }) => name !== call.name);
    return others.length > 0 ? { ...call, name: before ?? random.pick(others).name } : call;
  }
  const own = random.pick(Object.keys(tool.parameters));
  const listed = listing.parameters[own] ?? own;
  const other = random.pick([own, ...(tool.parameters[own]?.aliases ?? []), madeName(random, 'parameter')]);
  if (other === listed) return call;
  return {
    ...call,
    arguments: Object.fromEntries(
      Object.entries(call.arguments).map(([name, value]) => [name === listed ? other : name, value]),
    ),
  };
}

/** Another name that the tool might have had. */
function otherName(random: Random, { name, aliases }: Tool, listed: string): string {
  const others = [name, ...aliases].filter((known) => known !== listed);
  return others.length > 0 && random.chance(0.8) ? random.pick(others) : madeName(random, 'tool');
}
