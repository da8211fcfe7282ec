/**
 * @file Undo and redo of any immutable value.
 */

/** A value with those before it and those that were undone, the nearest last. */
export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
}

/** Steps that can be undone; older ones are forgotten, so that a long session of brushing does not fill memory. */
export const MAX_STEPS = 1000;

export function historyOf<T>(present: T): History<T> {
  return { past: [], present, future: [] };
}

/** Makes `next` the present; what was undone before can no longer be redone. The same value again is no step. */
export function record<T>(history: History<T>, next: T): History<T> {
  if (next === history.present) return history;
  return { past: [...history.past, history.present].slice(-MAX_STEPS), present: next, future: [] };
}

/** The history one step back; itself where there is nothing to undo. */
export function undo<T>(history: History<T>): History<T> {
  if (history.past.length === 0) return history;
  const { past, present, future } = history;
  return { past: past.slice(0, -1), present: past[past.length - 1] as T, future: [...future, present] };
}

/** The history one step forward; itself where there is nothing to redo. */
export function redo<T>(history: History<T>): History<T> {
  if (history.future.length === 0) return history;
  const { past, present, future } = history;
  return { past: [...past, present], present: future[future.length - 1] as T, future: future.slice(0, -1) };
}

/** The history of what `change` makes of each value; steps between values that are then the same are none any more. */
export function mapHistory<T>(
  history: History<T>,
  change: (value: T) => T,
  isSame: (a: T, b: T) => boolean,
): History<T> {
  const present = change(history.present);
  const differing = (side: readonly T[]) => {
    const values = [...side.map(change), present];
    return values.slice(0, -1).filter((value, i) => !isSame(value, values[i + 1] as T));
  };
  return { past: differing(history.past), present, future: differing(history.future) };
}

/**
 * The history of two things that changed each for itself: undo comes to the steps of `first` before those of `second`, and so does redo.
 */
export function joinHistories<T>(
  first: History<T>,
  second: History<T>,
  join: (first: T, second: T) => T,
): History<T> {
  const beside = (near: readonly T[], far: readonly T[]) => {
    const end = near[0] ?? first.present;
    const steps = [
      ...far.map((value) => join(end, value)),
      ...near.map((value) => join(value, second.present)),
    ];
    return steps.slice(-MAX_STEPS);
  };
  return {
    past: beside(first.past, second.past),
    present: join(first.present, second.present),
    future: beside(first.future, second.future),
  };
}
