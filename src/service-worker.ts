/**
 * @file The service worker: keeps the page's own files when it is installed, and answers from them ever after, with or
 * without a network. A new version waits until the page asks for it. The build puts the list of files in.
 */
import { OfflineCache, type Precache } from './offline-cache';

declare const LOSSLIGHT_PRECACHE: Precache;

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const cache = new OfflineCache(LOSSLIGHT_PRECACHE, worker.registration.scope, {
  caches: worker.caches,
  fetch: (url, options) => worker.fetch(url, options),
  subtle: worker.crypto.subtle,
});

worker.addEventListener('install', (event) => event.waitUntil(cache.install()));

worker.addEventListener('activate', (event) => {
  // The page that is open now works offline too, without a reload.
  event.waitUntil(cache.removeOld().then(() => worker.clients.claim()));
});

worker.addEventListener('message', ({ data }) => {
  if (data === 'take-over') void worker.skipWaiting();
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const path = cache.pathOf(request);
  if (path !== undefined) event.respondWith(answer(request, path));
});

async function answer(request: Request, path: string): Promise<Response> {
  const kept = await cache.answer(path, request.headers.get('range'));
  if (kept) return kept;
  // The browser has thrown the file away; what the network has is shown, and kept by the next version.
  return cache.isolated(await worker.fetch(request));
}
