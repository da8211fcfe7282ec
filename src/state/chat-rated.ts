/**
 * @file The part of the data set that ratings in the chat make: one record a rated answer, kept together.
 */
import type { Conversation } from '../conversation/types';
import { CHAT_SOURCE, recordOf, withPreferences, withReward, type RatedAnswer } from './chat-records';
import { MemoryPart, type DataList, type DataPart } from './data-list';
import { importedPart } from './data-patch';

export class RatedPart {
  /** Every part that was made here: undo in Data brings earlier ones back. */
  readonly #made = new WeakSet<DataPart>();
  #records = 0;

  /** An id for a new record that no conversation of the list has. */
  freeId(list: DataList): string {
    let id: string;
    do id = `${CHAT_SOURCE} ${++this.#records}`;
    while (list.rowOf(id) >= 0);
    return id;
  }

  /** The list with an answer rated. What was edited in its record meanwhile stays. */
  rated(list: DataList, answer: RatedAnswer): DataList {
    const records = this.#recordsOf(list);
    const at = records.findIndex(({ id }) => id === answer.id);
    const before = records[at];
    const record = before ? withReward(before, answer.reward) : recordOf(answer, this.#records - 1);
    return this.#put(list, before ? records.with(at, record) : [...records, record]);
  }

  /** The list without the record of an answer. */
  unrated(list: DataList, id: string): DataList {
    const records = this.#recordsOf(list);
    const rest = records.filter((record) => record.id !== id);
    return rest.length === records.length ? list : this.#put(list, rest);
  }

  #put(list: DataList, records: readonly Conversation[]): DataList {
    const old = this.#partOf(list);
    const without = old ? list.without(old) : list;
    if (!records.length) return without;
    const part = new MemoryPart(withPreferences(records), [], { name: CHAT_SOURCE });
    this.#made.add(part);
    return without.with(part);
  }

  #recordsOf(list: DataList): Conversation[] {
    const part = this.#partOf(list);
    return Array.from({ length: part?.length ?? 0 }, (_, row) => part?.peek(row)).filter(
      (record) => record !== undefined,
    );
  }

  #partOf(list: DataList): DataPart | undefined {
    return list.parts.find((part) => this.#made.has(importedPart(part)));
  }
}
