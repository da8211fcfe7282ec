/**
 * @file Typing as changes: what is typed takes effect after a short rest, or at once where the field is left.
 */

/** Milliseconds after the last key. */
const REST_MS = 250;

export class Typing {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #change: (() => void) | undefined;

  /** Makes this change soon, in place of one that waits. */
  soon(change: () => void): void {
    clearTimeout(this.#timer);
    this.#change = change;
    this.#timer = setTimeout(() => this.flush(), REST_MS);
  }

  /** Makes the change that waits. */
  flush(): void {
    clearTimeout(this.#timer);
    const change = this.#change;
    this.#change = undefined;
    change?.();
  }
}
