/**
 * @file Two policies compared, token by token; and policies as files.
 */
import { describe, expect, it } from 'vitest';
import { diffWeights } from '../../src/mask/diff';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { readPolicy, writePolicy } from '../../src/mask/policy-file';
import { PRESETS, presetNamed } from '../../src/mask/presets';
import { fixture, weighed } from './mask-support';

function compare(name: string, a: string, b: string) {
  const [one, two] = [a, b].map((preset) =>
    weighed(fixture(name), presetNamed(preset)?.policy ?? DEFAULT_POLICY),
  );
  if (!one || !two) throw new Error('no weights');
  return { ...diffWeights(one.encoded, one.weights, two.weights), pieces: one.pieces };
}

describe('diffWeights', () => {
  it('lists runs of one segment, message and pair of weights', () => {
    const { runs, pieces, differing } = compare('think, call, result, answer', 'torchtune', 'default');
    expect(
      runs.map(({ start, end, ...run }) => ({ ...run, text: pieces.slice(start, end).join('') })),
    ).toEqual([
      { segment: 'header', message: 2, a: 1, b: 0, text: '<|im_start|>assistant\n' },
      { segment: 'scaffold', message: 2, a: 1, b: 0, text: '\n' },
      { segment: 'header', message: 4, a: 1, b: 0, text: '<|im_start|>assistant\n' },
      { segment: 'scaffold', message: 4, a: 1, b: 0, text: '\n' },
    ]);
    expect(differing).toBe(8);
  });

  it('sums up by segment, in the order of the legend', () => {
    const { segments } = compare('answer only', 'torchtune', 'default');
    const none = { awayA: 0, awayB: 0 };
    expect(segments).toEqual([
      { segment: 'system', tokens: 4, trainedA: 0, trainedB: 0, ...none, differing: 0 },
      { segment: 'user', tokens: 1, trainedA: 0, trainedB: 0, ...none, differing: 0 },
      { segment: 'header', tokens: 9, trainedA: 3, trainedB: 0, ...none, differing: 3 },
      { segment: 'answer', tokens: 2, trainedA: 2, trainedB: 2, ...none, differing: 0 },
      { segment: 'end', tokens: 1, trainedA: 1, trainedB: 1, ...none, differing: 0 },
      { segment: 'scaffold', tokens: 5, trainedA: 1, trainedB: 0, ...none, differing: 1 },
    ]);
  });

  it('counts weights below zero as trained away from', () => {
    const encoded = { kind: Uint8Array.of(6, 6, 6), message: Int32Array.of(1, 1, 1) };
    const { segments } = diffWeights(encoded, Float32Array.of(1, -0.5, 0), Float32Array.of(-1, -1, 0));
    expect(segments).toEqual([
      { segment: 'answer', tokens: 3, trainedA: 2, trainedB: 2, awayA: 1, awayB: 2, differing: 2 },
    ]);
  });

  it('divides neighbours whose weights, messages or segments differ', () => {
    const encoded = { kind: Uint8Array.of(6, 6, 6, 8), message: Int32Array.of(1, 1, 2, 2) };
    const { runs } = diffWeights(encoded, Float32Array.of(1, 0.5, 0.5, 0.5), Float32Array.of(0, 0, 0, 0));
    expect(runs.map(({ start, end }) => [start, end])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
  });

  it('finds nothing between a policy and itself, and refuses other lengths', () => {
    expect(compare('odd Unicode', 'axolotl', 'axolotl')).toMatchObject({ runs: [], differing: 0 });
    const encoded = { kind: Uint8Array.of(6), message: Int32Array.of(0) };
    expect(() => diffWeights(encoded, new Float32Array(2), new Float32Array(1))).toThrow(/2 and 1 tokens/);
  });
});

describe('policy files', () => {
  it.each(PRESETS.map(({ name, policy }) => [name, policy] as const))('hold preset %s', (name, policy) => {
    expect(readPolicy(writePolicy(policy))).toEqual(policy);
    expect(readPolicy(JSON.stringify({ preset: name }))).toEqual(policy);
  });

  it('change a preset or the default', () => {
    const file = { preset: 'axolotl', think: { train: true, weight: 0.3 }, endOfTurn: 'last' };
    expect(readPolicy(JSON.stringify(file))).toEqual({
      ...presetNamed('axolotl')?.policy,
      think: { train: true, weight: 0.3 },
      endOfTurn: 'last',
    });
    const rules = [{ pattern: 'x', flags: 'i', kinds: ['answer'], weight: -1 }];
    expect(readPolicy(JSON.stringify({ rules, roles: { user: 1 }, call: { train: false } }))).toEqual({
      ...DEFAULT_POLICY,
      rules,
      roles: { user: 1 },
      call: { train: false, weight: 1 },
    });
  });

  it.each([
    ['{', /not valid JSON/],
    ['null', /it is no object/],
    ['{"preset": "x"}', /preset names no preset/],
    ['{"thinking": 1}', /it has a field “thinking”/],
    ['{"think": true}', /think is no object/],
    ['{"think": {"train": 1}}', /think\.train is not true or false/],
    ['{"end": {"train": true, "weight": "1"}}', /end\.weight is "1"/],
    ['{"turns": "first"}', /turns is "first"/],
    ['{"header": 1e39}', /header is 1e\+39/],
    ['{"roles": {"assistant": 1}}', /roles has a field “assistant”/],
    ['{"rules": [{"pattern": "(", "weight": 1}]}', /is not a regular expression/],
    ['{"rules": [{"pattern": "x", "flags": "y", "weight": 1}]}', /rules\[0\]\.flags/],
    ['{"rules": [{"pattern": "x"}]}', /rules\[0\]\.weight is undefined/],
    ['{"rules": [{"pattern": "x", "kinds": ["body"], "weight": 1}]}', /rules\[0\]\.kinds/],
    ['{"constructor": 1}', /it has a field “constructor”/],
  ])('refuse %s', (json, message) => expect(() => readPolicy(json)).toThrow(message));
});
