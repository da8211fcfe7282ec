/**
 * @file What a reload of the page would lose: tuned weights and own conversations that were not saved. Practice data as it was made
 * is made again by the address, the chat and its rated answers are kept by the tab, and what a lesson brings comes with it again.
 */
import { CHAT_SOURCE } from './chat-records';
import type { DataList } from './data-list';
import type { Session } from './session.svelte';
import type { Update } from './train.svelte';

export type UnsavedParts = Pick<Session, 'data' | 'train' | 'lessons' | 'practice'>;

export class UnsavedState {
  #updates = $state.raw<readonly Update[] | undefined>();
  #list = $state.raw<DataList | undefined>();

  constructor(private readonly parts: UnsavedParts) {}

  readonly weights = $derived.by(() => {
    const { train, lessons } = this.parts;
    return !lessons.current && train.updates.length > 0 && train.updates !== this.#updates;
  });
  readonly conversations = $derived.by(() => {
    const { data, practice } = this.parts;
    if (data.own === this.#list) return false;
    return data.own.parts.some((part) => part.name !== CHAT_SOURCE && !practice.isMade(part));
  });
  readonly any = $derived.by(() => this.weights || this.conversations);

  /** The weights after these updates are in a file. */
  weightsSaved(updates: readonly Update[]): void {
    this.#updates = updates;
  }

  /** These conversations are in a file. */
  conversationsSaved(list: DataList): void {
    this.#list = list;
  }
}
