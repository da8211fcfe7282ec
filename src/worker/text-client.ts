/**
 * @file The page's side of the text host. One request at a time, each with a deadline: untrusted templates and patterns
 * may never end, so a host that misses its deadline is killed and a new one takes the next request.
 */
import { LosslightError } from '../errors';
import { HostClient, type ReplyOf, type RequestOf, type WorkerLike } from './client';
import type { TextRequests, TokenizerFiles } from './protocol';
import { spawnWorker } from './spawn';
import hostUrl from './text-host.ts?worker&url';

type Name = keyof TextRequests;

/** What the page asks of the text host. Every promise rejects with a `LosslightError`. */
export type TextService = {
  [N in Name]: (request: RequestOf<TextRequests, N>) => Promise<ReplyOf<TextRequests, N>>;
} & { dispose(): void };

/** Milliseconds. Opening parses a large tokenizer file; import and sequences go through many records. */
export const DEADLINES: Readonly<Record<Name, number>> = {
  open: 20_000,
  import: 30_000,
  inspect: 5_000,
  sequences: 30_000,
  prompt: 5_000,
  decode: 5_000,
};

const REMEDIES: Readonly<Record<Name, string>> = {
  open: 'Try again; if the files are large, close other tabs first.',
  import: 'Split the file into smaller ones and import them one by one.',
  inspect: 'The conversation or the chat template takes too long to render; shorten the conversation.',
  sequences: 'Train on fewer or shorter conversations.',
  prompt: 'The conversation or the chat template takes too long to render; shorten the conversation.',
  decode: 'Try again with fewer tokens.',
};

interface Job {
  name: Name;
  request: unknown;
  resolve(reply: unknown): void;
  reject(error: LosslightError): void;
  /** True once its caller has been answered, so that a late reply is dropped. */
  settled: boolean;
}

/** Rejection of an `inspect` that a newer one has replaced. */
export const RETIRED = 'retired';

export class TextClient implements TextService {
  readonly #client: HostClient<TextRequests>;
  readonly #deadlines: Readonly<Record<Name, number>>;
  readonly #queue: Job[] = [];
  #current: Job | undefined;
  /** The files of the last `open`; a new host is given them before anything else. */
  #files: TokenizerFiles | undefined;
  #fresh = true;

  constructor(
    spawn: () => WorkerLike = () => spawnWorker(hostUrl, 'losslight text'),
    deadlines: Partial<Record<Name, number>> = {},
  ) {
    this.#deadlines = { ...DEADLINES, ...deadlines };
    this.#client = new HostClient(
      spawn,
      () => {},
      () => (this.#fresh = true),
    );
  }

  open = async (request: RequestOf<TextRequests, 'open'>) => {
    const reply = await this.#enqueue('open', request);
    this.#files = request.files;
    return reply;
  };
  import = (request: RequestOf<TextRequests, 'import'>) => this.#enqueue('import', request);
  sequences = (request: RequestOf<TextRequests, 'sequences'>) => this.#enqueue('sequences', request);
  prompt = (request: RequestOf<TextRequests, 'prompt'>) => this.#enqueue('prompt', request);
  decode = (request: RequestOf<TextRequests, 'decode'>) => this.#enqueue('decode', request);

  /** A newer `inspect` retires older ones: they reject with the code `retired`. */
  inspect = (request: RequestOf<TextRequests, 'inspect'>) => {
    for (const job of [this.#current, ...this.#queue]) {
      if (job?.name === 'inspect') {
        this.#reject(job, new LosslightError(RETIRED, 'Another conversation was chosen meanwhile.', ''));
      }
    }
    return this.#enqueue('inspect', request);
  };

  dispose(): void {
    const error = new LosslightError('closed', 'The text worker was closed.', 'Reload the page.');
    for (const job of this.#queue.splice(0)) this.#reject(job, error);
    this.#client.terminate(error);
  }

  #enqueue<N extends Name>(name: N, request: RequestOf<TextRequests, N>): Promise<ReplyOf<TextRequests, N>> {
    return new Promise((resolve, reject) => {
      const settle = (reply: unknown) => resolve(reply as ReplyOf<TextRequests, N>);
      const job: Job = { name, request, resolve: settle, reject, settled: false };
      // What a person waits for goes before the counting of a long list.
      const first = name === 'inspect' ? this.#queue.findIndex((other) => other.name === 'sequences') : -1;
      this.#queue.splice(first < 0 ? this.#queue.length : first, 0, job);
      void this.#drain();
    });
  }

  #reject(job: Job, error: LosslightError): void {
    if (job.settled) return;
    job.settled = true;
    job.reject(error);
  }

  async #drain(): Promise<void> {
    if (this.#current) return;
    for (let job = this.#queue.shift(); job; job = this.#queue.shift()) {
      if (job.settled) continue;
      this.#current = job;
      try {
        if (this.#fresh && this.#files && job.name !== 'open')
          await this.#ask('open', { files: this.#files });
        this.#fresh = false;
        const reply = await this.#ask(job.name, job.request as RequestOf<TextRequests, Name>);
        if (!job.settled) {
          job.settled = true;
          job.resolve(reply);
        }
      } catch (error) {
        this.#reject(job, error as LosslightError);
      }
    }
    this.#current = undefined;
  }

  async #ask<N extends Name>(
    name: N,
    request: RequestOf<TextRequests, N>,
  ): Promise<ReplyOf<TextRequests, N>> {
    const deadline = this.#deadlines[name];
    const timer = setTimeout(() => {
      this.#fresh = true;
      const seconds = deadline / 1000;
      const message = `This took longer than ${seconds} s and was stopped (${name}).`;
      this.#client.terminate(new LosslightError('timeout', message, REMEDIES[name]));
    }, deadline);
    try {
      return await this.#client.request(name, request).reply;
    } finally {
      clearTimeout(timer);
    }
  }
}
