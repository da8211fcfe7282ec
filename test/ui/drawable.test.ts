/**
 * @file The page is drawn when its HTML and its style are there, and not kept waiting for a style that does not come.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { drawable } from '../../src/ui/drawable';

/** Longer than any test lasts. */
const NEVER = 600_000;

let frame: HTMLIFrameElement;
let inner: Document;
beforeEach(() => {
  frame = document.createElement('iframe');
  document.body.append(frame);
  if (!frame.contentDocument) throw new Error('The frame has no document.');
  inner = frame.contentDocument;
});
afterEach(() => frame.remove());

/** Tells whether the page could be drawn by now. */
function watch(promise: Promise<void>): () => boolean {
  let done = false;
  void promise.then(() => (done = true));
  return () => done;
}
/** Long enough for whatever needs no more than a turn. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

function addStyle(href: string): HTMLLinkElement {
  const link = inner.createElement('link');
  Object.assign(link, { rel: 'stylesheet', href });
  inner.head.append(link);
  return link;
}

test('while the HTML is read the page waits for its end', async () => {
  inner.open();
  inner.write('<!doctype html><head></head><body><div id="app">');
  const ready = watch(drawable(inner, NEVER));
  await pause();
  expect(inner.readyState).toBe('loading');
  expect(ready()).toBe(false);
  inner.write('</div></body>');
  inner.close();
  await expect.poll(ready).toBe(true);
});

test('with its style there already it can be drawn at once', async () => {
  const link = addStyle(URL.createObjectURL(new Blob(['p { color: red }'], { type: 'text/css' })));
  await expect.poll(() => link.sheet).not.toBeNull();
  await drawable(inner, NEVER);
});

test('a style that is on its way is waited for', async () => {
  const link = addStyle(URL.createObjectURL(new Blob(['p { color: red }'], { type: 'text/css' })));
  expect(link.sheet).toBeNull();
  const ready = watch(drawable(inner, NEVER).then(() => expect(link.sheet).not.toBeNull()));
  await expect.poll(ready).toBe(true);
});

test('a style that fails is not waited for', async () => {
  const gone = URL.createObjectURL(new Blob(['']));
  URL.revokeObjectURL(gone);
  const failed = vi.fn();
  addStyle(gone).addEventListener('error', failed);
  const ready = watch(drawable(inner, NEVER));
  expect(ready()).toBe(false);
  await expect.poll(ready).toBe(true);
  expect(failed).toHaveBeenCalledTimes(1);
});

test('a style that never answers is waited for as long as the patience lasts', async () => {
  // No answer at all: nothing tells that it came, nor that it failed.
  const link = inner.createElement('link');
  link.rel = 'stylesheet';
  inner.head.append(link);
  const [short, long] = [watch(drawable(inner, 300)), watch(drawable(inner, NEVER))];
  await pause();
  expect(short()).toBe(false);
  await expect.poll(short).toBe(true);
  expect(long()).toBe(false);
});
