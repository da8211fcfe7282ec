/**
 * @file The numbers of the comparison: how often and how much each turn is trained, what is told of contexts, what it costs.
 */
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { shapeFromConfig, trainingFlops } from '../../src/sequence/flops';
import { STRATEGIES, strategyNamed, type Strategy } from '../../src/sequence/strategy';
import type { StrategyReport } from '../../src/sequence/strategy-report';
import { StrategySummary } from '../../src/sequence/strategy-totals';
import { turnsOf } from '../../src/sequence/turns';
import { conversationOf, fixture, inspector as pocket } from './mask-support';
import { templateNamed, turnsOfDigits } from './sequence-support';

/** A template that keeps history, and one token for each digit: a turn's trained tokens are its digits and the end. */
const chatml = templateNamed('chatml-keeps-thinking');

function report(strategy: Strategy, digits: readonly number[]): StrategyReport {
  const [found] = chatml.compare(turnsOfDigits(digits), DEFAULT_POLICY, { strategies: [strategy] });
  if (!found) throw new Error('no report');
  return found;
}

const rounded = (values: (number | null)[]) => values.map((value) => Number(value?.toFixed(2)));
const sums = (values: readonly number[]) =>
  values.map((_, i) => values.slice(0, i + 1).reduce((a, b) => a + b));

describe('the proposal of growing prefixes with every assistant message trained', () => {
  test.each([2, 3, 4, 5, 6])('N = %i turns of equal length', (n) => {
    const { messages, lengths } = report('prefixes', Array<number>(n).fill(9));
    expect(lengths).toHaveLength(n);
    expect(messages.map(({ times }) => times)).toEqual(Array.from({ length: n }, (_, k) => n - k));
    messages.forEach(({ effective }, k) => {
      // Turn k (from 0) counts n − k times, of (n + 1) / 2 on average.
      expect(effective.tokenMean).toBeCloseTo((n - k) / ((n + 1) / 2), 12);
      // Σ over the samples s ≥ k of the n samples, each a mean over s + 1 turns.
      const harmonic = Array.from({ length: n - k }, (_, i) => 1 / (k + 1 + i)).reduce((a, b) => a + b);
      expect(effective.sampleMean).toBeCloseTo(harmonic, 12);
    });
  });

  test('N = 5, spelled out', () => {
    const { messages } = report('prefixes', [9, 9, 9, 9, 9]);
    expect(messages.map(({ times }) => times)).toEqual([5, 4, 3, 2, 1]);
    expect(rounded(messages.map(({ effective }) => effective.tokenMean))).toEqual([
      1.67, 1.33, 1, 0.67, 0.33,
    ]);
    expect(rounded(messages.map(({ effective }) => effective.sampleMean))).toEqual([
      2.28, 1.28, 0.78, 0.45, 0.2,
    ]);
  });

  test('turns of other lengths: A / N · Σ over s ≥ k of 1 / (a₁ + … + aₛ)', () => {
    // Trained tokens a turn: 13, 11, 15, 10, 12; its end counts too.
    const lengths = [13, 11, 15, 10, 12];
    const { messages, trainedTokens } = report(
      'prefixes',
      lengths.map((length) => length - 1),
    );
    expect(messages.map(({ once }) => once)).toEqual(lengths);
    const prefixes = sums(lengths);
    expect(trainedTokens).toBe(prefixes.reduce((a, b) => a + b));
    const all = prefixes.at(-1) ?? NaN;
    messages.forEach(({ effective }, k) => {
      const closed = (all / 5) * prefixes.slice(k).reduce((sum, prefix) => sum + 1 / prefix, 0);
      expect(effective.sampleMean).toBeCloseTo(closed, 12);
      expect(effective.tokenMean).toBeCloseTo((5 - k) / (prefixes.reduce((a, b) => a + b) / all), 12);
    });
    expect(rounded(messages.map(({ effective }) => effective.sampleMean))).toEqual([
      2.21, 1.27, 0.76, 0.45, 0.2,
    ]);
  });
});

test('the other strategies train each turn as often as they say', () => {
  const digits = [4, 1, 7];
  const times = (strategy: Strategy) => report(strategy, digits).messages.map((message) => message.times);
  expect(times('whole')).toEqual([1, 1, 1]);
  expect(times('prefixes-last')).toEqual([1, 1, 1]);
  expect(times('last')).toEqual([0, 0, 1]);
  expect(times('fork')).toEqual([1, 1, 1]);
  const effective = (strategy: Strategy) =>
    report(strategy, digits).messages.map((message) => message.effective);
  // 5 + 2 + 8 trained tokens.
  for (const { tokenMean } of [...effective('whole'), ...effective('prefixes-last'), ...effective('fork')])
    expect(tokenMean).toBeCloseTo(1, 12);
  effective('prefixes-last').forEach(({ sampleMean }, i) => {
    expect(sampleMean).toBeCloseTo(15 / 3 / ([5, 2, 8][i] ?? NaN), 12);
  });
  expect(effective('last').map(({ tokenMean }) => tokenMean)).toEqual([0, 0, 15 / 8]);
  expect(report('whole', digits)).toMatchObject({
    lengths: [report('fork', digits).tokens],
    differences: [],
  });
});

test('prefixes cost about T (N + 1) / 2 tokens, and each is a beginning of the whole', () => {
  const [whole, prefixes] = [report('whole', [9, 9, 9, 9]), report('prefixes', [9, 9, 9, 9])];
  const turn = whole.tokens / 4;
  expect(prefixes.lengths).toEqual([turn, 2 * turn, 3 * turn, 4 * turn]);
  expect(prefixes.tokens).toBe((whole.tokens * 5) / 2);
});

test('a template that strips earlier thinking: what is left out is named, with the place', () => {
  const conversation = fixture('two turns: earlier thinking is stripped');
  const reports = pocket.compare(conversation, DEFAULT_POLICY);
  const told = reports.map(({ strategy, differences }) => [strategy, differences.length]);
  expect(told).toEqual([
    ['whole', 1],
    ['prefixes', 1],
    ['prefixes-last', 0],
    ['last', 0],
    ['fork', 0],
  ]);
  const [whole] = reports;
  const text = '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n';
  expect(whole?.differences).toEqual([
    {
      sequence: 0,
      message: 1,
      token: pocket.prompt(conversation, 1).ids.length,
      character: text.length,
      cause: 'message',
      changes: [
        { message: 1, kind: 'think', change: 'left out', from: '<think>\nA greeting.\n</think>\n\n', to: '' },
      ],
      text: 'It is trained with another text than the model writes at inference: thinking of message 1 left out.',
    },
  ]);
  const fork = reports.at(-1);
  expect(fork?.lengths).toHaveLength(2);
  expect(fork?.notes).toEqual([
    {
      severity: 'info',
      message: 3,
      sequence: 1,
      text: 'A new sequence begins here: the template rewrites what came before (thinking of message 1 left out).',
    },
  ]);
});

test('steps with tools within a turn are rewritten too, once the turn is past', () => {
  const conversation = conversationOf(
    ...fixture('think, call, result, answer').messages,
    { role: 'user', content: 'Thanks' },
    { role: 'assistant', content: 'You are welcome.' },
  );
  const [whole, fork] = pocket.compare(conversation, DEFAULT_POLICY, { strategies: ['whole', 'fork'] });
  expect(whole?.differences.map(({ message, cause }) => [message, cause])).toEqual([
    [2, 'message'],
    [4, 'rewritten'],
  ]);
  expect(whole?.differences[1]?.text).toBe(
    'What stands before its trained tokens is not what the model sees at inference: thinking of message 2 left out, thinking of message 4 left out.',
  );
  // The step and its answer share a sequence; the next turn begins another.
  expect(fork?.lengths).toHaveLength(2);
});

test('a live turn with another end than a past one', () => {
  const [whole, fork] = templateNamed('live-end-only').compare(turnsOfDigits([2, 2]), DEFAULT_POLICY, {
    strategies: ['whole', 'fork'],
  });
  expect(whole?.differences.map(({ message, text }) => [message, text])).toEqual([
    [
      1,
      'It is trained with another text than the model writes at inference: end of turn of message 1 “<|end|>” for “<|return|>”.',
    ],
  ]);
  expect(fork?.notes[0]?.text).toContain('end of turn of message 1 “<|end|>” for “<|return|>”');
});

test('sums over a data set, by turn', () => {
  const summary = new StrategySummary();
  for (const digits of [[4, 1, 7], [2]]) summary.add(chatml.compare(turnsOfDigits(digits), DEFAULT_POLICY));
  const totals = new Map(summary.totals().map((entry) => [entry.strategy, entry]));
  expect([...totals.keys()]).toEqual(STRATEGIES.map(({ name }) => name));
  expect(totals.get('prefixes')).toMatchObject({
    sequences: 4,
    trainedTokens: 5 + 7 + 15 + 3,
    untrained: 0,
    trainedOnce: 2,
    trainedMore: 2,
    contexts: 7,
    otherContexts: 0,
  });
  expect(totals.get('last')).toMatchObject({ untrained: 2, trainedOnce: 2, trainedMore: 0 });
  const turns = totals.get('prefixes')?.turns ?? [];
  expect(turns.map(({ messages, times }) => [messages, times])).toEqual([
    [2, 2],
    [1, 2],
    [1, 1],
  ]);
  // Turn 1: 3 · 5 + 3 of 30 tokens, against 5 + 3 of 18.
  expect(turns[0]?.effective.tokenMean).toBeCloseTo(18 / 30 / (8 / 18), 12);
  expect(turns[0]?.effective.sampleMean).toBeCloseTo((1 + 5 / 7 + 5 / 15 + 1) / 4 / (8 / 18), 12);
  const whole = totals.get('whole');
  expect(totals.get('prefixes')?.relativeCost).toBe(
    (totals.get('prefixes')?.tokens ?? 0) / (whole?.tokens ?? 0),
  );
  expect(whole).toMatchObject({ relativeCost: 1 });
});

test('what a policy masks has no effective weight, and is not missed', () => {
  const nothing = {
    ...DEFAULT_POLICY,
    answer: { train: false, weight: 1 },
    end: { train: false, weight: 1 },
  };
  const reports = chatml.compare(turnsOfDigits([1, 1]), nothing);
  expect(reports.every(({ lengths }) => lengths.length === 0)).toBe(true);
  expect(reports[0]?.messages[0]?.effective).toEqual({ tokenMean: null, sampleMean: null });
  const summary = new StrategySummary();
  summary.add(reports);
  expect(summary.totals()[0]).toMatchObject({ untrained: 0, relativeCost: null });
});

describe('operations', () => {
  test('6 N a token, and 12 L d for each key that a token sees', () => {
    const shape = { parameters: 1000, layers: 2, width: 8 };
    expect(trainingFlops(shape, [1])).toBe(6 * 1000 + 12 * 2 * 8);
    // Keys seen by the tokens of a document of four: 1 + 2 + 3 + 4.
    expect(trainingFlops(shape, [4])).toBe(4 * 6 * 1000 + 10 * 12 * 2 * 8);
    expect(trainingFlops(shape, [4, 1])).toBe(trainingFlops(shape, [4]) + trainingFlops(shape, [1]));
  });

  test('a model’s shape from its config.json', () => {
    const config = {
      hidden_size: 8,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      intermediate_size: 20,
      vocab_size: 50,
    };
    // q and o: 2 · 8 · 8, k and v: 2 · 8 · 4, three matrices of 8 · 20; the head: 50 · 8.
    const parameters = 2 * (128 + 64 + 480) + 400;
    expect(shapeFromConfig(config)).toEqual({ parameters, layers: 2, width: 8 });
    expect(shapeFromConfig({ ...config, head_dim: 4 })).toMatchObject({ width: 16 });
    expect(shapeFromConfig({ ...config, vocab_size: undefined })).toBeUndefined();
    expect(shapeFromConfig('x')).toBeUndefined();
  });

  test('a report has them where the shape is known', () => {
    const shape = { parameters: 1000, layers: 2, width: 8 };
    const [whole] = chatml.compare(turnsOfDigits([3]), DEFAULT_POLICY, { shape });
    expect(whole?.flops).toBe(trainingFlops(shape, whole?.lengths ?? []));
  });
});

test('turns: what nobody answers is in none, tool steps are in one', () => {
  const roles = (text: string) =>
    text.split(' ').map((role) => ({ role: role as 'user' | 'assistant' | 'system' | 'tool' }));
  expect(turnsOf(roles('system user assistant tool assistant user user assistant user'))).toEqual([
    { from: 0, to: 4, assistants: [2, 4] },
    { from: 5, to: 7, assistants: [7] },
  ]);
  expect(turnsOf(roles('assistant user assistant tool'))).toEqual([
    { from: 0, to: 0, assistants: [0] },
    { from: 1, to: 2, assistants: [2] },
  ]);
  expect(turnsOf(roles('system user'))).toEqual([]);
});

test('strategies have names', () => {
  expect(strategyNamed('fork')?.title).toBe('Merge and fork');
  expect(strategyNamed('forks')).toBeUndefined();
});
