/**
 * @file What was measured of conversations, or of what is trained of them, by the model that gave it and by the object itself: an
 * id may return with another text, and what is kept of a conversation that left goes with it.
 */
import type { Conversation } from '../conversation/types';
import type { SequencePredictions } from '../worker/protocol';

export interface Measured {
  /** One a token; the first is 0 and means nothing. */
  logProbs: Float32Array;
  predictions?: SequencePredictions;
}

export class MeasuredScores<Of extends object = Conversation, Value = Measured> {
  readonly #bySource = new Map<string, WeakMap<Of, Value>>();
  /** Maps are not watched; this is. */
  #revision = $state(0);

  /** @param source id of a model, see chat-sources.ts */
  get(source: string, of: Of | undefined): Value | undefined {
    void this.#revision;
    return of && this.#bySource.get(source)?.get(of);
  }

  set(source: string, of: Of, measured: Value): void {
    const known = this.#bySource.get(source) ?? new WeakMap<Of, Value>();
    this.#bySource.set(source, known.set(of, measured));
    this.#revision++;
  }

  /** Forgets what a model gave, or what all of them gave. */
  clear(source?: string): void {
    if (source === undefined) this.#bySource.clear();
    else this.#bySource.delete(source);
    this.#revision++;
  }
}
