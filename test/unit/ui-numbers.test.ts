/**
 * @file Numbers for reading, sums of scores, columns of the chart, segments of generated text, titles.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StepReport } from '../../src/worker/protocol';
import { SEGMENT_KINDS } from '../../src/template/rendered';
import { conversationTitle, turnCount } from '../../src/ui/conversation-title';
import * as format from '../../src/ui/format';
import { segmentGenerated } from '../../src/ui/generated';
import { chartsOf } from '../../src/ui/chart-lines';
import { scoreSummary } from '../../src/ui/score-summary';

describe('format', () => {
  test.each([
    [format.count(1234567), '1,234,567'],
    [format.count(999_999.4), '999,999'],
    [format.count(999_999.6), '1,000,000'],
    [format.count(1_000), '1,000'],
    [format.count(999.5), '1,000'],
    [format.count(0), '0'],
    [format.count(-1234), '-1,234'],
    [format.plural(1, 'turn'), '1 turn'],
    [format.plural(1200, 'turn'), '1,200 turns'],
    [format.largeCount(1_771_392), '1.8 million'],
    [format.decimal(-0.314), '−0.31'],
    [format.decimal(-0.001), '0.00'],
    [format.decimal(NaN), 'not a number'],
    [format.decimal(-Infinity), '−∞'],
    [format.change(0.5), '+0.50'],
    [format.change(-0.5), '−0.50'],
    [format.change(0.001), '0.00'],
    [format.change(-0.001), '0.00'],
    [format.weight(Math.fround(0.3)), '0.3'],
    [format.weight(-1), '−1'],
    [format.nats(-1.2345), '−1.23'],
    [format.nats(-0.31234), '−0.31'],
    [format.nats(-0.00042), '−0.00042'],
    [format.nats(-0.00042, 3), '−0.00042'],
    [format.nats(4.2e-5), '0.00004'],
    [format.nats(-1e-6), '≈ 0'],
    [format.nats(0), '≈ 0'],
    [format.nats(1.5, 3), '1.500'],
    [format.nats(NaN), 'not a number'],
    [format.nats(-Infinity), '−∞'],
    [format.natsChange(0.00042), '+0.00042'],
    [format.natsChange(-3e-5), '−0.00003'],
    [format.natsChange(-3e-6), '≈ 0'],
    [format.natsChange(3e-6), '≈ 0'],
    [format.natsChange(0, 3), '0.000'],
    [format.probability(NaN), 'not a number'],
    [format.probability(0), '>99.999%'],
    [format.probability(1e-5), '>99.999%'],
    [format.probability(-4e-6), '>99.999%'],
    [format.probability(-6e-6), '99.999%'],
    [format.probability(-4.2e-5), '99.996%'],
    [format.probability(-0.00042), '99.958%'],
    [format.probability(Math.log(0.972)), '97.2%'],
    [format.probability(Math.log(0.5)), '50%'],
    [format.probability(Math.log(0.0123)), '1.2%'],
    [format.probability(Math.log(3e-7)), '3.0e−7'],
    [format.probability(-Infinity), '0'],
    [format.duration(420), '420 ms'],
    [format.duration(12_400), '12 s'],
    [format.duration(200_000), '3 min 20 s'],
    [format.duration(7_500_000), '2 h 5 min'],
    [format.bytes(3_546_440), '3.5 MB'],
    [format.rate(1240.4), '1,240'],
    [format.rate(3.42), '3.4'],
  ])('%s', (got, expected) => expect(got).toBe(expected));
});

describe('numbers of one token never contradict each other', () => {
  /** What a shown number may have been rounded from. */
  function span(text: string): [low: number, high: number] {
    if (text === '>99.999%') return [0.99999, 1];
    if (text === '≈ 0') return [-5e-6, 5e-6];
    const plain = text.replaceAll('−', '-');
    const [, digits = '', decimals = '', exponent = '0'] =
      /^[+-]?(\d+)(?:\.(\d+))?(?:e(-?\d+))?%?$/.exec(plain) ?? [];
    expect(digits, text).not.toBe('');
    const unit = plain.endsWith('%') ? 0.01 : 1;
    const half = 0.5000001 * unit * 10 ** (Number(exponent) - decimals.length);
    const value = unit * Number(plain.replace('%', ''));
    return [value - half, value + half];
  }
  const meet = ([a, b]: [number, number], [c, d]: [number, number]) =>
    a <= d * (1 + 1e-9) && c <= b * (1 + 1e-9);
  // As likely small as large: the exponent is drawn.
  const logProb = fc
    .tuple(fc.double({ min: 1, max: 10, noNaN: true }), fc.integer({ min: -9, max: 0 }))
    .map(([mantissa, exponent]) => Math.fround(-mantissa * 10 ** exponent));

  test('p = e^log p, and loss = weight · −log p, to the digits that are shown', () => {
    fc.assert(
      fc.property(
        fc.oneof(logProb, fc.constant(0)),
        fc.double({ min: 0.01, max: 8, noNaN: true }),
        (value, w) => {
          const [low, high] = span(format.nats(value));
          expect(meet([Math.exp(low), Math.exp(high)], span(format.probability(value)))).toBe(true);
          expect(meet([-w * high, -w * low], span(format.nats(-w * value, 3)))).toBe(true);
          // A loss at weight 1 is the log-probability without its sign.
          expect(format.nats(-value, 3)).toBe(format.nats(value, 3).replace(/^−/, ''));
        },
      ),
    );
  });
  test('what is not 0 or certain is not told as that, down to what is held', () => {
    fc.assert(
      fc.property(logProb, (value) => {
        if (value > -5e-6) return;
        const shown = Number(format.nats(value).replaceAll('−', '-'));
        expect(Math.abs(shown - value)).toBeLessThan(Math.max(0.051 * -value, 5.001e-6));
        expect(shown).not.toBe(0);
        expect(format.probability(value)).not.toMatch(/^100(\.0*)?%$/);
      }),
    );
  });
  test('no more decimals than 32 bits hold on every device: five of a logarithm, three of a percentage', () => {
    fc.assert(
      fc.property(logProb, fc.integer({ min: 1, max: 4 }), (value, digits) => {
        const decimals = (text: string) => /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
        const texts = [format.nats(value, digits), format.natsChange(-value, digits)];
        for (const text of texts) expect(decimals(text), text).toBeLessThanOrEqual(5);
        for (const text of texts) expect(text).not.toContain('e');
        const share = format.probability(value);
        if (share.endsWith('%') && value > -0.5) expect(decimals(share), share).toBeLessThanOrEqual(3);
      }),
    );
  });
  test('a change has a sign where a digit of it is told, and none elsewhere', () => {
    fc.assert(
      fc.property(
        logProb,
        fc.constantFrom(1, -1),
        fc.integer({ min: 2, max: 3 }),
        (value, factor, digits) => {
          const text = format.natsChange(factor * value, digits);
          const told = /[1-9]/.test(text) ? Math.sign(factor * value) : 0;
          expect(format.natsSign(factor * value), text).toBe(told);
          expect(/^[+−]/.exec(text)?.[0]).toBe(told > 0 ? '+' : told < 0 ? '−' : undefined);
        },
      ),
    );
  });
});

describe('segments of generated text', () => {
  test('delimiters belong to their block, the stop token ends the turn', () => {
    const tokens = [
      '<think>',
      '\n',
      'so',
      '</think>',
      'Hi',
      '<tool_call>',
      '{}',
      '</tool_call>',
      '<|im_end|>',
    ];
    expect(segmentGenerated(tokens, true)).toEqual([
      'think',
      'think',
      'think',
      'think',
      'answer',
      'call',
      'call',
      'call',
      'end',
    ]);
  });
  test('delimiters may be spread over tokens, and a block may stay open', () => {
    expect(segmentGenerated(['Hi', '<th', 'ink>', 'so'], false)).toEqual([
      'answer',
      'think',
      'think',
      'think',
    ]);
  });
  test('nothing is nothing', () => expect(segmentGenerated([], false)).toEqual([]));
});

describe('score summary', () => {
  const kind = Uint8Array.from(['answer', 'think', 'answer', 'answer', 'user', 'answer'] as const, (k) =>
    SEGMENT_KINDS.indexOf(k),
  );
  const weights = Float32Array.of(1, 0.3, 1, -1, 0, 1);
  test('means over trained tokens; the first token and what was cut off are left out', () => {
    const base = Float32Array.of(0, -1, -2, -4, -9);
    const tuned = Float32Array.of(0, -0.5, -1, -2, -8);
    expect(scoreSummary(kind, weights, base, tuned)).toEqual([
      { kind: 'think', tokens: 1, base: -1, tuned: -0.5 },
      { kind: 'answer', tokens: 2, base: -3, tuned: -1.5 },
      { kind: 'all', tokens: 3, base: -7 / 3, tuned: -3.5 / 3 },
    ]);
  });
  test('before training there is no tuned mean', () => {
    expect(scoreSummary(kind, weights, Float32Array.of(0, -1), undefined)).toEqual([
      { kind: 'think', tokens: 1, base: -1, tuned: undefined },
      { kind: 'all', tokens: 1, base: -1, tuned: undefined },
    ]);
  });
  test('no trained token, no row', () => {
    expect(scoreSummary(kind, new Float32Array(6), new Float32Array(6), undefined)).toEqual([]);
  });
});

test('columns of the chart have gaps where a segment was absent', () => {
  const report = { learningRate: 0, gradientNorm: 0, tokens: 1, trainedTokens: 1, milliseconds: 1 };
  const reports: StepReport[] = [
    { ...report, step: 1, loss: 2, lossByKind: { answer: 2 } },
    { ...report, step: 2, loss: 1, lossByKind: { think: 1.5, answer: 0.5 } },
  ];
  const [loss] = chartsOf([{ id: 1, name: 'SFT', reports }], 0);
  expect(loss?.lines.map(({ label, raw }) => [label, raw])).toEqual([
    ['all trained tokens', [2, 1]],
    ['think', [null, 1.5]],
    ['answer', [2, 0.5]],
  ]);
});

test('a conversation is called by what the person first said', () => {
  const messages = [
    { role: 'system' as const, content: 'Be kind.' },
    { role: 'user' as const, content: '  Hello\n there ' },
    { role: 'user' as const, content: 'Again' },
  ];
  expect(conversationTitle({ messages })).toBe('Hello there');
  expect(turnCount({ messages })).toBe(2);
  expect(conversationTitle({ messages: messages.slice(0, 1) })).toBe('Be kind.');
  expect(conversationTitle({ messages: [] })).toBe('Empty conversation');
});
