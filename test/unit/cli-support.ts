/**
 * @file The command line within a test's process: files in memory, or on disk, and what was printed.
 */
import { readFile } from 'node:fs/promises';
import type { Io } from '../../src/cli/io';
import { fileSource } from '../../src/cli/node-files';
import { run } from '../../src/cli/run';
import { memorySink, memorySource } from '../../src/conversation/stream-import';

/** Runs a command; `more` takes the place of what the command line is given of its surroundings. */
export async function losslight(
  files: Readonly<Record<string, string>>,
  args: readonly string[],
  more: Partial<Io> = {},
) {
  const out = { stdout: '', stderr: '' };
  const bytes = (path: string) => (path in files ? new TextEncoder().encode(files[path]) : undefined);
  const code = await run(args, {
    version: '0.0.0',
    colour: false,
    read: async (path) => bytes(path) ?? readFile(path).catch(() => undefined),
    open: async (path) => {
      const known = bytes(path);
      return known ? memorySource(known, path) : fileSource(path);
    },
    makeSink: (name) => Promise.resolve(memorySink(name)),
    print: (text) => {
      out.stdout += text;
      return Promise.resolve();
    },
    warn: (line) => void (out.stderr += `${line}\n`),
    ...more,
  });
  return { code, ...out };
}
