/**
 * @file What is held out during a run: its loss now and then, the best weights so far, and when to end early.
 */
import type { Engine } from '../model/engine';
import type { RunEnding } from '../worker/protocol';
import type { RecordedObjective } from './objectives/objective';
import { weightedSum, type Scorer } from './scorer';

/** The objective's loss over all its units, without a step. SFT's: Σ w·nll / Σ |w| over everything. */
export async function lossOf(objective: RecordedObjective, score: Scorer): Promise<number> {
  const { sequences, norm, loss } = await objective.update(objective.units, score);
  if (loss !== undefined) return loss;
  const scores = await score(sequences, 'tuned');
  const sum = sequences.reduce(
    (total, sequence, i) => total + weightedSum(sequence, scores[i] ?? new Float32Array()),
    0,
  );
  return -sum / norm;
}

/** Measures held-out data, and keeps the weights of the lowest loss where a run may end early. */
export class HeldOut {
  #best: { step: number; loss: number; weights?: ReadonlyMap<string, Float32Array> } | undefined;
  #latest = -1;
  /** Measurements since the best one. */
  #worse = 0;

  constructor(
    private readonly engine: Pick<Engine, 'read' | 'write'>,
    private readonly objective: RecordedObjective,
    private readonly score: Scorer,
  ) {}

  /**
   * The loss after a step, 0 for before the first.
   *
   * @param keep whether the weights are kept where it is the lowest so far, a copy of all that is trained
   */
  async measure(step: number, keep: boolean): Promise<number> {
    const loss = await lossOf(this.objective, this.score);
    this.#latest = step;
    if (this.#best && !(loss < this.#best.loss)) {
      this.#worse++;
      return loss;
    }
    this.#worse = 0;
    this.#best = { step, loss, ...(keep && { weights: await this.engine.read() }) };
    return loss;
  }

  /** Whether so many measurements in a row were not better than the best. */
  exhausted(patience: number): boolean {
    return patience > 0 && this.#worse >= patience;
  }

  /** Puts the best weights back where they were kept and others came after them. The optimizer begins anew then. */
  async restore(step: number, early: boolean): Promise<RunEnding> {
    const best = this.#best;
    if (!best?.weights || best.step === step || this.#latest < 0) return { early };
    await this.engine.write(best.weights);
    return { early, restored: { step: best.step, heldOutLoss: best.loss } };
  }
}
