/**
 * @file What an intent is: one thing that a user may want, how it is put, and what the right reaction to it is.
 */
import type { Json } from '../types';
import type { Random } from './prng';
import type { ToolResult } from './tools';
import type { Share } from './words';

/** What an assistant can do with a user's turn. `ask` asks for a missing argument, `decline` says that it cannot. */
export type Decision = 'call' | 'answer' | 'ask' | 'decline';

export interface Call {
  name: string;
  arguments: { [key: string]: Json };
}

/** One user turn and the assistant's reaction to it, before the tools have run. */
export interface Turn {
  user: string;
  /** The thinking before the reaction. */
  think: string;
  /** The right decision, and the calls that it takes (empty unless it is `call`). */
  expected: { decision: Decision; calls: Call[] };
  /** What this record shows; differs from what is right only in half of the contested turns. */
  written: Decision;
  calls: Call[];
  /** The visible answer, given the results of the calls in order. */
  answer: (results: ToolResult[]) => string;
  /** The thinking between the results and the answer. */
  thinkAfter?: (results: ToolResult[]) => string;
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
  /** Name of the tool that the turn before this one was about. */
  lastTool?: string;
}

/** Everything that a turn is written from. */
export interface Scene {
  random: Random;
  /** Number of the world that the simulators answer from. */
  world: number;
  /** Names of the tools that the conversation lists. */
  listed: ReadonlySet<string>;
  entities: Share;
  phrasings: Share;
  memory: Memory;
  /** Turns before this one. */
  turn: number;
}

export interface Intent {
  name: string;
  group: 'direct' | 'tool' | 'contested';
  weight: number;
  /** True where a turn with this intent can be written. */
  fits: (scene: Scene) => boolean;
  write: (scene: Scene) => Turn;
}

/** Replaces each `{name}` by its value. */
export function fill(template: string, values: { [name: string]: string | number }): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/**
 * One phrasing of the list, filled in. The last of each list is held out: training data (`seen`) never shows it, and
 * `unseen` data shows nothing else.
 */
export function phrase(
  scene: Scene,
  list: readonly [string, string, ...string[]],
  values: { [name: string]: string | number } = {},
): string {
  const shown = scene.phrasings === 'seen' ? list.slice(0, -1) : list.slice(-1);
  return fill(scene.random.pick(shown), values);
}

/** A turn that is rightly answered without a tool. */
export function directTurn(user: string, think: string, answer: string, decision: Decision = 'answer'): Turn {
  return {
    user,
    think,
    expected: { decision, calls: [] },
    written: decision,
    calls: [],
    answer: () => answer,
  };
}

/** A turn that is rightly answered by those calls. */
export function toolTurn(
  user: string,
  think: string,
  calls: Call[],
  answer: (results: ToolResult[]) => string,
  thinkAfter?: (results: ToolResult[]) => string,
): Turn {
  return { user, think, expected: { decision: 'call', calls }, written: 'call', calls, answer, thinkAfter };
}

/** The first result, `{}` where there is none. */
export function first(results: ToolResult[]): ToolResult {
  return results[0] ?? {};
}
