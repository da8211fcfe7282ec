/**
 * @file Imports as the page sees them: the file host's answers, and a client that cancels, waits, and lets go.
 */
import { describe, expect, test } from 'vitest';
import { memorySink } from '../../src/conversation/stream-import';
import { DataList } from '../../src/state/data-list';
import { FilePart } from '../../src/state/file-part';
import { FileClient } from '../../src/worker/file-client';
import { fileHandlers } from '../../src/worker/file-handlers';
import { serve } from '../../src/worker/host';
import type { FileEvent, FileProgress, FileRequests } from '../../src/worker/protocol';
import type { WorkerLike } from '../../src/worker/client';

const record = (text: string, extra: object = {}) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: text },
      { role: 'assistant', content: 'Yes.' },
    ],
    ...extra,
  });
const BAD = JSON.stringify({ messages: [{ role: 'robot', content: 'Beep' }] });
const named = (name: string, text: BlobPart) => ({ name, blob: new Blob([text]) });
const NONE = { ids: [], series: [] };

async function packed(text: string): Promise<Blob> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(stream).blob();
}

/** Real handlers over a message channel; `silent` ones never answer. */
function client(silence = 10_000, silent = false) {
  const log = { spawned: 0, ended: 0, sinksClosed: 0 };
  let fail: ((event: ErrorEvent) => void) | undefined;
  const spawn = (): WorkerLike => {
    const { port1, port2 } = new MessageChannel();
    log.spawned++;
    const handlers = fileHandlers(
      (event: FileEvent) => port2.postMessage({ event }),
      async (name) => {
        const sink = memorySink(name);
        const finish = async () => {
          const source = await sink.finish();
          return { ...source, close: async () => void log.sinksClosed++ };
        };
        return { sink: { ...sink, finish }, inMemory: true };
      },
    );
    if (!silent) serve<FileRequests, FileEvent>(port2 as never, handlers);
    port2.start();
    return {
      postMessage: (message) => port1.postMessage(message),
      terminate: () => {
        log.ended++;
        port1.close();
      },
      addEventListener: (type: string, listener: (event: never) => void) => {
        if (type === 'error') fail = listener as never;
        if (type !== 'message') return;
        port1.addEventListener('message', listener as never);
        port1.start();
      },
    };
  };
  /** The script of the host that was started last does not load. */
  const breakLast = () => fail?.({ message: 'no script', preventDefault: () => {} } as ErrorEvent);
  return { files: new FileClient(spawn, silence), log, breakLast };
}

describe('the file host', () => {
  test('several files are one list; rows skip what was left out', async () => {
    const { files, log } = client();
    const a = named('a.jsonl', [record('One'), BAD, record('Two', { mood: 1 })].join('\n'));
    const b = named('b.jsonl', [record('Three'), record('Four')].join('\n'));
    const progress: FileProgress[] = [];
    const reader = await files.open({ files: [a, b], options: {}, taken: NONE }, (p) => progress.push(p));
    expect(
      reader.opened.files.map(({ name, records, conversations, leftOut }) => [
        name,
        records,
        conversations,
        leftOut,
      ]),
    ).toEqual([
      ['a.jsonl', 3, 2, 1],
      ['b.jsonl', 2, 2, 0],
    ]);
    expect(progress.at(-1)).toMatchObject({ file: 'b.jsonl', done: b.blob.size, total: b.blob.size });
    const ask = async (rows: number[]) =>
      (await reader.read({ rows })).map(({ id, messages }) => [id, messages[0]?.content]);
    expect(await ask([0, 1, 2, 3])).toEqual([
      ['a.jsonl#0', 'One'],
      ['a.jsonl#2', 'Two'],
      ['b.jsonl#0', 'Three'],
      ['b.jsonl#1', 'Four'],
    ]);
    expect(await ask([3, 1])).toEqual([
      ['b.jsonl#1', 'Four'],
      ['a.jsonl#2', 'Two'],
    ]);
    expect(await reader.search({ key: 'o', from: 1, to: 4 })).toEqual([1, 3]);
    const { problems, next } = await reader.problems({ file: 0, record: 0, most: 50 });
    expect(problems.map(({ line, severity }) => [line, severity])).toContainEqual([2, 'error']);
    expect(next).toEqual({ file: 1, record: 0 });
    expect(await reader.problems({ file: 1, record: 0, most: 50 })).toEqual({ problems: [] });
    reader.close();
    await expect.poll(() => log.ended).toBe(1);
    await expect(reader.read({ rows: [0] })).rejects.toMatchObject({ code: 'closed' });
    expect(log.spawned).toBe(1);
  });

  test('the same file once more has ids of its own, however often it is there already, in files and in memory', async () => {
    const taken = {
      ids: ['a.jsonl#0', 'a.jsonl#0 (3)', 'b.jsonl#0'],
      series: [
        { prefix: 'a.jsonl#', below: 1, times: 4 },
        { prefix: 'a.jsonl#', below: 2, times: 1 },
      ],
    };
    const { files } = client();
    const a = named('a.jsonl', [record('One'), record('Two'), record('Three')].join('\n'));
    const reader = await files.open({ files: [a], options: {}, taken });
    const ids = (await reader.read({ rows: [0, 1, 2] })).map(({ id }) => id);
    // Of the first record there may be four: what stays in files is known only by how far its numbers go.
    expect(ids).toEqual(['a.jsonl#0 (5)', 'a.jsonl#1 (2)', 'a.jsonl#2']);
    reader.close();
  });

  test('a file in twice, its first copy gone: the third one’s ids are not the second one’s', async () => {
    const { files } = client();
    const open = async (...parts: FilePart[]) => {
      const { ids, series } = new DataList(parts).takenIds();
      const request = { files: [named('a.jsonl', record('One'))], options: {}, taken: { ids, series } };
      return new FilePart(await files.open(request));
    };
    const first = await open();
    const second = await open(first);
    const third = await open(second);
    const ids = await Promise.all([first, second, third].map((part) => part.read([0])));
    expect(ids.map(([one]) => one?.id)).toEqual(['a.jsonl#0', 'a.jsonl#0 (2)', 'a.jsonl#0 (3)']);
    for (const part of [first, second, third]) part.close();
  });

  test('a host that was started before serves the next import, and only that', async () => {
    const { files, log } = client();
    files.start();
    files.start();
    expect(log.spawned).toBe(1);
    const open = () => files.open({ files: [named('a.jsonl', record('One'))], options: {}, taken: NONE });
    const first = await open();
    expect(log.spawned).toBe(1);
    const second = await open();
    expect(log.spawned).toBe(2);
    first.close();
    expect((await second.read({ rows: [0] }))[0]?.messages[0]?.content).toBe('One');
    second.close();
    await expect.poll(() => log.ended).toBe(2);
  });

  test('a started host that breaks before it is used is replaced', async () => {
    const { files, log, breakLast } = client();
    files.start();
    breakLast();
    const reader = await files.open({
      files: [named('a.jsonl', record('One'))],
      options: {},
      taken: NONE,
    });
    expect(log.spawned).toBe(2);
    reader.close();
  });

  test('ids in use are left to those who have them', async () => {
    const { files } = client();
    const open = (taken: FileRequests['open']['request']['taken']) =>
      files.open({ files: [named('a.jsonl', record('One'))], options: {}, taken });
    const ids = async (taken: FileRequests['open']['request']['taken']) => {
      const reader = await open(taken);
      const [conversation] = await reader.read({ rows: [0] });
      reader.close();
      return conversation?.id;
    };
    expect(await ids({ ids: ['a.jsonl#0', 'a.jsonl#0 (2)'], series: [] })).toBe('a.jsonl#0 (3)');
    expect(await ids({ ids: [], series: [{ prefix: 'a.jsonl#', below: 1, times: 1 }] })).toBe(
      'a.jsonl#0 (2)',
    );
    expect(await ids({ ids: [], series: [{ prefix: 'b.jsonl#', below: 9, times: 1 }] })).toBe('a.jsonl#0');
  });

  test('gzip is unpacked, and what it was unpacked to is freed', async () => {
    const { files, log } = client();
    const blob = await packed(`${record('Packed')}\n${record('Again')}\n`);
    const reader = await files.open({ files: [{ name: 'a.jsonl.gz', blob }], options: {}, taken: NONE });
    expect(reader.opened.inMemory).toBe(true);
    expect((await reader.read({ rows: [1] }))[0]?.messages[0]?.content).toBe('Again');
    expect(log.sinksClosed).toBe(0);
    reader.close();
    await expect.poll(() => log.sinksClosed).toBe(1);
  });

  test('the columns of a table, packed or not', async () => {
    const { files } = client();
    const table = 'Frage,Antwort\nWas?,Das.\n';
    const columns = [
      { name: 'Frage', values: ['Was?'] },
      { name: 'Antwort', values: ['Das.'] },
    ];
    expect(await files.columns({ blob: new Blob([table]) })).toEqual(columns);
    expect(await files.columns({ blob: await packed(table) })).toEqual(columns);
  });
});

describe('ending an import', () => {
  test('aborting rejects as cancelled, and the worker is let go', async () => {
    const { files, log } = client();
    const abort = new AbortController();
    const many = Array.from({ length: 50_000 }, (_, i) => record(`Question ${i}`)).join('\n');
    const opening = files.open(
      { files: [named('many.jsonl', many)], options: {}, taken: NONE },
      () => abort.abort(),
      abort.signal,
    );
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => log.ended).toBe(1);
    await expect(
      files.open({ files: [], options: {}, taken: NONE }, () => {}, abort.signal),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(log.spawned).toBe(1);
  });

  test('a host that says nothing for too long is killed', async () => {
    const { files, log } = client(30, true);
    await expect(
      files.open({ files: [named('a.jsonl', record('One'))], options: {}, taken: NONE }),
    ).rejects.toMatchObject({ code: 'timeout', message: expect.stringContaining('no progress') });
    expect(log).toMatchObject({ spawned: 1, ended: 1 });
  });
});
