/**
 * @file Conversations that could not be counted: which they are, how often each is tried, and when it is no longer them
 * that is to blame. All of it belongs to the mask and the edits that counting was tried with.
 */
import type { Edit } from '../mask/edits';
import type { EditBook } from '../mask/edit-file';
import type { Weighing } from './tallies.svelte';

/** How often a conversation that takes too long is tried under one mask: the machine may have been busy once. */
const MOST_ATTEMPTS = 2;
/** So many that fail one after the other are not to blame: the mask or the template is. */
const MOST_IN_A_ROW = 3;

interface Failure {
  id: string;
  weighing: Weighing;
  edits: readonly Edit[] | undefined;
  attempts: number;
}

export class TallyFailures {
  /** By the list's keys. */
  readonly #failures = new Map<number, Failure>();
  #stopped = $state.raw<Weighing | undefined>();
  #inARow = 0;

  constructor(
    private readonly weighing: () => Weighing,
    private readonly edits: () => EditBook,
  ) {}

  /** True where counting was given up under the present mask. */
  get stopped() {
    return this.#stopped !== undefined && this.#stopped === this.weighing();
  }
  /** True while the last request has failed, so that the next one had better be small. */
  get failing() {
    return this.#inARow > 0;
  }

  /** Counting begins again; where it was given up, it has one chance. */
  begin(): void {
    this.#inARow = this.stopped ? MOST_IN_A_ROW - 1 : 0;
    this.#stopped = undefined;
  }

  /** Another mask, or a request that was answered: what failed before says nothing of what follows. */
  relax(): void {
    this.#inARow = 0;
  }

  /** How often counting a conversation has failed. */
  attempts(key: number): number {
    const failure = this.#failures.get(key);
    const same = failure?.weighing === this.weighing() && failure.edits === this.edits()[failure.id];
    return failure && same ? failure.attempts : 0;
  }

  /** True where a conversation is not to be tried again. */
  settled(key: number): boolean {
    return this.attempts(key) >= MOST_ATTEMPTS;
  }

  /** A conversation failed by itself. True where counting has to be given up. */
  note(key: number, id: string, weighing: Weighing): boolean {
    this.#failures.set(key, { id, weighing, edits: this.edits()[id], attempts: this.attempts(key) + 1 });
    if (++this.#inARow < MOST_IN_A_ROW) return false;
    this.#stopped = weighing;
    return true;
  }

  forgetRow(key: number): void {
    this.#failures.delete(key);
  }

  forget(): void {
    this.#failures.clear();
    this.#stopped = undefined;
    this.#inARow = 0;
  }
}
