/**
 * @file The clients of both workers: replies, errors, crashes, deadlines, restarts, retired requests.
 */
import { describe, expect, test, vi } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import type { WorkerLike } from '../../src/worker/client';
import { EngineClient, engineKindOf } from '../../src/worker/engine-client';
import type { EngineEvent, RequestMessage, TextRequests, EngineRequests } from '../../src/worker/protocol';
import { ownScript } from '../../src/worker/spawn';
import { TextClient } from '../../src/worker/text-client';

type AnyRequest = RequestMessage<TextRequests & EngineRequests>;

/** A worker that answers as it is told; without an answer it stays silent. */
class FakeWorker implements WorkerLike {
  readonly requests: AnyRequest[] = [];
  terminated = false;
  #listeners = new Map<string, ((event: never) => void)[]>();

  constructor(private readonly answer: (request: AnyRequest, worker: FakeWorker) => void) {}
  postMessage(message: unknown): void {
    const request = structuredClone(message) as AnyRequest;
    this.requests.push(request);
    queueMicrotask(() => this.answer(request, this));
  }
  terminate(): void {
    this.terminated = true;
  }
  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }
  say(data: unknown): void {
    this.#fire('message', { data });
  }
  crash(message: string): void {
    this.#fire('error', { message });
  }
  #fire(type: string, event: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }
}

const echo = (request: AnyRequest, worker: FakeWorker) =>
  worker.say({ id: request.id, ok: true, reply: request.name });
/** Runs, but never answers what it is asked. */
const silent = (request: AnyRequest, worker: FakeWorker) =>
  void (request.name === 'hello' && echo(request, worker));
/** What was asked of a worker that runs. */
const named = (worker: FakeWorker | undefined) =>
  worker?.requests.flatMap(({ name }) => (name === 'hello' ? [] : name));
const FILES = { 'tokenizer.json': '{}', 'tokenizer_config.json': '{}' };
const conversation = (id: string): Conversation => ({
  id,
  messages: [],
  extra: {},
  source: { file: '', record: 0, line: 1 },
});

function textClient(answers: ((request: AnyRequest, worker: FakeWorker) => void)[], deadline = 20) {
  const workers: FakeWorker[] = [];
  const spawn = () => {
    const worker = new FakeWorker(answers[workers.length] ?? echo);
    workers.push(worker);
    return worker;
  };
  return { client: new TextClient(spawn, { inspect: deadline, decode: deadline }), workers };
}

describe('text client', () => {
  test('replies arrive, one request at a time', async () => {
    const { client, workers } = textClient([]);
    expect(await Promise.all([client.open({ files: FILES }), client.decode({ ids: [1] })])).toEqual([
      'open',
      'decode',
    ]);
    expect(named(workers[0])).toEqual(['open', 'decode']);
  });

  test('an error of the host arrives with code, remedy and place', async () => {
    const error = { code: 'bad-template', message: 'No.', remedy: 'Yes.', place: { line: 2, column: 4 } };
    const { client } = textClient([({ id }, worker) => worker.say({ id, ok: false, error })]);
    await expect(client.decode({ ids: [] })).rejects.toMatchObject(error);
  });

  test('a host that misses its deadline is killed; the next one gets the tokenizer first', async () => {
    const { client, workers } = textClient([
      (request, worker) => ['hello', 'open'].includes(request.name) && echo(request, worker),
    ]);
    await client.open({ files: FILES });
    await expect(client.decode({ ids: [1] })).rejects.toMatchObject({ code: 'timeout' });
    expect(workers[0]?.terminated).toBe(true);
    expect(await client.decode({ ids: [2] })).toBe('decode');
    expect(named(workers[1])).toEqual(['open', 'decode']);
  });

  test('requests that waited behind the killed one are still answered', async () => {
    const { client } = textClient([silent]);
    const first = client.decode({ ids: [1] });
    const second = client.prompt({ conversation: conversation('a'), upTo: 0 });
    await expect(first).rejects.toMatchObject({ code: 'timeout' });
    expect(await second).toBe('prompt');
  });

  test('a newer inspect retires older ones, waiting or running', async () => {
    const waiting: (() => void)[] = [];
    const { client, workers } = textClient(
      [
        (request, worker) =>
          request.name === 'hello' ? echo(request, worker) : waiting.push(() => echo(request, worker)),
      ],
      10_000,
    );
    const older = ['a', 'b'].map((id) => client.inspect({ conversation: conversation(id) }));
    const newest = client.inspect({ conversation: conversation('c') });
    for (const promise of older) await expect(promise).rejects.toMatchObject({ code: 'retired' });
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    waiting.shift()?.();
    await vi.waitFor(() => expect(named(workers[0])).toHaveLength(2));
    waiting.shift()?.();
    expect(await newest).toBe('inspect');
    expect(named(workers[0])).toHaveLength(2);
  });

  test('an inspect goes before the counting of a list', async () => {
    const { client, workers } = textClient([]);
    const policy = {
      think: { train: true, weight: 1 },
      call: { train: true, weight: 1 },
      answer: { train: true, weight: 1 },
      end: { train: true, weight: 1 },
    };
    const count = () => client.sequences({ conversations: [], policy, maxLength: 8 });
    await client.lintReport({ job: 1 });
    await Promise.all([count(), count(), client.inspect({ conversation: conversation('a') })]);
    expect(named(workers[0])).toEqual(['lintReport', 'sequences', 'inspect', 'sequences']);
  });

  test('code that a mask does not need is loaded once, before the first request that needs it, and by each new host', async () => {
    const { client, workers } = textClient([
      (request, worker) => (request.name === 'decode' ? undefined : echo(request, worker)),
    ]);
    const policy = DEFAULT_POLICY;
    const told = (worker: FakeWorker | undefined) =>
      worker?.requests.map(({ name, request }) => (name === 'hello' ? `hello ${request}` : name));
    await client.inspect({ conversation: conversation('a') });
    await client.lintReport({ job: 1 });
    await client.divide({ conversation: conversation('a'), policy, edits: [], strategy: 'whole' });
    expect(told(workers[0])).toEqual(['hello null', 'inspect', 'hello whole', 'lintReport', 'divide']);
    await expect(client.decode({ ids: [1] })).rejects.toMatchObject({ code: 'timeout' });
    await client.lintReport({ job: 2 });
    expect(told(workers[1])).toEqual(['hello null', 'hello whole', 'lintReport']);
  });

  describe('while the host loads the rest of its code', () => {
    /** Answers all but that, which is answered when `load` is called. */
    function slowRest() {
      const asked: (() => void)[] = [];
      const answer = (request: AnyRequest, worker: FakeWorker) =>
        request.request === 'whole' ? void asked.push(() => echo(request, worker)) : echo(request, worker);
      return { ...textClient([answer, answer]), load: () => asked.shift()?.() };
    }
    const policy = DEFAULT_POLICY;
    const divide = (client: TextClient, id: string) =>
      client.divide({ conversation: conversation(id), policy, edits: [], strategy: 'whole' });

    test('what does not need it is answered, and what waits for it comes in order', async () => {
      const { client, workers, load } = slowRest();
      const report = client.lintReport({ job: 1 });
      const divided = divide(client, 'a');
      expect(await client.inspect({ conversation: conversation('a') })).toBe('inspect');
      expect(await client.decode({ ids: [1] })).toBe('decode');
      expect(named(workers[0])).toEqual(['inspect', 'decode']);
      load();
      expect(await Promise.all([report, divided])).toEqual(['lintReport', 'divide']);
      // It is asked for once; and what a person waits for goes before what goes through a list.
      expect(workers[0]?.requests.filter(({ request }) => request === 'whole')).toHaveLength(1);
      expect(named(workers[0])).toEqual(['inspect', 'decode', 'divide', 'lintReport']);
    });

    test('another tokenizer waits for what was asked of the present one', async () => {
      const { client, workers, load } = slowRest();
      await client.open({ files: FILES });
      const report = client.lintReport({ job: 1 });
      const opened = client.open({ files: { ...FILES, 'tokenizer.json': '{"other": 1}' } });
      const inspected = client.inspect({ conversation: conversation('a') });
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(named(workers[0])).toEqual(['open']);
      load();
      await Promise.all([report, opened, inspected]);
      expect(named(workers[0])).toEqual(['open', 'lintReport', 'open', 'inspect']);
    });

    test('a host that is killed for another request takes nothing of it along', async () => {
      const asked: (() => void)[] = [];
      const { client, workers } = textClient([
        (request, worker) =>
          request.name === 'hello' && request.request !== 'whole' ? echo(request, worker) : undefined,
        (request, worker) =>
          request.request === 'whole' ? void asked.push(() => echo(request, worker)) : echo(request, worker),
      ]);
      const report = client.lintReport({ job: 1 });
      await expect(client.decode({ ids: [1] })).rejects.toMatchObject({ code: 'timeout' });
      await vi.waitFor(() => expect(asked).toHaveLength(1));
      expect(await client.prompt({ conversation: conversation('a'), upTo: 0 })).toBe('prompt');
      asked[0]?.();
      expect(await report).toBe('lintReport');
      expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
    });

    test('where it never comes, what waits is told, and the next request asks a new host for it', async () => {
      const workers: FakeWorker[] = [];
      const hasty = new TextClient(
        () => {
          const mute = workers.length === 0;
          const worker = new FakeWorker((request, self) => {
            if (!mute || request.request !== 'whole') echo(request, self);
          });
          workers.push(worker);
          return worker;
        },
        { hello: 40 },
      );
      const report = hasty.lintReport({ job: 1 });
      expect(await hasty.inspect({ conversation: conversation('a') })).toBe('inspect');
      await expect(report).rejects.toMatchObject({ code: 'timeout' });
      expect(await hasty.lintReport({ job: 1 })).toBe('lintReport');
      expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
    });

    test('closing rejects what waits for it', async () => {
      const { client } = slowRest();
      const report = client.lintReport({ job: 1 });
      await client.inspect({ conversation: conversation('a') });
      client.dispose();
      await expect(report).rejects.toMatchObject({ code: 'closed' });
    });
  });

  describe('what is opened ahead', () => {
    test('is not opened again when it is asked for, once', async () => {
      const { client, workers } = textClient([]);
      client.openAhead({ files: FILES });
      expect(await client.open({ files: { ...FILES } })).toBe('open');
      expect(named(workers[0])).toEqual(['open']);
      await client.open({ files: FILES });
      expect(named(workers[0])).toEqual(['open', 'open']);
    });

    test('is not taken for other files or another template', async () => {
      for (const other of [
        { files: { ...FILES, 'chat_template.jinja': 'x' } },
        { files: FILES, template: { source: 'x', from: 'y' } },
        { files: FILES, templateName: 'tool_use' },
      ]) {
        const { client, workers } = textClient([]);
        client.openAhead({ files: FILES });
        await client.open(other);
        expect(named(workers[0])).toEqual(['open', 'open']);
      }
    });

    test('where it failed, is asked for again, and that tells', async () => {
      const error = { code: 'bad-tokenizer', message: 'No.', remedy: 'Yes.' };
      const { client, workers } = textClient([
        (request, worker) =>
          request.name === 'open' ? worker.say({ id: request.id, ok: false, error }) : echo(request, worker),
      ]);
      client.openAhead({ files: FILES });
      await expect(client.open({ files: FILES })).rejects.toMatchObject(error);
      expect(named(workers[0])).toEqual(['open', 'open']);
    });
  });

  test('a worker that could not load its code is replaced: it may go on refusing it', async () => {
    const error = { code: 'not-loaded', message: 'No.', remedy: 'Again.' };
    const { client, workers } = textClient([
      (request, worker) =>
        request.request === 'whole'
          ? worker.say({ id: request.id, ok: false, error })
          : echo(request, worker),
    ]);
    await client.open({ files: FILES });
    await expect(client.lintReport({ job: 1 })).rejects.toMatchObject(error);
    expect(await client.lintReport({ job: 1 })).toBe('lintReport');
    expect(workers).toHaveLength(2);
    // The new one knows the files again.
    expect(workers[1]?.requests.map(({ name }) => name)).toEqual(['hello', 'open', 'hello', 'lintReport']);
  });

  test('a worker that crashes rejects what waits and is replaced', async () => {
    const { client } = textClient([(_request, worker) => worker.crash('out of memory')]);
    await expect(client.decode({ ids: [] })).rejects.toMatchObject({
      code: 'worker-failed',
      message: expect.stringContaining('out of memory'),
    });
    expect(await client.decode({ ids: [] })).toBe('decode');
  });
});

describe('engine client', () => {
  const SETUP = {
    prompt: new Int32Array(1),
    options: { maxNewTokens: 4, temperature: 0, topP: 1, seed: 1, stopIds: [] },
    which: 'base' as const,
  };

  test('tokens go to their own generation, other events to listeners', async () => {
    const worker = new FakeWorker(({ id, name }, self) => {
      if (name !== 'generate') return;
      self.say({ event: { type: 'token', request: id + 1, token: { id: 9, logProb: -9 } } });
      self.say({ event: { type: 'token', request: id, token: { id: 7, logProb: -1 } } });
      self.say({ event: { type: 'progress', phase: 'download', done: 1, total: 2 } });
      self.say({ id, ok: true, reply: { tokens: [{ id: 7, logProb: -1 }] } });
    });
    const client = new EngineClient(() => worker);
    const events: EngineEvent[] = [];
    client.listen((event) => events.push(event));
    const seen: number[] = [];
    expect(await client.generate(SETUP, ({ id }) => seen.push(id))).toEqual({
      tokens: [{ id: 7, logProb: -1 }],
    });
    expect(seen).toEqual([7]);
    expect(events.map(({ type }) => type)).toEqual(['progress']);
  });

  test('the engine that the address asks for goes with every load; any other word leaves the choice', async () => {
    expect(engineKindOf('?engine=oracle')).toBe('oracle');
    expect(engineKindOf('?x=1&engine=cpu')).toBe('cpu');
    for (const search of ['', '?engine=', '?engine=fastest', '?engine=CPU'])
      expect(engineKindOf(search)).toBeUndefined();
    const worker = new FakeWorker(({ id }, self) => self.say({ id, ok: true, reply: {} }));
    await new EngineClient(() => worker, 'wgsl').load({ url: 'x' });
    await new EngineClient(() => worker).load({ url: 'x' });
    expect(worker.requests.map(({ request }) => request)).toEqual([
      { url: 'x', engine: 'wgsl' },
      { url: 'x', engine: undefined },
    ]);
  });

  test('aborting asks the host to cancel; aborted before it began, nothing is asked', async () => {
    let generation = 0;
    const worker = new FakeWorker(({ id, name }, self) => {
      if (name === 'generate') generation = id;
      else for (const done of [id, generation]) self.say({ id: done, ok: true, reply: { tokens: [] } });
    });
    const client = new EngineClient(() => worker);
    const abort = new AbortController();
    const writing = client.generate(SETUP, () => {}, abort.signal);
    await vi.waitFor(() => expect(generation).toBe(1));
    abort.abort();
    await writing;
    expect(worker.requests.map(({ name }) => name)).toEqual(['generate', 'cancelGenerate']);
    expect(await client.generate(SETUP, () => {}, abort.signal)).toEqual({ tokens: [] });
    expect(worker.requests).toHaveLength(2);
  });

  test('a crash is a fatal event and rejects what waits', async () => {
    const client = new EngineClient(() => new FakeWorker((_request, self) => self.crash('gone')));
    const events: EngineEvent[] = [];
    client.listen((event) => events.push(event));
    await expect(client.reset()).rejects.toMatchObject({ code: 'worker-failed' });
    expect(events).toEqual([{ type: 'fatal', error: expect.objectContaining({ code: 'worker-failed' }) }]);
  });

  test('a restart rejects what waits, and the old worker has nothing more to say', async () => {
    const workers: FakeWorker[] = [];
    const client = new EngineClient(() => {
      const worker = new FakeWorker(workers.length ? echo : silent);
      workers.push(worker);
      return worker;
    });
    const events: EngineEvent[] = [];
    client.listen((event) => events.push(event));
    const waiting = client.reset();
    client.restart();
    await expect(waiting).rejects.toMatchObject({ code: 'restarted' });
    workers[0]?.say({ event: { type: 'progress', phase: 'upload', done: 1, total: 1 } });
    workers[0]?.crash('late');
    expect(await client.reset()).toBe('reset');
    expect(events).toEqual([]);
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
  });

  test('what cannot be copied to the worker is an error, not a request that waits forever', async () => {
    const client = new EngineClient(() => new FakeWorker(echo));
    await expect(client.load({ url: (() => {}) as unknown as string })).rejects.toMatchObject({
      code: 'worker-failed',
    });
  });
});

test('worker scripts come from the page’s own origin', () => {
  expect(ownScript('assets/w.js', 'https://a.example/sub/')).toBe('https://a.example/sub/assets/w.js');
  expect(() => ownScript('https://b.example/w.js', 'https://a.example/')).toThrow(TypeError);
  expect(() => ownScript('data:text/javascript,1', 'https://a.example/')).toThrow(TypeError);
});
