/**
 * @file Files of a saved experiment into a store that may hold some of it already: what was done there since is not lost.
 */
import { readLog } from '../experiment/log';
import { readText, type ExperimentStore } from '../train/experiment-host';

const LOG = /^runs\/(.+)\/(seed-\d+)\.jsonl$/;

/** Writes what the store lacks, and logs that go further than its own. The rest of the store stays. */
export async function restoreFiles(
  store: ExperimentStore,
  files: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    if (typeof content !== 'string') continue;
    const own = await readText(store, name);
    const log = LOG.exec(name);
    if (own !== undefined && !(log && goesFurther(content, own))) continue;
    // A checkpoint belongs to the log that it was made with. Before the write: without one the run only begins anew.
    if (log) await store.remove(`checkpoints/${log[1]}-${log[2]}.safetensors`);
    await store.write(name, content);
  }
}

function goesFurther(content: string, own: string): boolean {
  const [saved, kept] = [readLog(content), readLog(own)];
  if (!kept || !saved) return saved !== undefined;
  if ((kept.end === undefined) !== (saved.end === undefined)) return saved.end !== undefined;
  return content.length > own.length;
}
