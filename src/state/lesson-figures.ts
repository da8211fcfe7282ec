/**
 * @file The figures of the page that a lesson can cite and react to: a fixed list of names, what each means, and how its number
 * is written. `lesson-observe.ts` reads them off the page.
 */
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
  /** One sentence for people who write lessons. */
  about: string;
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

/** In the order of the documentation. */
export const FIGURE_FAMILIES: readonly FigureFamily[] = [
  { pattern: 'conversations', form: 'count', about: 'Conversations that a run takes.' },
  { pattern: 'conversations.heldOut', form: 'count', about: 'Conversations that are held out.' },
  { pattern: 'tokens', form: 'count', about: 'Tokens of the conversation that is shown.' },
  { pattern: 'tokens.{KIND}', form: 'count', about: 'The same of one segment.' },
  { pattern: 'trained', form: 'count', about: 'Its tokens with a weight other than 0.' },
  { pattern: 'trained.{KIND}', form: 'count', about: 'The same of one segment.' },
  { pattern: 'trained.away', form: 'count', about: 'Its tokens with a negative weight.' },
  { pattern: 'share.{KIND}', form: 'share', about: 'The segment’s share of all weight, signs left out.' },
  {
    pattern: 'thinking.recorded',
    form: 'count',
    about: 'Assistant messages of the conversation whose thinking is in the data.',
  },
  {
    pattern: 'thinking.lost',
    form: 'count',
    about: 'Those of them whose thinking is not in the text that the template writes.',
  },
  {
    pattern: 'rule.{SEGMENT}',
    form: 'number',
    about: 'The policy’s weight for a segment; 0 where it is off.',
  },
  {
    pattern: 'sequences.{STRATEGY}',
    form: 'count',
    about: 'Training sequences that a strategy makes. This and the next seven need Training sequences open.',
  },
  { pattern: 'cost.{STRATEGY}', form: 'factor', about: 'Cost against one whole sequence a conversation.' },
  {
    pattern: 'firstTurn.{STRATEGY}',
    form: 'number',
    about: 'How much a token of the first turn counts where the loss is a mean over tokens; 1 is once.',
  },
  { pattern: 'lastTurn.{STRATEGY}', form: 'number', about: 'The same of the last turn.' },
  {
    pattern: 'firstTurnSamples.{STRATEGY}',
    form: 'number',
    about: 'How much a token of the first turn counts where the loss is a mean over samples.',
  },
  { pattern: 'lastTurnSamples.{STRATEGY}', form: 'number', about: 'The same of the last turn.' },
  { pattern: 'repeated.{STRATEGY}', form: 'count', about: 'Messages that are trained more than once.' },
  {
    pattern: 'otherContexts.{STRATEGY}',
    form: 'count',
    about: 'Messages that are trained on a context, or with a text, that is not that of inference.',
  },
  { pattern: 'parameters', form: 'count', about: 'Parameters of the model.' },
  { pattern: 'trainable', form: 'count', about: 'Those that are trained; with LoRA the factors.' },
  { pattern: 'trainable.share', form: 'share', about: 'Trained parameters by all parameters of the model.' },
  { pattern: 'steps', form: 'count', about: 'Steps of the present or last run of this lesson.' },
  {
    pattern: 'steps.here',
    form: 'count',
    about: 'Steps that were made since this step of the lesson was entered.',
  },
  { pattern: 'updates', form: 'count', about: 'Steps since the original weights, over all runs.' },
  {
    pattern: 'loss.{END}',
    form: 'nats',
    about:
      'Loss over the first or last five steps of the run, or half of it where it has fewer than ten, as a mean; so are all figures with .first and .last.',
  },
  { pattern: 'loss.lowest', form: 'nats', about: 'The lowest loss of a step.' },
  { pattern: 'loss.highest', form: 'nats', about: 'The highest loss of a step.' },
  { pattern: 'loss.change', form: 'signed', about: 'loss.last less loss.first.' },
  { pattern: 'loss.{KIND}.{END}', form: 'nats', about: 'Loss of one segment.' },
  { pattern: 'heldOut.{END}', form: 'nats', about: 'Loss of what is held out: first and last measurement.' },
  { pattern: 'heldOut.lowest', form: 'nats', about: 'The lowest of them.' },
  { pattern: 'gradient.{END}', form: 'number', about: 'Norm of the gradient before clipping.' },
  { pattern: 'gradient.highest', form: 'number', about: 'The highest of the run.' },
  { pattern: 'learningRate.last', form: 'rate', about: 'Learning rate of the last step.' },
  { pattern: 'reward.{END}', form: 'number', about: 'Mean reward of a run on policy.' },
  {
    pattern: 'rewardPart.{REWARD}.{END}',
    form: 'number',
    about: 'Mean of one part of it, before its weight.',
  },
  { pattern: 'decision.{END}', form: 'share', about: 'Right decisions in a run on policy.' },
  { pattern: 'falseCalls.{END}', form: 'share', about: 'Calls where none is right, in a run on policy.' },
  { pattern: 'missedCalls.{END}', form: 'share', about: 'No call where one is right, in a run on policy.' },
  { pattern: 'completion.{END}', form: 'number', about: 'Mean tokens of a completion.' },
  { pattern: 'truncated.{END}', form: 'share', about: 'Completions that a limit broke off.' },
  { pattern: 'kl.last', form: 'nats', about: 'KL divergence to the model as loaded.' },
  { pattern: 'entropy.{END}', form: 'nats', about: 'Mean entropy of the model’s choices.' },
  { pattern: 'clipped.last', form: 'share', about: 'Tokens that the clip held back.' },
  {
    pattern: 'flatGroups.{END}',
    form: 'share',
    about: 'Groups whose completions all have the same reward, of all groups of a step.',
  },
  { pattern: 'flatGroups.share', form: 'share', about: 'The same over the whole run.' },
  { pattern: 'dropped.total', form: 'count', about: 'Completions that were dropped for want of a reward.' },
  {
    pattern: 'preferred.{END}',
    form: 'share',
    about: 'How often the chosen completion of a pair is preferred.',
  },
  { pattern: 'margin.last', form: 'number', about: 'By how much it is.' },
  {
    pattern: 'probability.{KIND}.{MODEL}',
    form: 'share',
    about: 'Mean probability of the segment’s tokens in the conversation that is shown, trained or not.',
  },
  { pattern: 'logProb.{KIND}.{MODEL}', form: 'signed', about: 'Their mean log-probability.' },
  { pattern: 'logProb.{KIND}.change', form: 'signed', about: 'Tuned less original.' },
  { pattern: 'logProb.{MODEL}', form: 'signed', about: 'Mean log-probability of the trained tokens.' },
  { pattern: 'logProb.change', form: 'signed', about: 'Tuned less original.' },
  {
    pattern: 'written.{MODEL}.tokens',
    form: 'count',
    about: 'Tokens that the model wrote under Compare with the present weights.',
  },
  { pattern: 'written.{MODEL}.ended', form: 'yes', about: '1 where it ended its turn, 0 where it was cut.' },
  { pattern: 'written.{MODEL}.thinks', form: 'yes', about: '1 where it wrote a thinking block.' },
  { pattern: 'written.{MODEL}.calls', form: 'yes', about: '1 where it called a tool.' },
  { pattern: 'report.turns', form: 'count', about: 'Turns of the tool-decision report.' },
  {
    pattern: 'report.{DECISION}.{MODEL}',
    form: 'share',
    about: 'A figure of the tool-decision report, over all turns.',
  },
  { pattern: 'report.contested.{DECISION}.{MODEL}', form: 'share', about: 'The same over contested turns.' },
  {
    pattern: 'changed.{KIND}',
    form: 'signed',
    about: 'Mean change of the log-probability over all conversations, as “What changed” measured it.',
  },
];

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
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : 'infinite';
  switch (FORMS.get(name) ?? 'number') {
    case 'count':
      return Math.round(value).toLocaleString('en-GB');
    case 'share':
      return shareText(value);
    case 'nats':
      return value.toFixed(2);
    case 'number':
      return fixed(value);
    case 'signed':
      return `${value > 0 && Number(fixed(value)) > 0 ? '+' : ''}${fixed(value)}`;
    case 'factor':
      return `${fixed(value)} times`;
    case 'rate':
      return value < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
    case 'yes':
      return value ? 'yes' : 'no';
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
  if (percent < 0.001) return 'under 0.001%';
  if (percent < 0.1) return `${percent.toPrecision(1)}%`;
  // 99.96% would become 100.0%.
  return `${percent.toFixed(percent < 10 || (percent > 99 && percent < 99.95) ? 1 : 0)}%`;
}
