/**
 * @file One update on policy: the losses of a step's completions, their gradient, and what the update did.
 */
import type { AdamWSettings, Engine, StepOptions, StepResult } from '../model/engine';
import { policyTerms } from '../model/policy-terms';
import { emptyTerms, toBatch } from '../sequence/batch';
import type { Batch, TrainingSequence } from '../sequence/types';
import type { ObjectiveSettings } from '../settings/objective';
import {
  sequenceMeanLoss,
  sequenceSumLoss,
  type CompletionLoss,
  type CompletionTokens,
} from './objectives/sequence-ratio';
import { meanKl } from './policy-kl';
import { trainedTokens, type PolicyBatch, type PolicySequence } from './policy-samples';
import type { Scorer } from './scorer';

export interface PolicyUpdate {
  /** The objective's own. */
  loss: number;
  /** Means over all trained tokens; of whole completions where the ratio is theirs. */
  clipFraction: number;
  kl: number | undefined;
  /** What the engine was given, and what it gave; undefined where there is nothing to learn, and nothing was changed. */
  stepped?: { batches: Batch[]; result: StepResult };
}

/**
 * Makes one update. Sequences that cannot change anything, those without an advantage and a reference, are not computed;
 * where that is all of them, the weights and the optimizer stay as they are.
 *
 * @param first of this step: the model is still the one that wrote the completions
 * @throws LosslightError what the engine fails with.
 */
export async function updatePolicy(
  engine: Engine,
  batch: PolicyBatch,
  objective: ObjectiveSettings,
  adam: AdamWSettings,
  score: Scorer,
  first: boolean,
): Promise<PolicyUpdate> {
  const learns = (one: PolicySequence) =>
    (one.advantage !== 0 || one.reference !== undefined) && trainedTokens(one.sequence) > 0;
  const parts = batch.parts.map((part) => part.filter(learns)).filter((part) => part.length > 0);
  if (parts.length === 0) return { loss: 0, clipFraction: 0, kl: undefined };
  const whole = objective.kind === 'gspo' || objective.kind === 'rloo';
  return whole
    ? byCompletion(engine, { ...batch, parts }, objective, adam, score, first)
    : byToken(engine, { ...batch, parts }, objective, adam, tokensOf(batch.parts));
}

const tokensOf = (parts: PolicyBatch['parts']) =>
  parts.flat().reduce((sum, { sequence }) => sum + trainedTokens(sequence), 0);

/** Each token has a ratio of its own: the engine's clipped loss. */
async function byToken(
  engine: Engine,
  { parts, norm }: PolicyBatch,
  { clipLow, clipHigh, kl, temperature }: ObjectiveSettings,
  adam: AdamWSettings,
  tokens: number,
): Promise<PolicyUpdate> {
  const loss = { kind: 'policy', clipLow, clipHigh, kl } as const;
  const batches = parts.map((part) => toBatch(part.map(withTerms), norm));
  const options: StepOptions = { loss, temperature };
  const result = await engine.step(batches, adam, options);
  const figures = policyTerms(loss, batches, result.logProbs);
  return {
    loss: result.loss,
    clipFraction: tokens > 0 ? (figures.clipFraction * figures.tokens) / tokens : 0,
    kl: kl > 0 ? figures.kl : undefined,
    stepped: { batches, result },
  };
}

function withTerms({ sequence, logProbs, reference, advantage, weight }: PolicySequence): TrainingSequence {
  const policy = emptyTerms(sequence.ids.length);
  sequence.weights.forEach((own, i) => {
    if (own !== 0) policy.advantages[i] = advantage;
  });
  policy.oldLogProbs.set(logProbs);
  if (reference) policy.referenceLogProbs.set(reference);
  return { ...sequence, weights: sequence.weights.map((own) => own * weight), policy };
}

/** A ratio belongs to a whole completion: scores first, then a step with the loss's slopes as weights. */
async function byCompletion(
  engine: Engine,
  { parts, norm, completions }: PolicyBatch,
  objective: ObjectiveSettings,
  adam: AdamWSettings,
  score: Scorer,
  first: boolean,
): Promise<PolicyUpdate> {
  const all = parts.flat();
  // As long as nothing was changed, they are those of generation.
  const scores = first
    ? all.map(({ logProbs }) => logProbs)
    : await score(
        all.map(({ sequence }) => sequence),
        'tuned',
        objective.temperature,
      );
  const present = new Map(all.map((one, i) => [one, scores[i] ?? one.logProbs]));
  const slopes = new Map<PolicySequence, Float32Array>();
  let [loss, clipped] = [0, 0];
  for (const own of grouped(all).values()) {
    const found = lossOf(own, present, objective, completions, norm);
    loss += found.loss;
    clipped += Number(found.clipped);
    let at = 0;
    for (const one of own) {
      // Of −ℓ, which is what the engine's loss counts.
      const weights = one.sequence.weights.map((weight) => (weight === 0 ? 0 : -(found.slopes[at++] ?? 0)));
      slopes.set(one, weights);
    }
  }
  const batches = parts.map((part) =>
    toBatch(
      part.map((one) => ({ ...one.sequence, weights: slopes.get(one) ?? one.sequence.weights })),
      1,
    ),
  );
  if (batches.every(({ weights }) => weights.every((weight) => weight === 0))) {
    return { loss, clipFraction: clipped / completions, kl: undefined };
  }
  const result = await engine.step(batches, adam, { temperature: objective.temperature });
  const compared = all.map((one) => ({ ...one, logProbs: present.get(one) ?? one.logProbs }));
  const kl = objective.kl > 0 ? meanKl(compared) : undefined;
  return { loss, clipFraction: clipped / completions, kl, stepped: { batches, result } };
}

function grouped(all: readonly PolicySequence[]): Map<number, PolicySequence[]> {
  const groups = new Map<number, PolicySequence[]>();
  for (const one of all) groups.set(one.completion, [...(groups.get(one.completion) ?? []), one]);
  return groups;
}

function lossOf(
  own: readonly PolicySequence[],
  present: ReadonlyMap<PolicySequence, Float32Array>,
  { kind, clipLow, clipHigh, kl }: ObjectiveSettings,
  completions: number,
  norm: number,
): CompletionLoss {
  const of = (values: (one: PolicySequence) => Float32Array | undefined) =>
    own.flatMap((one) =>
      Array.from(one.sequence.weights, (weight, i) => (weight === 0 ? [] : (values(one)?.[i] ?? 0))).flat(),
    );
  const tokens: CompletionTokens = {
    advantage: own[0]?.advantage ?? 0,
    logProbs: of((one) => present.get(one)),
    oldLogProbs: of(({ logProbs }) => logProbs),
    referenceLogProbs: of(({ reference }) => reference),
    weights: own.flatMap((one) => Array<number>(trainedTokens(one.sequence)).fill(one.weight / norm)),
  };
  const settings = { clipLow, clipHigh, kl };
  return kind === 'rloo'
    ? sequenceSumLoss(settings, tokens, completions)
    : sequenceMeanLoss(settings, tokens);
}
