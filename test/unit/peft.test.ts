/**
 * @file Adapters as PEFT's files: what PEFT wrote is read and written again byte for byte, and what does not fit is refused.
 * That PEFT reads what is written here follows from the bytes; `tools/golden/lora.py` wrote the files.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/model/config';
import type { LoraAdaptation } from '../../src/model/engine';
import { DEFAULT_LORA, factorShapes, initialFactor } from '../../src/model/lora';
import { readAdapter, writeAdapter } from '../../src/model/peft';
import { PlannedEngine } from '../../src/model/planned-engine';
import { safetensorsFile } from '../../src/model/safetensors-write';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { batchOf, readGolden } from './plan-llama-golden';

const FOLDER = 'test/golden/peft';
const BASES: Record<string, string> = {
  lora: 'test/golden/llama/tied',
  rslora: 'test/golden/llama/untied',
  gpt2: `${FOLDER}/gpt2/base`,
};

const configOf = (name: string) => parseConfig(readFileSync(`${BASES[name]}/config.json`).toString());
const filesOf = (name: string) => ({
  text: readFileSync(`${FOLDER}/${name}/adapter/adapter_config.json`).toString(),
  file: new Uint8Array(readFileSync(`${FOLDER}/${name}/adapter/adapter_model.safetensors`)),
});

describe.each(Object.keys(BASES))('an adapter that PEFT wrote, %s', (name) => {
  const config = configOf(name);
  const { text, file } = filesOf(name);
  const adapter = readAdapter(config, text, file);

  test('is read as what it is', () => {
    const expected: Record<string, Partial<LoraAdaptation>> = {
      lora: { rank: 4, alpha: 8, rsLora: false, targets: 'all-linear' },
      rslora: { rank: 6, alpha: 9, rsLora: true },
      gpt2: { rank: 3, alpha: 6, rsLora: false, targets: 'all-linear' },
    };
    expect(adapter.adaptation).toMatchObject(expected[name] as object);
    expect([...adapter.values.keys()].sort()).toEqual(
      [...factorShapes(config, adapter.adaptation).keys()].sort(),
    );
    expect(adapter.dropout).toBe(0);
  });

  test('is written again byte for byte, with the settings that PEFT wrote', () => {
    const written = writeAdapter(config, adapter.adaptation, adapter.values, BASES[name] as string);
    expect(Buffer.from(written['adapter_model.safetensors']).equals(Buffer.from(file))).toBe(true);
    const found = JSON.parse(written['adapter_config.json']) as Record<string, unknown>;
    const golden = JSON.parse(text) as Record<string, unknown>;
    for (const [key, value] of Object.entries(found)) {
      if (key !== 'target_modules') expect(value, key).toEqual(golden[key]);
    }
    expect(readAdapter(config, written['adapter_config.json'], file)).toEqual(adapter);
  });
});

test('a trained adapter comes back: written, read, put into a new engine', async () => {
  const golden = readGolden('tied');
  const load = async () =>
    PlannedEngine.load(await CpuExecutor.create(), golden.config, golden.weights, undefined, {
      adaptation: { ...DEFAULT_LORA, targets: ['q_proj', 'o_proj'] },
    });
  const batch = batchOf(golden, 'mixed');
  const one = await load();
  for (let step = 0; step < 3; step++) await one.step([batch], { ...golden.adamw, learningRate: 1e-2 });
  const adaptation = one.adaptation as LoraAdaptation;
  const files = writeAdapter(golden.config, adaptation, await one.read(), 'some/model');
  const { adaptation: read, values } = readAdapter(
    golden.config,
    files['adapter_config.json'],
    files['adapter_model.safetensors'],
  );
  const other = await load();
  await other.adapt(read);
  await other.write(values);
  expect(await other.logits(batch, 'tuned')).toEqual(await one.logits(batch, 'tuned'));
});

describe('what is refused', () => {
  const config = configOf('lora');
  const { text, file } = filesOf('lora');
  const settings = (change: object): string => JSON.stringify({ ...(JSON.parse(text) as object), ...change });
  const adaptation: LoraAdaptation = { ...DEFAULT_LORA, rank: 4, targets: ['q_proj'] };
  const factors = new Map(
    [...factorShapes(config, adaptation)].map(([name, shape]) => [
      name,
      { shape, values: initialFactor(1, name, shape) },
    ]),
  );
  const small = settings({ target_modules: ['q_proj'] });
  const changed = (change: (tensors: typeof factors) => void) => {
    const tensors = new Map(factors);
    change(tensors);
    return safetensorsFile(tensors);
  };
  const rename = (from: RegExp, to: string) =>
    changed((tensors) => {
      for (const [name, tensor] of factors) {
        tensors.delete(name);
        tensors.set(name.replace(from, to), tensor);
      }
    });
  const [firstName = ''] = factors.keys();

  test('the unchanged files are not', () => {
    expect(readAdapter(config, text, file).values.size).toBe(28);
    expect(
      readAdapter(
        config,
        small,
        changed(() => undefined),
      ).adaptation.targets,
    ).toHaveLength(2);
  });

  test.each<[string, object, RegExp]>([
    ['another kind of adapter', { peft_type: 'IA3' }, /peft_type is "IA3"/],
    ['another task', { task_type: 'SEQ_CLS' }, /task_type is "SEQ_CLS"/],
    ['biases', { bias: 'all' }, /bias is "all"/],
    ['DoRA', { use_dora: true }, /use_dora is true/],
    ['ranks by module', { rank_pattern: { q_proj: 2 } }, /rank_pattern is/],
    ['modules beside the factors', { modules_to_save: ['lm_head'] }, /modules_to_save is/],
    ['PiSSA', { init_lora_weights: 'pissa' }, /init_lora_weights is "pissa"/],
    ['a matrix stored the other way round', { fan_in_fan_out: true }, /fan_in_fan_out is true; for llama/],
    ['no rank', { r: 0 }, /r must be a number above 0/],
    ['half a rank', { r: 2.5 }, /r must be a whole number/],
    ['another rank', { r: 8 }, /of \[4, 44\]; model and rank ask for \[8, 44\]/],
    ['alpha in words', { lora_alpha: '16' }, /lora_alpha must be a number/],
    ['dropping everything', { lora_dropout: 1 }, /lora_dropout must be/],
    ['no targets', { target_modules: [] }, /target_modules must be a list/],
    ['a target that the file lacks', { target_modules: ['q_proj', 'lm_head'] }, /nothing for “lm_head”/],
    ['a tensor that no target names', { target_modules: ['q_proj'] }, /adapts “.*”, which adapter_config/],
  ])('%s', (_, change, message) => {
    expect(() => readAdapter(config, settings(change), file)).toThrow(message);
    expect(() => readAdapter(config, settings(change), file)).toThrow(
      expect.objectContaining({ code: 'bad-adapter' }) as Error,
    );
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['a wrong prefix', rename(/^base_model\.model\./, ''), /does not begin with “base_model.model.”/],
    ['a prefix too few', rename(/^base_model\.model\.model/, 'base_model.model'), /this model does not have/],
    ['the name of the adapter', rename(/\.weight$/, '.default.weight'), /not named as a factor/],
    ['another layer', rename(/layers\.1/, 'layers.7'), /adapts “model.layers.7/],
    ['no tensors', safetensorsFile(new Map()), /holds no tensors/],
    ['half a pair', changed((t) => void t.delete(firstName)), /lacks “.*lora_A.weight”/],
    [
      'another width',
      changed((t) => void t.set(firstName, { shape: [4, 3], values: new Float32Array(12) })),
      /of \[4, 3\]; model and rank ask for \[4, 36\]/,
    ],
    [
      'a number that is none',
      changed((t) => void t.set(firstName, { shape: [4, 36], values: new Float32Array(144).fill(NaN) })),
      /not finite/,
    ],
    [
      'a file that is cut off',
      new Uint8Array(readFileSync(`${FOLDER}/lora/adapter/adapter_model.safetensors`)).subarray(0, 900),
      /adapter_model.safetensors/,
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => readAdapter(config, small, bytes)).toThrow(message);
  });

  test('a file that is no JSON, or no object', () => {
    expect(() => readAdapter(config, '{', file)).toThrow(/not JSON/);
    expect(() => readAdapter(config, '[]', file)).toThrow(/must hold an object/);
  });
});
