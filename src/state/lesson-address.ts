/**
 * @file The lesson in the page's address: `?lesson=end-of-turn` for one that is shipped, `?lesson=https://…` or a path for a file,
 * `#lesson=…` for one that the link itself holds. Other parts of the address are left alone.
 */

import { forgetLesson, historyEntry, noteInEntry, type LessonEntry } from './history-entry';

export type LessonLink =
  | { kind: 'shipped'; id: string }
  /** Address of a file, as it was written. */
  | { kind: 'file'; url: string }
  /** Packed by `fragment-codec.ts`. */
  | { kind: 'fragment'; text: string };

export interface LessonAddress {
  /** The lesson that the address asks for. */
  read(): LessonLink | undefined;
  /**
   * Names the open lesson in the address; undefined takes it out.
   *
   * @param from where a person came into the lesson from: that is a new entry of the history, so that Back leads there
   */
  write(link: LessonLink | undefined, from?: 'page' | 'lesson'): void;
  /** A person goes to another step of the open lesson: a new entry of the history, so that Back leads to the step before. */
  turn?(id: string, from: number, to: number): void;
  /** Goes back by the history where its last entry is that step; false where it is not. */
  turnBack?(id: string, to: number): boolean;
  /** The present entry is of a lesson that nobody asks for any more: on to the one before it. */
  skip?(): void;
  watch(on: AddressEvents, until: AbortSignal): void;
}

export interface AddressEvents {
  /** The address became that of a lesson, by hand or by Back and Forward. */
  changed: (link: LessonLink) => void;
  /** Back led to where the lesson was opened. */
  left: () => void;
  /** Back or Forward led to a step of a lesson, which the address may name. */
  turned: (entry: LessonEntry, link: LessonLink | undefined) => void;
}

const ID = /^[a-z0-9-]+$/;
const FRAGMENT = /^#lesson=/;

/** Reads a search and a fragment, as `location` has them. */
export function lessonLinkOf(search: string, hash: string): LessonLink | undefined {
  if (FRAGMENT.test(hash)) return { kind: 'fragment', text: hash.replace(FRAGMENT, '') };
  const value = new URLSearchParams(search).get('lesson');
  if (!value) return undefined;
  return ID.test(value) ? { kind: 'shipped', id: value } : { kind: 'file', url: value };
}

/** Whether both name the same lesson. */
export function sameLink(a: LessonLink, b: LessonLink | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The address of a link to a lesson. */
export function withLesson(address: string, link: LessonLink | undefined): string {
  const url = new URL(address);
  url.searchParams.delete('lesson');
  if (FRAGMENT.test(url.hash)) url.hash = '';
  if (link?.kind === 'fragment') url.hash = `lesson=${link.text}`;
  if (link?.kind === 'shipped') url.searchParams.set('lesson', link.id);
  if (link?.kind === 'file') url.searchParams.set('lesson', link.url);
  return url.href;
}

/** The address of the page that runs. */
export function pageAddress(): LessonAddress {
  const here = () => lessonLinkOf(location.search, location.hash);
  return {
    read: here,
    write: (link, from) => {
      const href = withLesson(location.href, link);
      const now = here();
      // An address that was opened with the lesson names it; and to a lesson without an address nothing leads back.
      const stays = from === 'lesson' ? !now || (link && sameLink(link, now)) : link && sameLink(link, now);
      if (!from || stays) {
        if (!link || !now) forgetLesson();
        history.replaceState(history.state, '', href);
        return;
      }
      if (from === 'page') {
        forgetLesson();
        noteInEntry({ outside: true });
      }
      history.pushState(null, '', href);
    },
    turn: (id, from, to) => {
      const { lesson } = historyEntry();
      noteInEntry({ lesson: { ...(lesson?.id === id && lesson), id, step: from, at: Date.now() } });
      history.pushState({ lesson: { id, step: to, from, at: Date.now() } }, '');
    },
    turnBack: (id, to) => {
      const { lesson } = historyEntry();
      if (lesson?.id !== id || lesson.from !== to) return false;
      history.back();
      return true;
    },
    skip: () => history.back(),
    watch: ({ changed, left, turned }, signal) => {
      const popped = () => {
        const { outside, lesson } = historyEntry();
        const link = lessonLinkOf(location.search, '');
        if (outside) left();
        else if (lesson) turned(lesson, here());
        else if (link) changed(link);
      };
      const moved = () => {
        if (FRAGMENT.test(location.hash) && !historyEntry().lesson)
          changed({ kind: 'fragment', text: location.hash.replace(FRAGMENT, '') });
      };
      addEventListener('popstate', popped, { signal });
      addEventListener('hashchange', moved, { signal });
    },
  };
}
