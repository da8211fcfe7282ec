/**
 * @file Bytes: gzip, encodings, broken files.
 */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importBytes, MAX_UNPACKED_BYTES } from '../../src/conversation/import-bytes';
import { assistant, user } from './import-cases';

const record = (content: string) =>
  `{"messages": [{"role": "user", "content": "U"}, {"role": "assistant", "content": "${content}"}]}\n`;
const utf8 = (text: string) => new TextEncoder().encode(text);
const told = (problems: { line: number; severity: string; reason: string; record: number }[]) =>
  problems.map(({ severity, record: at, line, reason }) => `${severity} ${at}:${line} ${reason}`);

describe('importBytes', () => {
  it('reads plain and packed files alike, whatever their name', async () => {
    const bytes = utf8(record('Ä🙂') + record('B'));
    for (const given of [bytes, new Uint8Array(gzipSync(bytes))]) {
      const { conversations, format, problems } = await importBytes([{ name: 'x.jsonl.gz', bytes: given }]);
      expect([format, problems]).toEqual(['OpenAI JSONL', []]);
      expect(conversations.map(({ id, messages }) => [id, messages])).toEqual([
        ['x.jsonl.gz#0', [user('U'), assistant('Ä🙂')]],
        ['x.jsonl.gz#1', [user('U'), assistant('B')]],
      ]);
    }
  });

  it('knows tables and JSON Lines by the name under .gz', async () => {
    const one = await importBytes([{ name: 'a.csv.gz', bytes: gzipSync('prompt,answer\nU,A') }]);
    expect(one.conversations[0]?.messages).toEqual([user('U'), assistant('A')]);
    const lines = await importBytes([{ name: 'a.jsonl.gz', bytes: gzipSync(record('A')) }]);
    expect(lines.format).toBe('OpenAI JSONL');
  });

  it.each([
    ['cut off', gzipSync(record('A')).subarray(0, 40)],
    ['broken', gzipSync(record('A')).fill(7, 12, 30)],
    ['two bytes', new Uint8Array([0x1f, 0x8b])],
  ])('says that a packed file is broken: %s', async (_, bytes) => {
    const { problems, records } = await importBytes([{ name: 'x.gz', bytes }]);
    expect([records, told(problems)]).toEqual([0, ['error 0:1 the gzip data is broken or cut off']]);
  });

  it('stops unpacking at the limit', async () => {
    const bytes = gzipSync(Buffer.alloc(MAX_UNPACKED_BYTES + 1, ' '));
    expect(bytes.length).toBeLessThan(1_000_000);
    const { problems } = await importBytes([{ name: 'bomb.gz', bytes }]);
    expect(told(problems)).toEqual([
      `error 0:1 the file has more than the ${MAX_UNPACKED_BYTES} bytes that fit into a tab, unpacked`,
    ]);
  });

  it('reads UTF-16 with a byte order mark, and drops that of UTF-8', async () => {
    const text = `\uFEFF${record('Ä🙂')}`;
    const little = Buffer.from(text, 'utf16le');
    const big = Buffer.from(text, 'utf16le').swap16();
    for (const bytes of [little, big, utf8(text)]) {
      const { conversations, problems } = await importBytes([{ name: 'x', bytes: new Uint8Array(bytes) }]);
      expect(problems).toEqual([]);
      expect(conversations[0]?.messages[1]?.content).toBe('Ä🙂');
    }
  });

  it('names each line whose bytes are no UTF-8', async () => {
    const bytes = utf8(record('A') + record('x') + record('x'));
    bytes.forEach((byte, i) => {
      if (byte === 'x'.charCodeAt(0)) bytes[i] = 0xff;
    });
    const { conversations, problems } = await importBytes([{ name: 'x', bytes }]);
    expect(conversations.map(({ messages }) => messages[1]?.content)).toEqual(['A', '\uFFFD', '\uFFFD']);
    expect(told(problems)).toEqual([
      'warning 1:2 bytes on this line are no UTF-8, and were read as U+FFFD',
      'warning 2:3 bytes on this line are no UTF-8, and were read as U+FFFD',
    ]);
  });

  it('gives ids that are not taken, over several files', async () => {
    const file = { name: 'x', bytes: utf8(record('A')) };
    const { conversations } = await importBytes([file, file], { taken: ['x#0'] });
    expect(conversations.map(({ id }) => id)).toEqual(['x#0 (2)', 'x#0 (3)']);
  });

  it('never throws, whatever the bytes', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 60 }).map((tail) => new Uint8Array([0x1f, 0x8b, 8, 0, ...tail])),
      fc.uint8Array({ maxLength: 200 }).map((plain) => new Uint8Array(gzipSync(plain))),
      fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.nat(80)).map(([noise, at]) => {
        const good = utf8(record('A'));
        good.set(noise, Math.min(at, good.length - noise.length));
        return good;
      }),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.constantFrom('x', 'x.csv', 'x.jsonl.gz'), async (given, name) => {
        const { conversations, problems, records } = await importBytes([{ name, bytes: given }]);
        const errors = new Set(problems.filter(({ severity }) => severity === 'error').map((p) => p.record));
        expect(conversations.length + errors.size).toBe(Math.max(records, 1));
      }),
      { numRuns: 200 },
    );
  });
});
