/**
 * @file Weights as they are read: in the order of the files, in pieces, from files and over HTTP, with progress, cancelled,
 * cut off; and what is in memory meanwhile.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { blobFolder, rangeFile, readText, type ByteFile, type ModelFolder } from '../../src/model/byte-file';
import { makeConfig } from '../../src/model/config';
import { httpFolder } from '../../src/model/http-folder';
import { gatherWeights, loadWeights } from '../../src/model/load-weights';
import { parameterShapes } from '../../src/model/parameter-names';
import { safetensorsFile, writeSafetensors } from '../../src/model/safetensors-write';
import { openWeights, type WeightPiece, type WeightSource } from '../../src/model/weight-source';
import { bytesOf, entry, file } from './safetensors-build';

const config = makeConfig({
  vocabularySize: 50,
  hiddenSize: 8,
  intermediateSize: 12,
  layers: 2,
  heads: 2,
  contextLength: 16,
});
/** Every parameter's values are told by its place in the model. */
const weights = new Map(
  [...parameterShapes(config)].map(([name, shape], i) => {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    return [name, { shape, values: values.map((_, j) => i + j / 1024) }];
  }),
);
const total = [...weights.values()].reduce((sum, { values }) => sum + values.length, 0);

const folderOf = (files: Record<string, Uint8Array>): ModelFolder =>
  blobFolder(
    'm',
    Object.entries(files).map(([name, bytes]) => ({ name, blob: new Blob([Uint8Array.from(bytes)]) })),
  );
const single = (bytes: Uint8Array) => folderOf({ 'model.safetensors': bytes });
const encode = (text: string) => new TextEncoder().encode(text);

async function collect(pieces: AsyncIterable<WeightPiece>) {
  const found: { name: string; firstRow: number; values: number[] }[] = [];
  for await (const { name, firstRow, values } of pieces) found.push({ name, firstRow, values: [...values] });
  return found;
}

/** Two shards of the model and their index. */
function sharded(): Record<string, Uint8Array> {
  const names = [...weights.keys()];
  const halves = [names.slice(0, 7), names.slice(7)];
  const map: Record<string, string> = {};
  const files: Record<string, Uint8Array> = {};
  halves.forEach((half, i) => {
    const name = `model-0000${i + 1}-of-00002.safetensors`;
    for (const tensor of half) map[tensor] = name;
    files[name] = safetensorsFile(new Map(half.map((tensor) => [tensor, weights.get(tensor)!])));
  });
  return { ...files, 'model.safetensors.index.json': encode(JSON.stringify({ weight_map: map })) };
}

afterEach(() => vi.unstubAllGlobals());

describe('tensors in the order of the file', () => {
  const data = new Uint8Array(7 + 16);
  data[0] = 9;
  data.set(bytesOf(Float32Array.of(-1.5)), 1);
  data.set(bytesOf(Uint16Array.of(0x3c00)), 5);
  data.set(bytesOf(Uint16Array.of(0x3f80, 0xc049, 0, 1, 2, 3, 4, 5)), 7);
  const odd = file(
    `{${entry('m', 'BF16', '[4,2]', '[7,23]')},${entry('h', 'F16', '[1]', '[5,7]')},${entry('z', 'F32', '[0,3]', '[5,5]')},${entry('f', 'F32', '[]', '[1,5]')},${entry('b', 'U8', '[1]', '[0,1]')}}`,
    data,
  );

  test('whatever their dtype, shape and first byte; what is not wanted is passed over', async () => {
    const source = await openWeights(single(odd));
    expect([...source.tensors.keys()]).toEqual(['b', 'f', 'z', 'h', 'm']);
    expect(source.tensors.get('m')).toEqual({
      dtype: 'BF16',
      shape: [4, 2],
      file: 'model.safetensors',
      bytes: 16,
    });
    const tiny = 2 ** -133;
    expect(await collect(source.inOrder(['m', 'h', 'f', 'z']))).toEqual([
      { name: 'f', firstRow: 0, values: [-1.5] },
      { name: 'z', firstRow: 0, values: [] },
      { name: 'h', firstRow: 0, values: [1] },
      { name: 'm', firstRow: 0, values: [1, -3.140625, 0, tiny, 2 * tiny, 3 * tiny, 4 * tiny, 5 * tiny] },
    ]);
    // Again, from the same source.
    expect(await collect(source.inOrder(['h']))).toEqual([{ name: 'h', firstRow: 0, values: [1] }]);
  });

  test('in pieces of whole rows', async () => {
    const source = await openWeights(single(odd));
    const rows = async (pieceElements: number) =>
      (await collect(source.inOrder(['m', 'f'], { pieceElements }))).map(({ firstRow, values }) => [
        firstRow,
        values.length,
      ]);
    expect(await rows(1)).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
      [2, 2],
      [3, 2],
    ]);
    expect(await rows(7)).toEqual([
      [0, 1],
      [0, 6],
      [3, 2],
    ]);
    expect(await rows(8)).toEqual([
      [0, 1],
      [0, 8],
    ]);
  });

  test('dtypes that are not decoded are refused by name, before anything is read', async () => {
    const source = await openWeights(single(odd));
    await expect(collect(source.inOrder(['f', 'b']))).rejects.toThrow(
      'Tensor “b” is stored as U8; only F32, F16 and BF16 can be loaded.',
    );
    await expect(collect(source.inOrder(['x']))).rejects.toThrow(RangeError);
  });
});

describe('a model’s parameters', () => {
  test.each([
    ['one file', () => single(safetensorsFile(weights))],
    ['two files and an index', () => folderOf(sharded())],
  ])('%s: exactly those, with progress in bytes and numbers', async (_, folder) => {
    const source = await openWeights(folder());
    const bytes: [number, number][] = [];
    const numbers: [number, number][] = [];
    const loaded = await gatherWeights(
      loadWeights(config, source, {
        pieceElements: 24,
        onBytes: (...progress) => bytes.push(progress),
        onParameters: (...progress) => numbers.push(progress),
      }),
    );
    expect(loaded.size).toBe(weights.size);
    for (const [name, { values }] of weights) expect(loaded.get(name)).toEqual(values);
    expect(bytes.at(-1)).toEqual([4 * total, 4 * total]);
    expect(numbers.at(-1)).toEqual([total, total]);
    for (const list of [bytes, numbers]) {
      expect(list.map(([done]) => done)).toEqual(list.map(([done]) => done).sort((a, b) => a - b));
    }
  });

  test('no more than one piece is in memory besides what it is read into', async () => {
    const source = await openWeights(single(safetensorsFile(weights)));
    let allocated = 0;
    const seen = new Set<ArrayBufferLike>();
    const allocate = (elements: number) => {
      allocated += elements;
      return new Float32Array(elements);
    };
    const largest = Math.max(...Array.from(weights.values(), ({ values }) => values.length));
    for (const pieceElements of [16, Infinity]) {
      allocated = 0;
      seen.clear();
      let read = 0;
      for await (const { values } of loadWeights(config, source, { pieceElements, allocate })) {
        seen.add(values.buffer);
        read += values.length;
      }
      expect(read).toBe(total);
      // Memory grows to the largest piece and is used again for all the others.
      expect(seen.size).toBeLessThanOrEqual(3);
      expect(allocated).toBeLessThanOrEqual(pieceElements === 16 ? 8 + 16 : 8 + 96 + largest);
    }
  });

  test('a number that is not finite is named with its tensor, file and place', async () => {
    const broken = new Map(weights);
    const norm = weights.get('model.norm.weight')!;
    for (const [value, text] of [
      [NaN, 'NaN'],
      [-Infinity, '-Infinity'],
    ] as const) {
      broken.set('model.norm.weight', { ...norm, values: norm.values.with(5, value) });
      const source = await openWeights(single(safetensorsFile(broken)));
      await expect(collect(loadWeights(config, source))).rejects.toThrow(
        `Tensor “model.norm.weight” in model.safetensors holds a number that is not finite (${text}, element 5).`,
      );
    }
  });

  test('an output matrix beside a tied table: the same numbers are dropped, others refused', async () => {
    const table = weights.get('model.embed_tokens.weight')!;
    const tied = new Map(weights).set('lm_head.weight', table);
    const source = await openWeights(single(safetensorsFile(tied)));
    const loaded = await gatherWeights(loadWeights(config, source, { pieceElements: 40 }));
    expect([...loaded.keys()].sort()).toEqual([...weights.keys()].sort());
    for (const at of [0, 1, 199, 399]) {
      const values = table.values.with(at, 0.25);
      const other = await openWeights(
        single(safetensorsFile(new Map(tied).set('lm_head.weight', { ...table, values }))),
      );
      await expect(collect(loadWeights(config, other))).rejects.toThrow(
        /holds? an output matrix “lm_head\.weight” that differs from it/,
      );
    }
    const [first, second] = [table.values[0] ?? NaN, table.values[1] ?? NaN];
    const exchanged = table.values.with(0, second).with(1, first);
    const swapped = await openWeights(
      single(safetensorsFile(new Map(tied).set('lm_head.weight', { ...table, values: exchanged }))),
    );
    await expect(collect(loadWeights(config, swapped))).rejects.toThrow(/that differs from it/);
  });
});

describe('cancelling', () => {
  test('ends at once, while bytes are on their way too', async () => {
    const bytes = safetensorsFile(weights);
    let reads = 0;
    const never = new Promise<Uint8Array>(() => undefined);
    const folder: ModelFolder = {
      name: 'm',
      file: async (name): Promise<ByteFile | undefined> =>
        name === 'model.safetensors'
          ? rangeFile({
              name,
              size: bytes.length,
              // The header comes, the data never do.
              read: (start, end) => (reads++ < 2 ? Promise.resolve(bytes.slice(start, end)) : never),
            })
          : undefined,
    };
    const controller = new AbortController();
    const source = await openWeights(folder, controller.signal);
    const reading = collect(loadWeights(config, source, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 5);
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
    await expect(
      collect(source.inOrder(['model.norm.weight'], { signal: controller.signal })),
    ).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  test('between pieces', async () => {
    const controller = new AbortController();
    const source = await openWeights(single(safetensorsFile(weights)));
    const pieces = loadWeights(config, source, { signal: controller.signal, pieceElements: 8 });
    await pieces.next();
    controller.abort();
    await expect(pieces.next()).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('files that fail', () => {
  test('one that changed is named', async () => {
    const bytes = safetensorsFile(weights);
    const broken = rangeFile({
      name: 'model.safetensors',
      size: bytes.length,
      read: (start, end) =>
        start < 8 + 2000
          ? Promise.resolve(bytes.slice(start, end))
          : Promise.reject(new Error('it was moved')),
    });
    const source = await openWeights({ name: 'm', file: () => Promise.resolve(broken) });
    await expect(collect(loadWeights(config, source))).rejects.toMatchObject({
      code: 'unreadable-file',
      message: 'model.safetensors cannot be read: it was moved',
    });
  });

  test('text that is too long or none', async () => {
    const folder = folderOf({ a: encode('hello'), b: Uint8Array.of(0xff) });
    const [a, b] = [await folder.file('a'), await folder.file('b')];
    expect(await readText(a!, 5)).toBe('hello');
    await expect(readText(a!, 4)).rejects.toThrow(/a has more than 4 bytes/);
    await expect(readText(b!, 5)).rejects.toThrow(/b is not UTF-8 text/);
    expect(await folder.file('c')).toBeUndefined();
  });
});

describe('over HTTP', () => {
  interface ServerOptions {
    ranges?: boolean;
    length?: boolean;
    /** Bytes of a chunk of a body. */
    chunk?: number;
    headers?: (request: number) => Record<string, string>;
    /** The file as it is when it is asked for. */
    cut?: number;
  }
  const requests: string[] = [];

  function serve(
    files: Record<string, Uint8Array>,
    { ranges = true, length = true, chunk = 13, headers, cut }: ServerOptions = {},
  ) {
    requests.length = 0;
    let cancelled = 0;
    const answer = async (url: string, init: RequestInit = {}): Promise<Response> => {
      const name = String(url).replace('https://page.example/m/', '');
      const range = new Headers(init.headers).get('range');
      requests.push(range ? `${name} ${range}` : name);
      const bytes = files[name];
      if (!bytes) return new Response('missing', { status: 404 });
      const start = ranges && range ? Number(/\d+/.exec(range)?.[0]) : 0;
      const body = bytes.slice(start, cut);
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          init.signal?.addEventListener('abort', () => controller.error(new DOMException('', 'AbortError')));
        },
        pull(controller) {
          const at = bytes.length - start - left;
          if (at >= body.length) return controller.close();
          controller.enqueue(body.slice(at, at + chunk));
          left -= chunk;
        },
        cancel: () => void cancelled++,
      });
      let left = bytes.length - start;
      const partial = start > 0;
      return new Response(stream, {
        status: partial ? 206 : 200,
        headers: {
          ...(length && !partial && { 'content-length': String(bytes.length) }),
          ...(partial && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
          ...headers?.(requests.length),
        },
      });
    };
    vi.stubGlobal('fetch', answer);
    return { folder: httpFolder('https://page.example/m'), cancelled: () => cancelled };
  }

  const load = async (source: WeightSource) => {
    const loaded = await gatherWeights(loadWeights(config, source));
    for (const [name, { values }] of weights) expect(loaded.get(name)).toEqual(values);
  };

  test.each([
    ['with a length', {}],
    ['without one', { length: false }],
    ['compressed on the way', { headers: () => ({ 'content-encoding': 'gzip', 'content-length': '9' }) }],
  ])('one file is one request, %s', async (_, options) => {
    const { folder } = serve({ 'model.safetensors': safetensorsFile(weights) }, options);
    await load(await openWeights(folder));
    expect(requests).toEqual(['model.safetensors']);
  });

  test('a second reading asks for the data alone, or skips to them where the server knows no ranges', async () => {
    for (const ranges of [true, false]) {
      const { folder } = serve({ 'model.safetensors': safetensorsFile(weights) }, { ranges });
      const source = await openWeights(folder);
      await load(source);
      await load(source);
      expect(requests).toHaveLength(2);
      expect(requests[1]).toMatch(/^model\.safetensors bytes=\d+-$/);
    }
  });

  test('several files: headers first, then the data, never more than one body open', async () => {
    const { folder } = serve(sharded());
    await load(await openWeights(folder));
    expect(requests.map((request) => request.replace(/\d+-$/, 'N-'))).toEqual([
      'model.safetensors',
      'model.safetensors.index.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model-00001-of-00002.safetensors bytes=N-',
      'model-00002-of-00002.safetensors bytes=N-',
    ]);
  });

  test('a download that ends too soon names the tensor; one that goes on is refused', async () => {
    const bytes = safetensorsFile(weights);
    const { folder } = serve({ 'model.safetensors': bytes }, { length: false, cut: bytes.length - 5 });
    await expect(collect(loadWeights(config, await openWeights(folder)))).rejects.toThrow(
      /model\.safetensors ends in the middle of tensor “model\.norm\.weight”/,
    );
    const longer = serve({ 'model.safetensors': Uint8Array.from([...bytes, 1]) }, { length: false });
    await expect(collect(loadWeights(config, await openWeights(longer.folder)))).rejects.toThrow(
      /bytes at its end belong to no tensor/,
    );
  });

  test('a file that changes on the server while it is read is not mixed', async () => {
    const { folder } = serve(sharded(), { headers: (request) => ({ etag: `"${request}"` }) });
    const source = await openWeights(folder);
    await expect(collect(loadWeights(config, source))).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('changed on the server') as string,
    });
  });

  test('cancelling ends the download', async () => {
    const { folder, cancelled } = serve({ 'model.safetensors': safetensorsFile(weights) });
    const controller = new AbortController();
    const source = await openWeights(folder, controller.signal);
    const pieces = loadWeights(config, source, { signal: controller.signal, pieceElements: 8 });
    await pieces.next();
    controller.abort();
    await expect(pieces.next()).rejects.toMatchObject({ code: 'cancelled' });
    // Given up without being read: closed too.
    const other = serve({ 'model.safetensors': safetensorsFile(weights) });
    (await openWeights(other.folder)).close();
    await vi.waitFor(() => expect(other.cancelled() + cancelled()).toBeGreaterThan(0));
  });

  test('a server that fails, or is not there', async () => {
    vi.stubGlobal('fetch', async () => new Response('', { status: 500, statusText: 'Oh no' }));
    await expect(openWeights(httpFolder('https://page.example/m/'))).rejects.toMatchObject({
      code: 'download-failed',
      message:
        'https://page.example/m/model.safetensors could not be fetched: the server answered 500 Oh no.',
    });
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(openWeights(httpFolder('https://page.example/m'))).rejects.toMatchObject({
      code: 'download-failed',
    });
    // A start page instead of a missing file.
    vi.stubGlobal(
      'fetch',
      async () =>
        new Response('<!doctype html>', { headers: { 'content-type': 'text/html; charset=utf-8' } }),
    );
    await expect(openWeights(httpFolder('https://page.example/m'))).rejects.toThrow(
      /has neither model\.safetensors nor/,
    );
  });
});

test('what is written in pieces is what is written at once', async () => {
  const names = [...weights.keys()].sort();
  const tensors = names.map((name) => ({ name, shape: weights.get(name)!.shape }));
  const chunks: number[] = [];
  const rows = names.flatMap((name) => {
    const { shape, values } = weights.get(name)!;
    const width = shape.slice(1).reduce((a, b) => a * b, 1);
    return Array.from({ length: Math.ceil((shape[0] ?? 0) / 3) }, (_, i) => ({
      name,
      firstRow: 3 * i,
      values: values.subarray(3 * i * width, 3 * (i + 1) * width),
    }));
  });
  for await (const chunk of writeSafetensors(tensors, rows)) chunks.push(...chunk);
  expect(Uint8Array.from(chunks)).toEqual(safetensorsFile(weights));
});
