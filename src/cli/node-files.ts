/**
 * @file Files of Node as byte sources, and temporary files for what is unpacked.
 */
import { mkdtemp, open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { memorySource, type ByteSink, type ByteSource } from '../conversation/stream-import';

/**
 * A file, read in pieces; undefined where there is none. What has no size beforehand, such as a pipe, is read whole.
 *
 * @throws what Node throws where there is something that cannot be read.
 */
export async function fileSource(file: string): Promise<ByteSource | undefined> {
  try {
    const info = await stat(file);
    // A folder is refused by reading it, with the reason of the system.
    if (!info.isFile()) return memorySource(await readFile(file), file);
    return sourceOf(await open(file), file, info.size);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** A temporary file, which is gone once its source is closed or the process has ended. */
export async function temporarySink(name: string): Promise<ByteSink> {
  const folder = await mkdtemp(path.join(tmpdir(), 'losslight-'));
  const handle = await open(path.join(folder, 'unpacked'), 'w+', 0o600);
  const remove = () => rm(folder, { recursive: true, force: true });
  // An open file lives on without a name, and then nothing is left of it whatever happens; Windows keeps the name until
  // the file is closed.
  await remove().catch(() => undefined);
  let length = 0;
  const close = async () => {
    await handle.close();
    await remove();
  };
  return {
    async write(chunk) {
      for (let at = 0; at < chunk.length;) {
        const { bytesWritten } = await handle.write(chunk, at, chunk.length - at, length);
        at += bytesWritten;
        length += bytesWritten;
      }
    },
    finish: () => Promise.resolve({ ...sourceOf(handle, name, length), close }),
    discard: close,
  };
}

function sourceOf(handle: FileHandle, name: string, size: number): ByteSource {
  return {
    name,
    size,
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      let at = 0;
      while (at < bytes.length) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
        if (bytesRead === 0) throw new Error('the file became shorter while it was read');
        at += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}
