/**
 * @file RoPE's frequencies against transformers (values from tools/golden/rope.py), and the tables made of them.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ropeFrequencies, rotationTables, type RopeParameters } from '../../src/ops/rope-tables';

interface Golden {
  size: number;
  context: number;
  length: number;
  parameters: Record<string, number | string | boolean>;
  frequencies: number[];
  factor: number;
}

const { cases } = JSON.parse(readFileSync('test/golden/rope/frequencies.json').toString()) as {
  cases: Golden[];
};

/** The names of configurations to ours. */
function read({ parameters: p, context }: Golden): RopeParameters {
  const number = (name: string) => p[name] as number;
  const originalContext = (p['original_max_position_embeddings'] ?? context) as number;
  const [theta, factor] = [number('rope_theta'), number('factor')];
  switch (p['rope_type']) {
    case 'linear':
      return { type: 'linear', theta, factor };
    case 'dynamic':
      return { type: 'dynamic', theta, factor, originalContext };
    case 'llama3':
      return {
        ...{ type: 'llama3', theta, factor, originalContext },
        lowFrequencyFactor: number('low_freq_factor'),
        highFrequencyFactor: number('high_freq_factor'),
      };
    case 'yarn':
      return {
        ...{ type: 'yarn', theta, factor, originalContext },
        ...('attention_factor' in p ? { attentionFactor: number('attention_factor') } : {}),
        ...('beta_fast' in p ? { betaFast: number('beta_fast'), betaSlow: number('beta_slow') } : {}),
        ...('truncate' in p ? { truncate: p['truncate'] as boolean } : {}),
      };
    default:
      return { type: 'default', theta };
  }
}

test.each(cases.map((one): [string, Golden] => [`${JSON.stringify(one.parameters)} at ${one.length}`, one]))(
  '%s',
  (_, one) => {
    const { frequencies, factor } = ropeFrequencies(read(one), one.size, one.length);
    expect(factor).toBeCloseTo(one.factor, 7);
    expect(frequencies.length).toBe(one.frequencies.length);
    frequencies.forEach((frequency, i) => expect(frequency / (one.frequencies[i] ?? NaN)).toBeCloseTo(1, 6));
  },
);

test('tables of positions that start again', () => {
  const frequencies = Float32Array.of(1, 0.25);
  const { cos, sin } = rotationTables(Int32Array.of(0, 1, 2, 0), { frequencies, factor: 2 });
  const expected = [0, 0, 1, 0.25, 2, 0.5, 0, 0];
  expected.forEach((angle, i) => {
    expect(cos[i]).toBeCloseTo(2 * Math.cos(angle), 6);
    expect(sin[i]).toBeCloseTo(2 * Math.sin(angle), 6);
  });
});
