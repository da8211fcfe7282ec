/**
 * @file The shipped tokenizer's files are asked for once, opened as soon as both are there, and handed to whoever asks next.
 */
import { afterEach, expect, test, vi } from 'vitest';
import type { OpenRequest } from '../../src/sequence/open-model';
import { openFirst, SHIPPED } from '../../src/state/first-files';

const BASE = 'https://page.example/losslight/';
const TOKENIZER = `${BASE}${SHIPPED}tokenizer.json`;
const CONFIG = `${BASE}${SHIPPED}tokenizer_config.json`;

afterEach(() => vi.unstubAllGlobals());

/** Answers what is asked for, and notes it. */
function answerWith(answer: (url: string) => Promise<Response> | Response): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    return answer(url);
  });
  return asked;
}
/** Long enough for whatever the answers set off. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

test('both files are asked for at once, and opened with their texts', async () => {
  const asked = answerWith((url) => new Response(`text of ${url}`));
  const open = vi.fn<(request: OpenRequest) => void>();
  openFirst(BASE, open);
  expect(asked).toEqual([TOKENIZER, CONFIG]);
  await settled();
  expect(open.mock.calls).toEqual([
    [{ files: { 'tokenizer.json': `text of ${TOKENIZER}`, 'tokenizer_config.json': `text of ${CONFIG}` } }],
  ]);
});

test('nothing is opened before the second of them is there', async () => {
  let release = () => {};
  const late = new Promise<void>((resolve) => (release = resolve));
  answerWith(async (url) => {
    if (url === CONFIG) await late;
    return new Response('{}');
  });
  const open = vi.fn();
  openFirst(BASE, open);
  await settled();
  expect(open).not.toHaveBeenCalled();
  release();
  await settled();
  expect(open).toHaveBeenCalledTimes(1);
});

test('the page gets each answer once, whole, though it was read before; of any other address none', async () => {
  const asked = answerWith((url) => new Response(`text of ${url}`));
  const first = openFirst(BASE, () => {});
  await settled();
  expect(first(`${BASE}lessons/index.json`)).toBeUndefined();
  const answer = await first(TOKENIZER);
  expect(await answer?.text()).toBe(`text of ${TOKENIZER}`);
  // A second try is to ask the server.
  expect(first(TOKENIZER)).toBeUndefined();
  expect(await (await first(CONFIG))?.text()).toBe(`text of ${CONFIG}`);
  expect(asked).toHaveLength(2);
});

test('what is missing is not opened, and the page hears of it from the same answer', async () => {
  answerWith((url) => new Response('', { status: url === CONFIG ? 404 : 200 }));
  const open = vi.fn();
  const first = openFirst(BASE, open);
  await settled();
  expect(open).not.toHaveBeenCalled();
  expect((await first(CONFIG))?.status).toBe(404);
});

test('without a network nothing is opened and nothing goes unhandled; the page hears of it', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  answerWith(() => Promise.reject(new TypeError('Failed to fetch')));
  const open = vi.fn();
  const first = openFirst(BASE, open);
  await settled();
  process.off('unhandledRejection', unhandled);
  expect(open).not.toHaveBeenCalled();
  expect(unhandled).not.toHaveBeenCalled();
  await expect(first(TOKENIZER)).rejects.toThrow('Failed to fetch');
});
