/**
 * @file Where the page begins: makes the two workers' clients and the state, and draws them.
 */
import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { OfflineState } from './state/offline.svelte';
import { Session } from './state/session.svelte';
import { tabStorage } from './state/page-storage';
import { ThemeState } from './state/theme.svelte';
import { EngineClient, engineKindOf } from './worker/engine-client';
import { TextClient } from './worker/text-client';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element with the id “app”.');

const theme = new ThemeState();
const engine = new EngineClient(undefined, engineKindOf(location.search));
const session = new Session({
  text: new TextClient(),
  engine,
  base: document.baseURI,
  storage: tabStorage(),
});
const offline = new OfflineState(navigator.serviceWorker, () => location.reload());
target.replaceChildren();
mount(App, { target, props: { session, theme, offline } });
// Not while the page loads what it needs now. The development server changes its files all the time.
void session.begin().finally(() => {
  if (import.meta.env.PROD) void offline.begin(new URL('service-worker.js', document.baseURI).href);
});
