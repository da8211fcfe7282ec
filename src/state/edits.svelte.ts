/**
 * @file Weights set by hand, of all conversations, with undo and redo.
 */
import { editsOf, exportEdits, importEdits, withEdit, withoutEdits, type EditBook } from '../mask/edit-file';
import type { Edit } from '../mask/edits';
import { historyOf, record, redo, undo, type History } from '../mask/history';

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
   * Takes the edits of some conversations out and lays others in, as if that had always been so: no step of `undo` comes to it.
   *
   * @param among which conversations
   * @returns those taken out
   */
  exchange(among: (conversation: string) => boolean, others: EditBook): EditBook {
    const { past, present, future } = this.#history;
    const out = (book: EditBook) => Object.entries(book).filter(([id]) => among(id));
    const changed = (book: EditBook) => {
      const taken = out(book);
      if (!taken.length && !Object.keys(others).length) return book;
      const gone = new Set(taken.map(([id]) => id));
      const rest = Object.entries(book).filter(([id]) => !gone.has(id));
      return Object.fromEntries([...rest, ...Object.entries(others)]);
    };
    // Steps that changed nothing else are none any more.
    const steps = [...past, present].map(changed);
    const next = steps.pop() ?? present;
    const later = [next, ...future.map(changed).reverse()];
    this.#history = {
      past: steps.filter((book, i) => !sameEdits(book, steps[i + 1] ?? next)),
      present: next,
      future: later.filter((book, i) => i > 0 && !sameEdits(book, later[i - 1] ?? next)).reverse(),
    };
    return Object.fromEntries(out(present));
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
