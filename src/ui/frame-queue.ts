/**
 * @file Drawing that can wait for a frame: asked for as often as one likes, done once, a few milliseconds of it a frame, so
 * that ten charts that change together never hold the page up. Where the tab is hidden there are no frames, and no drawing.
 */

/** What gives frames and tells the time; a test brings its own. */
export interface FrameClock {
  /** Calls back at the next frame; the number ends the wait. */
  request(callback: () => void): number;
  cancel(id: number): void;
  /** Milliseconds. */
  now(): number;
}

const BROWSER: FrameClock = {
  request: (callback) => requestAnimationFrame(callback),
  cancel: (id) => cancelAnimationFrame(id),
  now: () => performance.now(),
};

export interface FrameQueueOptions {
  /** Milliseconds of a frame after which no other piece of work is begun. */
  budget?: number;
  /** Milliseconds between two pieces of work of one owner, at least. */
  rest?: number;
  clock?: FrameClock;
}

export class FrameQueue {
  readonly #asked = new Map<object, () => void>();
  /** When each owner was last served. */
  readonly #served = new WeakMap<object, number>();
  readonly #budget: number;
  readonly #rest: number;
  readonly #clock: FrameClock;
  #frame: number | undefined;

  constructor({ budget = 8, rest = 100, clock = BROWSER }: FrameQueueOptions = {}) {
    this.#budget = budget;
    this.#rest = rest;
    this.#clock = clock;
  }

  /** Does `work` in one of the next frames. What the same owner asked for before and was not done yet is dropped. */
  ask(owner: object, work: () => void): void {
    this.#asked.set(owner, work);
    this.#frame ??= this.#clock.request(() => this.#serve());
  }

  /** Nothing more for this owner. */
  drop(owner: object): void {
    this.#asked.delete(owner);
    if (this.#asked.size || this.#frame === undefined) return;
    this.#clock.cancel(this.#frame);
    this.#frame = undefined;
  }

  #serve(): void {
    this.#frame = undefined;
    const began = this.#clock.now();
    try {
      // Who asks again meanwhile goes to the end of the line, so that everybody gets a turn.
      for (const [owner, work] of [...this.#asked]) {
        const now = this.#clock.now();
        if (now - began >= this.#budget) break;
        if (now - (this.#served.get(owner) ?? -Infinity) < this.#rest) continue;
        this.#asked.delete(owner);
        this.#served.set(owner, now);
        work();
      }
    } finally {
      if (this.#asked.size) this.#frame ??= this.#clock.request(() => this.#serve());
    }
  }
}
