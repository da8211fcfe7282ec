/**
 * @file The tool-decision report: how often a model calls a tool where it should, calls the right one rightly, keeps the
 * format and answers well; with intervals, and beside another model on the same turns.
 */
import { coreDecisions as words } from '$strings/core-decisions';
import type { Expected } from '../conversation/practice/compose';
import type { Decision } from '../conversation/practice/intent';
import type { ToolResult } from '../conversation/practice/tool';
import {
  groupedWilson,
  pairedDifference,
  type Difference,
  type GroupedCase,
  type Pair,
  type Share,
} from './interval';
import { gradeReaction, isFaithful } from './practice-grade';
import type { Reaction } from './reaction';
import { resultsToTell } from './result-rounds';

/** What a whole reaction to one user turn came to. What does not apply, or cannot be told, is undefined. */
export interface DecisionCase {
  /** The same for the same turn of another model. */
  key: string;
  /** Number of the conversation: turns of one conversation are not independent. */
  group: number;
  /** The data shows both behaviours. */
  contested: boolean;
  right: Decision;
  called: boolean;
  /** Where a call is right and it called: it called the right tools. */
  tools?: boolean;
  /** Where it called the right tools: with the right arguments. */
  arguments?: boolean;
  /** Every message of it is thinking, then valid calls or an answer, then the end of the turn. */
  wellFormed: boolean;
  /** Where tools gave results: the answer says what they gave. */
  faithful?: boolean;
  /** The turn ended with a right answer: after the right calls, or without one where none is right. */
  answer?: boolean;
  /** The decision of a second reaction, drawn at temperature 1, was right. */
  sampled?: boolean;
}

/** A figure is a share of the cases that it applies to. */
export interface DecisionFigure {
  label: string;
  /** One sentence: of which turns, and what counts. */
  help: string;
  /** Which way is the better one. */
  better: 'more' | 'less';
  /** Undefined where the figure does not apply to the case. */
  of(found: DecisionCase): boolean | undefined;
}

const calls = ({ right }: DecisionCase) => right === 'call';

/** In the order of the report. */
export const DECISION_FIGURES = {
  accuracy: {
    ...words.figures.accuracy,
    better: 'more',
    of: (found) => found.called === calls(found),
  },
  sampled: {
    ...words.figures.sampled,
    better: 'more',
    of: (found) => found.sampled,
  },
  falseCalls: {
    ...words.figures.falseCalls,
    better: 'less',
    of: (found) => (calls(found) ? undefined : found.called),
  },
  missedCalls: {
    ...words.figures.missedCalls,
    better: 'less',
    of: (found) => (calls(found) ? !found.called : undefined),
  },
  wrongTool: {
    ...words.figures.wrongTool,
    better: 'less',
    of: ({ tools }) => (tools === undefined ? undefined : !tools),
  },
  wrongArguments: {
    ...words.figures.wrongArguments,
    better: 'less',
    of: (found) => (found.arguments === undefined ? undefined : !found.arguments),
  },
  format: {
    ...words.figures.format,
    better: 'more',
    of: ({ wellFormed }) => wellFormed,
  },
  answers: {
    ...words.figures.answers,
    better: 'more',
    of: ({ answer }) => answer,
  },
  faithful: {
    ...words.figures.faithful,
    better: 'more',
    of: ({ faithful }) => faithful,
  },
} as const satisfies Record<string, DecisionFigure>;
export type DecisionFigureKey = keyof typeof DECISION_FIGURES;
export const DECISION_KEYS = Object.keys(DECISION_FIGURES) as DecisionFigureKey[];

/** Which turns a column of the report is about. */
export const DECISION_SLICES = {
  all: { label: words.slices.all, has: () => true },
  contested: { label: words.slices.contested, has: ({ contested }: DecisionCase) => contested },
  settled: { label: words.slices.settled, has: ({ contested }: DecisionCase) => !contested },
} as const;
export type DecisionSlice = keyof typeof DECISION_SLICES;
export const DECISION_SLICE_KEYS = Object.keys(DECISION_SLICES) as DecisionSlice[];

/**
 * Grades a whole reaction.
 *
 * @param reactions to the user's message, and to the results of each round of calls
 * @param rounds results of each round of calls, in order; undefined where the calls of this conversation cannot be run
 * @throws RangeError where there is no reaction.
 */
export function gradeTurn(
  expected: Expected,
  reactions: readonly Reaction[],
  rounds: readonly (readonly ToolResult[])[] | undefined,
): Omit<DecisionCase, 'key' | 'group' | 'sampled'> {
  const [first] = reactions;
  const last = reactions.at(-1);
  if (!first || !last) throw new RangeError('There is no reaction to grade.');
  const { exact, answered, limit } = gradeReaction(expected, first);
  const callIsRight = expected.decision === 'call';
  const tools = callIsRight && first.called ? sameTools(first, expected) : undefined;
  const results = rounds && resultsToTell(rounds);
  const faithful = results?.length ? !last.called && isFaithful(last.answer, results) : undefined;
  const answer = callIsRight
    ? results && exact === true && faithful === true
    : first.called
      ? false
      : (answered ?? limit);
  return {
    contested: expected.contested,
    right: expected.decision,
    called: first.called,
    ...(tools !== undefined && { tools }),
    ...(tools && { arguments: exact === true }),
    wellFormed: reactions.every(({ wellFormed }) => wellFormed),
    ...(faithful !== undefined && { faithful }),
    ...(answer !== undefined && { answer }),
  };
}

/** The same tools, each as often, in any order. A call that cannot be read is none of them. */
function sameTools({ calls: written, callsValid }: Reaction, { calls: right }: Expected): boolean {
  const names = (list: readonly { name: string }[]) => JSON.stringify(list.map(({ name }) => name).sort());
  return callsValid && names(written) === names(right);
}

/** A share with its 95% interval, see `groupedWilson`, all from 0 to 1. */
export interface MeasuredFigure extends Share {
  share: number;
  low: number;
  high: number;
  /** Less the same figure of the other model, on the turns that both have a case of. */
  difference?: Difference & { cases: number };
}

export type DecisionFigures = Partial<Record<DecisionFigureKey, MeasuredFigure>>;
/** The figures that there are cases of, of the slices that there are cases in. */
export type DecisionReport = Partial<Record<DecisionSlice, DecisionFigures>>;

/**
 * All figures of all slices. Where no turn is contested there is the slice of all turns alone.
 *
 * @param against cases of another model on the same turns: differences are this model less that one, paired by `key`, their
 * intervals of whole conversations (see `pairedDifference`)
 */
export function decisionReport(
  cases: readonly DecisionCase[],
  against?: readonly DecisionCase[],
): DecisionReport {
  const report: DecisionReport = {};
  const divided = cases.some(({ contested }) => contested) && cases.some(({ contested }) => !contested);
  for (const slice of divided ? DECISION_SLICE_KEYS : (['all'] as const)) {
    const { has } = DECISION_SLICES[slice];
    report[slice] = figuresOf(cases.filter(has), against?.filter(has));
  }
  return report;
}

function figuresOf(
  cases: readonly DecisionCase[],
  against: readonly DecisionCase[] | undefined,
): DecisionFigures {
  const figures: DecisionFigures = {};
  for (const key of DECISION_KEYS) {
    const share = shareOf(key, cases);
    if (share.cases === 0) continue;
    const [low, high] = groupedWilson(hitsOf(key, cases));
    const pairs = against ? pairsOf(key, against, cases) : [];
    figures[key] = {
      ...share,
      share: share.hits / share.cases,
      low,
      high,
      ...(pairs.length > 0 && { difference: pairedDifference(pairs) }),
    };
  }
  return figures;
}

/** Hits and cases of one figure. */
export function shareOf(key: DecisionFigureKey, cases: readonly DecisionCase[]): Share {
  const found = hitsOf(key, cases);
  return { hits: found.filter(({ hit }) => hit).length, cases: found.length };
}

/** The cases that a figure applies to. */
function hitsOf(key: DecisionFigureKey, cases: readonly DecisionCase[]): GroupedCase[] {
  const figure: DecisionFigure = DECISION_FIGURES[key];
  return cases.flatMap((found) => {
    const hit = figure.of(found);
    return hit === undefined ? [] : [{ group: found.group, hit }];
  });
}

/** The cases of a figure that both models have. */
export function pairsOf(
  key: DecisionFigureKey,
  before: readonly DecisionCase[],
  after: readonly DecisionCase[],
): Pair[] {
  const figure: DecisionFigure = DECISION_FIGURES[key];
  const known = new Map(before.map((found) => [found.key, figure.of(found)]));
  return after.flatMap((found) => {
    const [was, is] = [known.get(found.key), figure.of(found)];
    return was === undefined || is === undefined ? [] : [{ group: found.group, before: was, after: is }];
  });
}
