/**
 * @file Weights that stay as they are for whoever borrowed them, though they are trained meanwhile: they are copied, but only
 * once something is about to change them, and one copy serves all borrowers.
 */
import type { PlanWeights } from './plan-weights';

/** A copy of what is trained. */
export interface WeightCopy {
  weights: PlanWeights;
  /** Gives its memory back. */
  release(): void;
}

/** Weights as they were when they were borrowed. */
export interface WeightLease {
  /**
   * Runs `work` with the weights, while nothing changes them.
   *
   * @param work gets the weights, and a number that is another one when they have moved: plans made before are of no use
   */
  use<T>(work: (weights: PlanWeights, version: number) => Promise<T>): Promise<T>;
  /** No plan with these weights may run afterwards. */
  release(): void;
}

interface Shared extends WeightCopy {
  users: number;
}

class Lease implements WeightLease {
  #version = 0;
  #copy: Shared | undefined;

  constructor(
    public weights: PlanWeights,
    readonly exclusive: <T>(work: () => Promise<T>) => Promise<T>,
    readonly onRelease: (lease: Lease) => void,
  ) {}

  use<T>(work: (weights: PlanWeights, version: number) => Promise<T>): Promise<T> {
    return this.exclusive(() => work(this.weights, this.#version));
  }

  moveTo(copy: Shared): void {
    this.#copy = copy;
    this.weights = copy.weights;
    this.#version++;
  }

  release(): void {
    this.onRelease(this);
    const copy = this.#copy;
    this.#copy = undefined;
    if (copy && --copy.users === 0) copy.release();
  }
}

export class WeightLeases {
  /** Those that still use the weights themselves. */
  readonly #borrowed = new Set<Lease>();

  /** @param exclusive runs work while no other work uses or copies weights */
  constructor(readonly exclusive: <T>(work: () => Promise<T>) => Promise<T>) {}

  /** Lends weights that nothing changes without `protect` before it. */
  lend(weights: PlanWeights): WeightLease {
    const lease = new Lease(weights, this.exclusive, () => this.#borrowed.delete(lease));
    this.#borrowed.add(lease);
    return lease;
  }

  /**
   * Lends weights that are never changed.
   *
   * @param onRelease called when they are given back
   */
  lendFixed(weights: PlanWeights, onRelease: () => void = () => undefined): WeightLease {
    return new Lease(weights, this.exclusive, onRelease);
  }

  /** Must come before the weights change: moves borrowers to a copy, if there are any. */
  async protect(copy: () => Promise<WeightCopy>): Promise<void> {
    if (this.#borrowed.size === 0) return;
    await this.exclusive(async () => {
      const made = await copy();
      const users = [...this.#borrowed];
      this.#borrowed.clear();
      // They may have been given back meanwhile.
      if (users.length === 0) made.release();
      const shared = { ...made, users: users.length };
      for (const lease of users) lease.moveTo(shared);
    });
  }
}
