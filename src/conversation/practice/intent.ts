/**
 * @file What an intent is: one thing that a user may want, how it is put, and what the right reaction to it is.
 */
import { type Wording, drawWording } from './frames';
import { type Share, drawPhrase, fill } from './grammar';
import type { ContestedShown } from './options';
import type { Random } from './prng';
import type { Skill } from './skill';
import type { Call, Listing, ToolResult } from './tool';
import type { World } from './world';

/** What an assistant can do with a user's turn. `ask` asks for a missing argument, `decline` says that it cannot. */
export type Decision = 'call' | 'answer' | 'ask' | 'decline';

/** One user turn and the assistant's reaction to it, before the tools have run. */
export interface Turn {
  user: string;
  /** The thinking before the reaction. */
  think: string;
  /** The right decision, and the calls that it takes (empty unless it is `call`). */
  expected: { decision: Decision; calls: Call[] };
  /** What this record shows; differs from what is right only in half of the contested turns, or in none of them. */
  written: Decision;
  calls: Call[];
  /** The visible answer, given the results of the calls in order. */
  answer: (results: ToolResult[]) => string;
  /** The thinking between the results and the answer. */
  thinkAfter?: (results: ToolResult[]) => string;
  /** What a right answer must state, where no tool is called: each text as a whole word. */
  states?: string[];
  /** A sentence that the system turn must hold for this turn to make sense. */
  systemFact?: string;
  /** What later turns may refer to. */
  remember?: Partial<Memory>;
}

/** A fact that was stated, as a subject (`the door code`) and its value. */
export interface Fact {
  subject: string;
  value: string;
}

export interface Memory {
  userName?: string;
  persona?: string;
  fact?: Fact;
  /** Subject of a fact that was asked for and never stated. */
  unknownFact?: string;
  /** The skill that the turn before this one called. */
  lastSkill?: Skill;
  /** A skill whose argument was asked back for in the turn before this one. */
  pending?: Skill;
}

/** Everything that a turn is written from. */
export interface Scene {
  random: Random;
  /** The world that the simulators answer from, as it stands before this turn. */
  world: World;
  /** The tools that the conversation lists, by their own names. */
  listed: ReadonlyMap<string, Listing>;
  entities: Share;
  phrasings: Share;
  memory: Memory;
  /** User turns before this one. */
  turn: number;
  /** User turns left, this one included. */
  left: number;
  /** The skills that tool questions are drawn from: those of listed tools and of some others. */
  skills: readonly Skill[];
  /** `both` where it is left out. */
  contestedShown?: ContestedShown;
}

export interface Intent {
  name: string;
  group: 'direct' | 'tool' | 'contested';
  /** True for words that stand alone: nothing is put after them. */
  bare?: boolean;
  weight: number;
  /** Of contested intents: what is right. Both sides are asked equally often, or neither. */
  right?: 'call' | 'answer';
  /** True where a turn with this intent can be written. */
  fits: (scene: Scene) => boolean;
  /** What the user says in fixed words, where the words do not come from a skill: for counting and comparing. */
  wording?: Wording;
  write: (scene: Scene) => Turn;
}

/** A sentence of a wording, of the scene's share, filled in. */
export function phrase(scene: Scene, wording: Wording, values: { [name: string]: string } = {}): string {
  return fill(drawWording(wording, scene.random, scene.phrasings), values);
}

/** One of the assistant's own sentences, filled in. They are never reserved. */
export function reply(
  scene: Scene,
  patterns: readonly string[],
  values: { [name: string]: string } = {},
): string {
  return fill(drawPhrase(patterns, scene.random, false).text, values);
}

/** A turn that is rightly answered without a tool. */
export function directTurn(
  user: string,
  think: string,
  answer: string,
  more: { decision?: Decision; states?: string[]; remember?: Partial<Memory>; systemFact?: string } = {},
): Turn {
  const { decision = 'answer', ...rest } = more;
  return {
    user,
    think,
    expected: { decision, calls: [] },
    written: decision,
    calls: [],
    answer: () => answer,
    ...rest,
  };
}
