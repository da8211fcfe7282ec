/**
 * @file The lesson in the page's address: `?lesson=end-of-turn` for one that is shipped, `?lesson=https://…` or a path for a file,
 * `#lesson=…` for one that the link itself holds. Other parts of the address are left alone.
 */

import { historyEntry, noteInEntry } from './history-entry';

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
   * @param entered whether a person came into a lesson from the page: that is a new entry of the history, so that Back leads back
   */
  write(link: LessonLink | undefined, entered?: boolean): void;
  /**
   * @param changed called when the address becomes that of a lesson, by hand or by Back and Forward
   * @param left called when Back leads to where the lesson was opened
   */
  watch(changed: (link: LessonLink) => void, left?: () => void): void;
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
  return {
    read: () => lessonLinkOf(location.search, location.hash),
    write: (link, entered = false) => {
      const href = withLesson(location.href, link);
      // An address that was opened with the lesson names it.
      if (!entered || (link && sameLink(link, lessonLinkOf(location.search, location.hash)))) {
        history.replaceState(history.state, '', href);
        return;
      }
      noteInEntry({ outside: true });
      history.pushState(null, '', href);
    },
    watch: (changed, left) => {
      addEventListener('popstate', () => {
        const link = lessonLinkOf(location.search, '');
        if (historyEntry().outside) left?.();
        else if (link) changed(link);
      });
      addEventListener('hashchange', () => {
        if (FRAGMENT.test(location.hash))
          changed({ kind: 'fragment', text: location.hash.replace(FRAGMENT, '') });
      });
    },
  };
}
