/**
 * @file The lesson in the page's address: `?lesson=end-of-turn` for one that is shipped, `?lesson=https://…` or a path for a file,
 * `#lesson=…` for one that the link itself holds. Other parts of the address are left alone.
 */

export type LessonLink =
  | { kind: 'shipped'; id: string }
  /** Address of a file, as it was written. */
  | { kind: 'file'; url: string }
  /** Packed by `fragment-codec.ts`. */
  | { kind: 'fragment'; text: string };

export interface LessonAddress {
  /** The lesson that the address asks for. */
  read(): LessonLink | undefined;
  /** Names the open lesson in the address, without a new entry of the history; undefined takes it out. */
  write(link: LessonLink | undefined): void;
  /** Calls back when a person changes the address to another lesson. */
  watch(changed: (link: LessonLink) => void): void;
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
    write: (link) => history.replaceState(history.state, '', withLesson(location.href, link)),
    watch: (changed) => {
      addEventListener('hashchange', () => {
        if (FRAGMENT.test(location.hash))
          changed({ kind: 'fragment', text: location.hash.replace(FRAGMENT, '') });
      });
    },
  };
}
