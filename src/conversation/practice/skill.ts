/**
 * @file A skill: how one tool is asked for, called, and answered from. Most intents are the same for every tool; what
 * differs is written down here.
 */
import type { Wording } from './frames';
import { capital, drawPhrase, fill } from './grammar';
import type { Scene } from './intent';
import type { Arguments, ToolResult } from './tool';

/** One question's arguments, under the tool's own names, and the words that it is put in. */
export interface Ask {
  args: Arguments;
  slots: { [name: string]: string };
}

export interface Skill {
  /** The tool's own name. */
  tool: string;
  /** What the tool is about, for “I have no tool for …”. */
  topic: string;
  draw: (scene: Scene) => Ask;
  wording: Wording;
  /** What is asked for, for the thinking and for two wishes in one sentence: a noun phrase, or a verb phrase. */
  what: string;
  kind: 'query' | 'action';
  /** Follow-ups after a turn about the same tool. */
  again?: readonly string[];
  /** The visible answer, by result, with the result's values as slots beside those of the question. */
  answers: (result: ToolResult) => readonly string[];
  /** The visible answer to an error. */
  failure: string;
  /** True where the answer may be another one tomorrow: then a fact of another time does not settle it. */
  changing?: boolean;
  /** How a conversation states the answer before it is asked for: a fact, with the slots of question and result. */
  stated?: string;
  /** How a question lacks an argument, what the assistant asks back, and how the user supplies it. */
  missing?: { what: string; ask: Wording; back: readonly string[]; supply: readonly string[] };
}

/** The values of a result as slots; a list becomes one text. */
export function resultSlots(result: ToolResult): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(result).map(([key, value]) => [
      `r_${key}`,
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
}

/** The visible answer to a question, from its result. */
export function answerOf(scene: Scene, skill: Skill, ask: Ask, result: ToolResult): string {
  const patterns = 'error' in result ? [skill.failure] : skill.answers(result);
  const text = drawPhrase(patterns, scene.random, false).text;
  return capital(fill(text, { ...ask.slots, ...resultSlots(result) }));
}

/** What a question asks for, in words: `the weather in Oslo`. */
export function whatOf(skill: Skill, ask: Ask): string {
  return fill(skill.what, ask.slots);
}

/** What a person would want to hear of a result: its values, but for flags; nothing of an error or an empty list. */
export function resultStates(result: ToolResult): string[] {
  if ('error' in result) return [];
  return Object.values(result).flatMap((value) => {
    if (typeof value === 'boolean' || value === 0) return [];
    return Array.isArray(value) ? value.map(String) : [String(value)];
  });
}
