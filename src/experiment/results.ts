/**
 * @file What came out of an experiment, computed from its logs: every arm's figures pooled over seeds, their spread, the
 * differences to the model as loaded, what each took, and the same at equal budgets.
 */
import {
  DECISION_KEYS,
  decisionReport,
  shareOf,
  type DecisionCase,
  type DecisionFigureKey,
  type DecisionReport,
} from '../reward/decision-report';
import {
  comparisonsOf,
  pooled,
  seedDifferences,
  type Comparison,
  type MeasuredArm,
  type SeedDifference,
} from './comparison';
import { courseOf, type Course } from './course';
import type { Arm, DataSet, Experiment } from './definition';
import {
  costOf,
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
  /** Those of them that had not been measured after a step: they are shown as they began. */
  waiting: number[];
  /** All turns, contested ones and the others, all seeds together; differences to the model as loaded. */
  report: DecisionReport;
  /** Of each figure over all turns: its share with each seed, in the order of `seeds`. */
  bySeed: Partial<Record<DecisionFigureKey, number[]>>;
  /** Right decisions with each seed, less the model as loaded; none of the model itself. */
  gains: SeedDifference[];
  /** Mean of the seeds. */
  cost: Cost & { steps: number };
  /** Of the seed that took most. */
  most: Omit<Cost, 'generated' | 'trained'> & { tokens: number };
}

/** What a budget is of: tokens generated and trained, seconds on the clock, or seconds of a processor. */
export type BudgetKind = 'tokens' | 'seconds' | 'processor';

export interface BudgetTable {
  kind: BudgetKind;
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
  /** Steps between two measurements of an arm that does not say otherwise. */
  every: number;
  seeds: readonly number[];
  questions: { all: number; contested: number; conversations: number };
  /** Runs that are not finished, and so not in the tables. */
  unfinished: { arm: string; seed: number }[];
  final: ArmResult[];
  comparisons: Comparison[];
  /** How learning on policy went, of each arm that does. */
  courses: Course[];
  /** Seconds on the clock for one of a processor: the least and the most of the runs, where all of them tell. */
  busy?: { least: number; most: number };
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
  const runs = [...finished.values()].flat().map(([, run]) => run);
  const busy = busyOf(runs);
  const runsOfArm = (arm: Arm) => (finished.get(arm.name) ?? []).map(([, run]) => run);
  return {
    name,
    about,
    arms,
    data,
    asked: evaluation.data,
    every: evaluation.every,
    seeds,
    questions: {
      all: logs.questions.length,
      contested: logs.questions.filter(({ contested }) => contested).length,
      conversations: new Set(logs.questions.map(({ group }) => group)).size,
    },
    unfinished: expected.filter((run) => !isFinished(run)),
    final,
    comparisons,
    courses: arms.flatMap((arm) => courseOf(arm, runsOfArm(arm)) ?? []),
    ...(busy && { busy }),
    atEqual: levels.map(({ kind, budget }) => ({
      kind,
      budget,
      ...tableOf((run) => within(run, kind, budget)),
    })),
    computes: [...new Set(runs.map(({ begin }) => begin.computes))],
  };
}

const seedsOf = ({ training }: Arm, seeds: readonly number[]) => (training ? seeds : seeds.slice(0, 1));

/** The last evaluation within a budget; undefined where even the first one lay beyond, or where that cannot be told. */
export function within(run: LoggedRun, kind: BudgetKind, budget: number): EvaluationLine | undefined {
  const spent = (line: EvaluationLine) => (kind === 'tokens' ? tokensOf(line) : (line[kind] ?? Infinity));
  return run.evaluations.filter((line) => spent(line) <= budget).at(-1);
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
    return line ? [{ seed, line, own: read(line) }] : [];
  });
  // Without all of its seeds a mean would be one of other runs.
  if (taken.length === 0 || taken.length < runs.length) return undefined;
  const cases = new Map(taken.map(({ seed, own }) => [seed, own]));
  const against = base && pooled(new Map(taken.map(({ seed }) => [seed, base])));
  const bySeed: ArmResult['bySeed'] = {};
  for (const key of DECISION_KEYS) {
    const shares = taken.map(({ own }) => shareOf(key, own));
    if (shares.every((share) => share.cases > 0))
      bySeed[key] = shares.map((share) => share.hits / share.cases);
  }
  const lines = taken.map(({ line }) => line);
  const mean = (of: (line: EvaluationLine) => number) =>
    lines.reduce((sum, line) => sum + of(line), 0) / lines.length;
  const processor = lines.flatMap((line) => line.processor ?? []);
  const told = processor.length === lines.length;
  const result: ArmResult = {
    arm: arm.name,
    seeds: taken.map(({ seed }) => seed),
    waiting: arm.training ? taken.filter(({ line }) => line.step === 0).map(({ seed }) => seed) : [],
    report: decisionReport(pooled(cases), against),
    bySeed,
    gains: base ? seedDifferences(() => base, cases) : [],
    cost: {
      generated: mean(({ generated }) => generated),
      trained: mean(({ trained }) => trained),
      seconds: mean(({ seconds }) => seconds),
      ...(told && { processor: mean((line) => line.processor ?? 0) }),
      steps: mean(({ step }) => step),
    },
    most: {
      tokens: Math.max(...lines.map(tokensOf)),
      seconds: Math.max(...lines.map(({ seconds }) => seconds)),
      ...(told && { processor: Math.max(...processor) }),
    },
  };
  return { result, cases };
}

/** What an arm itself took: without the arm that it began with. */
function busyOf(runs: readonly LoggedRun[]): { least: number; most: number } | undefined {
  const trained = runs.filter(({ steps }) => steps.length > 0);
  const shares = trained.flatMap(({ begin, end }) => {
    if (end?.processor === undefined || begin.processor === undefined) return [];
    const used = end.processor - begin.processor;
    return used > 0 ? [(end.seconds - begin.seconds) / used] : [];
  });
  if (shares.length === 0 || shares.length < trained.length) return undefined;
  return { least: Math.min(...shares), most: Math.max(...shares) };
}

/** The budgets that the file names, or those that the arms that train came to, from the least. */
function levelsOf(
  { compareAt }: Experiment,
  final: readonly ArmResult[],
): { kind: BudgetKind; budget: number }[] {
  const own = (kind: BudgetKind) => {
    const values = final.map(({ most }) => Math.ceil(most[kind] ?? 0)).filter((value) => value > 0);
    const sorted = [...new Set(values)].sort((a, b) => a - b);
    // Of many, the least, the middle and the most.
    return sorted.length <= 3
      ? sorted
      : [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((value) => value ?? 0);
  };
  const told = final.every(({ most }) => most.processor !== undefined);
  const levels: Record<BudgetKind, readonly number[]> = {
    tokens: compareAt.tokens.length > 0 ? compareAt.tokens : own('tokens'),
    seconds: compareAt.seconds.length > 0 ? compareAt.seconds : own('seconds'),
    processor: told ? own('processor') : [],
  };
  return (['tokens', 'seconds', 'processor'] as const).flatMap((kind) =>
    levels[kind].map((budget) => ({ kind, budget })),
  );
}

/** The least and the largest of some numbers. */
export const spread = (values: readonly number[]): [number, number] => [
  Math.min(...values),
  Math.max(...values),
];

/** What an arm began with: the last cost of the arm before it. */
export const endCost = (run: LoggedRun | undefined): Cost => {
  const { end } = run ?? {};
  return end ? costOf(end) : NO_COST;
};
