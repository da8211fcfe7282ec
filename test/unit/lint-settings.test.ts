/**
 * @file Trainer settings from the files that trainers have.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SETTING_ROWS } from '../../src/lint/settings';
import { readSettings } from '../../src/lint/settings-file';

const read = (name: string) => readSettings(readFileSync(`test/fixtures/lint/files/${name}`, 'utf8'), name);

describe('readSettings', () => {
  it('reads an Axolotl config, sections and blocks of text included', () => {
    expect(read('axolotl.yml')).toEqual({
      problems: [],
      settings: {
        maxLength: 2048,
        packing: true,
        attention: 'flash_attention_2',
        microBatchSize: 2,
        gradientAccumulationSteps: 8,
        padToken: '<|im_end|>',
      },
    });
  });

  it('reads TrainingArguments', () => {
    expect(read('training_args.json').settings).toEqual({
      microBatchSize: 4,
      gradientAccumulationSteps: 8,
      averageTokensAcrossDevices: false,
      transformersVersion: '4.45.2',
    });
  });

  it('reads an SFTConfig', () => {
    expect(read('sft_config.json').settings).toEqual({
      maxLength: 1024,
      truncation: 'start',
      assistantOnlyLoss: true,
      packing: true,
      packingStrategy: 'bfd',
      attention: 'sdpa',
    });
  });

  it('reads settings under our own names', () => {
    expect(
      readSettings('{"maxLength": 8, "strategy": "fork", "padMask": "by-id"}', 's.json').settings,
    ).toEqual({
      maxLength: 8,
      strategy: 'fork',
      padMask: 'by-id',
    });
  });

  it.each([
    ['max_seq_length: 512', { maxLength: 512 }],
    ['max_length: -1', {}],
    ['truncation_side: left', { truncation: 'start' }],
    ["response_template: '<|im_start|>assistant'", { responseTemplate: '<|im_start|>assistant' }],
    [
      'instruction_part: "<|im_start|>user\\n" # with its line break',
      { instructionTemplate: '<|im_start|>user\n' },
    ],
    ['data_collator: DataCollatorForLanguageModeling', { padMask: 'by-id' }],
    ['data_collator: MyOwnCollator', {}],
    ['flash_attn: fa2', { attention: 'flash_attention_2' }],
    ['flash_attention: false', { attention: 'sdpa' }],
    ['loss_reduction: mean', { lossReduction: 'micro-batch' }],
    ['world_size: 4', { devices: 4 }],
    ["it's: 1\nmax_length: 5", { maxLength: 5 }],
  ])('%s', (text, settings) => {
    expect(readSettings(text.replace("it's", '"it\'s"'), 's.yml')).toEqual({ settings, problems: [] });
  });

  it('names what cannot be read, and keeps the rest', () => {
    const { settings, problems } = readSettings(
      'max_length: 8\nmicro_batch_size: two\npacking: 3\n',
      's.yml',
    );
    expect(settings).toEqual({ maxLength: 8 });
    expect(problems).toEqual([
      { file: 's.yml', line: 3, field: 'packing', reason: 'it is 3', remedy: 'Write true or false.' },
      {
        file: 's.yml',
        line: 2,
        field: 'micro_batch_size',
        reason: 'it is "two"',
        remedy: 'Write a whole number above 0.',
      },
    ]);
  });

  it.each([
    ['{"max_length": 8', /s\.json is not valid JSON/],
    ['[1]', /holds no JSON object/],
    ['max_length = 8', /s\.json, line 1: “max_length = 8” is neither “key: value” nor JSON/],
  ])('refuses %s', (text, message) => {
    expect(() => readSettings(text, 's.json')).toThrow(message);
  });

  it('has a name of its own for each setting', () => {
    const names = SETTING_ROWS.flatMap(({ key, names }) => [key, ...names]);
    expect(new Set(names).size).toBe(names.length);
  });
});
