/**
 * @file The page's side of the text host. One request at a time, each with a deadline: untrusted templates and patterns
 * may never end, so a host that misses its deadline is killed and a new one takes the next request. While the host loads the
 * code that comes behind the mask's, it answers what does not need it.
 */
import { LosslightError } from '../errors';
import { HostClient, type ReplyOf, type RequestOf, type WorkerLike } from './client';
import { deadlineOf, watch } from './deadlines';
import { FileClient, type FileService } from './file-client';
import type { OpenedModel } from '../sequence/open-model';
import type { TextRequests } from './protocol';
import { spawnWorker } from './spawn';
import { REST_NAMES } from './rest-names';
import hostUrl from './text-host.ts?worker&url';

type Name = Exclude<keyof TextRequests, 'hello'>;

/** What the page asks of the text host. Every promise rejects with a `LosslightError`. */
export type TextService = {
  [N in Name]: (request: RequestOf<TextRequests, N>) => Promise<ReplyOf<TextRequests, N>>;
} & {
  /** Imports, in workers of their own. */
  readonly files: FileService;
  /** A service with a worker of its own, which has open what is open here now: nothing that is done here disturbs it. */
  another(): Promise<TextService>;
  dispose(): void;
};

const WHAT: Readonly<Record<keyof TextRequests, string>> = {
  hello: 'Starting the text worker',
  open: 'Opening the tokenizer',
  checkTemplate: 'Reading the chat template',
  previewTemplate: 'Rendering the preview',
  traceTemplate: 'Following the chat template',
  inspect: 'Rendering and tokenizing this conversation',
  weigh: 'Weighing this conversation',
  sequences: 'Making training sequences',
  tally: 'Counting tokens',
  compare: 'Comparing training sequences',
  compareAll: 'Comparing training sequences',
  divide: 'Making training sequences',
  lint: 'Checking this conversation',
  lintAll: 'Checking the data',
  lintReport: 'Checking the data',
  prompt: 'Rendering the prompt',
  rolloutOpen: 'Rendering the prompts',
  rolloutExtend: 'Answering a call',
  rolloutRead: 'Reading completions',
  decode: 'Decoding tokens',
};

const HOSTILE =
  'If this computer is busy with something else, try again. Otherwise a pattern in tokenizer.json, or the chat template, may be one that never ends: use the model’s own files, or shorten the conversation.';
const REMEDIES: Readonly<Record<keyof TextRequests, string>> = {
  hello: 'Reload the page.',
  open: 'Use the tokenizer.json that the model came with. If it is large, close other tabs and try again.',
  checkTemplate: 'Make the template simpler.',
  previewTemplate: 'Make the template simpler: a loop in it may never end.',
  traceTemplate: HOSTILE,
  inspect: HOSTILE,
  weigh: 'Simplify the rules: a pattern that repeats a repetition, such as (a+)+, may never end.',
  sequences:
    'Train on fewer or shorter conversations. If each of them is slow, so is the tokenizer or the template.',
  tally: HOSTILE,
  compare: HOSTILE,
  compareAll: HOSTILE,
  divide: HOSTILE,
  lint: HOSTILE,
  lintAll: HOSTILE,
  lintReport: HOSTILE,
  prompt: HOSTILE,
  rolloutOpen: HOSTILE,
  rolloutExtend: HOSTILE,
  rolloutRead: HOSTILE,
  decode: 'Try again with fewer tokens.',
};

/** What a person waits for, and what goes through a long list. */
const FIRST: ReadonlySet<Name> = new Set<Name>([
  'inspect',
  'previewTemplate',
  'traceTemplate',
  'weigh',
  'compare',
  'divide',
  'lint',
]);
const LAST: ReadonlySet<Name> = new Set<Name>(['sequences', 'tally', 'compareAll', 'lintAll', 'lintReport']);
/** Requests that need all of the host's code, where a mask needs the first half of it. */
const REST: ReadonlySet<Name> = new Set<Name>(REST_NAMES);

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
  readonly #deadlines: Partial<Record<keyof TextRequests, number>>;
  readonly #queue: Job[] = [];
  /** Requests that wait for the rest of the host's code, in the order in which they came. */
  readonly #forRest: Job[] = [];
  #current: Job | undefined;
  /** What was opened last; a new host is given it before anything else. */
  #opened: RequestOf<TextRequests, 'open'> | undefined;
  /** What was asked to be opened before the page was there, and the answer to come. */
  #ahead: { request: RequestOf<TextRequests, 'open'>; reply: Promise<OpenedModel> } | undefined;
  #fresh = true;
  /** True once the present host has loaded all of its code. */
  #whole = false;
  /** While the present host loads the rest of its code: whether it was killed for what another request did. */
  #loading: { interrupted: boolean } | undefined;
  /** True where the present host is to be replaced as soon as it is not in the middle of a request. */
  #spent = false;

  constructor(
    private readonly spawn: () => WorkerLike = () => spawnWorker(hostUrl, 'losslight text'),
    deadlines: Partial<Record<keyof TextRequests, number>> = {},
    readonly files: FileService = new FileClient(),
  ) {
    this.#deadlines = deadlines;
    this.#client = new HostClient(
      spawn,
      () => {},
      () => this.#renew(),
    );
  }

  /** Starts the worker, so that it is there when something is asked. */
  start(): void {
    this.#client.start();
  }

  /** Opens what the page is about to ask for. Where that fails it is not told here: the page asks again. */
  openAhead(request: RequestOf<TextRequests, 'open'>): void {
    const reply = this.open(request);
    reply.catch(() => {});
    this.#ahead = { request, reply };
  }

  open = async (request: RequestOf<TextRequests, 'open'>): Promise<OpenedModel> => {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead && sameOpening(ahead.request, request)) {
      const opened = await ahead.reply.catch(() => undefined);
      if (opened) return opened;
    }
    const reply = await this.#enqueue('open', request);
    this.#opened = request;
    return reply;
  };
  checkTemplate = (request: RequestOf<TextRequests, 'checkTemplate'>) =>
    this.#enqueue('checkTemplate', request);
  previewTemplate = (request: RequestOf<TextRequests, 'previewTemplate'>) =>
    this.#enqueue('previewTemplate', request);
  traceTemplate = (request: RequestOf<TextRequests, 'traceTemplate'>) =>
    this.#enqueue('traceTemplate', request);
  weigh = (request: RequestOf<TextRequests, 'weigh'>) => this.#enqueue('weigh', request);
  sequences = (request: RequestOf<TextRequests, 'sequences'>) => this.#enqueue('sequences', request);
  tally = (request: RequestOf<TextRequests, 'tally'>) => this.#enqueue('tally', request);
  compare = (request: RequestOf<TextRequests, 'compare'>) => this.#enqueue('compare', request);
  compareAll = (request: RequestOf<TextRequests, 'compareAll'>) => this.#enqueue('compareAll', request);
  divide = (request: RequestOf<TextRequests, 'divide'>) => this.#enqueue('divide', request);
  lint = (request: RequestOf<TextRequests, 'lint'>) => this.#enqueue('lint', request);
  lintAll = (request: RequestOf<TextRequests, 'lintAll'>) => this.#enqueue('lintAll', request);
  lintReport = (request: RequestOf<TextRequests, 'lintReport'>) => this.#enqueue('lintReport', request);
  prompt = (request: RequestOf<TextRequests, 'prompt'>) => this.#enqueue('prompt', request);
  decode = (request: RequestOf<TextRequests, 'decode'>) => this.#enqueue('decode', request);
  rolloutOpen = (request: RequestOf<TextRequests, 'rolloutOpen'>) => this.#enqueue('rolloutOpen', request);
  rolloutExtend = (request: RequestOf<TextRequests, 'rolloutExtend'>) =>
    this.#enqueue('rolloutExtend', request);
  rolloutRead = (request: RequestOf<TextRequests, 'rolloutRead'>) => this.#enqueue('rolloutRead', request);

  /** A newer `inspect` retires older ones: they reject with the code `retired`. */
  inspect = (request: RequestOf<TextRequests, 'inspect'>) => {
    for (const job of [this.#current, ...this.#queue]) {
      if (job?.name === 'inspect') {
        this.#reject(job, new LosslightError(RETIRED, 'Another conversation was chosen meanwhile.', ''));
      }
    }
    return this.#enqueue('inspect', request);
  };

  async another(): Promise<TextService> {
    const opened = this.#opened;
    const other = new TextClient(this.spawn, this.#deadlines, this.files);
    if (opened) await other.open(opened);
    return other;
  }

  dispose(): void {
    const error = new LosslightError('closed', 'The text worker was closed.', 'Reload the page.');
    for (const job of [...this.#forRest.splice(0), ...this.#queue.splice(0)]) this.#reject(job, error);
    this.#client.terminate(error);
  }

  #enqueue<N extends Name>(name: N, request: RequestOf<TextRequests, N>): Promise<ReplyOf<TextRequests, N>> {
    return new Promise((resolve, reject) => {
      const settle = (reply: unknown) => resolve(reply as ReplyOf<TextRequests, N>);
      const job: Job = { name, request, resolve: settle, reject, settled: false };
      const first = FIRST.has(name) ? this.#queue.findIndex((other) => LAST.has(other.name)) : -1;
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
    for (let job = this.#next(); job; job = this.#next()) {
      if (job.settled) continue;
      this.#current = job;
      try {
        // Asked first, so that the time that the worker takes to start is not the request's.
        if (this.#fresh) await this.#ask('hello', null);
        if (this.#fresh && this.#opened && job.name !== 'open') await this.#ask('open', this.#opened);
        this.#fresh = false;
        if (REST.has(job.name) && !this.#whole) {
          this.#forRest.push(job);
          if (!this.#loading) void this.#loadRest();
          continue;
        }
        const reply = await this.#ask(job.name, job.request as RequestOf<TextRequests, Name>);
        if (!job.settled) {
          job.settled = true;
          job.resolve(reply);
        }
      } catch (error) {
        this.#reject(job, error as LosslightError);
      } finally {
        this.#current = undefined;
      }
    }
  }

  /** The next request to be asked; undefined where there is none, or where it has to wait. */
  #next(): Job | undefined {
    if (this.#spent) {
      this.#renew();
      this.#client.terminate(new LosslightError('closed', 'The text worker was replaced.', 'Try again.'));
    }
    // What was asked of one tokenizer is not answered by another.
    if (this.#queue[0]?.name === 'open' && this.#forRest.length > 0) return undefined;
    return this.#queue.shift();
  }

  /** Has the host load the rest of its code, and puts what waits for that back into the queue. */
  async #loadRest(): Promise<void> {
    const loading = (this.#loading = { interrupted: false });
    let failure: LosslightError | undefined;
    try {
      await this.#askForRest();
      this.#whole = true;
    } catch (error) {
      failure = error as LosslightError;
    }
    // A worker may go on refusing a script that it could not load once; a new one asks for it again.
    if (failure && this.#loading === loading) this.#spent = true;
    if (this.#loading === loading) this.#loading = undefined;
    const waiting = this.#forRest.splice(0);
    if (failure && !loading.interrupted) for (const job of waiting) this.#reject(job, failure);
    else {
      const last = waiting.filter(({ name }) => LAST.has(name));
      const at = this.#queue.findIndex(({ name }) => LAST.has(name) || name === 'open');
      this.#queue.splice(at < 0 ? this.#queue.length : at, 0, ...last);
      this.#queue.unshift(...waiting.filter(({ name }) => !LAST.has(name)));
    }
    void this.#drain();
  }

  /** The next request begins with a new host. */
  #renew(): void {
    this.#fresh = true;
    this.#whole = false;
    this.#spent = false;
    if (this.#loading) this.#loading.interrupted = this.#current !== undefined;
    this.#loading = undefined;
  }

  /** Rejects where it takes too long, and does not kill the host for it: that may be answering something. */
  async #askForRest(): Promise<void> {
    const deadline = this.#deadlines.hello ?? deadlineOf('hello', 'whole');
    let unwatch = () => {};
    const late = new Promise<never>((_, reject) => {
      unwatch = watch(deadline, () => reject(timeoutOf('hello', deadline)));
    });
    try {
      await Promise.race([this.#client.request('hello', 'whole').reply, late]);
    } finally {
      unwatch();
    }
  }

  async #ask<N extends keyof TextRequests>(
    name: N,
    request: RequestOf<TextRequests, N>,
  ): Promise<ReplyOf<TextRequests, N>> {
    const deadline = this.#deadlines[name] ?? deadlineOf(name, request);
    const unwatch = watch(deadline, () => {
      this.#renew();
      this.#client.terminate(timeoutOf(name, deadline));
    });
    try {
      return await this.#client.request(name, request).reply;
    } finally {
      unwatch();
    }
  }
}

function timeoutOf(name: keyof TextRequests, deadline: number): LosslightError {
  const message = `${WHAT[name]} took longer than ${(deadline / 1000).toFixed(1)} s and was stopped.`;
  return new LosslightError('timeout', message, REMEDIES[name]);
}

type Opening = RequestOf<TextRequests, 'open'>;

function sameOpening(one: Opening, other: Opening): boolean {
  const names = Object.keys({ ...one.files, ...other.files }) as (keyof Opening['files'])[];
  return (
    names.every((name) => one.files[name] === other.files[name]) &&
    one.templateName === other.templateName &&
    one.template?.source === other.template?.source &&
    one.template?.from === other.template?.from
  );
}
