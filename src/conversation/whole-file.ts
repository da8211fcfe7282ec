/**
 * @file Records of a file that had to be read whole, for its index.
 */
import type { IndexBuilder } from './index-builder';
import { NO_FORMAT, RecordState } from './record-columns';
import type { RecordResult } from './record-index';
import type { ImportResult } from './types';

/** Adds the records of what was imported. */
export function addWhole(builder: IndexBuilder, { records, conversations, problems }: ImportResult): void {
  const lines = new Map(conversations.map(({ source }) => [source.record, source.line]));
  const warned = new Set(problems.map(({ record }) => record));
  const places = new Map(problems.map(({ record, line }) => [record, line]));
  for (let record = 0; record < records; record++) {
    const line = lines.get(record);
    const loaded = warned.has(record) ? RecordState.Warned : RecordState.Good;
    const state = line === undefined ? RecordState.Bad : loaded;
    builder.columns.add(0, 0, line ?? places.get(record) ?? 1, NO_FORMAT, state);
  }
  for (const problem of problems) builder.tallies.add(problem);
}

/** What was imported, by record. */
export function byRecord({ conversations, problems }: ImportResult): Map<number, RecordResult> {
  const records = new Map<number, RecordResult>();
  const of = (record: number) => {
    const found = records.get(record) ?? { problems: [] };
    records.set(record, found);
    return found;
  };
  for (const conversation of conversations) of(conversation.source.record).conversation = conversation;
  for (const problem of problems) of(problem.record).problems.push(problem);
  return records;
}
