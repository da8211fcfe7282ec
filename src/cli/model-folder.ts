/**
 * @file A model's folder on disk: opened for an engine in Node, and written.
 */
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ByteSource } from '../conversation/byte-source';
import { LosslightError } from '../errors';
import { rangeFile, readText, type ModelFolder } from '../model/byte-file';
import { openModelFolder as openConfigAndWeights, type OpenedFolder } from '../model/model-folder';
import type { SavedFile } from '../model/save-model';
import { MODEL_FILES, MORE_TEMPLATES, type ModelFiles } from '../tokenizer/model-files';
import { fileSource } from './node-files';

/** Bytes of the largest file of text that is read; the largest tokenizer.json known has 33 MB. */
const MOST_TEXT = 100_000_000;

export interface ModelOnDisk extends OpenedFolder {
  /** Texts of the tokenizer, the templates and the settings, by their names in the folder. */
  files: ModelFiles;
  /** Nothing is read from the weights afterwards. */
  close(): Promise<void>;
}

/**
 * Opens a Hugging Face model's folder: configuration, weights and the files of the tokenizer. Of the weights only headers
 * are read; `loadWeights` reads the others piece by piece.
 *
 * @throws LosslightError `bad-model`, naming file, field or tensor, where the model cannot be used; `unreadable-file`.
 */
export async function openModelFolder(folder: string): Promise<ModelOnDisk> {
  const opened: ByteSource[] = [];
  const onDisk: ModelFolder = {
    name: folder,
    async file(name) {
      const source = await openSource(path.join(folder, name));
      if (!source) return undefined;
      opened.push(source);
      // By its name: the folder is known to who reads the message.
      return rangeFile({ name, size: source.size, read: (start, end) => source.read(start, end) });
    },
  };
  const close = async () => {
    await Promise.all(opened.splice(0).map((source) => source.close?.()));
  };
  try {
    const files: Partial<Record<string, string>> = {};
    for (const name of [...MODEL_FILES, ...(await templatesIn(folder))]) {
      const file = await onDisk.file(name);
      if (file) files[name] = await readText(file, MOST_TEXT);
    }
    return { ...(await openConfigAndWeights(onDisk)), files, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Refuses a folder that something would be lost in. For asking before long work whose result goes there.
 *
 * @throws LosslightError `exists` where there is something of that name that is not an empty folder.
 */
export async function expectNewFolder(folder: string): Promise<void> {
  const there = await readdir(path.resolve(folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    if (error.code === 'ENOTDIR') return ['it'];
    throw error;
  });
  if (there?.length) {
    throw new LosslightError(
      'exists',
      `${folder} is there already, and is not an empty folder.`,
      'Give the name of a folder that does not exist yet.',
    );
  }
}

/**
 * Refuses a place where no folder can be made, by making one and taking it away again. For asking before long work.
 *
 * @throws LosslightError `exists`, see `expectNewFolder`; `unwritable-folder`.
 */
export async function expectWritableFolder(folder: string): Promise<void> {
  await expectNewFolder(folder);
  await writing(folder, async () => {
    const target = path.resolve(folder);
    const first = await mkdir(path.dirname(target), { recursive: true });
    const beside = besideOf(target);
    try {
      // On its own: where a system says that a parent is missing which is not, a recursive one tries for ever.
      await mkdir(beside);
    } finally {
      await rm(first ?? beside, { recursive: true, force: true });
    }
  });
}

/**
 * Writes files into a new folder. They are written beside it first: the folder is there whole or not at all.
 *
 * @throws LosslightError `exists`, see `expectNewFolder`; `unwritable-folder`; what making the files throws. Then nothing is
 * left.
 */
export async function saveModelFolder(folder: string, files: Iterable<SavedFile>): Promise<void> {
  const target = path.resolve(folder);
  await expectNewFolder(folder);
  await writing(folder, async () => {
    await mkdir(path.dirname(target), { recursive: true });
    const beside = besideOf(target);
    await mkdir(beside);
    try {
      for (const { name, chunks } of files) await writeFile(path.join(beside, name), chunks);
      await rename(beside, target);
    } catch (error) {
      await rm(beside, { recursive: true, force: true });
      throw error;
    }
  });
}

/** A name beside a folder that is to be. Not of `mkdtemp`, whose folders are their maker's alone. */
const besideOf = (target: string) =>
  path.join(path.dirname(target), `.${path.basename(target)}-${process.pid}-${Date.now()}`);

/** @throws LosslightError `unwritable-folder` in place of errors of the system; the others as they are. */
async function writing(folder: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const remedy = 'Give a folder in a place that you may write to and that has room.';
    throw new LosslightError('unwritable-folder', `${folder} cannot be written: ${error.message}.`, remedy, {
      cause: error,
    });
  }
}

async function writeFile(file: string, chunks: SavedFile['chunks']): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'wx');
  try {
    // Not `writev` of all: a chunk is good until the next one is asked for.
    for await (const chunk of chunks) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function openSource(file: string): Promise<ByteSource | undefined> {
  try {
    return await fileSource(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const remedy = 'Check that it is a file that you may read.';
    throw new LosslightError('unreadable-file', `${file} cannot be read: ${why}`, remedy, { cause });
  }
}

/** Names of the further templates in a folder. */
async function templatesIn(folder: string): Promise<string[]> {
  const names = await readdir(path.join(folder, MORE_TEMPLATES)).catch(() => []);
  return names.filter((name) => name.endsWith('.jinja')).map((name) => MORE_TEMPLATES + name);
}
