/**
 * @file Log-probabilities and predictions of conversations, by the model that gave them and by the conversation itself: an id may
 * return with another text, and what is kept of a conversation that left goes with it.
 */
import type { Conversation } from '../conversation/types';
import type { SequencePredictions } from '../worker/protocol';

export interface Measured {
  /** One a token; the first is 0 and means nothing. */
  logProbs: Float32Array;
  predictions?: SequencePredictions;
}

export class MeasuredScores {
  readonly #bySource = new Map<string, WeakMap<Conversation, Measured>>();
  /** Maps are not watched; this is. */
  #revision = $state(0);

  /** @param source id of a model, see chat-sources.ts */
  get(source: string, conversation: Conversation | undefined): Measured | undefined {
    void this.#revision;
    return conversation && this.#bySource.get(source)?.get(conversation);
  }

  set(source: string, conversation: Conversation, measured: Measured): void {
    const known = this.#bySource.get(source) ?? new WeakMap<Conversation, Measured>();
    this.#bySource.set(source, known.set(conversation, measured));
    this.#revision++;
  }

  /** Forgets what a model gave, or what all of them gave. */
  clear(source?: string): void {
    if (source === undefined) this.#bySource.clear();
    else this.#bySource.delete(source);
    this.#revision++;
  }
}
