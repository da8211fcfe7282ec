/**
 * @file What was predicted at each token of some sequences, group by group, as `EngineRequests.score` gives it.
 */
import type { Engine, KeptWeights, Which } from '../model/engine';
import { toBatch, toTokens } from '../sequence/batch';
import type { TrainingSequence } from '../sequence/types';
import { nextTask } from '../tensor/task';
import type { SequencePredictions } from './protocol';

/**
 * @param groups each is one forward pass
 * @returns one entry a sequence, in their order
 */
export async function predictTokens(
  engine: Pick<Engine, 'predictions'>,
  groups: readonly TrainingSequence[][],
  which: Which | KeptWeights,
): Promise<{ logProbs: Float32Array[]; predictions: SequencePredictions[] }> {
  const logProbs: Float32Array[] = [];
  const predictions: SequencePredictions[] = [];
  for (const group of groups) {
    const batch = toBatch(group);
    const found = await engine.predictions(batch, which);
    const ofTokens = (values: ArrayLike<number>) => toTokens(Float32Array.from(values), batch, group);
    logProbs.push(...ofTokens(found.logProbs));
    const [entropy, ranks, topIds, topLogProbs] = [
      ofTokens(found.entropy),
      ofTokens(found.ranks),
      ofTokens(found.topIds),
      ofTokens(found.topLogProbs),
    ];
    const none = new Float32Array();
    group.forEach((_, i) =>
      predictions.push({
        entropy: entropy[i] ?? none,
        ranks: ranks[i] ?? none,
        topIds: topIds[i] ?? none,
        topLogProbs: topLogProbs[i] ?? none,
      }),
    );
    await nextTask();
  }
  return { logProbs, predictions };
}
