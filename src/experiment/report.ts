/**
 * @file The report of an experiment as Markdown: tables, what follows from them, and how it was measured.
 */
import {
  DECISION_FIGURES,
  type DecisionFigureKey,
  type DecisionFigures,
  type DecisionSlice,
} from '../reward/decision-report';
import { cellText, differenceText, percent, withInterval } from '../reward/decision-table';
import { courseText } from './course-text';
import { besideText, caution, findings } from './findings';
import { count, markdownTable, seconds } from './report-text';
import { ARM_HEADS, ARM_TEXTS, armCells, dataText } from './setup-text';
import type { ArmResult, BudgetKind, BudgetTable, ExperimentResults } from './results';
import { spread } from './results';

/** The figures that every table has, in this order. */
const SHOWN: readonly DecisionFigureKey[] = ['accuracy', 'falseCalls', 'missedCalls', 'format', 'answers'];

/** A chart that stands beside the report. */
export interface ReportChart {
  file: string;
  title: string;
}

/** The whole report. */
export function reportMarkdown(results: ExperimentResults, charts: readonly ReportChart[] = []): string {
  const { name, about, seeds, questions, unfinished, final, courses, atEqual, computes } = results;
  const { arms, data, asked, every } = results;
  const lines = [
    `# ${name}`,
    '',
    ...(about ? [about, ''] : []),
    `${questions.all} held-out questions in ${questions.conversations} conversations, ${questions.contested} of them contested; ` +
      `${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`} (${seeds.join(', ')}); computed on ${computes.join(' and ') || 'nothing yet'}.`,
    '',
    ...(data[asked] ? [`The questions are from ${dataText(data[asked])}.`, ''] : []),
    ...markdownTable(
      ARM_HEADS,
      arms.map((arm) => armCells(arm, data, every)).filter((cells) => cells.length > 0),
      ARM_TEXTS,
    ),
    ...(unfinished.length > 0 ? [unfinishedText(unfinished), ''] : []),
    '## At the end of every arm',
    '',
    ...table(final, 'all'),
    'Shares are of all questions and seeds together, with Wilson’s 95% interval for as many cases as they are worth (turns of one conversation, and a question ' +
      'that several seeds answer, are not independent), then the least and the largest share of a seed. Differences are to the model as loaded on the same ' +
      'questions, in points; their 95% interval is of whole conversations.',
    '',
    ...differences(final),
    '## What follows',
    '',
    ...findings(results),
    '',
    ...caution(results),
    ...slice(final, 'contested', 'Contested questions'),
    ...slice(final, 'settled', 'Questions that are not contested'),
    '## What it took',
    '',
    ...costs(final),
    ...busyText(results),
    ...courseText(courses),
    ...atEqual.flatMap((at) => budgetText(at, final)),
    ...(charts.length > 0 ? ['## Charts', ''] : []),
    ...charts.flatMap(({ file, title }) => [`![${title}](${file})`, '']),
    '## How it was measured',
    '',
    'A question is a user turn of a held-out conversation: what stands before it is as recorded, and the model reacts, greedily, with its ' +
      'calls run by the simulators until it answers. “Decision right, sampled” is a second reaction to contested questions at temperature 1. ' +
      'Every arm is run once with each seed. A figure within a budget is that of the last measurement that lay within it on the same logged runs; nothing is ' +
      'interpolated. Tokens are those that the model wrote to learn from and those that went forward and backward (contexts included, padding not); rollouts ' +
      'and the arm that an arm begins with are charged to it in full. Seconds are of generating, rewarding and training, without loading and measuring.',
    '',
  ];
  return lines.join('\n');
}

function unfinishedText(runs: ExperimentResults['unfinished']): string {
  const names = runs.map(({ arm, seed }) => `${arm} (seed ${seed})`).join(', ');
  return `**Not finished, and in no table: ${names}.** An arm is shown with the seeds that are finished.`;
}

function table(results: readonly ArmResult[], of: DecisionSlice): string[] {
  const head = ['Arm', ...SHOWN.map((key) => DECISION_FIGURES[key].label), 'Steps', 'Tokens'];
  const rows = results.map((result) => {
    const figures = result.report[of] ?? {};
    const cells = SHOWN.map((key) => cell(figures, key, of === 'all' ? result.bySeed[key] : undefined));
    const { generated, trained, steps } = result.cost;
    return [cellText(result.arm), ...cells, count(steps), count(generated + trained)];
  });
  return markdownTable(head, rows);
}

function cell(
  figures: DecisionFigures,
  key: DecisionFigureKey,
  seeds: readonly number[] | undefined,
): string {
  const found = figures[key];
  if (!found) return '–';
  if (!seeds || seeds.length < 2) return withInterval(found);
  const [least, most] = spread(seeds);
  return `${withInterval(found)}; ${percent(least)} to ${percent(most)}`;
}

function differences(final: readonly ArmResult[]): string[] {
  const compared = final.filter(({ report }) => report.all?.accuracy?.difference);
  if (compared.length === 0) return [];
  const head = ['Less the model as loaded', ...SHOWN.map((key) => DECISION_FIGURES[key].label)];
  const rows = compared.map(({ arm, report }) => [
    cellText(arm),
    ...SHOWN.map((key) => {
      const difference = report.all?.[key]?.difference;
      return difference ? differenceText(difference) : '–';
    }),
  ]);
  return [...markdownTable(head, rows)];
}

function slice(final: readonly ArmResult[], of: DecisionSlice, title: string): string[] {
  const those = final.filter(({ report }) => report[of]);
  if (those.length === 0) return [];
  const keys: DecisionFigureKey[] = [
    ...SHOWN.slice(0, 1),
    ...(of === 'contested' ? (['sampled'] as const) : []),
    ...SHOWN.slice(1),
  ];
  const head = [
    'Arm',
    ...keys.map((key) => DECISION_FIGURES[key].label),
    'Decision right, less the model as loaded',
  ];
  const rows = those.map(({ arm, report }) => {
    const figures = report[of] ?? {};
    const { difference } = figures.accuracy ?? {};
    return [
      cellText(arm),
      ...keys.map((key) => cell(figures, key, undefined)),
      difference ? differenceText(difference) : '–',
    ];
  });
  return [`## ${title}`, '', ...markdownTable(head, rows)];
}

function costs(final: readonly ArmResult[]): string[] {
  const told = final.every(({ cost }) => cost.processor !== undefined);
  const rows = final.map(({ arm, cost }) => [
    cellText(arm),
    count(cost.steps),
    count(cost.generated),
    count(cost.trained),
    seconds(cost.seconds),
    ...(told ? [seconds(cost.processor ?? 0)] : []),
  ]);
  const head = ['Arm', 'Steps', 'Tokens generated', 'Tokens trained', 'Time', ...(told ? ['Processor'] : [])];
  return markdownTable(head, rows);
}

/** How far time on the clock can be believed. */
function busyText({ busy }: ExperimentResults): string[] {
  if (!busy) return [];
  const [least, most] = [busy.least, busy.most].map((value) => value.toFixed(2));
  return [
    `“Processor” is the time of one processor that the same took. From run to run a second of it took ${least} to ${most} seconds on the clock: the nearer these two, ` +
      'the more a comparison at equal time says about the arms, and the less about what else the machine was doing.',
    '',
  ];
}

const BUDGET_TEXTS: Record<BudgetKind, (budget: number) => string> = {
  tokens: (budget) => `${count(budget)} tokens`,
  seconds: (budget) => `${seconds(budget)} of training`,
  processor: (budget) => `${seconds(budget)} of processor time`,
};

function budgetText(
  { kind, budget, results, comparisons }: BudgetTable,
  final: readonly ArmResult[],
): string[] {
  const what = BUDGET_TEXTS[kind](budget);
  return [
    `## At ${what}`,
    '',
    ...(results.length > 0
      ? [
          ...table(results, 'all'),
          ...unmeasured(results, final),
          ...endedBefore(results, final, kind, budget),
          ...besideText(comparisons, `at ${what}`),
        ]
      : ['No arm was measured within it.']),
    '',
  ];
}

/** Arms that had ended well within a budget: what they would have made of the rest is not known. */
function endedBefore(
  at: readonly ArmResult[],
  final: readonly ArmResult[],
  kind: BudgetKind,
  budget: number,
): string[] {
  const text = ({ cost }: ArmResult) =>
    kind === 'tokens' ? count(cost.generated + cost.trained) : seconds(cost[kind] ?? 0);
  const names = at.flatMap((result) => {
    const end = final.find(({ arm }) => arm === result.arm);
    const ended = end && end.cost.steps > 0 && end.cost.steps === result.cost.steps;
    return ended && (end.most[kind] ?? 0) < 0.8 * budget ? [`${cellText(result.arm)} (${text(result)})`] : [];
  });
  if (names.length === 0) return [];
  return [
    `At their end with less than four fifths of it: ${names.join('; ')}. More steps might have helped or harmed them.`,
    '',
  ];
}

/** Arms, or seeds of them, that were not measured after a step within the budget: their row is what they began with. */
function unmeasured(at: readonly ArmResult[], final: readonly ArmResult[]): string[] {
  const trained = new Set(final.filter(({ cost }) => cost.steps > 0).map(({ arm }) => arm));
  const names = at
    .filter(({ arm, waiting }) => waiting.length > 0 && trained.has(arm))
    .map(({ arm, waiting, seeds }) =>
      waiting.length < seeds.length
        ? `${cellText(arm)} (${waiting.length === 1 ? 'seed' : 'seeds'} ${waiting.join(', ')})`
        : cellText(arm),
    );
  if (names.length === 0) return [];
  return [
    `Not measured after a step within it, shown as before the first, and compared with nothing: ${names.join('; ')}.`,
    '',
  ];
}
