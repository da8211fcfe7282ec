/**
 * @file The command line in Node: files, streams and exit status around `run`.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Io } from './io';
import { fileSource, temporarySink } from './node-files';
import { run } from './run';
import { leaveThread, runInThread, threadArguments, threadIo } from './text-thread';

const { env, stdout, stderr } = process;
/** There is work to lose, so the program goes on where nobody reads what it prints. */
let held = false;
/** Nobody reads any more. */
let unread = false;

const io: Io = {
  // Put in when the command line is bundled (tools/cli-build.mjs).
  version: String(import.meta.env.LOSSLIGHT_VERSION),
  async read(path) {
    try {
      return await readFile(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  },
  open: fileSource,
  makeSink: temporarySink,
  async print(text) {
    if (unread || stdout.write(text)) return;
    await once(stdout, 'drain').catch((error: unknown) => {
      if (!unread) throw error;
    });
  },
  warn: (line) => void stderr.write(`${line}\n`),
  hold(stop) {
    held = true;
    // Once: the second signal does what signals do.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  },
  // no-color.org: any value but the empty one switches colours off.
  colour: stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb',
};

// Who reads through `head` has enough: no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (!held) process.exit(0);
  unread = true;
});

const args = threadArguments();
if (args) leaveThread(await run(args, threadIo(io)));
else process.exitCode = await runInThread(import.meta.url, process.argv.slice(2), io);
