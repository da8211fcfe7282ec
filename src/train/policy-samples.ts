/**
 * @file The completions of a step on policy, with what was said of them: advantages, and the sequences that an update takes.
 */
import type { ReadTurn } from '../rollout/types';
import { turnSequences, type SampledSequence } from '../rollout/sequences';
import { cut } from '../sequence/batch';
import type { TrainingSequence } from '../sequence/types';
import type { ObjectiveSettings } from '../settings/objective';
import type { RolloutPrompt, RolloutReport } from '../worker/protocol';
import { MICRO_BATCH_TOKENS, microGroups } from './micro-batches';
import {
  baselineAdvantages,
  groupAdvantages,
  leaveOneOutAdvantages,
  type Advantages,
} from './objectives/advantages';
import { reduce } from './objectives/reductions';
import { meanKl } from './policy-kl';
import type { SampledTurn } from './rollouts';
import type { Scorer } from './scorer';

/** A sequence of a completion, with one number a token of everything that an update may ask for. */
export interface PolicySequence extends SampledSequence {
  /** Number of the completion. */
  completion: number;
  advantage: number;
  /** Under the reference; none where β is 0. */
  reference?: Float32Array;
  /** Of every trained token, see `reduce`. */
  weight: number;
}

/** What the updates of a step learn from. */
export interface PolicyBatch {
  /** In micro-batches. */
  parts: PolicySequence[][];
  norm: number;
  /** Completions with a reward. */
  completions: number;
  advantages: Advantages;
  /**
   * k3 to the model as loaded, before the first update: over all completions where they are held to it, else over one a prompt;
   * undefined where it is not asked for.
   */
  kl?: number | undefined;
  /** Whether it was to be measured and could not be. */
  klFailed: boolean;
}

/** A completion, read and rewarded. */
export interface RewardedTurn {
  turn: SampledTurn;
  read: ReadTurn;
}

/**
 * Advantages and sequences of a step's completions. A completion without a finite reward is dropped.
 *
 * @param limit tokens of a sequence; what lies beyond is not trained
 * @param baseline of REINFORCE: the moving one, where there is one already
 * @throws LosslightError what the engine fails with.
 */
export async function policyBatch(
  turns: readonly RewardedTurn[],
  objective: ObjectiveSettings,
  score: Scorer,
  limit: number,
  baseline?: number,
): Promise<PolicyBatch> {
  const samples = turns.map(({ turn, read }) => ({ group: turn.group, reward: read.reward.total }));
  const sequences = turns.map((one) => sequencesOf(one, objective.maskTruncated, limit));
  const { temperature } = objective;
  const scored = sequences.flat().map(({ sequence }) => sequence);
  if (temperature !== 1) {
    // Generation tells log-probabilities at temperature 1; an update compares with what was drawn from.
    const drawn = await score(scored, 'tuned', temperature);
    sequences.flat().forEach((one, i) => (one.logProbs = trainedOnly(one.sequence, drawn[i])));
  }
  const compared = objective.kl > 0 ? scored : objective.measureKl ? oneOfEach(turns, sequences) : [];
  const asked = compared.length > 0 ? score(compared, 'base', temperature) : Promise.resolve([]);
  // A measurement that fails must not end a run that nothing else needs it for.
  const logProbs = await (objective.kl > 0 ? asked : asked.catch(() => undefined));
  const references = new Map(compared.map((sequence, i) => [sequence, logProbs?.[i]]));
  const penalties = sequences.map((own) =>
    own.reduce((sum, one) => sum + objective.kl * apart(one, references.get(one.sequence)), 0),
  );
  const advantages = advantagesOf(objective, samples, penalties, baseline);
  const all = sequences.flatMap((own, completion) => {
    const advantage = advantages.values[completion];
    if (advantage === undefined) return [];
    return own.map((one): PolicySequence => {
      // What is only measured must not be trained on.
      const reference = objective.kl > 0 ? references.get(one.sequence) : undefined;
      return { ...one, completion, advantage, weight: 0, ...(reference && { reference }) };
    });
  });
  const completions = samples.length - advantages.dropped;
  const norm = weigh(all, objective, completions);
  const kl = meanKl(
    all.flatMap((one) => {
      const reference = references.get(one.sequence);
      return reference ? [{ ...one, reference }] : [];
    }),
  );
  return { parts: partsOf(all), norm, completions, advantages, kl, klFailed: logProbs === undefined };
}

/**
 * The sequences of one completion a prompt, the first with a reward and something to train: enough for a measurement, which over
 * all of them would take more than half as long again as a step.
 */
function oneOfEach(
  turns: readonly RewardedTurn[],
  sequences: readonly (readonly SampledSequence[])[],
): TrainingSequence[] {
  const chosen = new Map<number, readonly SampledSequence[]>();
  turns.forEach(({ turn, read }, i) => {
    const own = sequences[i] ?? [];
    const rewarded = read.reward.total !== undefined && Number.isFinite(read.reward.total);
    if (chosen.has(turn.group) || !rewarded) return;
    if (own.some(({ sequence }) => trainedTokens(sequence) > 0)) chosen.set(turn.group, own);
  });
  return [...chosen.values()].flat().map(({ sequence }) => sequence);
}

function advantagesOf(
  { kind, rewardScale, kl }: ObjectiveSettings,
  samples: Parameters<typeof groupAdvantages>[0],
  penalties: readonly number[],
  baseline: number | undefined,
): Advantages {
  if (kind === 'rloo') return leaveOneOutAdvantages(samples, kl > 0 ? penalties : undefined);
  if (kind === 'reinforce') return baselineAdvantages(samples, baseline);
  return groupAdvantages(samples, rewardScale);
}

function sequencesOf({ turn, read }: RewardedTurn, maskTruncated: boolean, limit: number): SampledSequence[] {
  const untrained = maskTruncated && !read.completion.ended;
  return turnSequences(turn.rounds, read.kinds, String(turn.prompt)).map(({ sequence, logProbs }) => {
    const kept = cut(sequence, limit);
    return {
      sequence: untrained ? { ...kept, weights: new Float32Array(kept.weights.length) } : kept,
      logProbs: logProbs.slice(0, kept.ids.length),
    };
  });
}

/** Log-probabilities of the trained tokens, and 0 at the others. */
const trainedOnly = ({ weights }: TrainingSequence, logProbs: Float32Array | undefined) =>
  weights.map((weight, i) => (weight === 0 ? 0 : (logProbs?.[i] ?? 0)));

/** Σ (log-probability − the reference's) over the trained tokens. */
function apart({ sequence, logProbs }: SampledSequence, reference: Float32Array | undefined): number {
  if (!reference) return 0;
  return sequence.weights.reduce(
    (sum, weight, i) => (weight === 0 ? sum : sum + (logProbs[i] ?? 0) - (reference[i] ?? 0)),
    0,
  );
}

export const trainedTokens = ({ weights }: TrainingSequence) =>
  weights.reduce((count, weight) => count + Number(weight !== 0), 0);

/** Puts the reduction's weights in place; gives its norm. */
function weigh(all: PolicySequence[], { reduction, maxNewTokens }: ObjectiveSettings, completions: number) {
  const parts = partsOf(all);
  const partOf = new Map(parts.flatMap((part, i) => part.map((one) => [one, i] as const)));
  const facts = all.map((one) => ({
    completion: one.completion,
    tokens: trainedTokens(one.sequence),
    part: partOf.get(one) ?? 0,
  }));
  const { weights, norm } = reduce(reduction, facts, completions, maxNewTokens);
  all.forEach((one, i) => (one.weight = weights[i] ?? 0));
  return norm;
}

function partsOf(all: readonly PolicySequence[]): PolicySequence[][] {
  const of = new Map(all.map((one) => [one.sequence, one]));
  return microGroups([...of.keys()], MICRO_BATCH_TOKENS).map((group) =>
    group.flatMap((sequence) => of.get(sequence) ?? []),
  );
}

/**
 * What is told of each completion. The weight of a token is its advantage times its part in the reduction, a token's mean
 * part being 1.
 */
export function rolloutReports(
  turns: readonly RewardedTurn[],
  prompts: readonly RolloutPrompt[],
  { parts, advantages }: PolicyBatch,
): RolloutReport[] {
  const all = parts.flat();
  const tokens = all.reduce((sum, { sequence }) => sum + trainedTokens(sequence), 0);
  const whole = all.reduce((sum, { sequence, weight }) => sum + weight * trainedTokens(sequence), 0);
  const scale = whole > 0 ? tokens / whole : 0;
  return turns.map(({ turn, read }, rollout) => {
    // Where the template rewrote history there are several; the last one holds the end of the turn.
    const last = all.findLast(({ completion }) => completion === rollout);
    const shown = last?.sequence ?? turnSequences(turn.rounds, read.kinds, '').at(-1)?.sequence;
    const factor = last ? last.weight * scale * last.advantage : 0;
    const advantage = advantages.values[rollout];
    const prompt = prompts[turn.prompt];
    const conversation = prompt?.conversation.id ?? '';
    return {
      rollout,
      group: turn.group,
      conversation,
      message: prompt?.message ?? -1,
      completion: read.completion,
      reward: read.reward,
      ...(advantage !== undefined && { advantage }),
      sequence: {
        ...(shown as TrainingSequence),
        weights: (shown as TrainingSequence).weights.map((weight) => weight * factor),
        origin: { conversation },
      },
    };
  });
}
