/**
 * @file Files as bytes in memory: gzip is unpacked, text is decoded, records are read as from a file of any size.
 */
import { memorySource } from './byte-source';
import { indexRecords } from './index-records';
import { MAX_UNPACKED_BYTES } from './stream-options';
import type { ImportOptions } from './import';
import type { RecordIndex } from './record-index';
import { readAll } from './stream-import';
import type { Conversation, ImportProblem, ImportResult } from './types';

export { MAX_UNPACKED_BYTES } from './stream-options';

/**
 * Imports files of bytes: UTF-8, or UTF-16 with a byte order mark, packed by gzip or not. A file that cannot be unpacked
 * is listed as a problem; bytes that are no UTF-8 become U+FFFD, each line with a warning. Never throws for what is in
 * the files. All conversations are in memory in the end; `streamConversations` gives them batch by batch.
 */
export async function importBytes(
  files: readonly { name: string; bytes: Uint8Array }[],
  options: ImportOptions = {},
): Promise<ImportResult> {
  const { format, columns } = options;
  const given = new Set(options.taken ?? []);
  const indexes: RecordIndex[] = [];
  const conversations: Conversation[] = [];
  const problems: ImportProblem[] = [];
  // In memory already, so that a record may be as long as a file.
  const limits = { record: MAX_UNPACKED_BYTES };
  for (const { name, bytes } of files) {
    const earlier = [...indexes];
    const taken = { has: (id: string) => given.has(id) || earlier.some((index) => index.has(id)) };
    const index = await indexRecords(memorySource(bytes, name), { format, columns, taken, limits });
    problems.push(...index.fileProblems);
    for await (const batch of readAll(index)) {
      for (const conversation of batch.conversations) conversations.push(conversation);
      for (const problem of batch.problems) problems.push(problem);
    }
    indexes.push(index);
  }
  return {
    format: [...new Set(indexes.map((index) => index.format))].join(', '),
    conversations,
    problems,
    records: indexes.reduce((sum, index) => sum + index.records, 0),
  };
}
