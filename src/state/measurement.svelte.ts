/**
 * @file A measurement of models as the page sees it: under way, done, failed, or outdated since the weights are others.
 */
import type { ErrorReport } from '../worker/protocol';
import type { ComparedModel } from './compare-pair.svelte';
import { toReport } from './errors';

/** How far it is; of a part that is done. */
interface Progress {
  done: number;
  total: number;
}

/** What a measurement under way goes by. */
export interface Underway {
  /** Aborted where nobody wants the outcome any more. */
  signal: AbortSignal;
  /** Whether the outcome is still wanted. */
  wanted: () => boolean;
  report: (progress: Progress) => void;
}

export class Measurement<Outcome> {
  #outcome = $state.raw<Outcome | undefined>();
  #progress = $state.raw<Progress | undefined>();
  #error = $state.raw<ErrorReport | undefined>();
  #outdated = $state(false);
  /** Whether the outcome is about the tuned weights, which a run changes. */
  #ofTuned = false;
  #abort: AbortController | undefined;

  get outcome() {
    return this.#outcome;
  }
  /** Undefined while nothing is measured. */
  get progress() {
    return this.#progress;
  }
  get error() {
    return this.#error;
  }
  /** True where the weights have changed since. */
  get outdated() {
    return this.#outcome !== undefined && this.#outdated;
  }

  /** The tuned weights are others now. */
  weightsChanged(): void {
    if (this.#ofTuned) this.#outdated = true;
    this.cancel();
  }

  /** Another model or tokenizer: what was measured is nobody's. */
  forget(): void {
    this.cancel();
    this.#outcome = undefined;
    this.#error = undefined;
  }

  cancel(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#progress = undefined;
  }

  /**
   * Measures, where nothing is being measured; what was measured before stays until it is done.
   *
   * @param work gives undefined where the outcome is no longer wanted
   */
  protected async measure(
    models: readonly ComparedModel[],
    work: (underway: Underway) => Promise<Outcome | undefined>,
  ): Promise<void> {
    if (this.#progress) return;
    const abort = (this.#abort = new AbortController());
    const wanted = () => this.#abort === abort;
    const report = (progress: Progress) => (this.#progress = progress);
    this.#error = undefined;
    report({ done: 0, total: 1 });
    try {
      const outcome = await work({ signal: abort.signal, wanted, report });
      if (!outcome || !wanted()) return;
      this.#outdated = false;
      this.#ofTuned = models.some(({ weights }) => weights === 'tuned');
      this.#outcome = outcome;
    } catch (error) {
      if (wanted()) this.#error = toReport(error);
    } finally {
      if (wanted()) this.cancel();
    }
  }
}
