/**
 * @file The page's side of the file host: one host an import, so that ending one import touches no other.
 */
import { LosslightError } from '../errors';
import { HostClient, type ReplyOf, type RequestOf, type WorkerLike } from './client';
import hostUrl from './file-host.ts?worker&url';
import type { FileEvent, FileProgress, FileRequests } from './protocol';
import { spawnWorker } from './spawn';
import { removeLeftovers } from './spill-folder';

type Request<N extends keyof FileRequests> = RequestOf<FileRequests, N>;
type Reply<N extends keyof FileRequests> = ReplyOf<FileRequests, N>;

/** Files that were opened; every promise rejects with a `LosslightError`. */
export interface FileReader {
  readonly opened: Reply<'open'>;
  records(request: Request<'records'>): Promise<Reply<'records'>>;
  read(request: Request<'read'>): Promise<Reply<'read'>>;
  search(request: Request<'search'>): Promise<Reply<'search'>>;
  problems(request: Request<'problems'>): Promise<Reply<'problems'>>;
  /** Frees what was unpacked, and the worker. */
  close(): void;
}

export interface FileService {
  /**
   * Opens files. Aborting ends it with the code `cancelled`; so does a file host that is silent for too long, with `timeout`.
   */
  open(
    request: Request<'open'>,
    onProgress?: (progress: FileProgress) => void,
    signal?: AbortSignal,
  ): Promise<FileReader>;
  columns(request: Request<'columns'>): Promise<Reply<'columns'>>;
  /** Removes what earlier visits have left unpacked. */
  tidy(): Promise<void>;
}

/** Milliseconds without progress after which a host is taken for dead: a record of 32 MB takes some seconds. */
const SILENCE_MS = 60_000;
/** Milliseconds that a host has to end an import by itself, and to clear up. */
const FAREWELL_MS = 2_000;

export class FileClient implements FileService {
  /** A host that was started before it is asked for anything. */
  #ready: WorkerLike | undefined;

  constructor(
    private readonly spawn: () => WorkerLike = () => spawnWorker(hostUrl, 'losslight files'),
    private readonly silence = SILENCE_MS,
  ) {}

  /** Starts the host of the next import, which then does not wait for it; where that fails, the import says so. */
  start(): void {
    if (this.#ready) return;
    try {
      const worker = (this.#ready = this.spawn());
      // Whoever uses it by then hears of it.
      worker.addEventListener('error', () => {
        if (this.#ready === worker) this.#ready = undefined;
      });
    } catch {
      this.#ready = undefined;
    }
  }

  readonly #take = (): WorkerLike => {
    const worker = this.#ready ?? this.spawn();
    this.#ready = undefined;
    return worker;
  };

  async open(
    request: Request<'open'>,
    onProgress: (progress: FileProgress) => void = () => {},
    signal?: AbortSignal,
  ): Promise<FileReader> {
    if (signal?.aborted) throw cancelled();
    const link = new Link(this.#take, (progress) => {
      watch.restart();
      onProgress(progress);
    });
    const watch = new Silence(this.silence, () => link.kill(silent(this.silence)));
    const cancel = () => link.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    watch.restart();
    try {
      const opened = await link.ask('open', request);
      if (signal?.aborted) throw cancelled();
      return link.reader(opened);
    } catch (error) {
      link.end();
      throw error;
    } finally {
      watch.stop();
      signal?.removeEventListener('abort', cancel);
    }
  }

  async columns(request: Request<'columns'>): Promise<Reply<'columns'>> {
    const link = new Link(this.#take);
    try {
      return await link.ask('columns', request);
    } finally {
      link.end();
    }
  }

  tidy = removeLeftovers;
}

/** One host and its end. */
class Link {
  readonly #client: HostClient<FileRequests, FileEvent>;
  /** True once the host is gone, so that no request starts another. */
  #gone = false;

  constructor(spawn: () => WorkerLike, onProgress: (progress: FileProgress) => void = () => {}) {
    this.#client = new HostClient<FileRequests, FileEvent>(
      spawn,
      ({ progress }) => onProgress(progress),
      () => (this.#gone = true),
    );
  }

  ask<N extends keyof FileRequests>(name: N, request: Request<N>): Promise<Reply<N>> {
    return this.#gone ? Promise.reject(closed()) : this.#client.request(name, request).reply;
  }

  reader(opened: Reply<'open'>): FileReader {
    return {
      opened,
      records: (request) => this.ask('records', request),
      read: (request) => this.ask('read', request),
      search: (request) => this.ask('search', request),
      problems: (request) => this.ask('problems', request),
      close: () => this.end(),
    };
  }

  kill(error: LosslightError): void {
    this.#gone = true;
    this.#client.terminate(error);
  }

  /** The host ends the import by itself; one that is deep in a record for too long is killed. */
  cancel(): void {
    const late = setTimeout(() => this.kill(cancelled()), FAREWELL_MS);
    const done = () => clearTimeout(late);
    void this.ask('cancel', null).then(done, done);
  }

  /** Lets the host clear up, and ends it. */
  end(): void {
    if (this.#gone) return;
    const kill = () => this.kill(closed());
    const late = setTimeout(kill, FAREWELL_MS);
    const done = () => {
      clearTimeout(late);
      kill();
    };
    void this.ask('close', null).then(done, done);
    this.#gone = true;
  }
}

function cancelled(): LosslightError {
  return new LosslightError('cancelled', 'The import was cancelled.', 'The list is as it was.');
}

function closed(): LosslightError {
  const message = 'The files of this import are no longer open.';
  return new LosslightError('closed', message, 'Import them again.');
}

function silent(milliseconds: number): LosslightError {
  return new LosslightError(
    'timeout',
    `Reading made no progress for ${milliseconds / 1000} s and was stopped.`,
    'Try again; if the file lies on a network drive, copy it to this computer first.',
  );
}

class Silence {
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly milliseconds: number,
    private readonly onSilence: () => void,
  ) {}

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.onSilence, this.milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
