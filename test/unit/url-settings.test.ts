/**
 * @file Settings in an address: the list is complete and checked, what is out of range is told by name, and there and back is the same.
 */
import { describe, expect, test } from 'vitest';
import { KEYED_CHOICES, KEYED_LISTS, KEYED_NUMBERS, type Keyed } from '../../src/settings/keyed';
import { OBJECTIVE_SETTINGS } from '../../src/settings/objective-table';
import { PRACTICE_SETTINGS } from '../../src/settings/practice';
import { TRAIN_SETTINGS } from '../../src/settings/train';
import {
  changedSettings,
  DEFAULT_SETTINGS,
  OTHER_KEYS,
  queryOf,
  readSettings,
  tooLong,
  URL_SETTINGS,
} from '../../src/state/url-settings';

const readQuery = (query: string) => readSettings(new URLSearchParams(query));

describe('the list', () => {
  test('every key is there once, and none is somebody else’s', () => {
    const keys = [...URL_SETTINGS.map(({ url }) => url), ...OTHER_KEYS];
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
    for (const key of keys) expect(key).toMatch(/^[a-z][a-z-]*$/);
  });

  test('every row of the tables of settings has its key', () => {
    const keys = URL_SETTINGS.map(({ url }) => url);
    for (const { url } of [...TRAIN_SETTINGS, ...OBJECTIVE_SETTINGS, ...PRACTICE_SETTINGS])
      expect(keys).toContain(url);
  });

  test('what stands in a table, and the form shows, is what the address takes', () => {
    const byKey = new Map(URL_SETTINGS.map((setting) => [setting.url, setting]));
    const tables = [...TRAIN_SETTINGS, ...PRACTICE_SETTINGS, ...Object.values(KEYED_NUMBERS)];
    const objective = OBJECTIVE_SETTINGS.filter((row) => row.type === 'number');
    for (const { url, min, max } of [...tables, ...objective]) {
      const { problem } = byKey.get(url) ?? expect.fail(url);
      expect([url, problem(String(min)), problem(String(max))]).toEqual([url, undefined, undefined]);
      expect([url, problem(String(min - 1)), problem(String(max + 1))]).not.toContain(undefined);
    }
    for (const { url, default: standard, values } of Object.values(KEYED_LISTS)) {
      const setting = byKey.get(url) ?? expect.fail(url);
      expect(setting.default).toBe(standard);
      for (const value of values) expect([value, setting.problem(value)]).toEqual([value, undefined]);
      expect(setting.problem(`${values.join()}?`)).toBeDefined();
    }
    // No key is written by hand beside the tables, but for the two of the mask, whose rows are its presets.
    const shown: Keyed[] = [...tables, ...OBJECTIVE_SETTINGS, ...Object.values(KEYED_LISTS)];
    const keys = [...shown, ...Object.values(KEYED_CHOICES)].map(({ url }) => url);
    expect(URL_SETTINGS.map(({ url }) => url).filter((url) => !keys.includes(url))).toEqual([
      'mask',
      'policy',
    ]);
    expect(keys.filter((url) => !byKey.has(url))).toEqual([]);
  });

  test('every default passes its own check, but for those that are “none”', () => {
    const refused = URL_SETTINGS.filter(({ default: standard, problem }) => problem(standard) !== undefined);
    expect(refused.map(({ url }) => url)).toEqual(['practice-without', 'policy', 'sequences', 'lora-alpha']);
    expect(refused.map(({ default: standard }) => standard)).toEqual(['', '', '', '']);
  });
});

describe('there and back', () => {
  test('the defaults need no address', () => {
    expect(queryOf('', DEFAULT_SETTINGS)).toBe('');
    expect(readQuery('')).toEqual({ settings: {}, problems: [] });
  });

  test('what differs comes back, in the order of the page, numbers as they are usually written', () => {
    const settings = {
      ...DEFAULT_SETTINGS,
      ...{ lr: '3e-4', steps: '50', objective: 'grpo', group: '4', scale: 'none', maskcut: 'true' },
      ...{ mask: 'trl-assistant-only', sequences: 'fork', lora: '8', 'practice-tools': '100' },
    };
    const query = queryOf('', settings);
    expect(query).toBe(
      '?practice-tools=100&mask=trl-assistant-only&sequences=fork&objective=grpo&group=4&scale=none&maskcut=true&lora=8&steps=50&lr=0.0003',
    );
    const read = readQuery(query);
    expect(read.problems).toEqual([]);
    expect(changedSettings(read.settings)).toEqual(changedSettings(settings));
  });

  test('a policy of one’s own, with a rule', () => {
    const policy = '{"think":{"train":true,"weight":0.3},"rules":[{"pattern":"<b>&amp;","weight":0}]}';
    const query = queryOf('', { ...DEFAULT_SETTINGS, policy });
    expect(readQuery(query)).toEqual({ settings: { policy }, problems: [] });
  });

  test('a policy that is too long for an address is left out of it, and named', () => {
    const rules = Array.from({ length: 80 }, () => ({ pattern: 'aaaaaaaa', weight: 0 }));
    const policy = JSON.stringify({ rules });
    expect(changedSettings({ policy, steps: '7' })).toEqual({ steps: '7' });
    expect(tooLong({ policy, steps: '7' })).toEqual(['Mask policy']);
    expect(tooLong({ policy: '{}', steps: '7' })).toEqual([]);
  });

  test('keys of others stay, unknown ones go, one’s own are replaced', () => {
    expect(queryOf('?steps=99&lesson=thread&utm=x&engine=cpu', { steps: '7' })).toBe(
      '?lesson=thread&engine=cpu&steps=7',
    );
  });

  test('what is being typed wrong is not written', () => {
    expect(changedSettings({ steps: '', lr: 'abc', batch: '0', clip: '2' })).toEqual({ clip: '2' });
  });
});

describe('what does not hold is told by name, and the rest holds', () => {
  test.each([
    ['steps=0', '“steps” = “0”: Steps must be between 1 and 100000.'],
    ['steps=1.5', '“steps” = “1.5”: Steps must be a whole number.'],
    ['lr=fast', '“lr” = “fast”: Learning rate must be a number.'],
    ['schedule=steep', '“schedule” = “steep”: Schedule must be one of constant, linear, cosine, wsd.'],
    ['lora=-1', '“lora” = “-1”: LoRA rank must be between 0 and 1024.'],
    ['practice-held=99999', '“practice-held” = “99999”: Held out must be between 0 and 5,000.'],
    ['colour=red', '“colour”: there is no such setting.'],
    ['__proto__=1', '“__proto__”: there is no such setting.'],
    ['batch=2&batch=4', '“batch” = “4”: it is given twice; the first one holds.'],
    [
      'practice-without=a,<script>',
      '“practice-without” = “a,<script>”: Practice data: tools left out must be names of letters, digits, “_”, “-” and “.”, with commas between them.',
    ],
  ])('%s', (query, problem) => {
    const read = readQuery(`clip=3&${query}`);
    expect(read.problems).toEqual([problem]);
    expect(read.settings['clip']).toBe('3');
  });

  test.each([
    ['no JSON', 'policy={'],
    ['an unknown field', 'policy={"hack":1}'],
    ['a wrong type', 'policy={"think":{"train":"yes"}}'],
    ['a pattern that is none', 'policy={"rules":[{"pattern":"(","weight":0}]}'],
    ['a policy that is too long', `policy={"rules":[${'{"pattern":"aaaaaaaa","weight":0},'.repeat(80)}]}`],
  ])('a policy: %s', (_, query) => {
    const read = readQuery(query);
    expect(read.settings).toEqual({});
    expect(read.problems).toHaveLength(1);
    expect(read.problems[0]).toMatch(/^“policy” = “/);
  });

  test('an engine that there is not is told by name, and no engine that there is', () => {
    for (const kind of ['cpu', 'wgsl', 'oracle']) expect(readQuery(`engine=${kind}`).problems).toEqual([]);
    expect(readQuery('engine=CPU&steps=7')).toEqual({
      settings: { steps: '7' },
      problems: ['“engine” = “CPU”: The engine must be one of cpu, wgsl, oracle.'],
    });
    expect(readQuery('engine=').problems).toHaveLength(1);
  });

  test('thousands of unknown keys become a short list', () => {
    const query = Array.from({ length: 3000 }, (_, i) => `k${i}=1`).join('&');
    const { problems } = readQuery(query);
    expect(problems).toHaveLength(13);
    expect(problems.at(-1)).toBe('And 2988 more.');
  });
});
