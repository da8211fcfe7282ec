/**
 * @file The first view: until what a visit comes for is on the screen, parts of the page that can wait do, however deep they are.
 */
import { getContext, setContext } from 'svelte';

const KEY = Symbol('first-view');

/** Milliseconds after which a page that is not drawn, such as one in the background, does not wait to be. */
const LATEST = 1000;
/** Milliseconds after which a page does not wait for what never comes, such as a file on a network that hangs. */
export const PATIENCE = 10_000;

export class FirstView {
  #pending = $state(true);

  /** @param isAwaited tells whether something is still to come before the first view is whole */
  constructor(isAwaited: () => boolean) {
    $effect(() => {
      const late = setTimeout(() => (this.#pending = false), PATIENCE);
      return () => clearTimeout(late);
    });
    $effect(() => {
      if (!this.#pending || isAwaited()) return;
      const end = () => (this.#pending = false);
      // The frame comes first, and is on its way to the screen when the next one begins; what it held back follows.
      let frame = requestAnimationFrame(() => {
        frame = requestAnimationFrame(() => setTimeout(end));
      });
      const late = setTimeout(end, LATEST);
      return () => {
        cancelAnimationFrame(frame);
        clearTimeout(late);
      };
    });
  }

  /** True until the first view is drawn; never again after that. */
  get pending() {
    return this.#pending;
  }
}

/** Called once, while the page is made. */
export function provideFirstView(view: FirstView): void {
  setContext(KEY, view);
}

/** The first view of the page around; undefined where a component stands alone. */
export function pageFirstView(): FirstView | undefined {
  return getContext<FirstView | undefined>(KEY);
}
