/**
 * @file Composes practice conversations: which tools are listed, which intents follow each other, what the system turn
 * says. Pure and seeded: record number `index` of a seed is always the same.
 */
import type { Conversation, Json, Message } from '../types';
import { CONTESTED_INTENTS } from './contested-intents';
import type { Call, Decision, Intent, Memory, Scene, Turn } from './intent';
import { LIMIT_INTENTS } from './limit-intents';
import { Random, hashText } from './prng';
import { TALK_INTENTS } from './talk-intents';
import { TOOL_INTENTS } from './tool-intents';
import { TOOLS, runTool, toolSchema } from './tools';
import { type Share, personName } from './words';

export const INTENTS: readonly Intent[] = [
  ...TALK_INTENTS,
  ...LIMIT_INTENTS,
  ...TOOL_INTENTS,
  ...CONTESTED_INTENTS,
];

export interface PracticeOptions {
  seed: number;
  /** `unseen`: only entities that training data never contains. Default `seen`. */
  entities?: Share;
  /** `unseen`: only phrasings that training data never contains. Default `seen`. */
  phrasings?: Share;
  /** Share of conversations that list tools, from 0 to 1. Default 0.65. */
  withTools?: number;
  /** Share of contested turns among the turns of conversations with tools, from 0 to 1. Default 0.2. */
  contested?: number;
}

/** What is right for one user turn; kept in `Conversation.extra.expected`, one entry a user turn. */
export interface Expected {
  /** Index of the user's message. */
  message: number;
  intent: string;
  /** The right decision, and the calls that it takes. */
  decision: Decision;
  calls: Call[];
  /** True where the data shows both behaviours. */
  contested: boolean;
  /** What this record shows. */
  written: Decision;
}

/** How many user turns, how many tools: each number with its weight. */
const TURNS: readonly [number, number][] = [
  [1, 0.55],
  [2, 0.3],
  [3, 0.15],
];
const TOOL_COUNTS: readonly [number, number][] = [
  [1, 0.3],
  [2, 0.35],
  [3, 0.25],
  [4, 0.1],
];

/**
 * Practice conversation number `index` of a seed. Its `extra` holds `expected` (one `Expected` a user turn) and `world`
 * (the number to give `runTool` when calls are to be answered in the same world).
 */
export function composePractice(index: number, options: PracticeOptions): Conversation {
  const { seed, entities = 'seen', phrasings = 'seen', withTools = 0.65, contested = 0.2 } = options;
  const random = new Random(hashText(`practice|${seed}|${index}|${entities}|${phrasings}`));
  const world = random.int(1, 2 ** 31 - 1);
  const tools = random.chance(withTools) ? random.shuffle(TOOLS).slice(0, byWeight(random, TOOL_COUNTS)) : [];
  const listed = new Set(tools.map((tool) => tool.name));
  const persona = random.chance(0.35) ? personName(random, entities) : undefined;
  const silent = random.chance(0.1);

  const messages: Message[] = [];
  const expected: Expected[] = [];
  const facts: string[] = [];
  let memory: Memory = { persona };
  const count = byWeight(random, TURNS);
  for (let turn = 0; turn < count; turn++) {
    const scene: Scene = { random, world, listed, entities, phrasings, memory, turn };
    const intent = chooseIntent(scene, contested);
    const written = intent.write(scene);
    expected.push({
      message: messages.length,
      intent: intent.name,
      ...written.expected,
      contested: intent.group === 'contested',
      written: written.written,
    });
    if (written.systemFact) facts.push(written.systemFact);
    messages.push({ role: 'user', content: roughen(written.user, random) }, ...react(written, scene, silent));
    memory = { ...memory, ...written.remember, lastTool: written.calls[0]?.name };
  }

  const system = [persona ? `You are ${persona}, a small assistant.` : '', ...random.shuffle(facts)].filter(
    Boolean,
  );
  if (system.length > 0) {
    messages.unshift({ role: 'system', content: system.join(' ') });
    for (const entry of expected) entry.message++;
  }
  return {
    id: `practice-${seed}-${index}`,
    messages,
    ...(tools.length > 0 ? { tools: tools.map(toolSchema) } : {}),
    extra: { expected: expected as unknown as Json, world },
    source: { file: `practice (seed ${seed})`, record: index, line: index + 1 },
  };
}

/** Practice conversations number 0 to `count` − 1 of a seed. */
export function composeAll(count: number, options: PracticeOptions): Conversation[] {
  return Array.from({ length: count }, (_, index) => composePractice(index, options));
}

function byWeight(random: Random, table: readonly [number, number][]): number {
  return random.weighted(table, ([, weight]) => weight)[0];
}

function chooseIntent(scene: Scene, contestedShare: number): Intent {
  const roll = scene.random.next();
  // Where tools are listed: the contested share, then six tenths of the rest need a tool.
  const wanted =
    scene.listed.size === 0
      ? 'direct'
      : roll < contestedShare
        ? 'contested'
        : roll < contestedShare + (1 - contestedShare) * 0.6
          ? 'tool'
          : 'direct';
  const fitting = INTENTS.filter((intent) => intent.group === wanted && intent.fits(scene));
  const pool =
    fitting.length > 0
      ? fitting
      : INTENTS.filter((intent) => intent.group === 'direct' && intent.fits(scene));
  return scene.random.weighted(pool, (intent) => intent.weight);
}

/** The assistant's messages of a turn, with the simulators' results between them. */
function react(turn: Turn, scene: Scene, silent: boolean): Message[] {
  const think = (text: string): string => (silent ? '' : text);
  if (turn.calls.length === 0) {
    return [{ role: 'assistant', reasoning: think(turn.think), content: turn.answer([]) }];
  }
  const results = turn.calls.map((call) => runTool(call.name, call.arguments, scene.world));
  return [
    {
      role: 'assistant',
      reasoning: think(turn.think),
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

/** JSON with `, ` and `: ` between its parts, as Python and the chat template's `tojson` write it. */
export function spacedJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${spacedJson(item)}`);
  return `{${entries.join(', ')}}`;
}

/** What people do to a question when they type: a word before it, no full stop at the end, a `please`. */
function roughen(text: string, random: Random): string {
  const before = random.chance(0.12) ? random.pick(['Hey, ', 'OK. ', 'Quick question: ', 'So, ']) : '';
  let after = text;
  if (random.chance(0.12)) after = after.replace(/[.?!]$/, '');
  else if (random.chance(0.06)) after = after.replace(/([.?])$/, ' please$1');
  return before + after;
}
