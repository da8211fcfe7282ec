/**
 * @file The workers' side of the carrier: one reply a request, errors as plain data.
 */
import { expect, test } from 'vitest';
import { LosslightError } from '../../src/errors';
import { reportError, serve, type HostPort } from '../../src/worker/host';

interface Requests {
  double: { request: number; reply: number };
  later: { request: string; reply: string };
  fail: { request: Error; reply: null };
  uncopyable: { request: null; reply: unknown };
}

/** A host behind a port that copies messages as a worker does. */
function host() {
  const replies: unknown[] = [];
  const listeners: ((event: MessageEvent<unknown>) => void)[] = [];
  const port: HostPort<never> = {
    postMessage: (message) => void replies.push(structuredClone(message)),
    addEventListener: (_, listener) => void listeners.push(listener),
  };
  serve<Requests>(port, {
    double: (request) => request * 2,
    later: async (request) => {
      await Promise.resolve();
      return request;
    },
    fail: (error) => {
      throw error;
    },
    uncopyable: () => () => undefined,
  });
  const send = async (data: unknown) => {
    for (const listener of listeners) listener({ data } as MessageEvent<unknown>);
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { replies, send };
}

test('answers each request once, under its number', async () => {
  const { replies, send } = host();
  await send({ id: 1, name: 'double', request: 21 });
  await send({ id: 2, name: 'later', request: 'x' });
  expect(replies).toEqual([
    { id: 1, ok: true, reply: 42 },
    { id: 2, ok: true, reply: 'x' },
  ]);
});

test('a named error keeps its name and remedy; any other is reported as internal', async () => {
  const { replies, send } = host();
  await send({
    id: 1,
    name: 'fail',
    request: new LosslightError('zero-norm', 'Nothing is trained.', 'Train something.'),
  });
  await send({ id: 2, name: 'fail', request: new TypeError('x is undefined') });
  expect(replies).toMatchObject([
    {
      id: 1,
      ok: false,
      error: { code: 'zero-norm', message: 'Nothing is trained.', remedy: 'Train something.' },
    },
    { id: 2, ok: false, error: { code: 'internal', message: 'x is undefined' } },
  ]);
  expect(reportError('text')).toMatchObject({ code: 'internal', message: 'text' });
});

test('an unknown request is refused, members of every object included', async () => {
  const { replies, send } = host();
  for (const [i, name] of ['nonsense', 'constructor', '__proto__'].entries())
    await send({ id: i, name, request: null });
  expect(replies).toMatchObject(
    [0, 1, 2].map((id) => ({ id, ok: false, error: { code: 'unknown-request' } })),
  );
});

test('a reply that cannot be copied becomes an error, not a request that waits forever', async () => {
  const { replies, send } = host();
  await send({ id: 7, name: 'uncopyable', request: null });
  expect(replies).toMatchObject([{ id: 7, ok: false, error: { code: 'internal' } }]);
});

test('what is no request gets no reply', async () => {
  const { replies, send } = host();
  for (const data of [null, 'double', { name: 'double' }, { id: '1', name: 'double' }]) await send(data);
  expect(replies).toEqual([]);
});
