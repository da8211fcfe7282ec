/**
 * @file Loading in the engine's worker: from files and over HTTP, looked at before, cancelled, failed. Whatever happens, the
 * model that was loaded before goes on working, and what a load took is given back.
 */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { NamedBlob } from '../../src/worker/protocol';
import { openHost } from './open-host';

const GOLDEN = 'test/golden/llama/tied';
const prompt = Int32Array.of(1, 2);
const options = { maxNewTokens: 4, temperature: 0, topP: 1, seed: 0, stopIds: [] };
const blob = (name: string, data: Uint8Array | string): NamedBlob => ({
  name,
  blob: new Blob([typeof data === 'string' ? data : Uint8Array.from(data)]),
});
let weights: Uint8Array;
let config: string;
let executor: CpuExecutor;

beforeEach(async () => {
  weights = await readFile(`${GOLDEN}/model.safetensors`);
  config = await readFile(`${GOLDEN}/config.json`, 'utf8');
  const create = CpuExecutor.create.bind(CpuExecutor);
  vi.spyOn(CpuExecutor, 'create').mockImplementation(async (...given) => (executor = await create(...given)));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const place = (...files: NamedBlob[]) => ({ folder: 'own', files });
const whole = () => place(blob('config.json', config), blob('model.safetensors', weights));

/** A host with the golden model. */
async function loaded() {
  const host = openHost();
  const info = await host.ask('load', { ...whole(), engine: 'cpu' });
  const write = async () =>
    (await host.ask('generate', { prompt, options, which: 'tuned' })).tokens.map(({ id }) => id);
  return { ...host, info, write, before: await write(), bytes: executor.bytes };
}

/** A blob whose bytes never come once it is read beyond some place. */
function stuck(from: number): { blob: Blob; reads: () => number } {
  let reads = 0;
  const slow = new Blob([Uint8Array.from(weights)]);
  const slice = slow.slice.bind(slow);
  slow.slice = (start = 0, end = slow.size) => {
    reads++;
    if (end <= from) return slice(start, end);
    return { arrayBuffer: () => new Promise<ArrayBuffer>(() => undefined) } as Blob;
  };
  return { blob: slow, reads: () => reads };
}

describe('from files', () => {
  test('says what is loaded, and how far it is in bytes and parameters', async () => {
    const { info, events, before } = await loaded();
    expect(info.model).toMatchObject({
      family: 'llama',
      parameterCount: 23_400,
      dtypes: ['F32'],
      files: 1,
      fileBytes: 93_600,
    });
    expect(info.model.memory.f32).toBe(20 * 23_400);
    expect(info.model.memory.int4).toBeLessThan(info.model.memory.f16);
    const last = (phase: string) => events.filter((e) => e.type === 'progress' && e.phase === phase).at(-1);
    expect(last('read')).toMatchObject({ done: 93_600, total: 93_600 });
    expect(last('upload')).toMatchObject({ done: 23_400, total: 23_400 });
    expect(last('download')).toBeUndefined();
    expect(before).toHaveLength(4);
  });

  test('is the model that comes over HTTP', async () => {
    vi.stubGlobal('fetch', async (url: string) => {
      const file = String(url).replace('https://page.example/model', GOLDEN);
      return new Response(await readFile(file));
    });
    const { before } = await loaded();
    const { ask, events } = openHost();
    await ask('load', { url: 'https://page.example/model', engine: 'cpu' });
    const { tokens } = await ask('generate', { prompt, options, which: 'base' });
    expect(tokens.map(({ id }) => id)).toEqual(before);
    expect(events.some((e) => e.type === 'progress' && e.phase === 'download')).toBe(true);
  });

  test('another model takes the place of the one before, and its memory is given back', async () => {
    const { ask, bytes, write, before } = await loaded();
    for (let i = 0; i < 3; i++) await ask('load', whole());
    expect(await write()).toEqual(before);
    expect(executor.bytes).toBe(bytes);
  });
});

describe('looking at files', () => {
  test('reads headers alone', async () => {
    const { ask } = openHost();
    const header = 8 + Number(new DataView(weights.buffer, weights.byteOffset).getBigUint64(0, true));
    const { blob: large, reads } = stuck(header);
    const description = await ask(
      'inspectModel',
      place(blob('config.json', config), { name: 'model.safetensors', blob: large }),
    );
    expect(description).toMatchObject({ family: 'llama', vocabularySize: 61, contextLength: 64 });
    expect(reads()).toBeGreaterThan(0);
    expect(CpuExecutor.create).not.toHaveBeenCalled();
  });

  test.each<[string, () => NamedBlob[], RegExp]>([
    ['no config.json', () => [blob('model.safetensors', weights)], /own has no config\.json/],
    ['no weights', () => [blob('config.json', config)], /own has neither model\.safetensors/],
    [
      'quantized',
      () => [
        blob('config.json', JSON.stringify({ ...JSON.parse(config), quantization_config: {} })),
        blob('model.safetensors', weights),
      ],
      /quantiz/,
    ],
    [
      'another architecture',
      () => [
        blob('config.json', JSON.stringify({ ...JSON.parse(config), model_type: 'mamba' })),
        blob('model.safetensors', weights),
      ],
      /mamba/,
    ],
    [
      'integers',
      () => [
        blob('config.json', config),
        blob(
          'model.safetensors',
          Buffer.from(Buffer.from(weights).toString('latin1').replaceAll('"F32"', '"I32"'), 'latin1'),
        ),
      ],
      /is stored as I32; only F32, F16 and BF16/,
    ],
    [
      'cut off',
      () => [blob('config.json', config), blob('model.safetensors', weights.slice(0, -1))],
      /but the data has only/,
    ],
  ])('refuses by name: %s', async (_, files, reason) => {
    const { ask, write, before } = await loaded();
    const expected = { code: 'bad-model', message: expect.stringMatching(reason) as string };
    await expect(ask('inspectModel', place(...files()))).rejects.toMatchObject(expected);
    await expect(ask('load', place(...files()))).rejects.toMatchObject(expected);
    expect(await write()).toEqual(before);
  });
});

describe('a load that does not end well', () => {
  test('a number that is not finite, at the very end: the model before works, nothing is left', async () => {
    const { ask, write, before, bytes } = await loaded();
    const broken = Uint8Array.from(weights);
    broken.set([0, 0, 0xc0, 0x7f], broken.length - 4);
    await expect(
      ask('load', place(blob('config.json', config), blob('model.safetensors', broken))),
    ).rejects.toMatchObject({
      code: 'bad-model',
      message: expect.stringMatching(/not finite \(NaN/) as string,
    });
    expect(await write()).toEqual(before);
    expect(executor.bytes).toBe(bytes);
  });

  test('cancelled while bytes are awaited: at once; the model before works, and another load may begin', async () => {
    const { ask, write, before, bytes } = await loaded();
    const { blob: slow } = stuck(weights.length - 100);
    const loading = ask(
      'load',
      place(blob('config.json', config), { name: 'model.safetensors', blob: slow }),
    );
    const outcome = expect(loading).rejects.toMatchObject({ code: 'cancelled' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(ask('load', whole())).rejects.toMatchObject({ code: 'busy' });
    await expect(write()).rejects.toMatchObject({ code: 'busy' });
    await ask('cancelLoad', null);
    // Before the one that was cancelled has given back what it took.
    const next = ask('load', whole());
    await outcome;
    await next;
    expect(await write()).toEqual(before);
    expect(executor.bytes).toBe(bytes);
  });

  test('cancelled while it is set up: nothing is left of it', async () => {
    const { ask, write, before, bytes } = await loaded();
    const prepare = executor.prepare.bind(executor);
    let asked = () => {};
    const reached = new Promise<void>((resolve) => (asked = resolve));
    vi.spyOn(executor, 'prepare').mockImplementation(async (plan) => {
      asked();
      await new Promise((resolve) => setTimeout(resolve, 5));
      return prepare(plan);
    });
    const loading = ask('load', whole());
    const outcome = expect(loading).rejects.toMatchObject({ code: 'cancelled' });
    await reached;
    await ask('cancelLoad', null);
    await outcome;
    vi.mocked(executor.prepare).mockRestore();
    expect(await write()).toEqual(before);
    expect(executor.bytes).toBe(bytes);
  });

  test('more than the CPU’s memory can hold', async () => {
    const { ask, write, before, bytes } = await loaded();
    vi.spyOn(executor, 'write').mockImplementation(() => {
      throw new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded');
    });
    await expect(ask('load', whole())).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/does not fit into memory: .* takes 0\.5 MB/) as string,
    });
    vi.mocked(executor.write).mockRestore();
    expect(await write()).toEqual(before);
    expect(executor.bytes).toBe(bytes);
  });

  test('nothing to cancel', async () => {
    expect(await openHost().ask('cancelLoad', null)).toBeNull();
  });
});
