/**
 * @file The page itself: makes the engine's client and the state, and draws them.
 */
import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import './print.css';
import type { TakeFirst } from './state/first-files';
import { fetchText } from './state/model.svelte';
import { OfflineState } from './state/offline.svelte';
import { Session } from './state/session.svelte';
import { LayoutState } from './state/layout.svelte';
import { pageAddress } from './state/lesson-address';
import { pageStorage, tabStorage } from './state/page-storage';
import { ThemeState } from './state/theme.svelte';
import { browserAddress, UrlState } from './state/url-state.svelte';
import { EngineClient, engineKindOf } from './worker/engine-client';
import type { TextService } from './worker/text-client';

/** Draws the page and begins to load what it needs. `text` may have begun to start, and `first` has what was asked for before. */
export function openPage(text: TextService, first: TakeFirst): void {
  const target = document.getElementById('app');
  if (!target) throw new Error('index.html has no element with the id “app”.');

  const theme = new ThemeState();
  const engine = new EngineClient(undefined, engineKindOf(location.search));
  const session = new Session({
    text,
    engine,
    base: document.baseURI,
    readText: (url) => fetchText(url, first(url)),
    storage: tabStorage(),
    paceStorage: pageStorage(),
    lessons: { address: pageAddress(tabStorage()), storage: pageStorage() },
  });
  const offline = new OfflineState(navigator.serviceWorker, () => location.reload());
  target.replaceChildren();
  const layout = new LayoutState(pageStorage());
  const address = new UrlState(session, browserAddress, tabStorage());
  mount(App, { target, props: { session, theme, layout, address, offline } });
  // Not while the page loads what it needs now. The development server changes its files all the time.
  void session.begin().finally(() => {
    if (import.meta.env.PROD) void offline.begin(new URL('service-worker.js', document.baseURI).href);
  });
}
