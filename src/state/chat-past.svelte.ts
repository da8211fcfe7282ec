/**
 * @file What the chat was before its last changes. A chat never changes, so that a step is a whole chat.
 */
interface Step<T> {
  /** What was done, for people. */
  label: string;
  /** The chat on the other side of the step. */
  chat: T;
}

/** Steps that are kept; trees share what did not change. */
const MOST_STEPS = 100;

export class ChatPast<T> {
  #past = $state.raw<readonly Step<T>[]>([]);
  #future = $state.raw<readonly Step<T>[]>([]);

  /** What `undo` would take back; undefined where there is nothing. */
  get undoLabel(): string | undefined {
    return this.#past.at(-1)?.label;
  }
  /** What `redo` would do again. */
  get redoLabel(): string | undefined {
    return this.#future.at(-1)?.label;
  }

  /** A change is about to be made. */
  record(label: string, before: T): void {
    this.#past = [...this.#past, { label, chat: before }].slice(-MOST_STEPS);
    this.#future = [];
  }

  undo(present: T): T | undefined {
    const step = this.#past.at(-1);
    if (!step) return undefined;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, { label: step.label, chat: present }];
    return step.chat;
  }

  redo(present: T): T | undefined {
    const step = this.#future.at(-1);
    if (!step) return undefined;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, { label: step.label, chat: present }];
    return step.chat;
  }
}
