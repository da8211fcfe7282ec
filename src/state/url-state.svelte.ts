/**
 * @file The settings in the page's address: read when the page opens, and written there as they change, without a new entry in
 * the browser's history for each. Conversations never go there.
 */
import { untrack } from 'svelte';
import type { Adaptation } from '../model/engine';
import { applySettings, settingsNow } from './page-settings';
import type { Session } from './session.svelte';
import { changedSettings, queryOf, readSettings, tooLong, type PageSettings } from './url-settings';

/** The browser's address and how it is replaced. */
export interface AddressBar {
  /** The whole address as it is now. */
  href: () => string;
  /** Puts another in its place, without going there. */
  replace: (href: string) => void;
  /** Whether Back or Forward led to it from another page: it was here before. */
  returned?: () => boolean;
}

/** Settings that a link brought, in place of those that were there. */
export interface Brought {
  settings: PageSettings;
  /** What the tab had before; undefined where it had not shown the page yet. */
  own: PageSettings | undefined;
}

/** The settings that this tab had last, to tell a link from a reload. */
export const SETTINGS_KEY = 'losslight.settings';

/** Milliseconds after the last change: browsers refuse a page that writes its address at every key. */
const WRITE_MS = 300;

export const browserAddress: AddressBar = {
  href: () => location.href,
  replace: (href) => history.replaceState(history.state, '', href),
  returned: () => {
    const [entry] = performance.getEntriesByType('navigation');
    return (entry as PerformanceNavigationTiming | undefined)?.type === 'back_forward';
  },
};

export class UrlState {
  #problems = $state.raw<readonly string[]>([]);
  #brought = $state.raw<Brought | undefined>();
  /** What is to be trained as soon as the model has loaded. */
  #waiting = $state.raw<Adaptation | undefined>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #unwatch: () => void;

  constructor(
    private readonly session: Session,
    private readonly bar: AddressBar = browserAddress,
    /** Of the tab; undefined where there is none. */
    private readonly storage?: Pick<Storage, 'getItem' | 'setItem'>,
  ) {
    const { settings, problems } = readSettings(new URL(bar.href()).searchParams);
    this.#problems = problems;
    if (Object.keys(settings).length) this.apply(settings);
    this.#brought = broughtBy(changedSettings(settings), storage?.getItem(SETTINGS_KEY));
    if (bar.returned?.()) this.#brought = undefined;
    this.#unwatch = $effect.root(() => {
      $effect(() => {
        const waiting = this.#waiting;
        // A lesson says what it trains; what the address asks for comes when it is closed.
        if (this.#inLesson) return;
        const { weights, info, shippedWeights } = session.model;
        if (!waiting || weights !== 'ready' || !info) return;
        this.#waiting = undefined;
        if (!shippedWeights || JSON.stringify(info.trained.adaptation) === JSON.stringify(waiting)) return;
        untrack(() => {
          if (!session.train.active) void session.adapt(waiting);
        });
      });
      $effect(() => {
        // A lesson's settings are the lesson's; one's own come back when it is closed.
        clearTimeout(this.#timer);
        if (this.#inLesson) return;
        const now = this.settings;
        this.#timer = setTimeout(() => this.#write(now), WRITE_MS);
      });
    });
  }

  /** True while a lesson is open, comes or goes. */
  get #inLesson(): boolean {
    const { current, switching } = this.session.lessons;
    return current !== undefined || switching;
  }

  /** All settings as they are now. */
  readonly settings = $derived.by(() => settingsNow(this.session, this.#waiting));
  /** Those that differ from their default: what the address holds. */
  readonly changed = $derived.by(() => changedSettings(this.settings));
  /** What differs as well and is too long for an address, by name. */
  readonly leftOut = $derived.by(() => tooLong(this.settings));
  /** What the address said that does not hold, a sentence each. */
  get problems() {
    return this.#problems;
  }

  /** What the link brought that the page was opened with, until that is decided. */
  get brought() {
    return this.#brought;
  }

  /** The settings that the link brought are one's own from now on, or were taken back. */
  decideBrought(): void {
    this.#brought = undefined;
  }

  /** Puts settings in place of all that there are; those that are not given get their default. */
  apply(settings: PageSettings): void {
    const adaptation = applySettings(this.session, settings);
    const trained = this.session.model.info?.trained.adaptation;
    const wanted = trained ?? { kind: 'full' };
    this.#waiting = JSON.stringify(adaptation) === JSON.stringify(wanted) ? undefined : adaptation;
  }

  reset(): void {
    this.apply({});
  }

  /** Takes the messages away. */
  dismiss(): void {
    this.#problems = [];
  }

  /** The address with the settings alone: no lesson, no fragment, nothing of the conversations. */
  link(settings: PageSettings = this.settings): string {
    const url = new URL(this.bar.href());
    return `${url.origin}${url.pathname}${queryOf('', settings)}`;
  }

  /** Whether the address asks for the guide. */
  get asksGuide(): boolean {
    return new URL(this.bar.href()).searchParams.has('guide');
  }

  /** Says in the address whether the guide is open. */
  showGuide(open: boolean): void {
    const url = new URL(this.bar.href());
    if (open) url.searchParams.set('guide', '1');
    else url.searchParams.delete('guide');
    this.bar.replace(`${url.pathname}${url.search}${url.hash}`);
  }

  /** Writes the settings as they are into an address that may be of another time. */
  settle(): void {
    if (!this.#inLesson) this.#write(this.settings);
  }

  /** Takes the fragment out of the address. */
  dropFragment(): void {
    const { pathname, search } = new URL(this.bar.href());
    this.bar.replace(`${pathname}${search}`);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#unwatch();
  }

  #write(settings: PageSettings): void {
    try {
      this.storage?.setItem(SETTINGS_KEY, JSON.stringify(changedSettings(settings)));
    } catch {
      // A full storage takes a reload for a link, which says what it brings.
    }
    const url = new URL(this.bar.href());
    const query = queryOf(url.search, settings);
    if (query === url.search) return;
    this.bar.replace(`${url.pathname}${query}${url.hash}`);
  }
}

/** What a link brought, by what the tab noted; undefined where its settings are those of the tab, or where it has none. */
function broughtBy(settings: PageSettings, noted: string | null | undefined): Brought | undefined {
  if (!Object.keys(settings).length || noted === JSON.stringify(settings)) return undefined;
  return { settings, own: readNoted(noted) };
}

function readNoted(noted: string | null | undefined): PageSettings | undefined {
  if (!noted) return undefined;
  try {
    // Some may be of an earlier version of the page.
    const entries = Object.entries(JSON.parse(noted) as PageSettings);
    return readSettings(entries.map(([key, text]) => [key, String(text)] as const)).settings;
  } catch {
    return undefined;
  }
}
