/**
 * @file Answers of the text worker that follow what is on the page: the newest question alone is asked, one at a time, and
 * an answer is known by what it was asked for.
 */
import type { Conversation } from '../conversation/types';
import type { ErrorReport } from '../worker/protocol';
import type { DataList } from './data-list';
import { toReport } from './errors';

/** What an answer depends on, compared by identity. */
export type Key = readonly unknown[];

export interface Answer<K extends Key, A> {
  key: K;
  /** Undefined where there is an error. */
  value: A | undefined;
  error: ErrorReport | undefined;
}

const sameKey = (a: Key | undefined, b: Key | undefined): boolean =>
  a === b || (a !== undefined && b?.length === a.length && a.every((part, i) => part === b[i]));

/** One request whose newest answer counts. */
export class Newest<K extends Key, A> {
  #answer = $state.raw<Answer<K, A> | undefined>();
  #asking = false;
  readonly #fresh = $derived.by(() => sameKey(this.#answer?.key, this.key()));

  /** @param key what to ask for now; undefined where there is nothing to ask */
  constructor(
    private readonly key: () => K | undefined,
    private readonly ask: (key: K) => Promise<A>,
  ) {}

  /** The last answer, which may be one to an earlier question. */
  get answer() {
    return this.#answer;
  }
  /** True where the last answer is the one to the present question. */
  get fresh() {
    return this.#fresh;
  }

  /** To be called when the question may have changed; resolves when the answer is to the present one. */
  async refresh(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      for (let key = this.key(); key && !sameKey(this.#answer?.key, key); key = this.key())
        this.#answer = await this.#answerTo(key);
    } finally {
      this.#asking = false;
    }
  }

  async #answerTo(key: K): Promise<Answer<K, A>> {
    try {
      return { key, value: await this.ask(key), error: undefined };
    } catch (error) {
      return { key, value: undefined, error: toReport(error) };
    }
  }
}

export interface SweepSource<K extends Key, A> {
  /** What to look at now, and with what; undefined where there is nothing to look at. */
  key(): K | undefined;
  rows(key: K): { list: DataList; rows: readonly number[] };
  /** Asks about a slice; resolves to how many conversations the worker has seen of the job. */
  slice(job: number, conversations: Conversation[], key: K): Promise<number>;
  end(job: number, key: K): Promise<A>;
}

/** Conversations of one request: short enough that choosing one never waits long. */
const CHUNK = 16;
let jobs = 0;

/** A question about a whole list, asked slice by slice; a newer one ends an older one after its slice. */
export class Sweep<K extends Key, A> {
  #answer = $state.raw<Answer<K, A> | undefined>();
  #done = $state(0);
  #total = $state(0);
  #running = $state(false);
  #cancelled = $state.raw<K | undefined>();
  readonly #fresh = $derived.by(() => sameKey(this.#answer?.key, this.source.key()));

  constructor(private readonly source: SweepSource<K, A>) {}

  get answer() {
    return this.#answer;
  }
  get fresh() {
    return this.#fresh;
  }
  /** Conversations looked at, of `total`, while it runs. */
  get done() {
    return this.#done;
  }
  get total() {
    return this.#total;
  }
  get running() {
    return this.#running;
  }
  /** True where it was ended before its end. */
  get cancelled() {
    return sameKey(this.#cancelled, this.source.key());
  }

  /** Ends it; what was found before stands. */
  cancel(): void {
    this.#cancelled = this.source.key();
  }

  /** Begins again after `cancel`. */
  resume(): Promise<void> {
    this.#cancelled = undefined;
    return this.refresh();
  }

  /** To be called when the question may have changed; resolves when the answer is to the present one. */
  async refresh(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let key = this.source.key(); key && !this.#settled(key); key = this.source.key()) {
        const answer = await this.#sweep(key);
        if (answer) this.#answer = answer;
      }
    } finally {
      this.#running = false;
    }
  }

  #settled(key: K): boolean {
    return sameKey(this.#answer?.key, key) || sameKey(this.#cancelled, key);
  }

  /** Undefined where it is no longer wanted. */
  async #sweep(key: K): Promise<Answer<K, A> | undefined> {
    try {
      let value = await this.#once(key);
      // The worker was killed by another request, and what it had seen is gone.
      if (value === 'lost') value = await this.#once(key);
      if (value === 'unwanted') return undefined;
      if (value === 'lost') throw new Error('The text worker was restarted twice meanwhile.');
      return { key, value: value.found, error: undefined };
    } catch (error) {
      return { key, value: undefined, error: toReport(error) };
    }
  }

  async #once(key: K): Promise<{ found: A } | 'lost' | 'unwanted'> {
    const wanted = () => sameKey(this.source.key(), key) && !sameKey(this.#cancelled, key);
    const { list, rows } = this.source.rows(key);
    const job = ++jobs;
    this.#done = 0;
    this.#total = rows.length;
    for (let from = 0; from < rows.length; from += CHUNK) {
      const conversations = await list.read(rows.slice(from, from + CHUNK));
      if (!wanted()) return 'unwanted';
      const before = this.#done;
      this.#done = await this.source.slice(job, conversations, key);
      if (!wanted()) return 'unwanted';
      if (this.#done !== before + conversations.length) return 'lost';
    }
    const found = await this.source.end(job, key);
    return wanted() ? { found } : 'unwanted';
  }
}
