/**
 * @file Arms of an experiment beside each other, on the same questions and seeds: each that learns from rewards beside the best that
 * learns from demonstrations alone, and beside the arm that it began with.
 */
import {
  DECISION_FIGURES,
  DECISION_KEYS,
  pairsOf,
  type DecisionCase,
  type DecisionFigureKey,
} from '../reward/decision-report';
import { pairedDifference, type Difference } from '../reward/interval';
import type { Arm } from './definition';
import type { ArmResult } from './results';

/** A difference with the number of its cases. */
export type MeasuredDifference = Difference & { cases: number };

export interface Comparison {
  arm: string;
  against: string;
  /** What `against` is: the SFT arm with the most right decisions in the same table, or what `arm` began with. */
  beside: 'best-sft' | 'start';
  /** `arm` began with `against`, whatever else that is. */
  began: boolean;
  /** `arm` began with `against`, and that learned from demonstrations alone. */
  afterSft: boolean;
  /** Right decisions, `arm` less `against`. */
  difference: MeasuredDifference;
  /** The same with each seed that both have. */
  bySeed: SeedDifference[];
  /** Of contested questions alone; absent where there are none, or no others. */
  contested?: MeasuredDifference;
  /** Other figures whose whole interval lies on the better side, and on the worse. */
  better: FigureChange[];
  worse: FigureChange[];
}

export interface SeedDifference {
  seed: number;
  difference: number;
}

export interface FigureChange {
  key: DecisionFigureKey;
  difference: Difference;
}

/** An arm's result with its cases: those of each seed, with keys and groups of the questions. */
export interface MeasuredArm {
  result: ArmResult;
  cases: ReadonlyMap<number, readonly DecisionCase[]>;
}

/** Cases of several seeds with keys that tell seeds apart. The same question keeps its group: its answers are not independent. */
export const pooled = (cases: MeasuredArm['cases']): DecisionCase[] =>
  [...cases].flatMap(([seed, of]) => of.map((found) => ({ ...found, key: `${seed}.${found.key}` })));

/** Right decisions with each seed, less those of other cases on the same questions. */
export function seedDifferences(
  before: (seed: number) => readonly DecisionCase[] | undefined,
  after: MeasuredArm['cases'],
): SeedDifference[] {
  return [...after].flatMap(([seed, cases]) => {
    const pairs = pairsOf('accuracy', before(seed) ?? [], cases);
    return pairs.length > 0 ? [{ seed, difference: pairedDifference(pairs).difference }] : [];
  });
}

/** All comparisons of a table. Arms that have made no step in it are as they began, and are left out. */
export function comparisonsOf(arms: readonly Arm[], made: readonly MeasuredArm[]): Comparison[] {
  // A seed that was not measured after a step would count as having learnt nothing.
  const stepped = new Map(
    made
      .filter(({ result }) => result.cost.steps > 0 && result.waiting.length === 0)
      .map((found) => [found.result.arm, found]),
  );
  const accuracy = ({ result }: MeasuredArm) => result.report.all?.accuracy?.share ?? 0;
  const [best] = arms
    .filter((arm) => arm.training && !learnsFromRewards(arms, arm))
    .flatMap((arm) => stepped.get(arm.name) ?? [])
    .sort((a, b) => accuracy(b) - accuracy(a));
  return arms.flatMap((arm): Comparison[] => {
    const found = arm.training && learnsFromRewards(arms, arm) ? stepped.get(arm.name) : undefined;
    if (!found) return [];
    const start = arm.from === undefined ? undefined : stepped.get(arm.from);
    const from = arms.find(({ name }) => name === arm.from);
    const isSft = from !== undefined && !learnsFromRewards(arms, from);
    const began = { began: true, afterSft: isSft };
    const besideBest = best
      ? compare(found, best, 'best-sft', best === start ? began : { began: false, afterSft: false })
      : [];
    const besideStart = start && start !== best ? compare(found, start, 'start', began) : [];
    return [...besideBest, ...besideStart];
  });
}

function compare(
  arm: MeasuredArm,
  against: MeasuredArm,
  beside: Comparison['beside'],
  start: Pick<Comparison, 'began' | 'afterSft'>,
): Comparison[] {
  const [before, after] = [pooled(against.cases), pooled(arm.cases)];
  const of = (key: DecisionFigureKey, has: (found: DecisionCase) => boolean = () => true) => {
    const pairs = pairsOf(key, before.filter(has), after.filter(has));
    return pairs.length > 0 ? pairedDifference(pairs) : undefined;
  };
  const difference = of('accuracy');
  if (!difference) return [];
  const isContested = ({ contested }: DecisionCase) => contested;
  const contested = after.every(isContested) ? undefined : of('accuracy', isContested);
  return [
    {
      ...{ arm: arm.result.arm, against: against.result.arm, beside, ...start, difference },
      bySeed: seedDifferences((seed) => against.cases.get(seed), arm.cases),
      ...(contested && { contested }),
      better: changedFigures('better', of),
      worse: changedFigures('worse', of),
    },
  ];
}

/** Every figure but right decisions that has become better, or worse, as far as can be told: 0 lies outside of its interval. */
export function changedFigures(
  wanted: 'better' | 'worse',
  of: (key: DecisionFigureKey) => Difference | undefined,
): FigureChange[] {
  return DECISION_KEYS.flatMap((key) => {
    const difference = key === 'accuracy' ? undefined : of(key);
    if (!difference) return [];
    const toMore = (DECISION_FIGURES[key].better === 'more') === (wanted === 'better');
    return (toMore ? difference.low > 0 : difference.high < 0) ? [{ key, difference }] : [];
  });
}

/** Whether an arm, or one that it begins with, learns from anything but demonstrations. */
export function learnsFromRewards(arms: readonly Arm[], arm: Arm): boolean {
  if (arm.training && arm.training.objective.kind !== 'sft') return true;
  const from = arms.find(({ name }) => name === arm.from);
  return from !== undefined && learnsFromRewards(arms, from);
}
