/**
 * @file What the model wrote during a run on policy, by step. All steps are listed; completions of old steps are let go of,
 * except of every tenth one.
 */
import type { RolloutReport } from '../worker/protocol';

/** Latest steps of which everything is kept. */
export const RECENT_STEPS = 40;
/** Of older steps, those that are a multiple of this stay, so that a long run can still be looked back at. */
export const KEPT_EVERY = 10;
/** Older steps that stay, at most. */
export const OLD_STEPS = 40;

/** How many completions of a step are written. */
export interface WritingProgress {
  step: number;
  done: number;
  total: number;
}

export class RolloutLog {
  #steps = $state.raw<ReadonlyMap<number, readonly RolloutReport[]>>(new Map());
  #chosen = $state<number | undefined>();
  #writing = $state.raw<WritingProgress | undefined>();

  /** Steps that can be looked at, rising. */
  readonly steps = $derived.by(() => [...this.#steps.keys()]);
  /** The step that is looked at: the one that was chosen, or the latest. */
  readonly step = $derived.by(() =>
    this.#chosen !== undefined && this.#steps.has(this.#chosen) ? this.#chosen : this.steps.at(-1),
  );
  /** Its completions, in the order in which they came. */
  readonly rollouts = $derived.by(() => this.#steps.get(this.step ?? -1) ?? []);
  /** Whether a new step takes the place of the one that is looked at. */
  readonly following = $derived.by(() => this.#chosen === undefined);

  /** The step whose completions are being written, rewarded and learnt from; undefined between steps. */
  get writing() {
    return this.#writing;
  }

  write({ step, done, total }: WritingProgress): void {
    this.#writing = { step, done, total };
  }

  /** No step is under way any more. */
  rest(): void {
    this.#writing = undefined;
  }

  /** Completions of a step; several messages about one step are added up. */
  receive(step: number, rollouts: readonly RolloutReport[]): void {
    const next = new Map(this.#steps);
    next.set(step, [...(next.get(step) ?? []), ...rollouts]);
    const steps = [...next.keys()];
    const old = steps.slice(0, Math.max(0, steps.length - RECENT_STEPS));
    const kept = new Set(old.filter((number) => number === 1 || number % KEPT_EVERY === 0).slice(-OLD_STEPS));
    for (const number of old) if (!kept.has(number)) next.delete(number);
    this.#steps = next;
  }

  /** Looks at a step; undefined follows the latest. */
  choose(step: number | undefined): void {
    this.#chosen = step;
  }

  forget(): void {
    this.#steps = new Map();
    this.#chosen = undefined;
    this.#writing = undefined;
  }
}
