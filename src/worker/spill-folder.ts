/**
 * @file The folder of the browser's private file system (OPFS) that packed imports are unpacked to. Its files belong to
 * one worker each, which holds an exclusive handle as long as it needs one; a file without such a worker is a leftover.
 */

const FOLDER = 'losslight-unpacked';

interface Folder extends FileSystemDirectoryHandle {
  keys(): AsyncIterableIterator<string>;
}

/** The folder; undefined where the browser has no private file system, or does not give it to this page. */
export async function spillFolder(create: boolean): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(FOLDER, { create });
  } catch {
    return undefined;
  }
}

/** Removes what tabs that were closed or crashed have left. A file that is in use cannot be removed, and stays. */
export async function removeLeftovers(): Promise<void> {
  const folder = (await spillFolder(false)) as Folder | undefined;
  if (!folder) return;
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  for (const name of names) await folder.removeEntry(name).catch(() => {});
}
