/**
 * @file What `losslight evaluate` reports: each split and their sum, what unseen phrasings cost, and the difference to another
 * model; as numbers and as a table.
 */
import type { Split } from '../conversation/practice/options';
import {
  independentDifference,
  pairedDifference,
  wilson,
  type Difference,
  type Pair,
  type Share,
} from '../reward/interval';
import { FIGURES, sharesOf, type CaseResult, type Figure } from '../train/practice-evaluation';
import { pad } from './paint';

/** The cases of each split. */
export type Results = ReadonlyMap<Split, readonly CaseResult[]>;

/** A share with its 95% interval. */
export interface MeasuredShare extends Share {
  share: number;
  low: number;
  high: number;
}

export interface FigureSummary extends MeasuredShare {
  /** The same figure of the other model. */
  against?: MeasuredShare;
  /** This model less the other one on the turns that both had a case of; `cases` is how many. */
  difference?: Difference & { cases: number };
}

/** The figures that there are cases of. */
export type Summary = Partial<Record<Figure, FigureSummary>>;

/** Everything that is reported. Shares and differences are from 0 to 1. */
export interface EvaluationSummary {
  splits: Partial<Record<Split, Summary>>;
  /** Over all splits; absent where there is one. */
  all?: Summary;
  /** Held-out phrasings less seen ones, both of held-out entities; absent where one of both was not measured. */
  phrasings?: Partial<Record<Figure, Difference>>;
}

export function summaryOf(results: Results, against?: Results): EvaluationSummary {
  const splits = Object.fromEntries(
    Array.from(results, ([split, cases]) => [split, figuresOf(cases, against?.get(split))]),
  );
  const seen = results.get('held-out-entities');
  const unseen = results.get('held-out-phrasings');
  return {
    splits,
    ...(results.size > 1 && { all: figuresOf(together(results), against && together(against)) }),
    ...(seen && unseen && { phrasings: phrasingsOf(sharesOf(seen), sharesOf(unseen)) }),
  };
}

/** The cases of all splits, conversations told apart. */
function together(results: Results): CaseResult[] {
  let groups = 0;
  for (const cases of results.values()) for (const { group } of cases) groups = Math.max(groups, group + 1);
  return [...results].flatMap(([split, cases], i) =>
    cases.map((found) => ({ ...found, group: found.group + i * groups, key: `${split}.${found.key}` })),
  );
}

function figuresOf(cases: readonly CaseResult[], against?: readonly CaseResult[]): Summary {
  const others = against && sharesOf(against);
  const summary: Summary = {};
  for (const [figure, share] of sharesOf(cases)) {
    const other = others?.get(figure);
    const pairs = against ? pairsOf(figure, against, cases) : [];
    summary[figure] = {
      ...measured(share),
      ...(other && { against: measured(other) }),
      ...(pairs.length > 0 && { difference: pairedDifference(pairs) }),
    };
  }
  return summary;
}

function measured(share: Share): MeasuredShare {
  const [low, high] = wilson(share);
  return { ...share, share: share.hits / share.cases, low, high };
}

/** The cases of a figure that both have. */
export function pairsOf(figure: Figure, before: readonly CaseResult[], after: readonly CaseResult[]): Pair[] {
  const hits = new Map(before.filter((c) => c.figure === figure).map(({ key, hit }) => [key, hit]));
  return after.flatMap(({ figure: of, key, group, hit }) => {
    const was = of === figure ? hits.get(key) : undefined;
    return was === undefined ? [] : [{ group, before: was, after: hit }];
  });
}

function phrasingsOf(
  seen: ReadonlyMap<Figure, Share>,
  unseen: ReadonlyMap<Figure, Share>,
): Partial<Record<Figure, Difference>> {
  const differences: Partial<Record<Figure, Difference>> = {};
  for (const [figure, share] of unseen) {
    const other = seen.get(figure);
    if (other) differences[figure] = independentDifference(other, share);
  }
  return differences;
}

const KEYS = Object.keys(FIGURES) as Figure[];
const WIDTH = Math.max(...Object.values(FIGURES).map(({ length }) => length));
const about = (figure: Figure) => `  ${pad(FIGURES[figure], WIDTH)}  `;

/** A line a figure: the share, its interval and its cases; with another model's share and the difference beside it. */
export function figureLines(summary: Summary): string[] {
  return KEYS.map((figure) => {
    const found = summary[figure];
    if (!found) return `${about(figure)}no cases`;
    const { share, low, high, hits, cases, against, difference } = found;
    const line = `${about(figure)}${percent(share)}  [${percent(low)}, ${percent(high)}]  ${hits} of ${cases}`;
    if (!against) return line;
    const beside = `${line}  against ${percent(against.share)}`;
    return difference
      ? `${beside}: ${differenceText(difference)} on ${difference.cases} turns of both`
      : beside;
  });
}

/** A line a figure: the difference in points, and its interval. */
export function differenceLines(differences: Partial<Record<Figure, Difference>>): string[] {
  return KEYS.flatMap((figure) => {
    const found = differences[figure];
    return found ? [about(figure) + differenceText(found)] : [];
  });
}

const differenceText = ({ difference, low, high }: Difference) =>
  `${points(difference)} [${points(low)}, ${points(high)}]`;
const percent = (share: number) => `${(100 * share).toFixed(1)}%`.padStart(6);
const points = (difference: number) =>
  `${difference < 0 ? '−' : '+'}${Math.abs(100 * difference).toFixed(1)}`;
