/**
 * @file The part of the data set that ratings in the chat make: one record a rated answer, kept together.
 */
import type { Conversation } from '../conversation/types';
import {
  CHAT_SOURCE,
  isContradicted,
  recordOf,
  withPreferences,
  withReward,
  type RatedAnswer,
} from './chat-records';
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

  /** Records of ratings that came from elsewhere are in the list: their part goes on here. */
  adopt(list: DataList, ids: readonly string[]): void {
    for (const id of ids) {
      const part = list.parts[list.originOf(list.rowOf(id)).part];
      if (part?.name === CHAT_SOURCE && !part.inFile) this.#made.add(importedPart(part));
    }
  }

  /** The list with an answer rated. What was edited in its record meanwhile stays. */
  rated(list: DataList, answer: RatedAnswer): DataList {
    const part = this.#partOf(list, answer.id);
    const records = recordsOf(part);
    const at = records.findIndex(({ id }) => id === answer.id);
    const before = records[at];
    const record = before ? withReward(before, answer.reward) : recordOf(answer, this.#records - 1);
    return this.#put(list, part, before ? records.with(at, record) : [...records, record]);
  }

  /** The list without the record of an answer. */
  unrated(list: DataList, id: string): DataList {
    const part = this.#partOf(list, id);
    const records = recordsOf(part);
    const rest = records.filter((record) => record.id !== id);
    return rest.length === records.length ? list : this.#put(list, part, rest);
  }

  /** Whether the same answer was rated otherwise, so that the two make no pair to learn from. */
  contradicted(list: DataList, id: string): boolean {
    const records = recordsOf(this.#partOf(list, id));
    const record = records.find((one) => one.id === id);
    return record !== undefined && isContradicted(record, records);
  }

  #put(list: DataList, old: DataPart | undefined, records: readonly Conversation[]): DataList {
    const without = old ? list.without(old) : list;
    if (!records.length) return without;
    const part = new MemoryPart(withPreferences(records), [], { name: CHAT_SOURCE });
    this.#made.add(part);
    return without.with(part);
  }

  /** The part that has a record; for a new one, any that was made here. */
  #partOf(list: DataList, id: string): DataPart | undefined {
    const made = list.parts.filter((part) => this.#made.has(importedPart(part)));
    return made.find((part) => part.rowOf(id) >= 0) ?? made[0];
  }
}

function recordsOf(part: DataPart | undefined): Conversation[] {
  return Array.from({ length: part?.length ?? 0 }, (_, row) => part?.peek(row)).filter(
    (record) => record !== undefined,
  );
}
