/**
 * @file What is charted of a run: each metric with its lines, how its numbers are read, and one sentence of what it tells.
 */
import { rewardTitle } from '../reward/registry';
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';
import type { StepMetrics, StepReport } from '../worker/protocol';
import { count, decimal, rate } from './format';

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
  lines(reports: readonly StepReport[]): MetricLine[];
}

type Numeric = {
  [K in keyof StepMetrics]-?: StepMetrics[K] extends number | undefined ? K : never;
}[keyof StepMetrics];

const digits = (places: number) => (value: number) => decimal(value, places);
/** Nothing where an axis would say the same number twice. */
const whole = (value: number) => (Number.isInteger(value) ? count(value) : '');
const share = (value: number) => `${decimal(100 * value, 1)}%`;

/** A metric of one line that some objectives report. */
function reported(
  key: Numeric,
  id: string,
  title: string,
  help: string,
  format: (value: number) => string = digits(3),
  fromZero = true,
): Metric {
  const line: MetricLine = { key: id, label: title, main: true, value: ({ metrics }) => metrics?.[key] };
  return { id, title, help, format, fromZero, lines: () => [line] };
}

function lossLines(reports: readonly StepReport[]): MetricLine[] {
  const kinds = SEGMENT_KINDS.filter((kind) =>
    reports.some(({ lossByKind }) => lossByKind[kind] !== undefined),
  );
  return [
    { key: 'loss', label: 'all trained tokens', main: true, value: ({ loss }) => loss },
    {
      key: 'held_out_loss',
      label: 'held out',
      main: true,
      sparse: true,
      value: ({ metrics }) => metrics?.heldOutLoss,
    },
    ...kinds.map((kind): MetricLine => ({
      key: `loss_${kind}`,
      label: kind,
      kind,
      main: false,
      value: ({ lossByKind }) => lossByKind[kind],
    })),
  ];
}

function rewardLines(reports: readonly StepReport[]): MetricLine[] {
  const parts = new Set(reports.flatMap(({ metrics }) => Object.keys(metrics?.rewardParts ?? {})));
  const total: MetricLine = {
    key: 'reward',
    label: 'total',
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
  {
    id: 'loss',
    title: 'Loss',
    help: 'What the run makes smaller; for SFT the mean over trained tokens in nats.',
    format: digits(3),
    fromZero: true,
    lines: lossLines,
  },
  {
    id: 'reward',
    title: 'Reward',
    help: 'Mean over the completions of a step; parts before their weights.',
    format: digits(3),
    fromZero: false,
    lines: rewardLines,
  },
  reported(
    'decision',
    'decision',
    'Right decisions',
    'Share of prompts where calling or not calling was right.',
    share,
  ),
  reported(
    'falseCalls',
    'false_calls',
    'False calls',
    'Share of prompts where a tool was called without need.',
    share,
  ),
  reported(
    'missedCalls',
    'missed_calls',
    'Missed calls',
    'Share of prompts where a needed call was not made.',
    share,
  ),
  reported(
    'kl',
    'kl',
    'KL to the base',
    'How far the model has gone from the one that was loaded, in nats a token (k3 estimate).',
    digits(4),
  ),
  reported('entropy', 'entropy', 'Entropy', 'How undecided the model is about its next token, in nats.'),
  reported('completionTokens', 'completion_tokens', 'Length', 'Mean tokens of a completion.', digits(1)),
  reported(
    'clipFraction',
    'clip_fraction',
    'Clip fraction',
    'Share of trained tokens that no longer push the model, because their probability changed too much.',
    share,
  ),
  reported(
    'flatGroups',
    'flat_groups',
    'Groups without variance',
    'All rewards are equal there, so nothing is learnt.',
    whole,
  ),
  reported('dropped', 'dropped', 'Dropped samples', 'No finite reward; they are never counted as 0.', whole),
  reported(
    'preferred',
    'preferred',
    'Chosen preferred',
    'Share of pairs where the chosen completion has the higher implicit reward.',
    share,
  ),
  reported(
    'margin',
    'margin',
    'Margin',
    'Mean implicit reward of chosen less rejected completions.',
    digits(3),
    false,
  ),
  {
    id: 'learning_rate',
    title: 'Learning rate',
    help: 'Size of the update at each step, after the schedule.',
    format: (value) => (value === 0 ? '0' : value.toExponential(1).replace('-', '−')),
    fromZero: true,
    lines: () => [
      { key: 'learning_rate', label: 'Learning rate', main: true, value: ({ learningRate }) => learningRate },
    ],
  },
  {
    id: 'gradient_norm',
    title: 'Gradient norm',
    help: 'Length of the gradient before clipping.',
    format: digits(3),
    fromZero: true,
    lines: () => [
      { key: 'gradient_norm', label: 'Gradient norm', main: true, value: ({ gradientNorm }) => gradientNorm },
    ],
  },
  {
    id: 'tokens_per_second',
    title: 'Tokens a second',
    help: 'All tokens of a step, padding excluded, over the time that it took.',
    format: rate,
    fromZero: true,
    lines: () => [
      {
        key: 'tokens_per_second',
        label: 'Tokens a second',
        main: true,
        value: ({ tokens, milliseconds }) => (milliseconds > 0 ? (1000 * tokens) / milliseconds : undefined),
      },
    ],
  },
];
