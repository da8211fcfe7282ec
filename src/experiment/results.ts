/**
 * @file What came out of an experiment, computed from its logs: every arm's figures pooled over seeds, their spread, the
 * differences to the model as loaded, what each took, and the same at equal budgets.
 */
import {
  DECISION_KEYS,
  decisionReport,
  pairsOf,
  shareOf,
  type DecisionCase,
  type DecisionFigureKey,
  type DecisionReport,
} from '../reward/decision-report';
import { pairedDifference, type Difference } from '../reward/interval';
import type { Arm, DataSet, Experiment } from './definition';
import {
  NO_COST,
  readCases,
  tokensOf,
  type Cost,
  type EvaluationLine,
  type LoggedRun,
  type Question,
} from './log';

/** All that was logged. */
export interface Logs {
  questions: readonly Question[];
  /** Of each arm, by seed; those that have begun. */
  runs: ReadonlyMap<string, ReadonlyMap<number, LoggedRun>>;
}

/** An arm at one place: at its end, or as it stood within a budget. */
export interface ArmResult {
  arm: string;
  /** Seeds that are in the figures. */
  seeds: number[];
  /** All turns, contested ones and the others, all seeds together; differences to the model as loaded. */
  report: DecisionReport;
  /** Of each figure over all turns: its share with each seed, in the order of `seeds`. */
  bySeed: Partial<Record<DecisionFigureKey, number[]>>;
  /** Mean of the seeds. */
  cost: Cost & { steps: number };
  /** Of the seed that took most. */
  most: { tokens: number; seconds: number };
}

/** How an arm that learns from rewards did beside the best arm that learns from demonstrations alone. */
export interface Comparison {
  arm: string;
  /** The SFT arm with the most right decisions in the same table. */
  against: string;
  /** Right decisions, `arm` less `against`, on the same questions and seeds. */
  difference: Difference & { cases: number };
}

export interface BudgetTable {
  kind: 'tokens' | 'seconds';
  budget: number;
  results: ArmResult[];
  comparisons: Comparison[];
}

export interface ExperimentResults {
  name: string;
  about: string;
  arms: readonly Arm[];
  data: Readonly<Record<string, DataSet>>;
  /** Name of the data set whose user turns are the questions. */
  asked: string;
  seeds: readonly number[];
  questions: { all: number; contested: number; conversations: number };
  /** Runs that are not finished, and so not in the tables. */
  unfinished: { arm: string; seed: number }[];
  final: ArmResult[];
  comparisons: Comparison[];
  atEqual: BudgetTable[];
  /** What computed, each once. */
  computes: string[];
}

/**
 * Everything that a report shows. Only finished runs count, at the end and within budgets: within one, the last evaluation
 * that lay within it is taken, and nothing is interpolated.
 *
 * @throws RangeError where a log's cases are not those of the questions.
 */
export function resultsOf(experiment: Experiment, logs: Logs): ExperimentResults {
  const { arms, seeds, name, about, data, evaluation } = experiment;
  const finished = new Map(
    arms.map((arm) => [arm.name, [...(logs.runs.get(arm.name) ?? [])].filter(([, run]) => run.end)]),
  );
  const expected = arms.flatMap((arm) => seedsOf(arm, seeds).map((seed) => ({ arm: arm.name, seed })));
  const isFinished = ({ arm, seed }: { arm: string; seed: number }) =>
    finished.get(arm)?.some(([of]) => of === seed) ?? false;
  const base = arms.find((arm) => !arm.training && arm.from === undefined);
  const [, baseRun] = (base && finished.get(base.name)?.[0]) ?? [];
  const baseCases = baseRun?.evaluations.at(-1);
  const read = (line: EvaluationLine) => readCases(line.cases, logs.questions);
  const before = baseCases && read(baseCases);
  const make = (arm: Arm, at: (run: LoggedRun) => EvaluationLine | undefined) =>
    armResult(arm, finished.get(arm.name) ?? [], at, read, arm === base ? undefined : before);
  const last = (run: LoggedRun) => run.evaluations.at(-1);
  const tableOf = (at: (run: LoggedRun) => EvaluationLine | undefined) => {
    const made = arms.flatMap((arm) => make(arm, at) ?? []);
    return { results: made.map(({ result }) => result), comparisons: comparisonsOf(arms, made) };
  };
  const { results: final, comparisons } = tableOf(last);
  const levels = levelsOf(experiment, final);
  return {
    name,
    about,
    arms,
    data,
    asked: evaluation.data,
    seeds,
    questions: {
      all: logs.questions.length,
      contested: logs.questions.filter(({ contested }) => contested).length,
      conversations: new Set(logs.questions.map(({ group }) => group)).size,
    },
    unfinished: expected.filter((run) => !isFinished(run)),
    final,
    comparisons,
    atEqual: levels.map(({ kind, budget }) => ({
      kind,
      budget,
      ...tableOf((run) => within(run, kind, budget)),
    })),
    computes: [...new Set([...finished.values()].flat().map(([, { begin }]) => begin.computes))],
  };
}

const seedsOf = ({ training }: Arm, seeds: readonly number[]) => (training ? seeds : seeds.slice(0, 1));

/** The last evaluation within a budget; undefined where even the first one lay beyond. */
export function within(
  run: LoggedRun,
  kind: 'tokens' | 'seconds',
  budget: number,
): EvaluationLine | undefined {
  const spent = (line: EvaluationLine) => (kind === 'tokens' ? tokensOf(line) : line.seconds);
  return run.evaluations.filter((line) => spent(line) <= budget).at(-1);
}

/** An arm's result with the cases of all its seeds. */
interface MeasuredArm {
  result: ArmResult;
  pooled: DecisionCase[];
}

function armResult(
  arm: Arm,
  runs: readonly [number, LoggedRun][],
  at: (run: LoggedRun) => EvaluationLine | undefined,
  read: (line: EvaluationLine) => DecisionCase[],
  base: readonly DecisionCase[] | undefined,
): MeasuredArm | undefined {
  const taken = runs.flatMap(([seed, run]) => {
    const line = at(run);
    return line ? [{ seed, line, cases: read(line) }] : [];
  });
  // Without all of its seeds a mean would be one of other runs.
  if (taken.length === 0 || taken.length < runs.length) return undefined;
  const named = (seed: number, cases: readonly DecisionCase[]) =>
    cases.map((found) => ({ ...found, key: `${seed}.${found.key}` }));
  const pooled = taken.flatMap(({ seed, cases }) => named(seed, cases));
  // The same question with another seed is in the same group: they are not independent.
  const against = base && taken.flatMap(({ seed }) => named(seed, base));
  const bySeed: ArmResult['bySeed'] = {};
  for (const key of DECISION_KEYS) {
    const shares = taken.map(({ cases }) => shareOf(key, cases));
    if (shares.every(({ cases }) => cases > 0)) bySeed[key] = shares.map(({ hits, cases }) => hits / cases);
  }
  const mean = (of: (line: EvaluationLine) => number) =>
    taken.reduce((sum, { line }) => sum + of(line), 0) / taken.length;
  const result: ArmResult = {
    arm: arm.name,
    seeds: taken.map(({ seed }) => seed),
    report: decisionReport(pooled, against),
    bySeed,
    cost: {
      generated: mean(({ generated }) => generated),
      trained: mean(({ trained }) => trained),
      seconds: mean(({ seconds }) => seconds),
      steps: mean(({ step }) => step),
    },
    most: {
      tokens: Math.max(...taken.map(({ line }) => tokensOf(line))),
      seconds: Math.max(...taken.map(({ line }) => line.seconds)),
    },
  };
  return { result, pooled };
}

/** Every arm that learns from rewards, beside the best that learns from demonstrations alone. */
function comparisonsOf(arms: readonly Arm[], made: readonly MeasuredArm[]): Comparison[] {
  const measured = new Map(made.map((found) => [found.result.arm, found]));
  const accuracy = ({ result }: MeasuredArm) => result.report.all?.accuracy?.share ?? 0;
  const [best] = arms
    .filter((arm) => arm.training && !learnsFromRewards(arms, arm))
    .flatMap((arm) => measured.get(arm.name) ?? [])
    .filter(({ result }) => result.cost.steps > 0)
    .sort((a, b) => accuracy(b) - accuracy(a));
  if (!best) return [];
  return arms.flatMap((arm) => {
    const found = arm.training && learnsFromRewards(arms, arm) ? measured.get(arm.name) : undefined;
    // Before its first step an arm is what it began with.
    const pairs = found && found.result.cost.steps > 0 ? pairsOf('accuracy', best.pooled, found.pooled) : [];
    if (pairs.length === 0) return [];
    return [{ arm: arm.name, against: best.result.arm, difference: pairedDifference(pairs) }];
  });
}

/** Whether an arm, or one that it begins with, learns from anything but demonstrations. */
export function learnsFromRewards(arms: readonly Arm[], arm: Arm): boolean {
  if (arm.training && arm.training.objective.kind !== 'sft') return true;
  const from = arms.find(({ name }) => name === arm.from);
  return from !== undefined && learnsFromRewards(arms, from);
}

/** The budgets that the file names, or those that the arms that train came to, from the least. */
function levelsOf(
  { compareAt }: Experiment,
  final: readonly ArmResult[],
): { kind: 'tokens' | 'seconds'; budget: number }[] {
  const own = (of: (result: ArmResult) => number) => {
    const values = final.map((result) => Math.ceil(of(result))).filter((value) => value > 0);
    const sorted = [...new Set(values)].sort((a, b) => a - b);
    // Of many, the least, the middle and the most.
    return sorted.length <= 3
      ? sorted
      : [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((value) => value ?? 0);
  };
  const tokens = compareAt.tokens.length > 0 ? compareAt.tokens : own(({ most }) => most.tokens);
  const seconds = compareAt.seconds.length > 0 ? compareAt.seconds : own(({ most }) => most.seconds);
  return [
    ...tokens.map((budget) => ({ kind: 'tokens' as const, budget })),
    ...seconds.map((budget) => ({ kind: 'seconds' as const, budget })),
  ];
}

/** The least and the largest of some numbers. */
export const spread = (values: readonly number[]): [number, number] => [
  Math.min(...values),
  Math.max(...values),
];

/** What an arm began with: the last cost of the arm before it. */
export const endCost = (run: LoggedRun | undefined): Cost => {
  const { end } = run ?? {};
  return end ? { generated: end.generated, trained: end.trained, seconds: end.seconds } : NO_COST;
};
