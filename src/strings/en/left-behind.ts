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
    /** The first few seeds; `more` are not told. */
    alone: (some: number, seeds: readonly string[], more: number) =>
      `Before this page was loaded again, ${madeHere(some, seeds, more)}.`,
    /** Behind `why`. */
    too: (some: number, seeds: readonly string[], more: number) => `Besides, ${madeHere(some, seeds, more)}.`,
    why: 'The same settings make the same ones again.',
    again: 'Make them again',
    againWhat: ' (the practice data)',
  },
  dismiss: 'Dismiss',
  dismissWhat: ' the note on conversations that are gone',
};

function madeHere(some: number, seeds: readonly string[], more: number): string {
  const seed = `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}${more ? ` and ${count(more)} more` : ''}`;
  return `${plural(some, 'practice conversation')} ${some === 1 ? 'was' : 'were'} here (${seed})`;
}
