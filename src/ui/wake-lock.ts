/**
 * @file Keeps the screen awake while a run goes, so that a laptop left alone goes on. Where the browser or the system
 * does not allow it, nothing is lost but that, and nothing is said.
 */

/** The part of the Screen Wake Lock API that is used: https://www.w3.org/TR/screen-wake-lock/ */
export interface WakeLockSource {
  request(type: 'screen'): Promise<Pick<WakeLockSentinel, 'release' | 'released'>>;
}

export class WakeLock {
  #wanted = false;
  #asking = false;
  #lock: Pick<WakeLockSentinel, 'release' | 'released'> | undefined;
  readonly #unlisten: () => void;

  /** @param source `navigator.wakeLock`; undefined on pages without a secure context. */
  constructor(
    private readonly source: WakeLockSource | undefined,
    page: Document = document,
  ) {
    // The system takes the lock away with the page's visibility, and does not give it back.
    const again = () => page.visibilityState === 'visible' && void this.#follow();
    page.addEventListener('visibilitychange', again);
    this.#unlisten = () => page.removeEventListener('visibilitychange', again);
  }

  /** Holds the lock from now on, or lets it go. */
  hold(on: boolean): void {
    this.#wanted = on;
    void this.#follow();
  }

  dispose(): void {
    this.#unlisten();
    this.hold(false);
  }

  async #follow(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      if (this.#wanted && (this.#lock === undefined || this.#lock.released)) {
        this.#lock = await this.source?.request('screen');
      }
      // Also what was asked for in vain meanwhile.
      if (!this.#wanted && this.#lock) {
        const lock = this.#lock;
        this.#lock = undefined;
        await lock.release();
      }
    } catch {
      // A battery that is low, or a page that is not seen: training goes on without.
      this.#lock = undefined;
    } finally {
      this.#asking = false;
    }
  }
}
