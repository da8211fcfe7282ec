/**
 * @file Goes through a file once, whatever its size, and finds and checks every record.
 */
import { LosslightError } from '../errors';
import { memorySink, memorySource, type ByteSource } from './byte-source';
import { refused } from './import';
import { IndexRun } from './index-run';
import { Indexer } from './indexer';
import type { RecordIndex } from './record-index';
import { MAX_UNPACKED_BYTES, type StreamOptions } from './stream-options';
import { openText } from './unpack';

/**
 * Finds the records of a file as byte ranges and checks each of them once. What comes out is what `importFiles` says of
 * the same text, except that a record longer than `limits.record` is refused alone, and that a file without records,
 * such as a transcript, is limited to `limits.whole`.
 *
 * Bad data never throws; it is in the index.
 *
 * @throws LosslightError `cancelled`, `unreadable-file`, and what the sink throws.
 */
export async function indexRecords(given: ByteSource, options: StreamOptions = {}): Promise<RecordIndex> {
  const { signal, onProgress, makeSink = (name) => memorySink(name, MAX_UNPACKED_BYTES) } = options;
  let source: ByteSource;
  try {
    const unpacking = (done: number, total: number) => onProgress?.({ phase: 'unpack', done, total });
    source = await openText(given, makeSink, { signal, onProgress: unpacking });
  } catch (error) {
    if (!(error instanceof LosslightError) || !['bad-gzip', 'too-large'].includes(error.code)) throw error;
    const { problems } = refused(given.name, error.message, error.remedy);
    return new IndexRun(memorySource(new Uint8Array(), given.name), false, options).empty(problems);
  }
  const owned = source !== given;
  try {
    return await new Indexer(source, owned, options).index();
  } catch (error) {
    if (owned) await source.close?.();
    throw error;
  }
}
