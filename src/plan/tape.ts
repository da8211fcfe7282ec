/**
 * @file Which gradient belongs to which tensor while a backward pass is appended to a plan, and who may add to it in
 * place. The gradient of a sum is the gradient of each of its terms: they share a buffer until one of them is changed.
 */
import type { Tensor } from './tensor';

/** One recorded operation: its backward, not yet appended. */
export interface Entry {
  readonly outputs: readonly Tensor[];
  readonly backward: () => void;
  done: boolean;
}

/** Where an operation's backward puts the gradient of an input. */
export interface GradientTarget {
  readonly tensor: Tensor;
  /** Something was put there before: add to it. */
  readonly accumulate: boolean;
}

/** A gradient and the tensors whose gradient it is. */
interface Gradient {
  tensor: Tensor;
  owners: Set<Tensor>;
}

export class Tape {
  #entries: Entry[] = [];
  readonly #gradients = new Map<Tensor, Gradient>();
  readonly #leaves = new Map<Tensor, Tensor>();
  /** Which entry made a tensor; only of tensors that depend on a leaf. */
  readonly #makers = new Map<Tensor, Entry>();

  /** Gradients of `value` are added to `gradient`, from the first on. */
  leaf(value: Tensor, gradient: Tensor): void {
    this.#leaves.set(value, gradient);
  }

  /** Whether anything that is trained goes into the tensor. */
  needsGradient(tensor: Tensor): boolean {
    return this.#leaves.has(tensor) || this.#makers.has(tensor);
  }

  /** Remembers an operation's backward, if one of its inputs needs a gradient. It runs only where an output got one. */
  record(inputs: readonly Tensor[], outputs: readonly Tensor[], backward: () => void): void {
    if (!inputs.some((input) => this.needsGradient(input))) return;
    const entry: Entry = { outputs, backward, done: false };
    this.#entries.push(entry);
    for (const output of outputs) this.#makers.set(output, entry);
  }

  /** Runs `work` with a recording of its own and returns the function that appends that recording's backward. */
  recorded<T>(work: () => T): { result: T; unwind: () => void } {
    const outer = this.#entries;
    this.#entries = [];
    try {
      const result = work();
      const entries = this.#entries;
      return { result, unwind: () => this.#unwind(entries) };
    } finally {
      this.#entries = outer;
    }
  }

  /** Appends the backward of everything recorded, last first. */
  backward(): void {
    const entries = this.#entries;
    this.#entries = [];
    this.#unwind(entries);
  }

  /** The gradient as it stands; undefined where nothing was put there. */
  gradientOf(tensor: Tensor): Tensor | undefined {
    return this.#leaves.get(tensor) ?? this.#gradients.get(tensor)?.tensor;
  }

  /** The gradient of `tensor` is `gradient` itself. */
  setGradient(tensor: Tensor, gradient: Tensor): void {
    this.#gradients.set(tensor, { tensor: gradient, owners: new Set([tensor]) });
  }

  /** Every one of `tensors` that has no gradient yet takes over that of `from`; returns those that have one. */
  share(from: Tensor, tensors: readonly Tensor[]): Tensor[] {
    const gradient = this.#gradients.get(from);
    if (!gradient) return [];
    gradient.owners.delete(from);
    return tensors.filter((tensor) => {
      if (!this.needsGradient(tensor)) return false;
      if (this.gradientOf(tensor)) return true;
      gradient.owners.add(tensor);
      this.#gradients.set(tensor, gradient);
      return false;
    });
  }

  /** Whether another tensor still waits to read the gradient that it shares with this one. */
  isShared(tensor: Tensor): boolean {
    const owners = this.#gradients.get(tensor)?.owners ?? [];
    return [...owners].some((owner) => owner !== tensor && !this.#makers.get(owner)?.done);
  }

  #unwind(entries: readonly Entry[]): void {
    for (const entry of entries.toReversed()) {
      if (entry.outputs.some((output) => this.gradientOf(output))) entry.backward();
      entry.done = true;
    }
  }
}
