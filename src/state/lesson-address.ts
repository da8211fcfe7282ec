/**
 * @file The lesson in the page's address: `?lesson=end-of-turn` for one that is shipped, `?lesson=https://…` or a path for a file,
 * `#lesson=…` for one that the link itself holds. Other parts of the address are left alone.
 */

import { historyEntry, noteInEntry, type LessonEntry } from './history-entry';

export type LessonLink =
  | { kind: 'shipped'; id: string }
  /** Address of a file, as it was written. */
  | { kind: 'file'; url: string }
  /** Packed by `fragment-codec.ts`. */
  | { kind: 'fragment'; text: string };

/** What an entry of the history shows of a lesson. */
export type LessonPlace = Pick<LessonEntry, 'id' | 'step'>;

export interface LessonAddress {
  /** The lesson that the address asks for. */
  read(): LessonLink | undefined;
  /**
   * Names the open lesson in the address; undefined without `from` takes it out.
   *
   * @param from where a person came into the lesson from: that is a new entry of the history, so that Back leads there
   * @param place the step that is shown
   */
  write(link: LessonLink | undefined, from?: 'page' | 'lesson', place?: LessonPlace): void;
  /** The present entry becomes one of the open lesson: what it named cannot be opened. */
  hold?(link: LessonLink | undefined, place: LessonPlace): void;
  /** The lesson was closed, other than by Back: no entry that there is leads into one again. */
  close?(): void;
  /** The present entry, which names the open lesson, was made within it. */
  note?(place: LessonPlace): void;
  /** A person goes to another step of the open lesson: a new entry of the history, so that Back leads to the step before. */
  turn?(id: string, from: number, to: number): void;
  /** Goes back by the history where its last entry is that step, or is on the way back already; false where it is not. */
  turnBack?(id: string, from: number, to: number): boolean;
  watch(on: AddressEvents, until: AbortSignal): void;
}

export interface AddressEvents {
  /** The address became that of a lesson, by hand or by Back and Forward. */
  changed: (link: LessonLink) => void;
  /** A part of the page was gone to, by hand or by its link: a new entry, whose address names no lesson. */
  within: () => void;
  /** Back or Forward led to the page as it was without a lesson, such as where one was opened. */
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

/** When a lesson was last closed in this tab, other than by Back. */
export const CLOSED_KEY = 'losslight.lesson-closed';
/** Milliseconds after which a browser that was asked to go back is asked again. */
const BACK_WAIT = 1000;

/**
 * The address of the page that runs.
 *
 * Entries of the history are never passed over: one that belongs to a lesson that was closed since is met as an entry of the page.
 * Each that was come to has a note, though it may be empty: one without is new, made by an address that was written by hand or by a link
 * to a part of the page. So Back to an entry of the page, from which a person pasted a link's lesson, is told from such a new one.
 *
 * @param storage of the tab, like its history
 */
export function pageAddress(storage?: Pick<Storage, 'getItem' | 'setItem'>): LessonAddress {
  const here = () => lessonLinkOf(location.search, location.hash);
  let closedAt = Number(storage?.getItem(CLOSED_KEY)) || 0;
  /** When the browser was asked to go back, until it has. */
  let goesBack = 0;
  /** Also where a lesson is opened in the moment in which another was closed. */
  const now = () => Math.max(Date.now(), closedAt + 1);
  const isOver = (entry: LessonEntry) => entry.at <= closedAt;
  /** Makes the present entry one of the page. */
  const clean = () => {
    const { lesson, ...others } = historyEntry();
    // Only its note is of a lesson that is over.
    history.replaceState(lesson ? others : history.state, '', withLesson(location.href, undefined));
  };
  const cleanOver = () => {
    const { lesson } = historyEntry();
    if (!lesson || !isOver(lesson)) return false;
    clean();
    return true;
  };
  /** @returns whether the present entry had not been come to before */
  const noteCome = () => {
    if (history.state !== null) return false;
    noteInEntry({});
    return true;
  };
  return {
    read: () => {
      cleanOver();
      return here();
    },
    write: (link, from, place) => {
      if (!from || !place) return clean();
      const { lesson, ...others } = historyEntry();
      const href = withLesson(location.href, link);
      const named = here();
      const entry: LessonEntry = { ...place, at: now() };
      // An address that was opened with the lesson names it; and to a lesson without an address nothing leads back.
      if (link && named ? sameLink(link, named) : from === 'lesson' && !named) {
        const noted = lesson && lesson.id === place.id && !isOver(lesson) ? lesson : entry;
        history.replaceState({ ...others, outside: undefined, lesson: noted }, '', href);
        return;
      }
      if (from === 'page') history.replaceState({ ...others, outside: true }, '');
      history.pushState({ lesson: entry }, '', href);
    },
    hold: (link, place) =>
      history.replaceState(
        { ...historyEntry(), lesson: { ...place, at: now() } },
        '',
        withLesson(location.href, link),
      ),
    close: () => {
      closedAt = now();
      try {
        storage?.setItem(CLOSED_KEY, String(closedAt));
      } catch {
        // Where it cannot be kept it holds until the page is loaded again.
      }
    },
    note: (place) => noteInEntry({ lesson: { ...place, at: now() } }),
    turn: (id, from, to) => {
      const { lesson } = historyEntry();
      // Back is already there, and the lesson about to follow.
      if (lesson?.id === id && lesson.step === to) return;
      const same = lesson?.id === id && lesson.step === from;
      noteInEntry({ lesson: { ...(same && lesson), id, step: from, at: now() } });
      history.pushState({ lesson: { id, step: to, from, at: now() } }, '');
    },
    turnBack: (id, from, to) => {
      if (Date.now() - goesBack < BACK_WAIT) return true;
      const { lesson } = historyEntry();
      if (lesson?.id !== id || lesson.step !== from || lesson.from !== to) return false;
      goesBack = Date.now();
      history.back();
      return true;
    },
    watch: ({ changed, within, left, turned }, signal) => {
      noteCome();
      /** The next `hashchange` is of a link's lesson, even if a note of the lesson before comes into its entry until then. */
      let awaited = false;
      const popped = () => {
        goesBack = 0;
        awaited = false;
        const isNew = noteCome();
        const over = cleanOver();
        const { outside, lesson } = historyEntry();
        const link = here();
        if (outside || over) left();
        else if (lesson) turned(lesson, link);
        // A link's lesson is told by the other event.
        else if (FRAGMENT.test(location.hash)) awaited = true;
        else if (link) changed(link);
        else if (isNew && location.hash) within();
        else left();
      };
      const moved = () => {
        const { outside, lesson } = historyEntry();
        const link = here();
        const isNew = awaited || !(lesson ?? outside);
        awaited = false;
        if (link?.kind === 'fragment' && isNew) changed(link);
      };
      addEventListener('popstate', popped, { signal });
      addEventListener('hashchange', moved, { signal });
    },
  };
}
