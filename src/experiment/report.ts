/**
 * @file The report of an experiment as Markdown: tables, what follows from them, and how it was measured.
 */
import {
  DECISION_FIGURES,
  type DecisionFigureKey,
  type DecisionFigures,
  type DecisionSlice,
} from '../reward/decision-report';
import type { Difference } from '../reward/interval';
import { cellText, differenceText, percent, points, withInterval } from '../reward/decision-table';
import { ARM_HEADS, armCells, dataText } from './setup-text';
import type { ArmResult, Comparison, ExperimentResults } from './results';
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
  const { name, about, seeds, questions, unfinished, final, comparisons, atEqual, computes } = results;
  const { arms, data, asked } = results;
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
      arms.map((arm) => armCells(arm, data)).filter((cells) => cells.length > 0),
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
    ...slice(final, 'contested', 'Contested questions'),
    ...slice(final, 'settled', 'Questions that are not contested'),
    '## What it took',
    '',
    ...costs(final),
    '',
    '## What follows',
    '',
    ...findings(final, comparisons, 'at the end of every arm'),
    '',
    ...caution(final, comparisons, seeds.length),
    ...atEqual.flatMap(({ kind, budget, results: at, comparisons: compared }) => {
      const what = kind === 'tokens' ? `${count(budget)} tokens` : `${seconds(budget)} of training`;
      return [
        `## At ${what}`,
        '',
        ...(at.length > 0
          ? [...table(at, 'all'), ...unmeasured(at, final), ...findings([], compared, `at ${what}`)]
          : ['No arm was measured within it.']),
        '',
      ];
    }),
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
  const rows = final.map(({ arm, cost }) => [
    cellText(arm),
    count(cost.steps),
    count(cost.generated),
    count(cost.trained),
    seconds(cost.seconds),
  ]);
  return markdownTable(['Arm', 'Steps', 'Tokens generated', 'Tokens trained', 'Time'], rows);
}

/**
 * Sentences about right decisions: of every arm against the model as loaded, with the figures that became worse, and of
 * learning from rewards against demonstrations.
 */
export function findings(
  final: readonly ArmResult[],
  comparisons: readonly Comparison[],
  where: string,
): string[] {
  const alone = final.flatMap(({ arm, report }) => {
    const difference = report.all?.accuracy?.difference;
    if (!difference) return [];
    const text = `${inPoints(difference)} points of right decisions${worseFigures(report.all ?? {})}`;
    if (difference.low > 0) return [`- **${arm}** is better than the model as loaded: ${text}.`];
    if (difference.high < 0)
      return [`- **${arm} does harm**: it is worse than the model as loaded, ${text}.`];
    return [`- **${arm} does not help measurably**: it cannot be told from the model as loaded, ${text}.`];
  });
  const beside = comparisons.map(({ arm, against, difference }) => {
    const text = `${inPoints(difference)} points ${where}`;
    if (difference.low > 0) return `- **${arm} decides better** than the best SFT arm, ${against}: ${text}.`;
    if (difference.high < 0) return `- **${arm} decides worse** than the best SFT arm, ${against}: ${text}.`;
    return `- **${arm} is not measurably better** than the best SFT arm, ${against}, from which it cannot be told: ${text}.`;
  });
  return [...alone, ...beside];
}

const inPoints = ({ difference, low, high }: Difference): string =>
  `${points(difference)} [${points(low)}, ${points(high)}]`;

/** What a gain in decisions has cost elsewhere: the figures whose interval lies on the worse side of 0. */
function worseFigures(figures: DecisionFigures): string {
  const worse = SHOWN.slice(1).flatMap((key) => {
    const difference = figures[key]?.difference;
    if (!difference) return [];
    const { label, better } = DECISION_FIGURES[key];
    const isWorse = better === 'more' ? difference.high < 0 : difference.low > 0;
    return isWorse ? [`${label.toLowerCase()} ${inPoints(difference)}`] : [];
  });
  return worse.length > 0 ? `; worse: ${worse.join(', ')}` : '';
}

/** What the sentences above it do not show by themselves. */
function caution(
  final: readonly ArmResult[],
  comparisons: readonly Comparison[],
  seedCount: number,
): string[] {
  const alone = final.filter(({ report }) => report.all?.accuracy?.difference).length;
  const number = alone + comparisons.length;
  if (number === 0) return [];
  return [
    `These are ${number} comparisons, each with an interval of 95% that is not corrected for their number: where nothing differs, about one in twenty would still ` +
      'look like a difference. The tables at budgets add more of them.' +
      (comparisons.length > 0
        ? ' The best SFT arm was chosen by its share on these very questions, which favours it: read a small difference to it with that in mind.'
        : '') +
      ` The intervals are about other questions of this kind; ${seedCount === 1 ? 'what another seed would give is not known' : 'how much seeds differ is the spread beside each share'}. ` +
      'An interval without width says that no decision changed, not that none could. Nothing here searches for the settings that suit an arm: others may do better.',
    '',
  ];
}

/** Arms that train but were not measured after a step within the budget: their row is what they began with. */
function unmeasured(at: readonly ArmResult[], final: readonly ArmResult[]): string[] {
  const trained = new Set(final.filter(({ cost }) => cost.steps > 0).map(({ arm }) => arm));
  const names = at.filter(({ arm, cost }) => cost.steps === 0 && trained.has(arm)).map(({ arm }) => arm);
  if (names.length === 0) return [];
  return [
    `Not measured after a step within it, and shown as before the first: ${names.map(cellText).join('; ')}.`,
    '',
  ];
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line), ''];
}

/** `1,234,567`, rounded. */
export const count = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');

/** `48 s`, `12 min`, `3 h 20 min`. */
export function seconds(value: number): string {
  if (value < 100) return `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;
  const minutes = Math.round(value / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
