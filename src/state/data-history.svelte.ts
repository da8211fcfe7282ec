/**
 * @file What the list of conversations was before its last changes, so that they can be taken back and done again.
 * A list never changes, so a step is a list. Lists whose files were closed are forgotten.
 */
import type { DataList, DataPart } from './data-list';

interface Step {
  /** What was done, for people: `edit`, `practice data`. */
  label: string;
  /** The list on the other side of the step. */
  list: DataList;
  /** Changes that belong together have the same key, such as letters typed into one field. */
  key: string | undefined;
  /** What else changes hands whenever the step is taken back or made again. */
  cross: (() => void) | undefined;
}

/** Steps that are kept. Lists share what did not change, so that a step costs little. */
const MOST_STEPS = 200;

export class DataHistory {
  #past = $state.raw<readonly Step[]>([]);
  #future = $state.raw<readonly Step[]>([]);

  /** What `undo` would take back; undefined where there is nothing. */
  get undoLabel(): string | undefined {
    return this.#past.at(-1)?.label;
  }
  /** What `redo` would do again; undefined where there is nothing. */
  get redoLabel(): string | undefined {
    return this.#future.at(-1)?.label;
  }

  /** The list that `undo` would bring back. */
  get previous(): DataList | undefined {
    return this.#past.at(-1)?.list;
  }

  /**
   * A change is about to be made.
   *
   * @param before the list that it changes
   * @param key changes in a row with the same key are one step
   * @param cross called each time that the step is taken back or made again
   */
  record(label: string, before: DataList, key?: string, cross?: () => void): void {
    this.#future = [];
    if (key !== undefined && this.#past.at(-1)?.key === key) return;
    this.#past = [...this.#past, { label, list: before, key, cross }].slice(-MOST_STEPS);
  }

  /** What comes next is a step of its own, even with the same key. */
  seal(): void {
    const last = this.#past.at(-1);
    if (last?.key !== undefined) this.#past = [...this.#past.slice(0, -1), { ...last, key: undefined }];
  }

  /** The list before the last change; undefined where there is none. `present` can be come back to. */
  undo(present: DataList): DataList | undefined {
    const step = this.#past.at(-1);
    if (!step) return undefined;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, { ...step, list: present, key: undefined }];
    step.cross?.();
    return step.list;
  }

  /** The list after the change that was taken back last; undefined where there is none. */
  redo(present: DataList): DataList | undefined {
    const step = this.#future.at(-1);
    if (!step) return undefined;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, { ...step, list: present, key: undefined }];
    step.cross?.();
    return step.list;
  }

  /** These parts cannot be shown any more, nor can a list that has one. What lies beyond such a list is out of reach. */
  forget(closed: (part: DataPart) => boolean): void {
    const reachable = (steps: readonly Step[]) =>
      steps.slice(steps.findLastIndex(({ list }) => list.parts.some(closed)) + 1);
    this.#past = reachable(this.#past);
    this.#future = reachable(this.#future);
  }

  clear(): void {
    this.#past = [];
    this.#future = [];
  }
}
