/**
 * @file The index of a file that is read in pieces: what it knows, what reading costs, limits, packed files, cancelling.
 */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importFiles } from '../../src/conversation/import';
import {
  indexRecords,
  memorySink,
  memorySource,
  problemsOf,
  readRecord,
  readRecords,
  streamConversations,
  type ImportProgress,
  type MakeSink,
  type StreamOptions,
} from '../../src/conversation/stream-import';
import type { ImportProblem } from '../../src/conversation/types';
import { Utf8Watch } from '../../src/conversation/utf8-watch';

const utf8 = (text: string) => new TextEncoder().encode(text);
const good = (content: string) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: 'U' },
      { role: 'assistant', content },
    ],
  });
const indexOf = (given: string | Uint8Array, options: StreamOptions = {}, name = 'a.jsonl') =>
  indexRecords(memorySource(typeof given === 'string' ? utf8(given) : given, name), options);
const told = (problems: readonly ImportProblem[]) =>
  problems.map(({ severity, record, line, reason }) => `${severity} ${record}:${line} ${reason}`);

describe('an index', () => {
  const text = [good('0'), '{"messages": 1}', good('2'), 'x', good(''), good('5')].join('\n');

  it('knows where records are and what became of them', async () => {
    const index = await indexOf(text);
    expect([index.records, index.counts, index.format]).toEqual([
      6,
      { good: 4, warned: 1, bad: 2 },
      'OpenAI JSONL',
    ]);
    expect([0, 1, 2, 3, 4, 5].map((record) => index.stateOf(record))).toEqual(
      'good bad good bad warned good'.split(' '),
    );
    expect([0, 1, 2, 3].map((n) => index.goodRecord(n))).toEqual([0, 2, 4, 5]);
    expect(() => index.goodRecord(4)).toThrow(RangeError);
    expect([index.next('bad', 0), index.next('bad', 2), index.next('bad', 4)]).toEqual([1, 3, -1]);
    expect(index.lineOf(3)).toBe(4);
    const { start, end } = index.rangeOf(2);
    expect(text.slice(start, end)).toBe(good('2'));
    expect(index.tallies.map(({ severity, count, reason }) => `${severity} ${count} ${reason}`)).toContain(
      'error 1 not valid JSON at line …, column …: expected a JSON value, found x',
    );
  });

  it('finds the nth conversation and the next bad record among many', async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) =>
      i % 3 === 1 ? '{}' : '{"prompt":"U","completion":"A"}',
    );
    const index = await indexOf(lines.join('\n'));
    expect(index.counts.good).toBe(lines.filter((line) => line !== '{}').length);
    for (const n of [0, 1, 2, 9999, 16_383, 16_384, index.counts.good - 1]) {
      expect(index.goodRecord(n)).toBe(3 * Math.floor(n / 2) + (n % 2 === 0 ? 0 : 2));
    }
    expect(index.next('bad', 20_000)).toBe(20_002);
    expect(index.tallies[0]?.count).toBe(index.counts.bad);
  });

  it('reads any record anew, alone or with others, and pages through the problems', async () => {
    const index = await indexOf(text);
    const { conversations, problems } = importFiles([{ name: 'a.jsonl', text }]);
    expect((await readRecord(index, 4)).conversation).toEqual(conversations[2]);
    expect((await readRecord(index, 3)).problems).toEqual(problems.filter(({ record }) => record === 3));
    expect(await readRecords(index, 1, 5)).toEqual({
      conversations: conversations.slice(1, 3),
      problems: problems.filter(({ record }) => record >= 1 && record < 5),
    });
    await expect(readRecord(index, 6)).rejects.toThrow(RangeError);
    const first = await problemsOf(index, { most: 1 });
    expect(told(first.problems)).toEqual(told(problems.slice(0, 1)));
    expect(told((await problemsOf(index, { from: first.next })).problems)).toEqual(told(problems.slice(1)));
    const errors = await problemsOf(index, { severity: 'error' });
    expect([errors.problems.map(({ record }) => record), errors.next]).toEqual([[1, 3], -1]);
  });

  it('costs little more than one reading of the file, and one short read a record', async () => {
    const bytes = utf8(Array.from({ length: 500 }, (_, i) => good(String(i))).join('\n'));
    const reads: number[] = [];
    const file = memorySource(bytes, 'a.jsonl');
    const source = {
      ...file,
      read: (start: number, end: number) => {
        reads.push(end - start);
        return file.read(start, end);
      },
    };
    const index = await indexRecords(source, { chunkBytes: 4096 });
    // The beginning is looked at before, as a sample.
    expect(reads.reduce((sum, length) => sum + length, 0)).toBeLessThan(2 * bytes.length + 3 * 4096);
    reads.length = 0;
    await readRecord(index, 250);
    expect(reads).toEqual([utf8(good('250')).length]);
    reads.length = 0;
    await readRecords(index, 100, 120);
    expect(reads).toHaveLength(1);
  });

  it('gives ids that are free, the same at each reading', async () => {
    const first = await indexOf(text);
    const second = await indexOf(text, { taken: first });
    expect((await readRecords(second, 0, 6)).conversations.map(({ id }) => id)).toEqual(
      [0, 2, 4, 5].map((record) => `a.jsonl#${record} (2)`),
    );
    const asked = ['a.jsonl#2 (2)', 'a.jsonl#2', 'a.jsonl#1 (2)'];
    expect(asked.map((id) => second.has(id))).toEqual([true, false, false]);
    expect(first.has('a.jsonl#0')).toBe(true);
    for (const id of ['a.jsonl#1', 'a.jsonl#6', 'b#0', 'a.jsonl#00', 'a.jsonl#'])
      expect(first.has(id)).toBe(false);
  });
});

describe('limits', () => {
  const long = good('x'.repeat(500));
  const limits = { record: 300 };

  it.each<[string, (records: string[]) => string]>([
    ['a.jsonl', (records) => records.join('\n')],
    ['a.json', (records) => `[${records.join(', ')}]`],
    ['a', (records) => `{"data": [${records.join(', ')}]}`],
    ['values', (records) => records.map((record) => record.replace(',', ',\n')).join('\n')],
  ])('refuse a record that is too long, and what is behind it is read: %s', async (name, arrange) => {
    for (const chunkBytes of [7, 1 << 20]) {
      const index = await indexOf(arrange([good('A'), long, good('B')]), { limits, chunkBytes }, name);
      const batch = await readRecords(index, 0, 3);
      expect(batch.conversations.map(({ messages }) => messages[1]?.content)).toEqual(['A', 'B']);
      expect(batch.problems.map(({ record, reason }) => [record, reason.replace(/\d+/, 'N')])).toEqual([
        [1, 'the record has N bytes, more than the 300 that are read at once'],
      ]);
    }
  });

  it('refuse a row that is too long, and a value that is never closed', async () => {
    const table = `prompt,answer\nU,A\nU,"${'x'.repeat(500)}"\nU,B`;
    for (const chunkBytes of [7, 1 << 20]) {
      const rows = await indexOf(table, { limits, chunkBytes }, 'a.csv');
      expect([rows.records, rows.counts.good, rows.lineOf(2)]).toEqual([3, 2, 4]);
      const open = `{\n"messages": [], "id": 1}\n{"x": [\n${'1,\n'.repeat(200)}\n${good('B')}`;
      const index = await indexOf(open, { limits, chunkBytes }, 'a');
      expect([index.records, index.counts.good, index.goodRecord(0)]).toEqual([3, 1, 2]);
    }
  });

  it('refuse a file that is too long to be read as a whole', async () => {
    const text = 'User: U\nAssistant: A\n'.repeat(10);
    const index = await indexOf(text, { limits: { whole: 100 } }, 'a.txt');
    expect([index.records, told(index.fileProblems)]).toEqual([
      0,
      [
        'error 0:1 the file has 210 bytes and no records that can be read one by one, and no more than 100 are read as a whole',
      ],
    ]);
    expect(index.problemCount).toEqual({ errors: 1, warnings: 0 });
  });
});

describe('bytes that are no UTF-8', () => {
  it('are warned of line by line, with the record', async () => {
    const bytes = utf8([good('0'), good('x'), good('2'), 'x'].join('\n'));
    bytes.forEach((byte, i) => {
      if (byte === 'x'.charCodeAt(0)) bytes[i] = 0xff;
    });
    for (const chunkBytes of [1, 7, 1 << 20]) {
      const index = await indexOf(bytes, { chunkBytes });
      expect(index.counts).toEqual({ good: 3, warned: 1, bad: 1 });
      expect(told((await problemsOf(index)).problems)).toEqual([
        'warning 1:2 bytes on this line are no UTF-8, and were read as U+FFFD',
        'error 3:4 not valid JSON at line 4, column 1: expected a JSON value, found \uFFFD',
        'warning 3:4 bytes on this line are no UTF-8, and were read as U+FFFD',
      ]);
    }
  });

  it('are found where a decoder finds them, whatever the pieces', () => {
    const bytes = [
      0x0a, 0x41, 0x80, 0xbf, 0xc1, 0xc3, 0xe0, 0xa0, 0xe2, 0x82, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f, 0xff,
    ];
    const list = fc.array(fc.constantFrom(...bytes), { maxLength: 12 });
    fc.assert(
      fc.property(list, fc.integer({ min: 1, max: 5 }), (given, size) => {
        const file = Uint8Array.from(given);
        const watch = new Utf8Watch();
        for (let at = 0; at < file.length; at += size) watch.see(file.subarray(at, at + size), at);
        watch.end();
        const lines = new TextDecoder().decode(file).split('\n');
        expect(watch.lines).toEqual(lines.flatMap((line, i) => (line.includes('\uFFFD') ? [i + 1] : [])));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('packed files', () => {
  const text = `${good('Ä')}\n${good('B')}\n`;
  const sinks = () => {
    const log: string[] = [];
    const makeSink: MakeSink = (name) => {
      const sink = memorySink(name);
      log.push('open');
      const note = (what: string) => () => {
        log.push(what);
        return Promise.resolve();
      };
      return {
        write: (chunk) => sink.write(chunk),
        finish: async () => ({ ...(await sink.finish()), close: note('close') }),
        discard: note('discard'),
      };
    };
    return { log, makeSink };
  };

  it('are unpacked and transcoded into sinks, which are freed', async () => {
    const utf16 = Buffer.from(`\uFEFF${text}`, 'utf16le');
    for (const [bytes, opened] of [
      [gzipSync(text), ['open']],
      [utf16, ['open']],
      [gzipSync(utf16), ['open', 'open', 'close']],
    ] as const) {
      const { log, makeSink } = sinks();
      const phases = new Set<string>();
      const onProgress = ({ phase, done, total }: ImportProgress) => {
        phases.add(phase);
        expect(done <= total).toBe(true);
      };
      const index = await indexOf(new Uint8Array(bytes), { makeSink, onProgress });
      const { conversations } = await readRecords(index, 0, 2);
      expect(conversations.map(({ messages }) => messages[1]?.content)).toEqual(['Ä', 'B']);
      expect(log).toEqual(opened);
      await index.close();
      expect(log).toEqual([...opened, 'close']);
      expect([...phases]).toEqual(['unpack', 'index']);
    }
  });

  it('are refused where they are broken, and the sink is emptied', async () => {
    const { log, makeSink } = sinks();
    const index = await indexOf(gzipSync(text).subarray(0, 30), { makeSink });
    expect(told(index.fileProblems)).toEqual(['error 0:1 the gzip data is broken or cut off']);
    expect(log).toEqual(['open', 'discard']);
  });

  it.each(['unpack', 'index', 'read'])(
    'can be cancelled during the phase %s, and leave nothing',
    async (phase) => {
      const bytes = gzipSync(Array.from({ length: 9000 }, (_, i) => good(String(i))).join('\n'));
      const { log, makeSink } = sinks();
      const controller = new AbortController();
      const batches = streamConversations(memorySource(new Uint8Array(bytes), 'a'), {
        chunkBytes: 1000,
        makeSink,
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.phase === phase) controller.abort();
        },
      });
      const readAll = async () => {
        let read = 0;
        for await (const { conversations } of batches) read += conversations.length;
        return read;
      };
      await expect(readAll()).rejects.toMatchObject({ name: 'LosslightError', code: 'cancelled' });
      expect(log).toEqual(['open', phase === 'unpack' ? 'discard' : 'close']);
    },
  );
});

describe('a source', () => {
  it('that hangs does not keep an import from being cancelled', async () => {
    const controller = new AbortController();
    const source = { name: 'a', size: 10, read: () => new Promise<Uint8Array>(() => undefined) };
    const indexing = indexRecords(source, { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await expect(indexing).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('that cannot be read any more is named', async () => {
    const source = { name: 'a', size: 10, read: () => Promise.reject(new Error('gone')) };
    await expect(indexRecords(source)).rejects.toMatchObject({
      code: 'unreadable-file',
      message: 'a cannot be read: gone',
    });
  });
});
