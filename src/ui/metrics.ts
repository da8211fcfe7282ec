/**
 * @file What is charted of a run: each metric with its lines, how its numbers are read, and one sentence of what it tells.
 */
import { metrics as words } from '$strings/metrics';
import { rewardTitle } from '../reward/registry';
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';
import type { StepMetrics, StepReport } from '../worker/protocol';
import { exponential } from './chart-ticks';
import { count, decimal, nats, rate, weight } from './format';

export interface MetricLine {
  /** Stable, for files. */
  key: string;
  label: string;
  /** The segment that it is about. */
  kind?: SegmentKind;
  /** Drawn for every run where several are compared; the others only where one run stands alone. */
  main: boolean;
  /** Measured now and then: its points are shown. */
  sparse?: boolean;
  value(report: StepReport): number | undefined;
}

export interface Metric {
  id: string;
  title: string;
  /** One sentence. */
  help: string;
  format(value: number): string;
  /** The axis begins at 0. */
  fromZero: boolean;
  /** Set, not measured: smoothing would show what never was. */
  exact?: boolean;
  lines(reports: readonly StepReport[]): MetricLine[];
}

type Numeric = {
  [K in keyof StepMetrics]-?: StepMetrics[K] extends number | undefined ? K : never;
}[keyof StepMetrics];

const digits = (places: number) => (value: number) => decimal(value, places);
/** A loss that is learnt by heart is no 0.000. */
const lossText = (value: number) => (value === 0 ? decimal(0, 3) : nats(value, 3));
/** Nothing where an axis would say the same number twice. */
const whole = (value: number) => (Number.isInteger(value) ? count(value) : '');
/** A divergence begins with what four digits cannot tell from 0. */
const divergence = (value: number) =>
  value !== 0 && Math.abs(value) < 0.001 ? exponential(value) : decimal(value, 4);
/** As one types it: with an exponent only where it would begin with many zeros. */
const learningRate = (value: number) => (value < 1e-4 ? exponential(value) : weight(value));
const share = (value: number) => `${decimal(100 * value, 1)}%`;

/** A metric of one line that some objectives report. */
function reported(
  key: Numeric,
  id: string,
  { title, help }: { title: string; help: string },
  format: (value: number) => string = digits(3),
  fromZero = true,
): Metric {
  const line: MetricLine = { key: id, label: title, main: true, value: ({ metrics }) => metrics?.[key] };
  return { id, title, help, format, fromZero, lines: () => [line] };
}

/** A metric of one line that every step has. */
function single(
  id: string,
  { title, help }: { title: string; help: string },
  format: (value: number) => string,
  value: MetricLine['value'],
): Metric {
  return {
    id,
    title,
    help,
    format,
    fromZero: true,
    lines: () => [{ key: id, label: title, main: true, value }],
  };
}

/** Only a run on policy writes completions. */
const wrote = ({ metrics }: StepReport) => metrics?.completionTokens !== undefined;

const loss: MetricLine = { key: 'loss', label: words.loss.all, main: true, value: (report) => report.loss };

/** On policy, the loss is no cross-entropy, and must not be drawn over one. */
function lossLines(reports: readonly StepReport[]): MetricLine[] {
  return reports.some(wrote) ? [loss] : [loss, ...crossEntropyLines(reports)];
}

/** @param sparse steps without a trained completion have none by segment */
function crossEntropyLines(reports: readonly StepReport[], sparse = false): MetricLine[] {
  const kinds = SEGMENT_KINDS.filter((kind) =>
    reports.some(({ lossByKind }) => lossByKind[kind] !== undefined),
  );
  return [
    {
      key: 'held_out_loss',
      label: words.loss.heldOut,
      main: true,
      sparse: true,
      value: ({ metrics }) => metrics?.heldOutLoss,
    },
    ...kinds.map((kind): MetricLine => ({
      key: `loss_${kind}`,
      label: kind,
      kind,
      main: false,
      sparse,
      value: ({ lossByKind }) => lossByKind[kind],
    })),
  ];
}

/** Tokens that a step computed with a gradient, over its whole time. */
function perSecond({ tokens, milliseconds }: StepReport): number | undefined {
  return milliseconds > 0 ? (1000 * tokens) / milliseconds : undefined;
}

function rewardLines(reports: readonly StepReport[]): MetricLine[] {
  const parts = new Set(reports.flatMap(({ metrics }) => Object.keys(metrics?.rewardParts ?? {})));
  const total: MetricLine = {
    key: 'reward',
    label: words.reward.total,
    main: true,
    value: ({ metrics }) => metrics?.reward,
  };
  // One part alone is the total, up to its weight.
  if (parts.size < 2) return [total];
  return [
    total,
    ...[...parts].map((id): MetricLine => ({
      key: `reward_${id}`,
      label: rewardTitle(id),
      main: false,
      value: ({ metrics }) => metrics?.rewardParts?.[id],
    })),
  ];
}

/** In the order of the page. Those without a value in a run are not shown. */
export const METRICS: readonly Metric[] = [
  { id: 'loss', ...words.loss, format: lossText, fromZero: true, lines: lossLines },
  { id: 'reward', ...words.reward, format: digits(3), fromZero: false, lines: rewardLines },
  reported('decision', 'decision', words.decision, share),
  reported('falseCalls', 'false_calls', words.falseCalls, share),
  reported('missedCalls', 'missed_calls', words.missedCalls, share),
  reported('kl', 'kl', words.kl, divergence),
  reported('klUnmeasured', 'kl_unmeasured', words.klUnmeasured, whole),
  reported('entropy', 'entropy', words.entropy),
  reported('completionTokens', 'completion_tokens', words.length, digits(1)),
  reported('truncated', 'truncated', words.truncated, share),
  reported('clipFraction', 'clip_fraction', words.clipFraction, share),
  reported('updatesMade', 'updates_made', words.updatesMade, whole),
  reported('flatGroups', 'flat_groups', words.flatGroups, whole),
  reported('dropped', 'dropped', words.dropped, whole),
  reported('preferred', 'preferred', words.preferred, share),
  reported('margin', 'margin', words.margin, digits(3), false),
  {
    id: 'cross_entropy',
    ...words.crossEntropy,
    format: lossText,
    fromZero: true,
    lines: (reports) => (reports.some(wrote) ? crossEntropyLines(reports, true) : []),
  },
  {
    ...single('learning_rate', words.learningRate, learningRate, (report) => report.learningRate),
    exact: true,
  },
  single('gradient_norm', words.gradientNorm, digits(3), ({ gradientNorm }) => gradientNorm),
  single('tokens_per_second', words.tokensPerSecond, rate, (report) =>
    wrote(report) ? undefined : perSecond(report),
  ),
  single('learnt_tokens_per_second', words.learntPerSecond, rate, (report) =>
    wrote(report) ? perSecond(report) : undefined,
  ),
];
