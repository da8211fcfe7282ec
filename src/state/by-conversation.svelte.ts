/**
 * @file What is known of conversations, kept by the conversation itself: an id may return with another text, and what is
 * kept of a conversation that left goes with it.
 */
import type { Conversation } from '../conversation/types';

export class ByConversation<T> {
  #values = new WeakMap<Conversation, T>();
  /** A WeakMap is not watched; this is. */
  #revision = $state(0);

  get(conversation: Conversation | undefined): T | undefined {
    void this.#revision;
    return conversation && this.#values.get(conversation);
  }

  has(conversation: Conversation): boolean {
    return this.get(conversation) !== undefined;
  }

  set(entries: Iterable<readonly [Conversation, T]>): void {
    for (const [conversation, value] of entries) this.#values.set(conversation, value);
    this.#revision++;
  }

  clear(): void {
    this.#values = new WeakMap();
    this.#revision++;
  }
}
