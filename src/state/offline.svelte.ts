/**
 * @file Keeping the page for use without a network: what has become of it, and taking over a new version.
 */
import { trustedPolicy } from '../worker/spawn';

/**
 * `none`: nothing is kept, or it cannot be here; `keeping`: files are being loaded; `ready`: the page opens without a
 * network; `update`: so it does, and a new version waits; `failed`: files could not be kept, and the next visit tries
 * again.
 */
export type OfflineStatus = 'none' | 'keeping' | 'ready' | 'update' | 'failed';

export class OfflineState {
  #status = $state<OfflineStatus>('none');
  #waiting: ServiceWorker | null = null;
  #takingOver = false;

  /**
   * @param container undefined where the browser has no service workers, or allows them none: they need https or this
   * machine itself
   * @param reload shows the page of the new version
   */
  constructor(
    private readonly container: ServiceWorkerContainer | undefined,
    private readonly reload: () => void,
  ) {}

  get status() {
    return this.#status;
  }

  /** True once files were kept in this very visit, for saying so once. */
  #new = $state(false);
  get isNew() {
    return this.#new;
  }

  /** Registers the service worker, which keeps what it does not have yet. Resolves when it is registered. */
  async begin(url: string): Promise<void> {
    const { container } = this;
    if (!container) return;
    this.#new = container.controller === null;
    container.addEventListener('controllerchange', () => {
      if (this.#takingOver) this.reload();
    });
    try {
      const registration = await container.register(trustedPolicy()?.createScriptURL(url) ?? url, {
        updateViaCache: 'none',
      });
      this.#follow(registration);
      registration.addEventListener('updatefound', () => this.#follow(registration));
    } catch {
      // Without a network the worker that is there goes on.
      this.#status = container.controller ? 'ready' : 'failed';
    }
  }

  /** Takes the new version over and reloads the page; what is on the page goes. */
  update(): void {
    this.#takingOver = true;
    this.#waiting?.postMessage('take-over');
  }

  #follow(registration: ServiceWorkerRegistration): void {
    const { installing, waiting, active } = registration;
    if (waiting && active) {
      this.#waiting = waiting;
      this.#status = 'update';
    } else if (installing) {
      if (!active) this.#status = 'keeping';
      installing.addEventListener('statechange', () => {
        if (installing.state === 'redundant') this.#status = registration.active ? 'ready' : 'failed';
        else this.#follow(registration);
      });
    }
    if (!waiting && active) this.#status = 'ready';
  }
}
