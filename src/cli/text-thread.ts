/**
 * @file The command line in a thread of its own, with a deadline for each piece of untrusted text: a pattern in a
 * tokenizer.json can run for ever, and only from outside can it be ended.
 *
 * The thread does all the work. What it prints goes through the main thread, in order, so that nothing is lost when it is
 * ended.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Io } from './io';
import { oneLine } from './paint';

/** The number of what was printed, or that the work is to be stopped. */
type ToThread = number | 'stop';

type FromThread =
  | { print: string; id: number }
  | { warn: string }
  | { watch: string; milliseconds: number }
  | { unwatch: true }
  | { hold: true }
  | { exit: number };

/** Arguments after the program's name, where this is the thread. */
export const threadArguments = (): readonly string[] | undefined => {
  const { losslight } = (workerData ?? {}) as { losslight?: readonly string[] };
  return isMainThread ? undefined : losslight;
};

/** In the thread: `io` whose output and watching the main thread does. */
export function threadIo(io: Io): Io {
  const waiting = new Map<number, () => void>();
  let last = 0;
  let stopWork: (() => void) | undefined;
  const say = (message: FromThread) => parentPort?.postMessage(message);
  parentPort?.on('message', (message: ToThread) => {
    if (message === 'stop') {
      stopWork?.();
      return;
    }
    waiting.get(message)?.();
    waiting.delete(message);
  });
  return {
    ...io,
    print: (text) =>
      new Promise((resolve) => {
        waiting.set(++last, resolve);
        say({ print: text, id: last });
      }),
    warn: (line) => say({ warn: line }),
    watch: (what, milliseconds = 0) =>
      say(what === undefined ? { unwatch: true } : { watch: what, milliseconds }),
    hold: (stop) => {
      stopWork = stop;
      say({ hold: true });
    },
  };
}

/** In the thread: the end. */
export function leaveThread(exit: number): void {
  parentPort?.postMessage({ exit } satisfies FromThread);
  parentPort?.close();
}

/**
 * In the main thread: runs the program at `script` again, as a thread.
 *
 * @returns its exit status; 2 where a piece of work did not end in time, after one line that names it. Rejects where the
 * thread fails.
 */
export function runInThread(script: string, args: readonly string[], io: Io): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(script), { workerData: { losslight: args } });
    let watched: { watch: string; milliseconds: number } | undefined;
    let timer: NodeJS.Timeout | undefined;
    const stop = () => clearTimeout(timer);
    const start = () => {
      stop();
      if (!watched) return;
      const { watch, milliseconds } = watched;
      timer = setTimeout(() => {
        void worker.terminate();
        const seconds = (milliseconds / 1000).toFixed(1);
        io.warn(
          oneLine(
            `${watch}: this took longer than ${seconds} s and was stopped. A pattern in tokenizer.json may be one that never ends: use the files that the model came with, or leave the record out.`,
          ),
        );
        resolve(2);
      }, milliseconds);
    };
    const receive = async (message: FromThread): Promise<void> => {
      if ('print' in message) {
        // Who reads slowly, page by page, is no hostile pattern.
        stop();
        await io.print(message.print);
        start();
        worker.postMessage(message.id satisfies ToThread);
      } else if ('hold' in message) io.hold?.(() => worker.postMessage('stop' satisfies ToThread));
      else if ('warn' in message) io.warn(message.warn);
      else if ('watch' in message) {
        watched = message;
        start();
      } else if ('unwatch' in message) {
        watched = undefined;
        stop();
      } else {
        stop();
        resolve(message.exit);
      }
    };
    worker.on('message', (message: FromThread) => void receive(message).catch(reject));
    worker.on('error', (error) => {
      stop();
      reject(error);
    });
    worker.on('exit', stop);
  });
}
