/**
 * @file The figures of the page that a lesson can cite and react to: a fixed list of names, what each means, and how its number
 * is written. `lesson-observe.ts` reads them off the page.
 */
import { lesson } from '$strings/lesson';
import { lessonFile } from '$strings/lesson-file';
import { lessons } from '$strings/lessons';
import { count } from '$strings/numbers';
import { nearest } from './nearest';
import { DECISION_KEYS } from '../reward/decision-report';
import { REWARD_FUNCTIONS } from '../reward/registry';
import { STRATEGIES } from '../sequence/strategy';
import { SEGMENT_KINDS } from '../template/rendered';
import { TRAINABLE_KINDS } from '../mask/policy';

export type FigureForm = 'count' | 'share' | 'nats' | 'number' | 'factor' | 'signed' | 'rate' | 'yes';

export interface FigureFamily {
  /** Names, `{…}` standing for one of a list. */
  pattern: string;
  form: FigureForm;
}

/** What may stand for each word in braces of a pattern. */
export const FIGURE_WORDS: Readonly<Record<string, readonly string[]>> = {
  KIND: SEGMENT_KINDS,
  SEGMENT: TRAINABLE_KINDS,
  STRATEGY: STRATEGIES.map(({ name }) => name),
  MODEL: ['base', 'tuned'],
  END: ['first', 'last'],
  REWARD: REWARD_FUNCTIONS.map(({ id }) => id),
  DECISION: DECISION_KEYS.filter((key) => key !== 'sampled'),
};

/** In the order of the documentation, docs/lessons.md, which says what each is. */
export const FIGURE_FAMILIES: readonly FigureFamily[] = [
  { pattern: 'conversations', form: 'count' },
  { pattern: 'conversations.heldOut', form: 'count' },
  { pattern: 'tokens', form: 'count' },
  { pattern: 'tokens.{KIND}', form: 'count' },
  { pattern: 'trained', form: 'count' },
  { pattern: 'trained.{KIND}', form: 'count' },
  { pattern: 'trained.away', form: 'count' },
  { pattern: 'share.{KIND}', form: 'share' },
  { pattern: 'thinking.recorded', form: 'count' },
  { pattern: 'thinking.lost', form: 'count' },
  { pattern: 'rule.{SEGMENT}', form: 'number' },
  { pattern: 'sequences.{STRATEGY}', form: 'count' },
  { pattern: 'cost.{STRATEGY}', form: 'factor' },
  { pattern: 'firstTurn.{STRATEGY}', form: 'number' },
  { pattern: 'lastTurn.{STRATEGY}', form: 'number' },
  { pattern: 'firstTurnSamples.{STRATEGY}', form: 'number' },
  { pattern: 'lastTurnSamples.{STRATEGY}', form: 'number' },
  { pattern: 'repeated.{STRATEGY}', form: 'count' },
  { pattern: 'otherContexts.{STRATEGY}', form: 'count' },
  { pattern: 'parameters', form: 'count' },
  { pattern: 'trainable', form: 'count' },
  { pattern: 'trainable.share', form: 'share' },
  { pattern: 'steps', form: 'count' },
  { pattern: 'steps.here', form: 'count' },
  { pattern: 'updates', form: 'count' },
  { pattern: 'loss.{END}', form: 'nats' },
  { pattern: 'loss.lowest', form: 'nats' },
  { pattern: 'loss.highest', form: 'nats' },
  { pattern: 'loss.change', form: 'signed' },
  { pattern: 'loss.{KIND}.{END}', form: 'nats' },
  { pattern: 'heldOut.{END}', form: 'nats' },
  { pattern: 'heldOut.lowest', form: 'nats' },
  { pattern: 'gradient.{END}', form: 'number' },
  { pattern: 'gradient.highest', form: 'number' },
  { pattern: 'learningRate.last', form: 'rate' },
  { pattern: 'reward.{END}', form: 'number' },
  { pattern: 'rewardPart.{REWARD}.{END}', form: 'number' },
  { pattern: 'decision.{END}', form: 'share' },
  { pattern: 'falseCalls.{END}', form: 'share' },
  { pattern: 'missedCalls.{END}', form: 'share' },
  { pattern: 'completion.{END}', form: 'number' },
  { pattern: 'truncated.{END}', form: 'share' },
  { pattern: 'kl.last', form: 'nats' },
  { pattern: 'entropy.{END}', form: 'nats' },
  { pattern: 'clipped.last', form: 'share' },
  { pattern: 'flatGroups.{END}', form: 'share' },
  { pattern: 'flatGroups.share', form: 'share' },
  { pattern: 'dropped.total', form: 'count' },
  { pattern: 'preferred.{END}', form: 'share' },
  { pattern: 'margin.last', form: 'number' },
  { pattern: 'probability.{KIND}.{MODEL}', form: 'share' },
  { pattern: 'logProb.{KIND}.{MODEL}', form: 'signed' },
  { pattern: 'logProb.{KIND}.change', form: 'signed' },
  { pattern: 'logProb.{MODEL}', form: 'signed' },
  { pattern: 'logProb.change', form: 'signed' },
  { pattern: 'written.{MODEL}.tokens', form: 'count' },
  { pattern: 'written.{MODEL}.ended', form: 'yes' },
  { pattern: 'written.{MODEL}.thinks', form: 'yes' },
  { pattern: 'written.{MODEL}.calls', form: 'yes' },
  { pattern: 'report.turns', form: 'count' },
  { pattern: 'report.{DECISION}.{MODEL}', form: 'share' },
  { pattern: 'report.contested.{DECISION}.{MODEL}', form: 'share' },
  { pattern: 'changed.{KIND}', form: 'signed' },
];

const words = lesson.figures;
const FORMS: ReadonlyMap<string, FigureForm> = new Map(
  FIGURE_FAMILIES.flatMap(({ pattern, form }) => expand(pattern).map((name) => [name, form] as const)),
);

/** Every name that a pattern stands for. */
function expand(pattern: string): string[] {
  const [whole, word = ''] = /\{([A-Z]+)\}/.exec(pattern) ?? [];
  if (whole === undefined) return [pattern];
  return (FIGURE_WORDS[word] ?? []).flatMap((value) => expand(pattern.replace(whole, value)));
}

/** Every figure there is. */
export const FIGURES: readonly string[] = [...FORMS.keys()];

/** Whether there is a figure of that name. */
export function isFigure(name: string): boolean {
  return FORMS.has(name);
}

/** What to write in place of a name that is none: those near it, those that begin like it, or how figures begin. */
export function figureRemedy(name: string): string {
  const near = nearest(name, FIGURES);
  if (near.length) return lessons.file.didYouMean(near);
  const first = (pattern: string) => pattern.split('.')[0] ?? pattern;
  const beginnings = [...new Set(FIGURE_FAMILIES.map(({ pattern }) => first(pattern)))];
  const wanted = first(name);
  const beginning = beginnings.includes(wanted) ? wanted : nearest(wanted, beginnings, 1)[0];
  if (beginning === undefined) return lessonFile.figure.beginnings(beginnings);
  const patterns = FIGURE_FAMILIES.map(({ pattern }) => pattern).filter((p) => first(p) === beginning);
  const used = Object.entries(FIGURE_WORDS).filter(([word]) => patterns.some((p) => p.includes(`{${word}}`)));
  return lessonFile.figure.beginning(
    patterns.map((pattern) => pattern.replace(/[{}]/g, '')),
    used,
  );
}

/** Splits `step-id:figure`; the step is undefined where the figure is the present one. */
export function splitFigure(reference: string): { step: string | undefined; name: string } {
  const colon = reference.indexOf(':');
  return colon < 0
    ? { step: undefined, name: reference }
    : { step: reference.slice(0, colon), name: reference.slice(colon + 1) };
}

/** What stands for a figure that was not measured. */
export const UNMEASURED = '–';

/** A figure's number as a lesson writes it. */
export function figureText(name: string, value: number | undefined): string {
  if (value === undefined) return UNMEASURED;
  if (!Number.isFinite(value)) return Number.isNaN(value) ? words.notNumber : words.infinite;
  switch (FORMS.get(name) ?? 'number') {
    case 'count':
      return count(value);
    case 'share':
      return shareText(value);
    case 'nats':
      return value.toFixed(2);
    case 'number':
      return fixed(value);
    case 'signed':
      return `${value > 0 && Number(fixed(value)) > 0 ? '+' : ''}${fixed(value)}`;
    case 'factor':
      return words.times(fixed(value));
    case 'rate':
      return value < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
    case 'yes':
      return value ? words.yes : words.no;
  }
}

function fixed(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) > 0 ? `−${text}` : text;
}

/** Probabilities of single tokens may be tiny; `0.0%` would say nothing of them. */
function shareText(value: number): string {
  const percent = 100 * value;
  if (percent === 0) return '0%';
  if (percent < 0.001) return words.tiny;
  if (percent < 0.1) return `${percent.toPrecision(1)}%`;
  // 99.96% would become 100.0%.
  return `${percent.toFixed(percent < 10 || (percent > 99 && percent < 99.95) ? 1 : 0)}%`;
}
