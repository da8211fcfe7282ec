/**
 * @file An import that is small enough for memory: all of its records, read in parts so that the page stays quick.
 */
import type { Conversation, ImportProblem } from '../conversation/types';
import type { FileReader } from '../worker/file-client';
import type { FileProgress } from '../worker/protocol';
import { MemoryPart } from './data-list';

/** Records in one message: a larger one would take longer to unpack than a frame lasts. */
const PART = 250;

/** Up to these sizes conversations are kept in memory, where everything about them is quick. */
export const MEMORY_BYTES = 32 * 1024 * 1024;
export const MEMORY_RECORDS = 20_000;

/** Whether opened files are small enough. */
export function fitsMemory({ opened }: Pick<FileReader, 'opened'>): boolean {
  const bytes = opened.files.reduce((sum, file) => sum + file.bytes, 0);
  const records = opened.files.reduce((sum, file) => sum + file.records, 0);
  return bytes <= MEMORY_BYTES && records <= MEMORY_RECORDS;
}

/**
 * Everything in the files: conversations, and what was wrong.
 *
 * @throws LosslightError where a file can no longer be read; what `signal` was aborted with.
 */
export async function readWhole(
  reader: FileReader,
  onProgress: (progress: FileProgress) => void,
  signal: AbortSignal,
): Promise<{ part: MemoryPart; problems: ImportProblem[] }> {
  const conversations: Conversation[] = [];
  const problems: ImportProblem[] = [];
  for (const [file, { name, records, bytes, fileProblems }] of reader.opened.files.entries()) {
    problems.push(...fileProblems);
    for (let from = 0; from < records; from += PART) {
      signal.throwIfAborted();
      const part = await reader.records({ file, from, to: Math.min(records, from + PART) });
      conversations.push(...part.conversations);
      for (const problem of part.problems) problems.push(problem);
      onProgress({ file: name, phase: 'read', done: Math.round((bytes * from) / records), total: bytes });
    }
  }
  const files = reader.opened.files.map(({ name }) => name);
  return { part: new MemoryPart(conversations, reader.opened.warned, { files }), problems };
}
