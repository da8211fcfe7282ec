/**
 * @file Work that must not overlap: one after the other, in the order it was asked for.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after all work before it, whether that succeeded or not. */
  take<T>(work: () => Promise<T> | T): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
