/**
 * @file What the page notes in an entry of the browser's history, for when Back or Forward comes to it again.
 */
import type { Step } from './layout.svelte';

export interface HistoryEntry {
  /** The step that a narrow page showed when it was left. */
  step?: Step;
  /** The dialog that lies over the page in it. */
  dialog?: string;
  /** A lesson was opened from it: who comes back to it leaves the lesson. */
  outside?: boolean;
  /** The step of a lesson that it shows. */
  lesson?: LessonEntry;
}

export interface LessonEntry {
  id: string;
  step: number;
  /** The step of the entry before it, where that is one of the same lesson. */
  from?: number;
  /** When that was noted: what lessons were closed after it, in this tab, no entry leads into again (`lesson-address.ts`). */
  at: number;
}

/** What was noted in the present entry. */
export function historyEntry(): HistoryEntry {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null ? state : {};
}

/** Notes something in the present entry, beside what is noted there. */
export function noteInEntry(note: HistoryEntry): void {
  history.replaceState({ ...historyEntry(), ...note }, '');
}

/** What an entry that is made within the present step of a lesson notes of it: nothing leads from there to the step before. */
export function sameLesson(): Pick<HistoryEntry, 'lesson'> {
  const { lesson } = historyEntry();
  return lesson ? { lesson: { id: lesson.id, step: lesson.step, at: lesson.at } } : {};
}
