/**
 * @file Requests and replies over a worker: numbers each request, matches its reply, passes events on, and turns a
 * worker that dies into rejected promises. Knows nothing of what is asked.
 */
import { LosslightError } from '../errors';
import type { HostMessage, RequestMessage } from './protocol';

export type RequestOf<Requests, Name extends keyof Requests> = Requests[Name] extends { request: infer R }
  ? R
  : never;
export type ReplyOf<Requests, Name extends keyof Requests> = Requests[Name] extends { reply: infer R }
  ? R
  : never;

/** The part of `Worker` that a client needs; tests pass a MessagePort-like object. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  addEventListener(type: 'error', listener: (event: ErrorEvent) => void): void;
  addEventListener(type: 'messageerror', listener: (event: MessageEvent) => void): void;
}

interface Pending {
  resolve(reply: unknown): void;
  reject(error: LosslightError): void;
}

const CRASH_REMEDY =
  'Restart it from this page. If it happens again, reload the page and report the message.';

export class HostClient<Requests, Event = never> {
  #worker: WorkerLike | undefined;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  readonly #spawn: () => WorkerLike;
  readonly #onEvent: (event: Event) => void;
  readonly #onCrash: (error: LosslightError) => void;

  /**
   * @param spawn makes the worker; called at the first request and at the first one after `terminate`.
   * @param onEvent gets what the host says unasked.
   * @param onCrash is told when the worker itself fails: its script does not load, or an error escapes it.
   */
  constructor(
    spawn: () => WorkerLike,
    onEvent: (event: Event) => void = () => {},
    onCrash: (error: LosslightError) => void = () => {},
  ) {
    this.#spawn = spawn;
    this.#onEvent = onEvent;
    this.#onCrash = onCrash;
  }

  /** Sends a request; the promise rejects with a `LosslightError`. `id` is what the host's events repeat. */
  request<Name extends keyof Requests>(
    name: Name,
    request: RequestOf<Requests, Name>,
  ): { id: number; reply: Promise<ReplyOf<Requests, Name>> } {
    const id = ++this.#lastId;
    const reply = new Promise<ReplyOf<Requests, Name>>((resolve, reject) => {
      this.#pending.set(id, { resolve: (value) => resolve(value as ReplyOf<Requests, Name>), reject });
      try {
        const message: RequestMessage<Requests, Name> = { id, name, request };
        this.#running().postMessage(message);
      } catch (cause) {
        this.#pending.delete(id);
        const text = cause instanceof Error ? cause.message : String(cause);
        reject(
          new LosslightError(
            'worker-failed',
            `The request “${String(name)}” could not be sent: ${text}`,
            CRASH_REMEDY,
            { cause },
          ),
        );
      }
    });
    return { id, reply };
  }

  /** Starts the worker before anything is asked; where that fails, the first request says so. */
  start(): void {
    try {
      this.#running();
    } catch {
      // The request tries again.
    }
  }

  /** Ends the worker and rejects everything that waits for it. The next request starts a new one. */
  terminate(reason: LosslightError): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of waiting) pending.reject(reason);
  }

  #running(): WorkerLike {
    if (this.#worker) return this.#worker;
    const worker = this.#spawn();
    const crash = (text: string) => {
      // A worker that was replaced has nothing more to say.
      if (this.#worker !== worker) return;
      const error = new LosslightError('worker-failed', text, CRASH_REMEDY);
      this.terminate(error);
      this.#onCrash(error);
    };
    worker.addEventListener('message', (event) => {
      if (this.#worker === worker) this.#receive(event.data as HostMessage<Event>);
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault?.();
      crash(`A background worker failed: ${event.message || 'its script could not be loaded'}.`);
    });
    worker.addEventListener('messageerror', () =>
      crash('A message from a background worker could not be read.'),
    );
    this.#worker = worker;
    return worker;
  }

  #receive(message: HostMessage<Event>): void {
    if ('event' in message) {
      this.#onEvent(message.event);
      return;
    }
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    this.#pending.delete(message.id);
    if (message.ok) pending.resolve(message.reply);
    else {
      const { code, message: what, remedy, place } = message.error;
      pending.reject(new LosslightError(code, what, remedy, { place }));
    }
  }
}
