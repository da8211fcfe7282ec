/**
 * @file The files of a drop or of a file picker, with those of folders at any depth.
 */
import type { BroughtFile } from '../state/brought-files';

/** A folder with more files than this is not a model's. */
const MOST_FILES = 2000;

/** All files of a drop. Call it in the event's own turn. */
export async function droppedFiles(transfer: DataTransfer | null): Promise<BroughtFile[]> {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === 'file');
  const taken = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  if (!taken.length) return [...(transfer?.files ?? [])].map((file) => ({ path: file.name, file }));
  const found: BroughtFile[] = [];
  for (const { entry, file } of taken) {
    if (entry?.isDirectory) await walk(entry as FileSystemDirectoryEntry, found);
    else if (file) found.push({ path: file.name, file });
  }
  return found;
}

/** The files that a picker gave; of a folder with their paths in it. */
export function pickedFiles(files: Iterable<File>): BroughtFile[] {
  return Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file })).slice(
    0,
    MOST_FILES,
  );
}

async function walk(folder: FileSystemDirectoryEntry, found: BroughtFile[]): Promise<void> {
  const reader = folder.createReader();
  for (;;) {
    // Browsers give a folder's entries in portions; an empty one is the end.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (!entries.length) return;
    for (const entry of entries) {
      if (found.length >= MOST_FILES) return;
      // `.git`, `.cache` and their like are no part of a model.
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory) await walk(entry as FileSystemDirectoryEntry, found);
      else {
        const file = await new Promise<File>((resolve, reject) =>
          (entry as FileSystemFileEntry).file(resolve, reject),
        );
        found.push({ path: entry.fullPath.replace(/^\//, ''), file });
      }
    }
  }
}
