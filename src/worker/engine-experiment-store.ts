/**
 * @file Where an experiment of the page keeps its results: a folder of the browser's private file system, or memory where there is
 * none.
 */
import { LosslightError } from '../errors';
import type { ExperimentStore } from '../train/experiment-host';

const FOLDER = 'losslight-experiments';
/** Parts of a name, in a file system that takes no slashes. */
const flat = (name: string): string => name.replaceAll('/', '~');

interface Folder extends FileSystemDirectoryHandle {
  keys(): AsyncIterableIterator<string>;
}

export interface PageStore extends ExperimentStore {
  names(): Promise<string[]>;
}

/** All results; undefined where the browser has no private file system for this page. */
async function root(): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
  } catch {
    return undefined;
  }
}

/** Keys of experiments that something is kept of. */
export async function storedKeys(): Promise<string[]> {
  const folder = (await root()) as Folder | undefined;
  const keys: string[] = [...inMemory.keys()];
  if (folder) for await (const key of folder.keys()) keys.push(key);
  return keys;
}

const inMemory = new Map<string, Map<string, Uint8Array>>();

/** The folder of an experiment. */
export async function pageStore(key: string): Promise<PageStore> {
  const folder = (await (await root())?.getDirectoryHandle(key, { create: true })) as Folder | undefined;
  return folder ? folderStore(folder) : memoryStore(key);
}

/** Deletes all of an experiment. */
export async function forgetStored(key: string): Promise<void> {
  inMemory.delete(key);
  await (await root())?.removeEntry(key, { recursive: true }).catch(() => undefined);
}

function folderStore(folder: Folder): PageStore {
  const find = async (name: string) => {
    try {
      return await folder.getFileHandle(flat(name));
    } catch {
      return undefined;
    }
  };
  const store: PageStore = {
    async names() {
      const found: string[] = [];
      for await (const name of folder.keys()) found.push(name.replaceAll('~', '/'));
      return found;
    },
    async read(name) {
      const handle = await find(name);
      return handle && new Uint8Array(await (await handle.getFile()).arrayBuffer());
    },
    async write(name, content) {
      await writing(name, async () => {
        const handle = await folder.getFileHandle(flat(name), { create: true });
        // A writable takes the file's place when it is closed: whole or not at all.
        const writable = await handle.createWritable();
        await writable.write(typeof content === 'string' ? content : content.slice());
        await writable.close();
      });
    },
    async append(name, text) {
      await writing(name, async () => {
        const handle = await folder.getFileHandle(flat(name), { create: true });
        const { size } = await handle.getFile();
        const writable = await handle.createWritable({ keepExistingData: true });
        await writable.write({ type: 'write', position: size, data: text });
        await writable.close();
      });
    },
    async remove(name) {
      await folder.removeEntry(flat(name)).catch(() => undefined);
    },
  };
  return store;
}

function memoryStore(key: string): PageStore {
  const files = inMemory.get(key) ?? new Map<string, Uint8Array>();
  inMemory.set(key, files);
  const bytes = (content: string | Uint8Array) =>
    typeof content === 'string' ? new TextEncoder().encode(content) : content.slice();
  return {
    names: () => Promise.resolve([...files.keys()]),
    read: (name) => Promise.resolve(files.get(name)),
    write(name, content) {
      files.set(name, bytes(content));
      return Promise.resolve();
    },
    append(name, text) {
      const before = files.get(name) ?? new Uint8Array();
      const more = bytes(text);
      const all = new Uint8Array(before.length + more.length);
      all.set(before);
      all.set(more, before.length);
      files.set(name, all);
      return Promise.resolve();
    },
    remove(name) {
      files.delete(name);
      return Promise.resolve();
    },
  };
}

async function writing(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LosslightError(
      'storage-full',
      `${name} could not be kept in the browser: ${reason}`,
      'Make room in the browser’s storage, and go on: what was finished is kept.',
      { cause },
    );
  }
}
