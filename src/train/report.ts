/**
 * @file What a step tells the page, computed from what the engine returned.
 */
import type { StepResult } from '../model/engine';
import { meanNllByKind } from '../sequence/by-kind';
import type { Batch } from '../sequence/types';
import type { StepReport } from '../worker/protocol';

/** Mean entropy of the predictions of weighted tokens, in nats; undefined where the engine does not give it. */
export function entropyOf(batches: readonly Batch[], { entropies }: StepResult): number | undefined {
  if (!entropies) return undefined;
  let sum = 0;
  let count = 0;
  batches.forEach(({ weights }, b) =>
    weights.forEach((weight, i) => {
      if (weight === 0) return;
      sum += entropies[b]?.[i] ?? NaN;
      count++;
    }),
  );
  return count === 0 ? undefined : sum / count;
}

export function makeReport(
  step: number,
  batches: readonly Batch[],
  { loss, gradientNorm, logProbs }: StepResult,
  learningRate: number,
  milliseconds: number,
): StepReport {
  const count = (test: (batch: Batch, i: number) => boolean) =>
    batches.reduce((sum, batch) => sum + batch.ids.filter((_, i) => test(batch, i)).length, 0);
  return {
    step,
    loss,
    lossByKind: meanNllByKind(batches, logProbs),
    learningRate,
    gradientNorm,
    tokens: count((batch, i) => batch.documents[i] !== 0),
    trainedTokens: count((batch, i) => batch.weights[i] !== 0),
    milliseconds,
  };
}
