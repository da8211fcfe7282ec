/**
 * @file Holds a reaction against what is right for a turn of a practice conversation: the decision, the calls, the answer.
 */
import type { Expected } from '../conversation/practice/compose';
import { spacedJson, statesText } from '../conversation/practice/stated';
import type { ToolResult } from '../conversation/practice/tool';
import type { Json } from '../conversation/types';
import type { Reaction } from './reaction';

/** What a first reaction was worth. What does not apply is undefined. */
export interface Grade {
  /** It called where a call is right, and only there. */
  decision: boolean;
  /** Where no call is right: it called. */
  falseCall?: boolean;
  /** Where a call is right: it did not call. */
  missedCall?: boolean;
  /** Where a call is right and it called: tool and arguments are exactly the right ones, in any order of calls. */
  exact?: boolean;
  /** Where an answer without a call is right and something certain must be in it: it is. */
  answered?: boolean;
  /** Where asking back or declining is right: it did. */
  limit?: boolean;
}

/** How the assistant says that it cannot, does not know, or has no tool. */
const DECLINES = /\b(?:cannot|can't|can’t|do not know|don't know|don’t know|have no tool)\b/i;

/** Grades the first reaction to a user's turn, before any tool has run. */
export function gradeReaction(expected: Expected, reaction: Reaction): Grade {
  const { called, calls, answer } = reaction;
  if (expected.decision === 'call') {
    if (!called) return { decision: false, missedCall: true };
    return { decision: true, missedCall: false, exact: sameCalls(calls, expected.calls) };
  }
  const grade: Grade = { decision: !called, falseCall: called };
  if (expected.decision === 'answer') {
    const { states = [] } = expected;
    if (states.length > 0) grade.answered = !called && states.every((text) => statesText(answer, text));
    return grade;
  }
  const said = expected.decision === 'decline' ? DECLINES.test(answer) : answer.endsWith('?');
  return { ...grade, limit: !called && said };
}

interface AnyCall {
  name: string;
  arguments: { [key: string]: Json };
}

/** The same calls, whatever their order and that of their arguments. */
function sameCalls(written: readonly AnyCall[], right: readonly AnyCall[]): boolean {
  const keys = (calls: readonly AnyCall[]) =>
    calls.map(({ name, arguments: args }) => spacedJson([name, sorted(args)])).sort();
  return spacedJson(keys(written)) === spacedJson(keys(right));
}

/** A value with the keys of its objects in order. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

/**
 * Whether an answer says what the tools gave: every value that a person would want to hear, or that it failed.
 *
 * @param answer the visible text after the results
 */
export function isFaithful(answer: string, results: readonly ToolResult[]): boolean {
  return results.every((result) => {
    if ('error' in result) return /could not|cannot|can't|failed|error|did not work/i.test(answer);
    return Object.entries(result).every(([key, value]) => statesValue(answer, key, value));
  });
}

function statesValue(answer: string, key: string, value: Json): boolean {
  if (typeof value === 'boolean' || value === null) return true;
  if (key === 'count' && value === 0) return /out of stock|no |none|0/i.test(answer);
  if (Array.isArray(value)) {
    if (value.length === 0) return /nothing|no |none|free/i.test(answer);
    return value.every((item) => statesValue(answer, '', item));
  }
  if (typeof value === 'object') {
    return Object.entries(value).every(([inner, item]) => statesValue(answer, inner, item));
  }
  return statesText(answer, String(value));
}
