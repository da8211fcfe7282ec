/**
 * @file Long work of the page in short slices, so that typing and scrolling go on between them.
 */

/** Milliseconds of one slice: half of a frame at 60 Hz. */
export const SLICE_MS = 8;

/** Lets the page draw and answer; goes on as soon as nothing waits. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Tells when a slice is over; ask again after `pause`. */
export class Slice {
  #end = performance.now() + SLICE_MS;

  get over(): boolean {
    return performance.now() >= this.#end;
  }

  /** Pauses where the slice is over, and begins the next. */
  async breathe(): Promise<void> {
    if (!this.over) return;
    await pause();
    this.#end = performance.now() + SLICE_MS;
  }
}
