/**
 * @file What is said of conversations that a reload did not bring back.
 */
import { count, plural } from './numbers';

export const leftBehind = {
  /** The sources are the first few by name, and may be none; `more` are not told. */
  what: (some: number, sources: readonly string[], more: number) =>
    `Before this page was loaded again, ${plural(some, 'conversation')} ${some === 1 ? 'was' : 'were'} here${sources.length ? ` (${sources.join(', ')}${more ? ` and ${count(more)} more` : ''})` : ''}.`,
  why: 'Conversations are not kept on this device, where others may use it, too; only the chat and its rated answers stay until the tab is closed. Bring them again. Next time, save the session first, under “Share”.',
  practice: {
    alone: (some: number, seeds: readonly string[]) =>
      `Before this page was loaded again, ${madeHere(some, seeds)}.`,
    /** Behind `why`. */
    too: (some: number, seeds: readonly string[]) => `Besides, ${madeHere(some, seeds)}.`,
    why: 'The same settings make the same ones again.',
    again: 'Make them again',
    againWhat: ' (the practice data)',
  },
  dismiss: 'Dismiss',
  dismissWhat: ' the note on conversations that are gone',
};

function madeHere(some: number, seeds: readonly string[]): string {
  const seed = `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`;
  return `${plural(some, 'practice conversation')} ${some === 1 ? 'was' : 'were'} here (${seed})`;
}
