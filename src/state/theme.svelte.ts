/**
 * @file Light or dark: what the system asks for, unless the person chose otherwise.
 */

import { pageStorage } from './page-storage';

export type Theme = 'light' | 'dark';

const KEY = 'losslight.theme';

export class ThemeState {
  #system = $state<Theme>('light');
  #chosen = $state<Theme | undefined>();
  #current = $derived(this.#chosen ?? this.#system);

  constructor(
    private readonly root: HTMLElement = document.documentElement,
    private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined = pageStorage(),
  ) {
    const query = matchMedia('(prefers-color-scheme: dark)');
    this.#system = query.matches ? 'dark' : 'light';
    query.addEventListener('change', () => {
      this.#system = query.matches ? 'dark' : 'light';
    });
    const stored = this.storage?.getItem(KEY);
    if (stored === 'light' || stored === 'dark') this.#set(stored);
  }

  get current() {
    return this.#current;
  }

  toggle(): void {
    const next = this.#current === 'dark' ? 'light' : 'dark';
    // Back to what the system asks for: follow it again.
    this.#set(next === this.#system ? undefined : next);
  }

  #set(theme: Theme | undefined): void {
    this.#chosen = theme;
    if (theme) {
      this.root.dataset.theme = theme;
      this.storage?.setItem(KEY, theme);
    } else {
      delete this.root.dataset.theme;
      this.storage?.removeItem(KEY);
    }
  }
}
