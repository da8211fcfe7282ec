/**
 * @file A very small model that is trained for a long time: what the soak test runs.
 */
import { makeConfig } from '../../src/model/config';
import type { AdamWSettings } from '../../src/model/engine';
import { parameterShapes } from '../../src/model/parameter-names';
import { PlannedModel } from '../../src/model/planned-model';
import type { Executor } from '../../src/plan/executor';
import { sizeOf } from '../../src/plan/tensor';
import { toBatch } from '../../src/sequence/batch';
import type { Batch } from '../../src/sequence/types';
import { randomNumbers } from '../unit/ops-run';

const CONFIG = makeConfig({
  vocabularySize: 12,
  hiddenSize: 8,
  intermediateSize: 12,
  layers: 1,
  heads: 2,
  keyValueHeads: 1,
  contextLength: 48,
});
const ADAMW: AdamWSettings = {
  learningRate: 3e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.01,
  clipNorm: 1,
};

/** Lengths of three buckets, one after the other; a text that repeats, so that there is something to learn. */
function batches(): Batch[] {
  return [9, 20, 40].map((length) => {
    const ids = Int32Array.from({ length }, (_, i) => (i * i) % 11);
    return toBatch([
      {
        ids,
        weights: new Float32Array(length).fill(1),
        kind: new Uint8Array(length),
        positions: ids.map((_, i) => i),
        document: ids.map(() => 1),
        origin: { conversation: 'soak' },
      },
    ]);
  });
}

export interface Soak {
  losses: number[];
  /** What `measure` said after every hundredth step, and after the tenth. */
  sizes: number[];
}

/**
 * Trains for `steps` steps, with a look at scores and at parameters now and then, as a page does.
 *
 * @param measure gives bytes, or a number of buffers
 */
export async function soak(executor: Executor, steps: number, measure: () => number): Promise<Soak> {
  const weights = new Map(
    [...parameterShapes(CONFIG)].map(([name, shape], i) => [
      name,
      shape.length === 1 ? new Float32Array(sizeOf(shape)).fill(1) : randomNumbers(sizeOf(shape), i, 0.3),
    ]),
  );
  const model = await PlannedModel.create(executor, CONFIG, weights);
  const all = batches();
  const result: Soak = { losses: [], sizes: [] };
  for (let step = 1; step <= steps; step++) {
    const batch = all[step % all.length] as Batch;
    const { loss } = await model.step([batch], ADAMW);
    result.losses.push(loss);
    // The first look makes a plan of its own, which stays.
    if (step === 5 || step % 100 === 50) {
      await model.score(all[0] as Batch, 'base');
      await model.read();
    }
    if (step === 10 || step % 100 === 0) result.sizes.push(measure());
  }
  model.dispose();
  return result;
}
