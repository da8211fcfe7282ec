/**
 * @file Reads the figures and choices that lessons react to off the page's state. Nothing here is kept: where the page knows
 * nothing, there is no figure.
 */
import type { KindChange } from '../sequence/log-prob-change';
import type { StrategyTotals } from '../sequence/strategy-totals';
import { SEGMENT_KINDS } from '../template/rendered';
import type { StepMetrics, StepReport } from '../worker/protocol';
import type { DecisionFigureKey, DecisionFigures } from '../reward/decision-report';
import type { TrainableKind } from '../mask/policy';
import type { ChoiceName } from './lesson-conditions';
import type { KeptRun } from './runs.svelte';
import type { Session } from './session.svelte';

/** What is read of the page. */
export type ObservedPage = Pick<
  Session,
  'data' | 'mask' | 'train' | 'compare' | 'sequences' | 'changed' | 'report' | 'model'
>;

/** Where a lesson, and its present step, began. */
export interface Since {
  /** Runs with a higher id were begun in the lesson. */
  run: number;
  /** Steps that each run had made when the step of the lesson was entered, by id. */
  steps: ReadonlyMap<number, number>;
  /** True while the run goes on that was in progress when the step was entered: what it does is not of this step. */
  during: boolean;
}

/** The present value of a figure; undefined where it has not been measured. */
export function observeFigure(page: ObservedPage, since: Since, name: string): number | undefined {
  const [first = '', ...rest] = name.split('.');
  switch (first) {
    case 'conversations':
      return rest.length ? page.data.heldOutRows.length : page.data.trainRows.length;
    case 'tokens':
    case 'trained':
    case 'share':
      return ofMask(page, first, rest[0]);
    case 'thinking':
      return ofThinking(page, rest[0]);
    case 'rule': {
      const rule = page.mask.policy[rest[0] as TrainableKind];
      return rule.train ? rule.weight : 0;
    }
    case 'sequences':
    case 'cost':
    case 'firstTurn':
    case 'lastTurn':
    case 'firstTurnSamples':
    case 'lastTurnSamples':
    case 'repeated':
    case 'otherContexts':
      return ofStrategy(first, page.sequences.open ? page.sequences.totals : undefined, rest.join('.'));
    case 'parameters':
    case 'trainable':
      return ofModel(page, first, rest.length > 0);
    case 'steps':
      return rest.length ? stepsSince(page, since) : lastRun(page, since)?.reports.length;
    case 'updates':
      return page.train.updates.length;
    case 'probability':
    case 'logProb':
      return ofScores(page, first, rest);
    case 'written':
      return ofWritten(page, rest[0] as 'base' | 'tuned', rest[1] ?? '');
    case 'report':
      return ofReport(page, rest);
    case 'changed': {
      const kind = rest[0] as KindChange['kind'];
      const { outcome, outdated } = page.changed;
      const row = outdated ? undefined : outcome?.kinds.find((found) => found.kind === kind);
      return row && row.tuned - row.base;
    }
    default:
      return ofRun(lastRun(page, since), first, rest);
  }
}

/** What is chosen on the page now. */
export function observeChoice(page: ObservedPage, name: ChoiceName): string | undefined {
  switch (name) {
    case 'run':
      return page.train.status;
    case 'strategy':
      return page.train.division.strategy;
    case 'objective':
      return page.train.objective.kind;
    case 'adaptation':
      return page.model.info?.trained.adaptation.kind;
    case 'overlay':
      return page.mask.overlay;
  }
}

/** The present or last run that was begun in the lesson. */
function lastRun({ train }: ObservedPage, since: Since): KeptRun | undefined {
  return train.runs.list.findLast(({ id }) => id > since.run);
}

function stepsSince({ train }: ObservedPage, { run, steps, during }: Since): number {
  if (during) return 0;
  return train.runs.list.reduce(
    (sum, { id, reports }) => (id > run ? sum + Math.max(0, reports.length - (steps.get(id) ?? 0)) : sum),
    0,
  );
}

function ofMask({ mask }: ObservedPage, what: string, kind: string | undefined): number | undefined {
  if (!mask.view) return undefined;
  if (kind === 'away') return mask.trainedAway;
  if (what === 'share') {
    const codes = mask.view.encoded.kind;
    let [own, all] = [0, 0];
    for (const [i, weight] of mask.weights.entries()) {
      all += Math.abs(weight);
      if (SEGMENT_KINDS[codes[i] ?? -1] === kind) own += Math.abs(weight);
    }
    return all > 0 ? own / all : undefined;
  }
  if (kind === undefined) return what === 'tokens' ? mask.view.encoded.ids.length : mask.trained;
  const row = mask.counts.find((count) => count.kind === kind);
  return (what === 'tokens' ? row?.tokens : row?.trained) ?? 0;
}

function ofThinking({ mask }: ObservedPage, which: string | undefined): number | undefined {
  const { view } = mask;
  if (!view) return undefined;
  const recorded = view.source.messages.flatMap(({ role, reasoning }, i) =>
    role === 'assistant' && reasoning?.trim() ? [i] : [],
  );
  if (which === 'recorded') return recorded.length;
  const think = SEGMENT_KINDS.indexOf('think');
  const { kind, message } = view.encoded;
  const kept = new Set(message.filter((_, i) => kind[i] === think));
  return recorded.filter((i) => !kept.has(i)).length;
}

function ofStrategy(
  what: string,
  totals: readonly StrategyTotals[] | undefined,
  strategy: string,
): number | undefined {
  const row = totals?.find((total) => total.strategy === strategy);
  if (!row) return undefined;
  const turn = what.startsWith('first') ? row.turns[0] : row.turns.at(-1);
  switch (what) {
    case 'sequences':
      return row.sequences;
    case 'cost':
      return row.relativeCost ?? undefined;
    case 'repeated':
      return row.trainedMore;
    case 'otherContexts':
      return row.otherContexts;
    case 'firstTurnSamples':
    case 'lastTurnSamples':
      return turn?.effective.sampleMean ?? undefined;
    default:
      return turn?.effective.tokenMean ?? undefined;
  }
}

function ofModel({ model }: ObservedPage, what: string, share: boolean): number | undefined {
  const { info } = model;
  if (!info) return undefined;
  if (what === 'parameters') return info.parameterCount;
  return share ? info.trained.trainedCount / info.parameterCount : info.trained.trainedCount;
}

function ofScores({ compare, mask }: ObservedPage, what: string, rest: string[]): number | undefined {
  const { view } = mask;
  const model = rest.at(-1);
  const kind = rest.length > 1 ? rest[0] : undefined;
  const scores = compare.scoresOf(view?.source);
  const mean = (values: Float32Array | undefined) => {
    if (!view || !values) return undefined;
    let [sum, count] = [0, 0];
    // The first token is predicted from nothing.
    for (let i = 1; i < Math.min(values.length, view.encoded.ids.length); i++) {
      const wanted =
        kind === undefined ? mask.weights[i] : SEGMENT_KINDS[view.encoded.kind[i] ?? -1] === kind;
      if (!wanted) continue;
      const value = values[i] ?? 0;
      sum += what === 'probability' ? Math.exp(value) : value;
      count++;
    }
    return count ? sum / count : undefined;
  };
  if (model !== 'change') return mean(model === 'base' ? scores.base : scores.tuned);
  const [base, tuned] = [mean(scores.base), mean(scores.tuned)];
  return base === undefined || tuned === undefined ? undefined : tuned - base;
}

/** What opens a block in the formats that the page tells apart, see `ui/generated.ts`. */
const OPENS = { thinks: '<think>', calls: '<tool_call>' } as const;

function ofWritten({ compare }: ObservedPage, model: 'base' | 'tuned', what: string): number | undefined {
  const written = compare.outdated ? undefined : compare.generations?.[model];
  if (written?.state !== 'done') return undefined;
  if (what === 'tokens') return written.tokens.length;
  if (what === 'ended') return Number(written.ended);
  return Number(written.shown.join('').includes(OPENS[what as keyof typeof OPENS]));
}

function ofReport({ report }: ObservedPage, rest: string[]): number | undefined {
  const { outcome } = report;
  if (!outcome || report.outdated) return undefined;
  if (rest[0] === 'turns') return outcome.turns;
  const slice = rest[0] === 'contested' ? 'contested' : 'all';
  const [figure, model] = slice === 'contested' ? rest.slice(1) : rest;
  const named = outcome.reports[model === 'base' ? 0 : 1];
  const figures: DecisionFigures | undefined = named?.report[slice];
  return figures?.[figure as DecisionFigureKey]?.share;
}

const METRICS: Readonly<Record<string, keyof StepMetrics>> = {
  reward: 'reward',
  decision: 'decision',
  falseCalls: 'falseCalls',
  missedCalls: 'missedCalls',
  completion: 'completionTokens',
  truncated: 'truncated',
  kl: 'kl',
  entropy: 'entropy',
  clipped: 'clipFraction',
  preferred: 'preferred',
  margin: 'margin',
};

function ofRun(run: KeptRun | undefined, what: string, rest: string[]): number | undefined {
  if (!run?.reports.length) return undefined;
  const { reports } = run;
  const end = rest.at(-1) ?? '';
  const series = (read: (report: StepReport) => number | undefined) => at(end, reports, read);
  switch (what) {
    case 'loss': {
      const [kind] = rest;
      if (rest.length > 1) return series(({ lossByKind }) => lossByKind[kind as keyof typeof lossByKind]);
      return series(({ loss }) => loss);
    }
    case 'heldOut':
      return ofHeldOut(reports, end);
    case 'gradient':
      return series(({ gradientNorm }) => gradientNorm);
    case 'learningRate':
      return reports.at(-1)?.learningRate;
    case 'rewardPart':
      return series(({ metrics }) => metrics?.rewardParts?.[rest[0] ?? '']);
    case 'dropped':
      return reports.reduce((sum, { metrics }) => sum + (metrics?.dropped ?? 0), 0);
    case 'flatGroups': {
      const { prompts } = run.facts.objective;
      return at(end === 'share' ? 'all' : end, reports, ({ metrics }) =>
        metrics?.flatGroups === undefined ? undefined : metrics.flatGroups / (metrics.groups ?? prompts),
      );
    }
    default: {
      const metric = METRICS[what];
      return metric && series(({ metrics }) => metrics?.[metric] as number | undefined);
    }
  }
}

/** Steps of which a run's beginning and end are a mean: single ones depend on what their batch happens to hold. */
const ENDS = 5;

/** True for a figure of which the value is a mean over the steps at one end of a run, which no chart shows as a number. */
export function isMeanOfEnds(name: string): boolean {
  return /\.(first|last)$/.test(name) && !/^(learningRate|heldOut)\./.test(name);
}

/** True for a figure that goes on changing while a run goes on: of its steps, or of what it makes of the model. */
export function isOfRun(name: string): boolean {
  return !OF_PAGE.test(name);
}

const OF_PAGE =
  /^(conversations|tokens|trained|share|thinking|rule|sequences|cost|(first|last)Turn(Samples)?|repeated|otherContexts|parameters|trainable|written|report|changed)(\.|$)/;

/** A series at its first or last steps, at its extremes, over all of it, or the change over it. */
function at(
  end: string,
  reports: readonly StepReport[],
  read: (report: StepReport) => number | undefined,
): number | undefined {
  const values = reports.map(read).filter((value) => value !== undefined);
  if (!values.length) return undefined;
  const few = Math.max(1, Math.min(ENDS, Math.floor(values.length / 2)));
  const mean = (some: readonly number[]) => some.reduce((sum, value) => sum + value, 0) / some.length;
  switch (end) {
    case 'first':
      return mean(values.slice(0, few));
    case 'last':
      return mean(values.slice(-few));
    case 'lowest':
      return Math.min(...values);
    case 'highest':
      return Math.max(...values);
    case 'change':
      return mean(values.slice(-few)) - mean(values.slice(0, few));
    default:
      return mean(values);
  }
}

function ofHeldOut(reports: readonly StepReport[], end: string): number | undefined {
  const measured = reports.flatMap(({ metrics }) =>
    [metrics?.heldOutStart, metrics?.heldOutLoss].filter((value) => value !== undefined),
  );
  if (!measured.length) return undefined;
  if (end === 'lowest') return Math.min(...measured);
  return end === 'first' ? measured[0] : measured.at(-1);
}
