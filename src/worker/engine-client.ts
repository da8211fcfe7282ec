/**
 * @file The page's side of the engine host: promises for requests, a listener for events, and a restart that gives a
 * new worker (and so a new device) after a fatal error.
 */
import { LosslightError } from '../errors';
import { HostClient, type ReplyOf, type RequestOf, type WorkerLike } from './client';
import hostUrl from './engine-host.ts?worker&url';
import type { EngineEvent, EngineRequests } from './protocol';
import type { EngineKind, GeneratedToken } from '../model/engine';
import { spawnWorker } from './spawn';

type Request<N extends keyof EngineRequests> = RequestOf<EngineRequests, N>;
type Reply<N extends keyof EngineRequests> = Promise<ReplyOf<EngineRequests, N>>;

/** What the page asks of the engine. Every promise rejects with a `LosslightError`. */
export interface EngineService {
  load(request: Request<'load'>): Reply<'load'>;
  cancelLoad(): Reply<'cancelLoad'>;
  inspectModel(request: Request<'inspectModel'>): Reply<'inspectModel'>;
  score(request: Request<'score'>): Reply<'score'>;
  train(request: Request<'train'>): Reply<'train'>;
  memory(request: Request<'memory'>): Reply<'memory'>;
  pace(): Reply<'pace'>;
  control(request: Request<'control'>): Reply<'control'>;
  change(request: Request<'change'>): Reply<'change'>;
  answer(request: Request<'answer'>): Reply<'answer'>;
  adapt(request: Request<'adapt'>): Reply<'adapt'>;
  save(request: Request<'save'>): Reply<'save'>;
  snapshot(): Reply<'snapshot'>;
  restore(request: Request<'restore'>): Reply<'restore'>;
  reset(): Reply<'reset'>;
  /** `onToken` sees each token as it is read back; aborting ends the generation with the tokens so far. */
  generate(
    request: Request<'generate'>,
    onToken: (token: GeneratedToken) => void,
    signal?: AbortSignal,
  ): Reply<'generate'>;
  loseDevice(): Reply<'loseDevice'>;
  /** Every event but `token`, which goes to its own generation. Returns a function that stops listening. */
  listen(listener: (event: EngineEvent) => void): () => void;
  /** Ends the worker; all that waits rejects. The next request starts a new one, with nothing loaded. */
  restart(): void;
}

/** What a page's address can ask to compute, as in `?engine=cpu`, and the key there. */
export const ENGINE_KEY = 'engine';
export const ENGINE_KINDS: readonly EngineKind[] = ['cpu', 'wgsl', 'oracle'];

/** The engine that a page's address asks for; undefined where the engine is to choose, and for a word that is no engine. */
export function engineKindOf(search: string): EngineKind | undefined {
  const asked = new URLSearchParams(search).get(ENGINE_KEY);
  return ENGINE_KINDS.find((kind) => kind === asked);
}

export class EngineClient implements EngineService {
  readonly #client: HostClient<EngineRequests, EngineEvent>;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #generations = new Map<number, (token: GeneratedToken) => void>();

  /** @param kind what every load asks for; the engine chooses where it is undefined */
  constructor(
    spawn: () => WorkerLike = () => spawnWorker(hostUrl, 'losslight engine'),
    readonly kind?: EngineKind,
  ) {
    this.#client = new HostClient<EngineRequests, EngineEvent>(
      spawn,
      (event) => this.#receive(event),
      ({ code, message, remedy }) => this.#receive({ type: 'fatal', error: { code, message, remedy } }),
    );
  }

  load = (request: Request<'load'>) => this.#client.request('load', { engine: this.kind, ...request }).reply;
  cancelLoad = () => this.#client.request('cancelLoad', null).reply;
  inspectModel = (request: Request<'inspectModel'>) => this.#client.request('inspectModel', request).reply;
  score = (request: Request<'score'>) => this.#client.request('score', request).reply;
  train = (request: Request<'train'>) => this.#client.request('train', request).reply;
  memory = (request: Request<'memory'>) => this.#client.request('memory', request).reply;
  pace = () => this.#client.request('pace', null).reply;
  control = (request: Request<'control'>) => this.#client.request('control', request).reply;
  change = (request: Request<'change'>) => this.#client.request('change', request).reply;
  answer = (request: Request<'answer'>) => this.#client.request('answer', request).reply;
  adapt = (request: Request<'adapt'>) => this.#client.request('adapt', request).reply;
  save = (request: Request<'save'>) => this.#client.request('save', request).reply;
  snapshot = () => this.#client.request('snapshot', null).reply;
  restore = (request: Request<'restore'>) => this.#client.request('restore', request).reply;
  reset = () => this.#client.request('reset', null).reply;
  loseDevice = () => this.#client.request('loseDevice', null).reply;

  async generate(
    request: Request<'generate'>,
    onToken: (token: GeneratedToken) => void,
    signal?: AbortSignal,
  ) {
    if (signal?.aborted) return { tokens: [] };
    const { id, reply } = this.#client.request('generate', request);
    this.#generations.set(id, onToken);
    // The rejection of a cancel says nothing that the generation's own reply does not.
    const cancel = () => void this.#client.request('cancelGenerate', null).reply.catch(() => {});
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await reply;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#generations.delete(id);
    }
  }

  listen(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  restart(): void {
    this.#client.terminate(
      new LosslightError(
        'restarted',
        'The engine was restarted before this was done.',
        'Do it again when the model is loaded.',
      ),
    );
  }

  #receive(event: EngineEvent): void {
    if (event.type === 'token') {
      this.#generations.get(event.request)?.(event.token);
      return;
    }
    for (const listener of this.#listeners) listener(event);
  }
}
