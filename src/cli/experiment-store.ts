/**
 * @file The folder that an experiment writes to, so that it can be ended at any moment and go on later.
 */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { LosslightError } from '../errors';
import type { ExperimentStore } from '../train/experiment-host';

/** @throws LosslightError `unwritable-folder` from its methods, in place of errors of the system. */
export function folderStore(folder: string): ExperimentStore {
  const place = (name: string) => path.join(folder, name);
  return {
    async read(name) {
      try {
        return await readFile(place(name));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
        throw unusable(place(name), 'read', error);
      }
    },
    async write(name, content) {
      const target = place(name);
      const beside = `${target}.${process.pid}.part`;
      await writing(target, async () => {
        await mkdir(path.dirname(target), { recursive: true });
        const handle = await open(beside, 'w');
        try {
          await handle.writeFile(content);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(beside, target);
      });
    },
    async remove(name) {
      await writing(place(name), () => rm(place(name), { force: true }));
    },
    async append(name, text) {
      await writing(place(name), async () => {
        const handle = await open(place(name), 'a');
        try {
          await handle.writeFile(text);
          await handle.sync();
        } finally {
          await handle.close();
        }
      });
    },
  };
}

async function writing(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw unusable(file, 'written', error);
  }
}

function unusable(file: string, what: 'read' | 'written', cause: unknown): unknown {
  if (!(cause instanceof Error && 'syscall' in cause)) return cause;
  const remedy = 'Give a folder in a place that you may write to and that has room.';
  return new LosslightError('unwritable-folder', `${file} cannot be ${what}: ${cause.message}.`, remedy, {
    cause,
  });
}
