/**
 * @file The page's side of the experiment's worker, which has a model of its own: what is loaded on the page stays as it is.
 */
import { LosslightError } from '../errors';
import { HostClient, type ReplyOf, type RequestOf, type WorkerLike } from './client';
import hostUrl from './engine-experiment.ts?worker&url';
import type { ExperimentEvent, ExperimentRequests } from './experiment-messages';
import { spawnWorker } from './spawn';

export type {
  ExperimentEvent,
  ExperimentReport,
  ExperimentRequests,
  KeptExperiment,
  RunStatus,
} from './experiment-messages';

/** What the page asks. Every promise rejects with a `LosslightError`. */
export interface ExperimentService {
  ask<N extends keyof ExperimentRequests>(
    name: N,
    request: RequestOf<ExperimentRequests, N>,
  ): Promise<ReplyOf<ExperimentRequests, N>>;
  /** Ends the worker; what was logged and the last checkpoint stay. */
  end(): void;
}

export class ExperimentClient implements ExperimentService {
  readonly #client: HostClient<ExperimentRequests, ExperimentEvent>;

  constructor(
    onEvent: (event: ExperimentEvent) => void,
    spawn: () => WorkerLike = () => spawnWorker(hostUrl, 'losslight experiment'),
  ) {
    this.#client = new HostClient(spawn, onEvent);
  }

  ask<N extends keyof ExperimentRequests>(
    name: N,
    request: RequestOf<ExperimentRequests, N>,
  ): Promise<ReplyOf<ExperimentRequests, N>> {
    return this.#client.request(name, request).reply;
  }

  end(): void {
    this.#client.terminate(new LosslightError('ended', 'The experiment was closed.', 'Open it again.'));
  }
}
