/**
 * @file Runs as charts: one for each metric that has a value, its lines as columns over the same steps.
 */
import { metrics as words } from '$strings/metrics';
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';
import type { StepReport } from '../worker/protocol';
import { METRICS, type Metric } from './metrics';
import { smooth } from './smooth';

/** One curve's worth of steps, from 1 without a gap. */
export interface ChartRun {
  id: number;
  name: string;
  reports: readonly StepReport[];
  /** Where the steps are of several runs, one after the other: the name of each step's own. */
  ofRuns?: readonly string[];
}

/** Something that happened at a step, such as a changed setting. */
export interface ChartMark {
  step: number;
  text: string;
}

export interface ChartLine {
  key: string;
  label: string;
  kind?: SegmentKind;
  sparse: boolean;
  main: boolean;
  /** Place of its run among those shown. */
  run: number;
  /** Steps of its run; the line itself goes on as long as the longest. */
  steps: number;
  /** One for each step from 1; null where it was not measured. */
  raw: (number | null)[];
  smoothed: (number | null)[];
}

export interface Chart {
  metric: Metric;
  lines: ChartLine[];
}

/**
 * The charts of some runs. Where several are shown, each metric's main lines stand for it.
 *
 * @param smoothing see `smooth`; what is measured now and then stays as it is
 */
export function chartsOf(runs: readonly ChartRun[], smoothing: number): Chart[] {
  const steps = Math.max(0, ...runs.map(({ reports }) => reports.length));
  const several = runs.length > 1;
  return METRICS.flatMap((metric) => {
    const lines = runs.flatMap(({ name, reports }, run) =>
      metric
        .lines(reports)
        .filter(({ main }) => main || !several)
        .flatMap(({ key, label, kind, main, sparse = false, value }): ChartLine[] => {
          const raw = Array.from({ length: steps }, (_, i) => finite(reports[i] && value(reports[i])));
          if (raw.every((number) => number === null)) return [];
          return [
            {
              key,
              label: several ? (sparse ? words.charts.ofRun(name, label) : name) : label,
              ...(kind && { kind }),
              main,
              sparse,
              run,
              steps: reports.length,
              raw,
              smoothed: sparse || metric.exact ? raw : smooth(raw, smoothing),
            },
          ];
        }),
    );
    return lines.length ? [{ metric, lines }] : [];
  });
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** Every colour of the page that a chart may have. */
export const CHART_COLOURS: readonly string[] = [
  ...['--surface', '--line', '--ink', '--ink-2', '--ink-3'],
  ...SEGMENT_KINDS.map((kind) => `--kind-${kind}`),
];

/** How a line is told from the others: the name of a colour of the page, and a dash; points where it is sparse. Colour is not needed alone. */
export interface LineLook {
  colour: string;
  dash: readonly number[];
}

const RUN_COLOURS = ['--ink', '--kind-answer', '--kind-call', '--kind-end', '--kind-think', '--kind-result'];
/** One more than colours: only after 42 lines are both the same again. */
const DASHES = [[], [6, 3], [2, 3], [9, 3, 2, 3], [12, 4], [4, 2, 1, 2], [9, 3, 2, 3, 2, 3]];

/** Which dash a segment's line has, in every chart: those of one dash have colours that anybody tells apart. None is whole. */
const KIND_DASHES: Readonly<Record<SegmentKind, number>> = {
  system: 1,
  think: 2,
  scaffold: 2,
  call: 3,
  user: 3,
  answer: 4,
  tools: 4,
  end: 5,
  result: 5,
  header: 6,
};

/** The look of each line of a chart, in their order. */
export function looksOf(lines: readonly ChartLine[]): LineLook[] {
  const several = lines.some(({ run }) => run !== lines[0]?.run);
  return lines.map(({ run, kind, sparse }, i) => {
    const place = several ? run : i;
    if (kind) return { colour: `--kind-${kind}`, dash: DASHES[KIND_DASHES[kind]] ?? [] };
    // Whole, with points; those of several runs have the dashes of their runs.
    if (sparse && !several) return { colour: '--kind-call', dash: [] };
    const dash = DASHES[place % DASHES.length] ?? [];
    return { colour: RUN_COLOURS[place % RUN_COLOURS.length] ?? '--ink', dash };
  });
}

/**
 * The value of a line at a step, as it is drawn without smoothing; where it is measured now and then, the last one before.
 *
 * @param step undefined: the last one of its run, after which it has none
 */
export function valueAt({ raw, sparse, steps }: ChartLine, step = steps): number | undefined {
  if (step > steps) return undefined;
  if (!sparse) return raw[step - 1] ?? undefined;
  return raw.slice(0, step).findLast((value) => value !== null) ?? undefined;
}

/** Places of values without one beside them: a line through them alone has no length. */
export function alone(values: readonly (number | null | undefined)[]): number[] {
  const is = (at: number) => typeof values[at] === 'number';
  return values.flatMap((_, at) => (is(at) && !is(at - 1) && !is(at + 1) ? [at] : []));
}

/** Whether the runs ended, or are, at different steps: then the last one is another for each. */
export function lastStepsDiffer(runs: readonly ChartRun[]): boolean {
  return runs.some(({ reports }) => reports.length !== runs[0]?.reports.length);
}
