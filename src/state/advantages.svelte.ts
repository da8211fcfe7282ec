/**
 * @file The advantages of recorded completions among those that a run takes: looked for once the strip is coloured by them.
 */
import type { Conversation } from '../conversation/types';
import { AdvantageGroups, type RecordedAdvantage } from '../sequence/recorded-advantages';
import type { ErrorReport } from '../worker/protocol';
import type { DataList } from './data-list';
import { Newest } from './newest.svelte';

/** Conversations that are read in one go. */
const SLICE = 200;

type Key = readonly [DataList, readonly number[]];

export class AdvantageState {
  #wanted = $state(false);
  readonly #newest: Newest<Key, Map<string, RecordedAdvantage>>;

  /** @param data the list, and the rows that a run takes of it */
  constructor(data: () => Key) {
    this.#newest = new Newest<Key, Map<string, RecordedAdvantage>>(
      () => (this.#wanted ? data() : undefined),
      async ([list, rows]) => {
        const groups = new AdvantageGroups();
        for (let at = 0; at < rows.length; at += SLICE)
          groups.add(await list.read(rows.slice(at, at + SLICE)));
        return groups.advantages();
      },
    );
  }

  /** Of a conversation's own completion; undefined while that is not known, without a reward, and of one that no run takes. */
  of(conversation: Conversation): RecordedAdvantage | undefined {
    // What was found in other data may lie on other messages.
    return this.#newest.fresh ? this.#newest.answer?.value?.get(conversation.id) : undefined;
  }

  /** Why the data as it is now could not be read; undefined where it could. */
  get error(): ErrorReport | undefined {
    return this.#newest.fresh ? this.#newest.answer?.error : undefined;
  }

  /** True where what is told is about the data as it is now. */
  get fresh(): boolean {
    return this.#wanted && this.#newest.fresh;
  }

  /** To be called when somebody wants to know, and when the data may have changed; again costs nothing. */
  want(): void {
    this.#wanted = true;
    void this.#newest.refresh();
  }
}
