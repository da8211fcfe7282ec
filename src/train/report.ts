/**
 * @file What a step tells the page, computed from what the engine returned.
 */
import type { StepResult } from '../model/engine';
import { meanNllByKind } from '../sequence/by-kind';
import type { Batch } from '../sequence/types';
import type { StepReport } from '../worker/protocol';

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
