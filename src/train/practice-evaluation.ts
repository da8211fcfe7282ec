/**
 * @file How well a model does on held-out practice conversations: every user turn is a case, the conversation before it is
 * as recorded, and the model's reaction runs to its end with the simulators answering its calls.
 */
import { composeAll, type Expected, type PracticeOptions } from '../conversation/practice/compose';
import type { Conversation } from '../conversation/types';
import type { Engine, Which } from '../model/engine';
import type { DecisionCase } from '../reward/decision-report';
import type { Share } from '../reward/interval';
import { gradeReaction, isFaithful } from '../reward/practice-grade';
import { resultsToTell } from '../reward/result-rounds';
import type { ReactionRollout, Tokens } from './reaction-rollout';
import { decisionCases, reactToTurns, turnsOf, type TurnOptions } from './turn-evaluation';

/** The figures, in the order of the table. */
export const FIGURES = {
  wellFormed: 'turns well formed: thinking, then valid calls or an answer, then the end',
  exact: 'tool and arguments exactly right, where it calls and should',
  faithful: 'the answer says what the tool gave',
  answered: 'direct questions answered rightly',
  limits: 'asks back or declines where that is right',
  decisions: 'calls or not, rightly; not contested',
  falseCalls: 'calls where it should not; not contested',
  missedCalls: 'does not call where it should; not contested',
  contested: 'decides rightly; contested, greedy',
  contestedSampled: 'decides rightly; contested, sampled at temperature 1',
  allDecisions: 'calls or not, rightly; all turns',
} as const;
export type Figure = keyof typeof FIGURES;

/** One case of a figure, named so that two models can be compared on it. */
export interface CaseResult {
  figure: Figure;
  /** Number of the conversation. */
  group: number;
  /** The same for the same case of another model. */
  key: string;
  hit: boolean;
}

export interface EvaluationOptions extends PracticeOptions, TurnOptions {
  /** Conversations. */
  count: number;
}

export interface Evaluation {
  cases: CaseResult[];
  /** Of the tool-decision report, one a turn. */
  decisions: DecisionCase[];
  /** User turns. */
  turns: number;
  /** Those that there are no cases of, because what stands before the reaction does not fit into the model's context. */
  tooLong: number;
}

/**
 * Rolls out and grades. A reaction whose results no longer fit into the context ends there, without an answer.
 *
 * @param onTurn gets the turns that are done, and all of them
 * @throws LosslightError what the template and the engine throw; RangeError where an option is out of its range.
 */
export async function evaluatePractice(
  engine: Engine,
  tokens: Tokens,
  options: EvaluationOptions,
  which: Which = 'tuned',
  onTurn?: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<Evaluation> {
  const { count, maxNewTokens, sequences, samplingSeed, ...practice } = options;
  const turns = turnsOf(composeAll(count, practice));
  const how = { maxNewTokens, sequences, samplingSeed };
  const reactions = await reactToTurns(engine, tokens, turns, how, which, onTurn, signal);
  return {
    cases: reactions.flatMap(({ rollout, expected, sampled, group }) =>
      results(rollout, expected, sampled, group),
    ),
    decisions: decisionCases(reactions),
    turns: turns.length,
    tooLong: reactions.filter(({ sampled, rollout }) => !sampled && rollout.steps.length === 0).length,
  };
}

/** What a practice conversation says is right, one entry a user turn. */
export function expectedOf({ extra }: Conversation): Expected[] {
  return (extra['expected'] ?? []) as unknown as Expected[];
}

function results(
  rollout: ReactionRollout,
  expected: Expected,
  sampled: boolean,
  group: number,
): CaseResult[] {
  const first = rollout.steps[0]?.reaction;
  if (!first) return [];
  const key = `${group}.${expected.message}`;
  const out: CaseResult[] = [];
  const add = (figure: Figure, hit: boolean | undefined, more = '') => {
    if (hit !== undefined) out.push({ figure, group, key: key + more, hit });
  };
  const grade = gradeReaction(expected, first);
  if (sampled) {
    add('contestedSampled', grade.decision);
    return out;
  }
  rollout.steps.forEach(({ reaction }, i) => add('wellFormed', reaction.wellFormed, `.${i}`));
  const given = resultsToTell(rollout.steps.map((step) => step.results));
  if (given.length > 0) add('faithful', rollout.answer !== undefined && isFaithful(rollout.answer, given));
  add('allDecisions', grade.decision);
  if (expected.contested) {
    add('contested', grade.decision);
    return out;
  }
  add('exact', grade.exact);
  add('answered', grade.answered);
  add('limits', grade.limit);
  add('decisions', grade.decision);
  add('falseCalls', grade.falseCall);
  add('missedCalls', grade.missedCall);
  return out;
}

/** Hits and cases of each figure. */
export function sharesOf(cases: readonly CaseResult[]): Map<Figure, Share> {
  const shares = new Map<Figure, Share>();
  for (const { figure, hit } of cases) {
    const share = shares.get(figure) ?? { hits: 0, cases: 0 };
    shares.set(figure, { hits: share.hits + Number(hit), cases: share.cases + 1 });
  }
  return shares;
}
