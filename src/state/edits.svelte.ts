/**
 * @file Weights set by hand, of all conversations, with undo and redo.
 */
import { editsOf, exportEdits, importEdits, withEdit, withoutEdits, type EditBook } from '../mask/edit-file';
import type { Edit } from '../mask/edits';
import { historyOf, joinHistories, mapHistory, record, redo, undo, type History } from '../mask/history';

/** What `exchange` took out. */
export interface EditsAside {
  /** The edits of all conversations as they were then, with what was taken out. */
  readonly whole: History<EditBook>;
  /** The same without it. */
  readonly rest: History<EditBook>;
}

export class EditState {
  #history = $state.raw<History<EditBook>>(historyOf<EditBook>({}));
  #inFile = $state.raw<EditBook>({});

  /** Conversation id → its edits. The same object as long as nothing changes. */
  get book(): EditBook {
    return this.#history.present;
  }
  /** Conversation id → those of its edits that are in a file: the same array as in the book, as long as nothing was edited since. */
  get inFile(): EditBook {
    return this.#inFile;
  }
  get canUndo() {
    return this.#history.past.length > 0;
  }
  get canRedo() {
    return this.#history.future.length > 0;
  }
  /** Edits of all conversations. */
  get count() {
    return Object.values(this.book).reduce((sum, edits) => sum + edits.length, 0);
  }

  of(conversation: string): readonly Edit[] {
    return editsOf(this.book, conversation);
  }

  add(conversation: string, edit: Edit): void {
    this.#record(withEdit(this.book, conversation, edit));
  }

  /** Takes the edits of one conversation away; that can be undone. */
  clear(conversation: string): void {
    if (this.of(conversation).length) this.#record(withoutEdits(this.book, conversation));
  }

  /** Takes single edits of a conversation away, such as those that no longer fit; that can be undone. */
  remove(conversation: string, edits: readonly Edit[]): void {
    const kept = this.of(conversation).filter((edit) => !edits.includes(edit));
    const rest = withoutEdits(this.book, conversation);
    this.#record(kept.length ? { ...rest, [conversation]: kept } : rest);
  }

  /** Puts the edits of all conversations back as they were, whatever steps led away from them; that can be undone. */
  restore(book: EditBook): void {
    if (!sameEdits(this.book, book)) this.#record(book);
  }

  /**
   * Takes the edits of some conversations out with the steps that led to them, as if there had never been any, and lays in what was taken
   * out before. No step of `undo` comes to that itself.
   *
   * @param among which conversations
   * @param before what was taken out of the same ones
   * @returns what is taken out now
   */
  exchange(among: (conversation: string) => boolean, before?: EditsAside): EditsAside {
    const whole = this.#history;
    const rest = mapHistory(whole, (book) => partOf(book, (id) => !among(id)), sameEdits);
    this.#history = before ? withAside(rest, before, among) : rest;
    return { whole, rest };
  }

  /** @returns ids of the conversations whose edits have changed */
  undo(): string[] {
    return this.#move(undo);
  }
  /** @returns ids of the conversations whose edits have changed */
  redo(): string[] {
    return this.#move(redo);
  }

  /** The edits of all conversations as a file. */
  export(): string {
    this.saved(this.book);
    return exportEdits(this.book);
  }

  /** These edits are in a file. */
  saved(book: EditBook): void {
    this.#inFile = { ...this.#inFile, ...book };
  }

  /**
   * Lays the edits of a file over those here; a conversation in both gets the file's. One step for undo.
   *
   * @returns how many edits and conversations the file has
   * @throws LosslightError `bad-edits`.
   */
  import(json: string): { edits: number; conversations: number } {
    const book = importEdits(json);
    const lists = Object.values(book);
    this.#record(Object.fromEntries([...Object.entries(this.book), ...Object.entries(book)]));
    this.saved(book);
    return { edits: lists.reduce((sum, edits) => sum + edits.length, 0), conversations: lists.length };
  }

  #move(step: (history: History<EditBook>) => History<EditBook>): string[] {
    const before = this.book;
    this.#history = step(this.#history);
    const ids = new Set([...Object.keys(before), ...Object.keys(this.book)]);
    return [...ids].filter((id) => editsOf(before, id) !== editsOf(this.book, id));
  }

  #record(next: EditBook): void {
    this.#history = record(this.#history, next);
  }
}

function sameEdits(a: EditBook, b: EditBook): boolean {
  const ids = Object.keys(a);
  return ids.length === Object.keys(b).length && ids.every((id) => a[id] === b[id]);
}

/** The edits of some conversations: the same object where these are all. */
function partOf(book: EditBook, among: (conversation: string) => boolean): EditBook {
  const entries = Object.entries(book);
  const kept = entries.filter(([id]) => among(id));
  return kept.length === entries.length ? book : Object.fromEntries(kept);
}

/** `rest` with what was taken out of it, or of what it was then. */
function withAside(
  rest: History<EditBook>,
  aside: EditsAside,
  among: (conversation: string) => boolean,
): History<EditBook> {
  if (sameHistory(rest, aside.rest)) return aside.whole;
  // Other edits were made, or taken back, meanwhile: undo begins with those.
  const own = mapHistory(aside.whole, (book) => partOf(book, among), sameEdits);
  return joinHistories(rest, own, (others, mine) => ({ ...others, ...mine }));
}

function sameHistory(a: History<EditBook>, b: History<EditBook>): boolean {
  const all = ({ past, present, future }: History<EditBook>) => [past, [present], future];
  const others = all(b);
  return all(a).every((books, i) => {
    const beside = others[i] ?? [];
    return books.length === beside.length && books.every((book, j) => sameEdits(book, beside[j] ?? {}));
  });
}
