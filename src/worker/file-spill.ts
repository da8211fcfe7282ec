/**
 * @file Where packed files are unpacked to: the browser's private file system, read in pieces from there; or memory, with
 * a limit, where there is none.
 */
import { memorySink, type ByteSink, type ByteSource } from '../conversation/byte-source';
import { LosslightError } from '../errors';
import { spillFolder } from './spill-folder';

/** Most unpacked bytes in memory: a tab has about 4 GB, and other tabs and the model want some. */
export const MEMORY_LIMIT = 512 * 1024 * 1024;

/** A sink and whether it is in memory. */
export interface Spill {
  sink: ByteSink;
  inMemory: boolean;
}

/** A sink for the unpacked form of a file. */
export async function makeSpill(name: string): Promise<Spill> {
  const file = await openFile();
  return file
    ? { sink: fileSink(name, file), inMemory: false }
    : { sink: memorySink(name, MEMORY_LIMIT), inMemory: true };
}

interface OpenFile {
  handle: FileSystemSyncAccessHandle;
  remove(): Promise<void>;
}

async function openFile(): Promise<OpenFile | undefined> {
  const folder = await spillFolder(true);
  if (!folder) return undefined;
  const fileName = crypto.randomUUID();
  // Between its making and its opening nobody holds the file, and another tab may take it for a leftover.
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = await folder.getFileHandle(fileName, { create: true });
      const handle = await file.createSyncAccessHandle();
      return { handle, remove: () => folder.removeEntry(fileName).catch(() => {}) };
    } catch {
      continue;
    }
  }
  return undefined;
}

function fileSink(name: string, { handle, remove }: OpenFile): ByteSink {
  let size = 0;
  const discard = async () => {
    handle.close();
    await remove();
  };
  return {
    async write(chunk) {
      try {
        handle.write(chunk, { at: size });
      } catch (cause) {
        throw new LosslightError(
          'disk-full',
          `${name} could not be unpacked: the browser has no more room for it (${size} bytes written).`,
          'Free some disk space, or bring the file unpacked.',
          { cause },
        );
      }
      size += chunk.length;
    },
    async finish(): Promise<ByteSource> {
      handle.flush();
      return { name, size, read: async (start, end) => readRange(handle, start, end), close: discard };
    },
    discard,
  };
}

function readRange(handle: FileSystemSyncAccessHandle, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  handle.read(bytes, { at: start });
  return bytes;
}
