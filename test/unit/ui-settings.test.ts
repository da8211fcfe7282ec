/**
 * @file The table of settings and the check of what is typed into it.
 */
import { describe, expect, test } from 'vitest';
import { objectiveDraftsOf } from '../../src/settings/objective-table';
import { defaultDrafts } from '../../src/settings/run-defaults';
import { differing } from '../../src/settings/run-presets';
import {
  checkSetting,
  DEFAULT_OPTIONS,
  draftsOf,
  parseNumber,
  settingsOf,
  TRAIN_SETTINGS,
} from '../../src/settings/train';
import { weight } from '../../src/strings/en/numbers';
import { settingsForm } from '../../src/strings/en/settings-form';
import { exponential } from '../../src/ui/chart-ticks';

describe('parseNumber', () => {
  test.each([
    ['1', 1],
    [' 3e-4 ', 3e-4],
    ['.5', 0.5],
    ['2.', 2],
    ['−1', -1],
    ['−1e−8', -1e-8],
    ['+0.25', 0.25],
    ['', undefined],
    ['abc', undefined],
    ['1,5', undefined],
    ['0x10', undefined],
    ['Infinity', undefined],
    ['1e999', undefined],
    ['1 2', undefined],
  ])('%j', (text, value) => expect(parseNumber(text)).toBe(value));
});

describe('the table', () => {
  test('a number with an exponent has one minus wherever the page writes it', () => {
    const rate = TRAIN_SETTINGS.find(({ key }) => key === 'learningRate') ?? expect.fail('It has a rate.');
    expect(checkSetting(rate, '2').error).toBe('Learning rate must be between 1e−8 and 1.');
    expect(settingsForm.limits.range(rate.min, rate.max)).toBe('1e−8 to 1 · ');
    expect(settingsForm.limits.range(-1e-8, 1)).toMatch(/^−1e−8 to/);
    expect([exponential(-1.5e-8), weight(-2e-9)]).toEqual(['−1.5e−8', '−2e−9']);
    const form = { kind: 'sft', objective: objectiveDraftsOf(), options: DEFAULT_OPTIONS } as const;
    const drafts = { ...defaultDrafts('sft'), learningRate: ' 1e-8' };
    expect(differing({ ...form, drafts })).toEqual([
      { label: 'Learning rate', value: '1e−8', standard: expect.any(String) as string },
    ]);
  });
  test('every default passes its own check', () => {
    for (const setting of TRAIN_SETTINGS) {
      expect(checkSetting(setting, String(setting.default)), setting.key).toEqual({ value: setting.default });
    }
  });
  test('the ends of every range are allowed, and one step beyond is not', () => {
    for (const setting of TRAIN_SETTINGS) {
      expect(checkSetting(setting, String(setting.min)).value, setting.key).toBe(setting.min);
      expect(checkSetting(setting, String(setting.max)).value, setting.key).toBe(setting.max);
      expect(checkSetting(setting, String(setting.max + 1)).error, setting.key).toContain('between');
      expect(checkSetting(setting, String(setting.min - 1)).error, setting.key).toContain('between');
    }
  });
  test('whole numbers are asked for where they are needed', () => {
    const steps = TRAIN_SETTINGS.find(({ key }) => key === 'steps');
    expect(steps && checkSetting(steps, '1.5').error).toBe('Steps must be a whole number.');
    expect(steps && checkSetting(steps, 'many').error).toBe('Steps must be a number.');
  });
});

describe('settings of a run', () => {
  test('a lesson lays its own values over the defaults', () => {
    expect(settingsOf(draftsOf({ steps: 7, learningRate: 5e-7 }))).toMatchObject({
      steps: 7,
      learningRate: 5e-7,
      batchSize: 4,
    });
  });
  test('a clip of 0 switches clipping off', () => {
    expect(settingsOf({ ...draftsOf(), clipNorm: '0' })?.clipNorm).toBe(Infinity);
  });
  test('one wrong field is enough to have no settings', () => {
    expect(settingsOf({ ...draftsOf(), seed: '-1' })).toBeUndefined();
  });
});
