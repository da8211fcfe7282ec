/**
 * @file What a model wrote in one turn, taken apart: thinking, calls, answer, and whether the format was kept. The format
 * is that of Qwen 3 and its like: `<think>…</think>`, then calls as JSON between `<tool_call>` and `</tool_call>`, or an answer.
 */
import type { Json } from '../conversation/types';

/** A call as it was written, its JSON understood. */
export interface WrittenCall {
  name: string;
  arguments: { [key: string]: Json };
  /** The text of the arguments, as it was written. */
  rawArguments: string;
}

export interface Reaction {
  /** Without its delimiters; undefined where no think block was opened and closed. */
  think: string | undefined;
  /** Those whose JSON is valid, in their order. */
  calls: WrittenCall[];
  /** Whether a call was begun, valid or not. */
  called: boolean;
  /** Every call that was begun is closed and holds one object with `name` and `arguments` and nothing else. */
  callsValid: boolean;
  /** The visible text beside thinking and calls, without white space around it. */
  answer: string;
  /** It ended with an end-of-turn token. */
  ended: boolean;
  /** Thinking, then valid calls alone or a plain answer, then the end of the turn. */
  wellFormed: boolean;
}

const OPENING = /^\s*<think>([\s\S]*?)<\/think>/;
const CALL = /<tool_call>([\s\S]*?)<\/tool_call>/g;
/** What has no place inside thinking, or in an answer. */
const MARK = /<\/?(?:think|tool_call|tool_response|tools)>|<\|\w+\|>/;

/**
 * Takes a completion apart.
 *
 * @param text of the whole completion, special tokens written out
 * @param ends the tokens that end a turn, as text
 */
export function readReaction(text: string, ends: readonly string[]): Reaction {
  const end = ends.find((token) => token !== '' && text.endsWith(token));
  const body = end === undefined ? text : text.slice(0, -end.length);
  const opening = OPENING.exec(body);
  const think = opening?.[1]?.trim();
  const rest = opening ? body.slice(opening[0].length) : body;
  const written = [...rest.matchAll(CALL)].map(([, json = '']) => readCall(json));
  const calls = written.filter((call) => call !== undefined);
  const begun = rest.split('<tool_call>').length - 1;
  const closed = rest.split('</tool_call>').length - 1;
  const callsValid = calls.length === begun && closed === begun;
  const answer = rest.replace(CALL, '').trim();
  const content = begun > 0 ? callsValid && answer === '' : answer !== '' && !MARK.test(rest);
  return {
    think,
    calls,
    called: begun > 0,
    callsValid,
    answer,
    ended: end !== undefined,
    wellFormed: end !== undefined && think !== undefined && !MARK.test(think) && content,
  };
}

/** An object with a name and arguments and nothing else, or undefined. */
function readCall(json: string): WrittenCall | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isObject(value) || Object.keys(value).length !== 2) return undefined;
  const { name, arguments: args } = value;
  if (typeof name !== 'string' || !isObject(args)) return undefined;
  return { name, arguments: args as { [key: string]: Json }, rawArguments: argumentsText(json, args) };
}

/** The arguments as written, where that can be told by looking; else as JSON. */
function argumentsText(json: string, args: object): string {
  const text = /"arguments"\s*:\s*(\{[\s\S]*\})\s*\}\s*$/.exec(json)?.[1];
  try {
    if (text !== undefined && JSON.stringify(JSON.parse(text)) === JSON.stringify(args)) return text;
  } catch {
    // `name` stands behind the arguments; they are written anew
  }
  return JSON.stringify(args);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
