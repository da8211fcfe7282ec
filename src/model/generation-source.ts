/**
 * @file Requests from wherever they come, a list or something that makes them as it goes, without ever waiting for one while
 * there is other work.
 */
import type { GenerationRequest } from './engine';

export type Requests = Iterable<GenerationRequest> | AsyncIterable<GenerationRequest>;

export class RequestSource {
  readonly #iterator: Iterator<GenerationRequest> | AsyncIterator<GenerationRequest>;
  #coming: Promise<void> | undefined;
  #arrived: IteratorResult<GenerationRequest> | undefined;
  #failure: { error: unknown } | undefined;
  #ended = false;

  constructor(requests: Requests) {
    this.#iterator =
      Symbol.asyncIterator in requests ? requests[Symbol.asyncIterator]() : requests[Symbol.iterator]();
  }

  /** Nothing more comes. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * The next request, where there is one already.
   *
   * @throws what the source fails with.
   */
  take(): GenerationRequest | undefined {
    if (this.#failure) throw this.#failure.error;
    if (!this.#arrived && !this.#coming && !this.#ended) this.#ask();
    const arrived = this.#arrived;
    this.#arrived = undefined;
    if (arrived?.done) this.#ended = true;
    return arrived?.done ? undefined : arrived?.value;
  }

  /** Resolves when `take` may give more than the last time. */
  arrival(): Promise<void> {
    return this.#coming ?? Promise.resolve();
  }

  /** Lets the source clean up. */
  async close(): Promise<void> {
    // A source that never gives its next request would never close either.
    if (this.#ended || this.#coming) return;
    this.#ended = true;
    await this.#iterator.return?.();
  }

  #ask(): void {
    const next = this.#iterator.next();
    if (!(next instanceof Promise)) {
      this.#arrived = next;
      return;
    }
    this.#coming = next.then(
      (result) => {
        this.#arrived = result;
        this.#coming = undefined;
      },
      (error: unknown) => {
        this.#failure = { error };
        this.#coming = undefined;
      },
    );
  }
}
