/**
 * @file Saving what was trained in the engine's worker: the archive is a zip as its specification has it, the model in it
 * loads and answers as the tuned one did, and the adapter in it is the one that was trained.
 */
import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { crcOf } from '../../src/crc32';
import { zipFolder } from '../../src/worker/engine-zip';
import { parseConfig } from '../../src/model/config';
import { readAdapter } from '../../src/model/peft';
import type { TrainingSequence } from '../../src/sequence/types';
import type { NamedBlob } from '../../src/worker/protocol';
import { openHost } from './open-host';

const GOLDEN = 'test/golden/llama/tied';
const LORA = {
  ...({ kind: 'lora', rank: 2, alpha: 4, rsLora: false, targets: 'all-linear', seed: 1 } as const),
};
const SETTINGS = {
  ...{ steps: 3, batchSize: 1, learningRate: 0.02, warmupSteps: 0, weightDecay: 0, clipNorm: 1, seed: 1 },
  maxLength: 16,
};
const SEQUENCE: TrainingSequence = {
  ids: Int32Array.of(1, 2, 3, 4, 5, 6),
  weights: Float32Array.of(0, 1, 1, 1, 1, 1),
  kind: new Uint8Array(6),
  positions: Int32Array.of(0, 1, 2, 3, 4, 5),
  document: new Int32Array(6).fill(1),
  origin: { conversation: 'a' },
};

/** Files by their names, found by the archive's directory and checked against it and their own headers. */
async function unzip(archive: Blob): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const bytes = new Uint8Array(await archive.arrayBuffer());
  const view = new DataView(bytes.buffer);
  const end = bytes.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  expect(at + view.getUint32(end + 12, true)).toBe(end);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let i = 0; i < count; i++) {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const [crc, packed, size] = [16, 20, 24].map((field) => view.getUint32(at + field, true)) as [
      number,
      number,
      number,
    ];
    const nameLength = view.getUint16(at + 28, true);
    const header = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    expect(view.getUint32(header, true)).toBe(0x04034b50);
    // From the version to the length of the name, both say the same.
    expect(bytes.slice(header + 4, header + 30)).toEqual(bytes.slice(at + 6, at + 32));
    const data = bytes.slice(header + 30 + nameLength, header + 30 + nameLength + size);
    expect([packed, crc]).toEqual([size, crc32(data)]);
    files.set(name, data);
    at += 46 + nameLength;
  }
  expect(at).toBe(end);
  return files;
}

async function openTrained(lora: boolean) {
  const host = openHost();
  const files = await Promise.all(
    ['config.json', 'model.safetensors'].map(async (name) => ({
      name,
      blob: new Blob([Uint8Array.from(await readFile(`${GOLDEN}/${name}`))]),
    })),
  );
  await host.ask('load', { folder: 'own', files, engine: 'cpu' });
  if (lora) await host.ask('adapt', { adaptation: LORA });
  await host.ask('train', { sequences: [SEQUENCE], settings: SETTINGS, startPaused: false });
  await expect
    .poll(() => host.events.some((event) => event.type === 'run' && event.state === 'finished'))
    .toBe(true);
  return host;
}

const scoreOf = async ({ ask }: ReturnType<typeof openHost>, which: 'base' | 'tuned') =>
  (await ask('score', { sequences: [SEQUENCE], which })).logProbs[0] ?? new Float32Array();

const model = { form: 'model', files: { 'tokenizer.json': '{"é": 1}' }, folder: 'own-tuned' } as const;

test.each([true, false])('the tuned model loads again and scores as before; LoRA: %s', async (lora) => {
  const host = await openTrained(lora);
  const files = await unzip(await host.ask('save', model));
  expect([...files.keys()]).toEqual(
    ['tokenizer.json', 'config.json', 'model.safetensors'].map((name) => `own-tuned/${name}`),
  );
  expect(new TextDecoder().decode(files.get('own-tuned/tokenizer.json'))).toBe('{"é": 1}');
  const again = openHost();
  const blobs = [...files].map(([name, data]): NamedBlob => ({
    name: name.replace('own-tuned/', ''),
    blob: new Blob([data]),
  }));
  await again.ask('load', { folder: 'again', files: blobs, engine: 'cpu' });
  const tuned = await scoreOf(host, 'tuned');
  const saved = await scoreOf(again, 'base');
  const before = await scoreOf(host, 'base');
  const far = (a: Float32Array, b: Float32Array) => Math.max(...a.map((x, i) => Math.abs(x - (b[i] ?? NaN))));
  expect(far(tuned, before)).toBeGreaterThan(0.01);
  expect(far(saved, tuned)).toBeLessThan(1e-5);
});

test('the adapter is read again as PEFT’s', async () => {
  const host = await openTrained(true);
  const request = { form: 'adapter', base: 'own', folder: 'own-adapter' } as const;
  const files = await unzip(await host.ask('save', request));
  expect([...files.keys()]).toEqual([
    'own-adapter/adapter_model.safetensors',
    'own-adapter/adapter_config.json',
  ]);
  const text = new TextDecoder().decode(files.get('own-adapter/adapter_config.json'));
  expect(JSON.parse(text)).toMatchObject({ base_model_name_or_path: 'own', r: 2, lora_alpha: 4 });
  const config = parseConfig(await readFile(`${GOLDEN}/config.json`, 'utf8'));
  const { adaptation, values } = readAdapter(
    config,
    text,
    files.get('own-adapter/adapter_model.safetensors') ?? new Uint8Array(),
  );
  expect(adaptation).toMatchObject({ rank: 2, alpha: 4, targets: 'all-linear' });
  // B begins with zeros; trained, it has none left.
  const trained = [...values].filter(([name]) => name.endsWith('lora_B.weight'));
  expect(trained.every(([, numbers]) => numbers.some((number) => number !== 0))).toBe(true);
});

test('no adapter where everything is trained; nothing is saved under a run, and no run begins meanwhile', async () => {
  const { ask, events } = await openTrained(false);
  await expect(ask('save', { form: 'adapter', base: 'own', folder: 'x' })).rejects.toMatchObject({
    code: 'no-adapter',
  });
  const saving = ask('save', model);
  const run = { sequences: [SEQUENCE], settings: SETTINGS, startPaused: true };
  await expect(ask('train', run)).rejects.toMatchObject({ code: 'busy' });
  expect((await saving).size).toBeGreaterThan(1000);
  const { run: number } = await ask('train', run);
  await expect
    .poll(() => events.some((event) => event.type === 'run' && event.state === 'paused'))
    .toBe(true);
  await expect(ask('save', model)).rejects.toMatchObject({ code: 'busy' });
  await ask('control', { run: number, action: 'stop' });
});

test('the checksum goes on from chunk to chunk; a file may be empty', async () => {
  const bytes = Uint8Array.from({ length: 999 }, (_, i) => (i * 7919) >> 3);
  expect(crcOf(bytes.subarray(500), crcOf(bytes.subarray(0, 500)))).toBe(crc32(bytes));
  const files = await unzip(
    await zipFolder('ü', [
      { name: 'empty', chunks: [] },
      { name: 'two', chunks: [bytes.subarray(0, 3), bytes.subarray(3)] },
    ]),
  );
  expect([...files]).toEqual([
    ['ü/empty', new Uint8Array()],
    ['ü/two', bytes],
  ]);
});

test('more than the format can count is refused, and says what to do', async () => {
  const huge = { length: 2 ** 32 } as unknown as Uint8Array;
  await expect(zipFolder('big', [{ name: 'a', chunks: [huge] }])).rejects.toMatchObject({
    code: 'too-large',
    remedy: expect.stringContaining('losslight train') as unknown,
  });
});
