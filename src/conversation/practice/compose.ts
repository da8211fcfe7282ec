/**
 * @file Composes practice conversations: which tools are listed, which intents follow each other, what the system turn
 * says. Pure and seeded: record number `index` of a seed is always the same.
 */
import type { Conversation, Json, Message } from '../types';
import { canContest } from './contested-intents';
import { personName } from './entities';
import { dress } from './frames';
import type { Decision, Memory, Scene, Turn } from './intent';
import { INTENTS, chooseIntent } from './intents';
import { drawListings } from './listing';
import { type PracticeOptions, SPLITS, type Split, checkOptions, sharesOf } from './options';
import { Random, hashText } from './prng';
import type { Skill } from './skill';
import { skillsFor } from './skills';
import { type Slip, drawSlip } from './slips';
import { type Call, type Listing, listingSchema } from './tool';
import { spacedJson } from './stated';
import { World } from './world';

export { INTENTS, SPLITS, spacedJson, type PracticeOptions, type Split };

/** What is right for one user turn; kept in `Conversation.extra.expected`, one entry a user turn. */
export interface Expected {
  /** Index of the user's message. */
  message: number;
  intent: string;
  /** The right decision, and the calls that it takes, under the listed names. */
  decision: Decision;
  calls: Call[];
  /** True where the data shows both behaviours. */
  contested: boolean;
  /** What this record shows. */
  written: Decision;
  /** What a right answer states, each text as a whole word; of answers without a call only. */
  states?: string[];
}

/** How many user turns: each number with its weight. */
const TURNS: readonly (readonly [number, number])[] = [
  [1, 0.6],
  [2, 0.24],
  [3, 0.1],
  [4, 0.04],
  [5, 0.02],
];
const MANNERS = ['Answer briefly.', 'Be kind.', 'Be short and exact.', 'Help the user.'] as const;

/**
 * Practice conversation number `index`. Its `extra` holds `expected` (one `Expected` a user turn) and `world`: the
 * number of the `World` that answers its calls.
 *
 * @throws RangeError if an option is out of its range.
 */
export function composePractice(index: number, options: PracticeOptions): Conversation {
  checkOptions(options);
  const { seed, split = 'train', contested = 0.2, contestedShown, turns = 5, slips = 0 } = options;
  const random = new Random(hashText(`practice|${seed}|${index}|${split}`));
  const shares = sharesOf(split);
  const world = new World(random.int(1, 2 ** 31 - 1));
  const { listings, skills } = drawTools(random, options, contested);
  const persona = random.chance(0.25) ? personName(random, shares.entities) : undefined;
  const silent = random.chance(0.1);

  const messages: Message[] = [];
  const expected: Expected[] = [];
  const facts: string[] = [];
  let memory: Memory = { persona };
  const possible = TURNS.filter(([count]) => count <= turns);
  const count = random.weighted(possible, ([, weight]) => weight)[0];
  for (let turn = 0; turn < count; turn++) {
    const scene: Scene = {
      random,
      world,
      listed: new Map(listings.map((listing) => [listing.tool.name, listing])),
      ...shares,
      memory,
      turn,
      left: count - turn,
      skills,
      contestedShown,
    };
    const intent = chooseIntent(scene, contested);
    const written = intent.write(scene);
    expected.push({
      message: messages.length,
      intent: intent.name,
      ...written.expected,
      contested: intent.group === 'contested',
      written: written.written,
      ...(written.states ? { states: written.states } : {}),
    });
    if (written.systemFact) facts.push(written.systemFact);
    const user = dress(written.user, random, shares.phrasings, intent.bare);
    // With draws of its own: the questions do not depend on how many slips there are.
    const apart = new Random(hashText(`slip|${seed}|${index}|${split}|${turn}`));
    const slip =
      written.calls.length > 0 && apart.chance(slips) ? drawSlip(apart, written, listings, world) : undefined;
    messages.push({ role: 'user', content: user }, ...react(written, world, listings, silent, slip));
    memory = { ...memory, lastSkill: undefined, pending: undefined, ...written.remember };
  }

  const manner = random.chance(0.15) ? random.pick(MANNERS) : '';
  const parts = [persona ? `You are ${persona}, a small assistant.` : '', manner, ...random.shuffle(facts)];
  const system = parts.filter(Boolean).join(' ');
  if (system) {
    messages.unshift({ role: 'system', content: system });
    for (const entry of expected) entry.message++;
  }
  return {
    id: split === 'train' ? `practice-${seed}-${index}` : `practice-${split}-${seed}-${index}`,
    messages,
    ...(listings.length > 0 ? { tools: listings.map(listingSchema) } : {}),
    extra: { expected: expected as unknown as Json, world: world.number },
    source: {
      file: `practice (seed ${seed}${split === 'train' ? '' : `, ${split}`})`,
      record: index,
      line: index + 1,
    },
  };
}

/** Draws of tools for a conversation that is to have contested turns; with some choices of tools none can have them. */
const MOST_DRAWS = 20;

/**
 * Listed tools, and what can be asked; for the contested share of conversations, tools that can be contested. Of held-out
 * tools that takes two, one whose answers change and one whose do not: with one alone, what is right would be told by
 * which of them is listed.
 */
function drawTools(
  random: Random,
  options: PracticeOptions,
  contested: number,
): { listings: Listing[]; skills: readonly Skill[] } {
  const wanted = random.chance(contested);
  for (let draws = 1; ; draws++) {
    const listings = drawListings(random, { ...options, ...(draws > 1 && { withTools: 1 }) }, wanted ? 2 : 1);
    const skills = skillsFor(listings, random, options);
    const done = !wanted || listings.length === 0 || canContest(listings, skills);
    if (done || draws === MOST_DRAWS) return { listings, skills };
  }
}

/** Practice conversations number 0 to `count` − 1 of a seed. */
export function composeAll(count: number, options: PracticeOptions): Conversation[] {
  return Array.from({ length: count }, (_, index) => composePractice(index, options));
}

/**
 * A set to practise on and one to measure on: `count` conversations of training, and `heldOut` of the share that
 * training never shows (words and things alike), with the same tools and turns.
 */
export function makePractice(options: PracticeOptions & { count: number; heldOut?: number }): {
  conversations: Conversation[];
  heldOut: Conversation[];
} {
  const { count, heldOut = 0, ...rest } = options;
  return {
    conversations: composeAll(count, { split: 'train', ...rest }),
    heldOut: composeAll(heldOut, { ...rest, split: 'held-out-phrasings' }),
  };
}

/** The assistant's messages of a turn, with the simulators' results between them; after a slip, where there is one. */
function react(
  turn: Turn,
  world: World,
  listings: readonly Listing[],
  silent: boolean,
  slip?: Slip,
): Message[] {
  const think = (text: string): string => (silent ? '' : text);
  if (turn.calls.length === 0) {
    return [{ role: 'assistant', reasoning: think(turn.think), content: turn.answer([]) }];
  }
  const results = turn.calls.map((call) => world.run(call, listings));
  return [
    ...(slip?.messages ?? []).map((message) =>
      message.reasoning === undefined ? message : { ...message, reasoning: think(message.reasoning) },
    ),
    {
      role: 'assistant',
      reasoning: think(slip?.thinkAfter ?? turn.think),
      content: '',
      toolCalls: turn.calls.map((call) => ({
        name: call.name,
        arguments: call.arguments,
        rawArguments: spacedJson(call.arguments),
      })),
    },
    ...results.map((result, i): Message => ({
      role: 'tool',
      content: spacedJson(result),
      name: turn.calls[i]?.name,
    })),
    {
      role: 'assistant',
      reasoning: think(turn.thinkAfter?.(results) ?? 'I have the result.'),
      content: turn.answer(results),
    },
  ];
}
