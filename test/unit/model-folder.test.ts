/**
 * @file A model's folder in Node: opened, loaded into an engine, saved, opened again; and what goes wrong with folders.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openModelFolder, saveModelFolder } from '../../src/cli/model-folder';
import { loadEngine } from '../../src/model/backend';
import { loadWeights, gatherWeights } from '../../src/model/load-weights';
import { configWithDtype, savedModel } from '../../src/model/save-model';
import { CpuExecutor } from '../../src/plan/cpu-executor';

const POCKET = 'public/models/pocket';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'losslight-model-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The shipped model in a folder of its own, with one of its files changed. */
async function copy(
  change: (at: (name: string) => string) => Promise<unknown> = async () => {},
): Promise<string> {
  const own = path.join(folder, 'own');
  await cp(POCKET, own, { recursive: true });
  await change((name) => path.join(own, name));
  return own;
}

describe('opening', () => {
  test('config, tokenizer, template and weights of the shipped model', async () => {
    const model = await openModelFolder(POCKET);
    expect(model.config.family).toBe('llama');
    expect(model.files['tokenizer.json']).toBe(await readFile(`${POCKET}/tokenizer.json`, 'utf8'));
    expect(model.files['config.json']).toBe(model.configText);
    expect(model.source.files).toEqual(['model.safetensors']);
    await model.close();
    await expect(gatherWeights(loadWeights(model.config, model.source))).rejects.toMatchObject({
      code: 'unreadable-file',
    });
  });

  test('further templates', async () => {
    const own = await copy(async (at) => {
      await mkdir(at('additional_chat_templates'));
      await writeFile(at('additional_chat_templates/tool_use.jinja'), 'T');
      await writeFile(at('additional_chat_templates/notes.txt'), 'x');
    });
    const model = await openModelFolder(own);
    expect(model.files['additional_chat_templates/tool_use.jinja']).toBe('T');
    expect(Object.keys(model.files)).not.toContain('additional_chat_templates/notes.txt');
    await model.close();
  });

  test.each<[string, (at: (name: string) => string) => Promise<unknown>, RegExp]>([
    ['no folder', (at) => rm(at(''), { recursive: true }), /has no config\.json/],
    ['no config.json', (at) => rm(at('config.json')), /has no config\.json/],
    ['no weights', (at) => rm(at('model.safetensors')), /has neither model\.safetensors nor/],
    ['weights cut off', (at) => writeFile(at('model.safetensors'), 'x'), /it has 1 bytes/],
    [
      'a config of another model',
      (at) => writeFile(at('config.json'), '{"model_type":"bert"}'),
      /config\.json: .*bert/,
    ],
    [
      'a tokenizer that is no text',
      (at) => writeFile(at('tokenizer.json'), Uint8Array.of(0xff)),
      /tokenizer\.json is not UTF-8/,
    ],
    [
      'a quantized model',
      async (at) => {
        const config = JSON.parse(await readFile(at('config.json'), 'utf8')) as object;
        await writeFile(
          at('config.json'),
          JSON.stringify({ ...config, quantization_config: { quant_method: 'gptq' } }),
        );
      },
      /quantiz/,
    ],
  ])('refused by name: %s', async (_, change, reason) => {
    const own = await copy(change);
    await expect(openModelFolder(own)).rejects.toMatchObject({
      code: 'bad-model',
      message: expect.stringMatching(reason) as string,
    });
  });

  test('a folder in the place of a file', async () => {
    const own = await copy(async (at) => {
      await rm(at('config.json'));
      await mkdir(at('config.json'));
    });
    await expect(openModelFolder(own)).rejects.toMatchObject({ code: 'unreadable-file' });
  });
});

describe('saving', () => {
  async function saved(dtype: 'F32' | 'F16') {
    const model = await openModelFolder(POCKET);
    const executor = await CpuExecutor.create();
    const engine = await loadEngine({ kind: 'cpu', reason: '', executor }, model.config, model.source);
    const out = path.join(folder, dtype);
    const { configText, files } = model;
    await saveModelFolder(
      out,
      savedModel({ configText, shapes: engine.parameters, rows: engine.merged(), files }, dtype),
    );
    engine.dispose();
    executor.dispose();
    await model.close();
    return out;
  }

  test.each(['F32', 'F16'] as const)(
    'as %s, and loaded again: the same numbers, tokenizer and config',
    async (dtype) => {
      const out = await saved(dtype);
      const [before, after] = [await openModelFolder(POCKET), await openModelFolder(out)];
      const weights = async ({ config, source }: typeof before) => gatherWeights(loadWeights(config, source));
      // The shipped weights are halves, so that nothing is lost.
      expect(await weights(after)).toEqual(await weights(before));
      expect(after.source.tensors.get('model.norm.weight')?.dtype).toBe(dtype);
      const torch = dtype === 'F32' ? 'float32' : 'float16';
      const {
        dtype: written,
        torch_dtype: older,
        ...rest
      } = JSON.parse(after.configText) as Record<string, unknown>;
      expect(written ?? older).toBe(torch);
      expect(JSON.parse(before.configText)).toMatchObject(rest);
      const { 'config.json': _a, ...files } = after.files;
      const { 'config.json': _b, ...original } = before.files;
      expect(files).toEqual(original);
      await Promise.all([before.close(), after.close()]);
      expect(await readdir(folder)).toEqual([dtype]);
    },
  );

  test('nothing is overwritten, and nothing is left of what failed', async () => {
    const full = await copy();
    await expect(saveModelFolder(full, [])).rejects.toMatchObject({ code: 'exists' });
    await expect(saveModelFolder(path.join(full, 'config.json'), [])).rejects.toMatchObject({
      code: 'exists',
    });
    const failing = async function* () {
      yield new Uint8Array(10);
      throw new Error('the disk is full');
    };
    const out = path.join(folder, 'out');
    await expect(saveModelFolder(out, [{ name: 'a', chunks: failing() }])).rejects.toThrow(
      'the disk is full',
    );
    expect(await readdir(folder)).toEqual(['own']);
    await mkdir(out);
    await saveModelFolder(out, [{ name: 'a', chunks: [new Uint8Array(2)] }]);
    expect(await readdir(out)).toEqual(['a']);
  });
});

test.each([
  [
    '{"dtype": "bfloat16", "eps": 1e-05, "theta": 10000.0}',
    '{"dtype": "float16", "eps": 1e-05, "theta": 10000.0}',
  ],
  ['{\n  "a": 1,\n  "torch_dtype" :null\n}', '{\n  "a": 1,\n  "torch_dtype" : "float16"\n}'],
  ['{"torch_dtype":"x","dtype":"y"}', '{"torch_dtype": "float16","dtype": "float16"}'],
  ['{"text": {"dtype": "x"}}', '{\n  "torch_dtype": "float16","text": {"dtype": "x"}}'],
  ['{}', '{\n  "torch_dtype": "float16"\n}'],
])('config.json says what was saved: %s', (before, after) => {
  expect(configWithDtype(before, 'F16')).toBe(after);
  expect(() => configWithDtype('{"dtype": 1, "dtype": 2}', 'F16')).toThrow(/“dtype” occurs twice/);
});
