/**
 * @file Completions of a step as rows of a table: what each was worth, how it is sorted, and which are shown.
 */
import type { Conversation, Message } from '../conversation/types';
import { expectedAt } from '../reward/expected-turns';
import { gradeReaction, type Grade } from '../reward/practice-grade';
import type { SegmentKind } from '../template/rendered';
import type { RolloutReport } from '../worker/protocol';

export interface RolloutSegment {
  kind: SegmentKind;
  text: string;
}

export interface RolloutRow {
  report: RolloutReport;
  prompt: string;
  segments: RolloutSegment[];
  /** All rewards of its group are equal, so that nothing is learnt from it. */
  flat: boolean;
  /** Without a finite reward. */
  dropped: boolean;
  /** Of the first reaction, where it is known what is right. */
  grade: Grade | undefined;
}

/** @param conversation gives the conversation of an id, where it is at hand */
export function rolloutRows(
  rollouts: readonly RolloutReport[],
  conversation: (id: string) => Conversation | undefined,
): RolloutRow[] {
  const flat = flatGroups(rollouts);
  return rollouts.map((report) => {
    const source = conversation(report.conversation);
    const [first] = report.completion.reactions;
    const expected = source && expectedAt(source, report.message);
    return {
      report,
      prompt: source?.messages[report.message]?.content ?? report.conversation,
      segments: report.completion.messages.flatMap(segmentsOf),
      flat: flat.has(report.group),
      dropped: report.reward.total === undefined,
      grade: expected && first && gradeReaction(expected, first),
    };
  });
}

/** Groups of at least two rewarded completions whose totals are all equal. */
function flatGroups(rollouts: readonly RolloutReport[]): Set<number> {
  const totals = new Map<number, number[]>();
  for (const { group, reward } of rollouts) {
    if (reward.total === undefined) continue;
    totals.set(group, [...(totals.get(group) ?? []), reward.total]);
  }
  const flat = [...totals].filter(([, all]) => all.length > 1 && all.every((total) => total === all[0]));
  return new Set(flat.map(([group]) => group));
}

function segmentsOf({ role, reasoning, content, toolCalls = [] }: Message): RolloutSegment[] {
  if (role === 'tool') return [{ kind: 'result', text: content }];
  const segments: RolloutSegment[] = [];
  if (reasoning) segments.push({ kind: 'think', text: reasoning });
  for (const { name, rawArguments } of toolCalls)
    segments.push({ kind: 'call', text: `${name} ${rawArguments}` });
  if (content) segments.push({ kind: 'answer', text: content });
  return segments;
}

export const ROLLOUT_FILTERS = [
  'all',
  'varied',
  'flat',
  'dropped',
  'right',
  'wrong',
  'false',
  'missed',
] as const;
export type RolloutFilter = (typeof ROLLOUT_FILTERS)[number];

/** Whether a row is shown. */
export function passes({ flat, dropped, grade }: RolloutRow, filter: RolloutFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'dropped':
      return dropped;
    case 'varied':
      return !flat && !dropped;
    case 'flat':
      return flat;
    case 'right':
      return grade?.decision === true;
    case 'wrong':
      return grade?.decision === false;
    case 'false':
      return grade?.falseCall === true;
    case 'missed':
      return grade?.missedCall === true;
    default:
      return filter satisfies never;
  }
}

/** `part:` and the id of a part of the reward, or a column that is always there. */
export type RolloutColumn = 'group' | 'tokens' | 'total' | 'advantage' | `part:${string}`;

export interface RolloutOrder {
  column: RolloutColumn;
  descending: boolean;
}

/** What a row has in a column; undefined where it has nothing. */
export function valueIn({ report }: RolloutRow, column: RolloutColumn): number | undefined {
  switch (column) {
    case 'group':
      return report.group;
    case 'tokens':
      return report.completion.tokens;
    case 'total':
      return report.reward.total;
    case 'advantage':
      return report.advantage;
    default:
      return report.reward.parts.find(({ id }) => column === `part:${id}`)?.value;
  }
}

/** Rows by a column, those without a value last; equal ones as they came. */
export function sortedRows(rows: readonly RolloutRow[], { column, descending }: RolloutOrder): RolloutRow[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [valueIn(a, column), valueIn(b, column)];
    if (left === undefined || right === undefined)
      return Number(left === undefined) - Number(right === undefined);
    return sign * (left - right) || a.report.rollout - b.report.rollout;
  });
}
