/**
 * @file The strip's layout, marks and details on small hand-made conversations.
 */
import { expect, test } from 'vitest';
import { DEFAULT_POLICY, type MaskPolicy } from '../../src/mask/policy';
import type { MaskView } from '../../src/state/mask.svelte';
import { SCALES, weightStep } from '../../src/ui/heat';
import { overlayValues } from '../../src/ui/overlay-values';
import { blocksOf, layoutStrip } from '../../src/ui/strip-layout';
import { stripTokens, textPieces, unchangedKept } from '../../src/ui/strip-token';
import { tokenDetail } from '../../src/ui/token-detail';
import { viewOf, type Piece } from './strip-view';

const SHORT = viewOf(
  [
    ['<|im_start|>', 'header', 0],
    ['user', 'header', 0],
    ['\n', 'header', 0],
    ['שלום', 'user', 0],
    ['<|im_end|>', 'header', 0],
    ['\n', 'scaffold', 0],
    ['<think>', 'think', 1, true],
    [' so', 'think', 1, true],
    ['Hi', 'answer', 1, true],
    ['<|im_end|>', 'end', 1, true],
  ],
  [
    { role: 'user', content: 'שלום' },
    { role: 'assistant', content: 'Hi', reasoning: ' so' },
  ],
);

test('messages and lines tile the tokens in order', () => {
  const layout = layoutStrip(SHORT);
  expect(layout.map(({ message, start, end }) => [message, start, end])).toEqual([
    [0, 0, 6],
    [1, 6, 10],
  ]);
  expect(layout[0]?.chunks[0]?.lines).toEqual([
    { start: 0, end: 3, rightToLeft: false, part: false },
    { start: 3, end: 6, rightToLeft: true, part: false },
  ]);
});

test('bytes and delimiters run left to right, and do not turn their line', () => {
  const arabic = viewOf([
    ['<|im_start|>', 'header', 0],
    ['م', 'user', 0],
    ['ر', 'user', 0],
    ['<|im_end|>', 'header', 0],
  ]);
  const directions = (view: MaskView) =>
    layoutStrip(view).flatMap(({ chunks }) =>
      chunks.flatMap(({ lines }) => lines.map((line) => line.rightToLeft)),
    );
  const leftToRight = (view: MaskView) =>
    stripTokens(view, { weights: new Float32Array(4), overlay: 'weight' }, 0, 4).map((t) => t.leftToRight);
  expect(directions(arabic)).toEqual([true]);
  expect(leftToRight(arabic)).toEqual([true, false, false, true]);
  const half = { ...arabic, bytes: new Map([[1, '\\xD9']]) };
  expect(directions(half)).toEqual([true]);
  const escaped = { ...arabic, bytes: new Map([1, 2].map((i) => [i, '\\xD9'])) };
  expect(directions(escaped)).toEqual([false]);
  expect(leftToRight(escaped)).toEqual([true, true, true, true]);
});

test('the text in pieces is the whole text, with each delimiter by itself', () => {
  expect(textPieces(SHORT).map(({ text }) => text)).toEqual([
    '<|im_start|>',
    'user\nשלום',
    '<|im_end|>',
    '\n',
    '<think>',
    ' soHi',
    '<|im_end|>',
  ]);
  expect(textPieces(SHORT).filter(({ delimiter }) => delimiter)).toHaveLength(4);
  expect(textPieces(viewOf([['plain', 'user', 0]]))).toEqual([{ text: 'plain', delimiter: false }]);
});

test('a long paragraph is cut into parts of one line, and nothing is lost', () => {
  const view = viewOf([
    ...Array.from({ length: 1001 }, (): Piece => [' a', 'user', 0]),
    ['\n', 'user', 0],
    ['b', 'user', 0],
  ]);
  const [message] = layoutStrip(view, 100);
  const chunks = message?.chunks ?? [];
  expect(chunks.map(({ end, start }) => end - start)).toEqual([
    ...Array.from({ length: 10 }, () => 100),
    2,
    1,
  ]);
  expect(chunks.map(({ start }) => start)).toEqual([0, ...chunks.slice(0, -1).map(({ end }) => end)]);
  expect(chunks.flatMap(({ lines }) => lines.map(({ part }) => part))).toEqual([
    ...Array.from({ length: 11 }, () => true),
    false,
  ]);
});

test('parts of a long line flow into each other, but not all of them', () => {
  const view = viewOf([
    ...Array.from({ length: 3000 }, (): Piece => [' a', 'user', 0]),
    ['\n', 'user', 0],
    ['b', 'user', 0],
  ]);
  const chunks = layoutStrip(view, 100)[0]?.chunks ?? [];
  const blocks = blocksOf(chunks);
  expect(blocks.map(({ length }) => length)).toEqual([16, 15, 1]);
  expect(blocks.flat()).toEqual(chunks);
});

test('short lines are gathered into chunks', () => {
  const view = viewOf(Array.from({ length: 300 }, (_, i): Piece => [i % 3 === 2 ? '\n' : 'a', 'user', 0]));
  const [message] = layoutStrip(view, 100);
  expect(message?.chunks.map(({ start, end, lines }) => [start, end, lines.length])).toEqual([
    [0, 102, 34],
    [102, 204, 34],
    [204, 300, 32],
  ]);
});

test('an empty conversation has an empty strip', () => {
  const view = viewOf([]);
  expect(layoutStrip(view)).toEqual([]);
});

test('marks: bars for weights, tags at the start of a stretch, frames for delimiters', () => {
  const weights = Float32Array.of(0, 0, 0, 0, 0, 0, 0.3, 0.3, -1, 1);
  const tokens = stripTokens(SHORT, { weights, overlay: 'weight' }, 0, 10);
  expect(tokens.map(({ bar }) => bar)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, -3, 3]);
  expect(tokens.map(({ tag }) => tag)).toEqual([
    ...Array.from({ length: 6 }, () => undefined),
    'think ×0.3',
    undefined,
    'answer ×−1',
    undefined,
  ]);
  expect(tokens.map(({ delimiter }) => delimiter)).toEqual([
    true,
    false,
    false,
    false,
    true,
    false,
    true,
    false,
    false,
    true,
  ]);
  expect(tokens[7]?.text).toBe('·so');
  expect(tokens.map(({ wrap }) => wrap)).toEqual(tokens.map(({ index }) => index === 7));
});

test('overlays give a step where there is a value, and none to the first token', () => {
  const base = Float32Array.of(0, -0.01, -0.3, -0.7, -1.5, -3, -5, -9, -0.2, -0.2);
  const changes = Float32Array.of(0, 0.01, 0.1, -0.1, 0.5, -0.5, 2, -2, 4, -4);
  const tuned = base.map((value, i) => value + (changes[i] ?? 0));
  const weights = new Float32Array(10);
  const steps = (overlay: 'logProb' | 'change') => {
    const readings = overlayValues(overlay, weights, overlay === 'change' ? { base, tuned } : { base });
    return stripTokens(SHORT, { weights, overlay, ...(readings && { readings }) }, 0, 10).map(
      ({ heat }) => heat,
    );
  };
  expect(steps('logProb')).toEqual([undefined, 0, 1, 2, 3, 4, 5, 6, 1, 1]);
  expect(steps('change')).toEqual([undefined, 0, 1, -1, 2, -2, 3, -3, 4, -4]);
});

test('steps at their borders', () => {
  const steps = (scale: keyof typeof SCALES, values: number[]) => values.map(SCALES[scale].stepOf);
  expect(steps('logProb', [0, -0.1, -8, -100])).toEqual([0, 1, 6, 6]);
  expect(steps('change', [0, 0.05, -0.05, 3, -3])).toEqual([0, 1, -1, 4, -4]);
  expect(steps('probability', [0, 0.009, 0.01, 0.25, 0.9, 1])).toEqual([0, 0, 1, 3, 6, 6]);
  expect(steps('rank', [1, 2, 3, 4, 1000, 1001, 50_000])).toEqual([0, 1, 1, 2, 5, 6, 6]);
  expect(steps('entropy', [0, 0.1, 4.9, 5])).toEqual([0, 1, 5, 6]);
  expect(steps('loss', [0, 0.02, -0.02, -0.01, 2])).toEqual([0, 1, -1, 0, 4]);
  for (const { steps: all, borders } of Object.values(SCALES)) expect(borders.length).toBe(all.length - 1);
  expect([0, 0.1, 0.5, 1, 2, -0.2, -5].map(weightStep)).toEqual([0, 1, 2, 3, 4, -1, -4]);
});

const factOf = (view: MaskView, index: number, weight: number, policy: MaskPolicy = DEFAULT_POLICY) =>
  Object.fromEntries(
    tokenDetail(view, index, weight, policy, {}).facts.map(({ label, value }) => [label, value]),
  );

test('details say why a token has its weight', () => {
  expect(factOf(SHORT, 3, 0).Weight).toBe('0 (context: the model does not write it)');
  expect(factOf(SHORT, 8, 1).Weight).toBe('1 (trained)');
  expect(factOf(SHORT, 8, -1).Weight).toBe('−1 (trained away from)');
  const off = { ...DEFAULT_POLICY, answer: { train: false, weight: 1 } };
  expect(factOf(SHORT, 8, 0, off).Weight).toBe('0 (masked: answer is switched off)');
  const own = {
    ...SHORT,
    source: { ...SHORT.source, messages: SHORT.source.messages.map((m) => ({ ...m, weight: 0 })) },
  };
  expect(factOf(own, 8, 0).Weight).toBe('0 (times the message’s own weight of 0)');
});

test('tokens that a run does not read are marked from the first on, and say so', () => {
  const values = { weights: new Float32Array(10), overlay: 'weight' as const, cutAt: 8 };
  const tokens = stripTokens(SHORT, values, 0, 10);
  expect(tokens.map(({ cut }) => cut)).toEqual(Array.from({ length: 10 }, (_, i) => i >= 8));
  expect(tokens.map(({ tag }) => tag === 'cut here')).toEqual(Array.from({ length: 10 }, (_, i) => i === 8));
  const { facts } = tokenDetail(SHORT, 8, 0, DEFAULT_POLICY, {}, 8);
  expect(facts).toContainEqual({ label: 'Weight', value: '0 (cut at 8 tokens: a run does not read it)' });
});

test('edits, differences, blocks and the selection are marked, and begin a stretch of their own', () => {
  const values = {
    weights: Float32Array.of(0, 0, 0, 0, 0, 0, 1, 0, 0.5, 1),
    overlay: 'weight' as const,
    edited: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 1, 0),
    diff: {
      marks: Uint8Array.of(0, 0, 2, 0, 0, 0, 0, 0, 3, 1),
      weights: Float32Array.of(0, 0, 1, 0, 0, 0, 1, 0, 1, 0),
    },
    blocks: Uint8Array.of(0, 1, 0, 0, 0, 0, 2, 0, 0, 0),
    selection: [
      [0, 1],
      [8, 8],
    ] as const,
  };
  const tokens = stripTokens(SHORT, values, 0, 10);
  expect(tokens.map(({ tag }) => tag)).toEqual([
    undefined,
    'in block, not the model’s',
    'A 0 B 1',
    undefined,
    undefined,
    undefined,
    'think left out of the block',
    'think ✎ masked',
    'answer ✎ ×0.5 A 0.5 B 1',
    'A 1 B 0',
  ]);
  expect(tokens.map(({ diff }) => diff).filter(Boolean)).toEqual(['only-b', 'weight', 'only-a']);
  expect(tokens.flatMap(({ edited, index }) => (edited ? [index] : []))).toEqual([7, 8]);
  expect(tokens.flatMap(({ selected, index }) => (selected ? [index] : []))).toEqual([0, 1, 8]);
});

test('a token that has not changed stays the same object', () => {
  const at = (weights: Float32Array) => stripTokens(SHORT, { weights, overlay: 'weight' }, 2, 10);
  const before = at(Float32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 1, 1));
  const after = unchangedKept(before, at(Float32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 0.5, 1)));
  expect(after.map((token, i) => token === before[i])).toEqual([
    true,
    true,
    true,
    true,
    true,
    true,
    false,
    true,
  ]);
  expect(unchangedKept(before, [])).toEqual([]);
  expect(unchangedKept([], before)).toEqual(before);
});

test('details tell edits, the other mask, blocks and policies that go their own way', () => {
  const factsWith = (policy: MaskPolicy, weight: number, context = {}) =>
    Object.fromEntries(
      tokenDetail(SHORT, 8, weight, policy, {}, undefined, context).facts.map(({ label, value }) => [
        label,
        value,
      ]),
    );
  const other = { title: 'Axolotl, default', weight: 0 };
  expect(factsWith(DEFAULT_POLICY, 0, { byPolicy: 1, other, block: 'missing' })).toMatchObject({
    Weight: '0 (set by hand; the policy says 1)',
    Compared: '0 (Axolotl, default)',
    'Generation block': 'leaves this out, which the model writes',
  });
  const blocks: MaskPolicy = { ...DEFAULT_POLICY, basis: 'generation-blocks' };
  expect(factsWith(blocks, 1, { hasBlocks: true }).Weight).toBe('1 (in a generation block)');
  expect(factsWith(blocks, 1).Weight).toBe('1 (trained)');
  expect(factsWith({ ...DEFAULT_POLICY, basis: 'completion' }, 0).Weight).toBe('0 (part of the prompt)');
  expect(factsWith(DEFAULT_POLICY, 0).Weight).toBe('0 (masked by a further knob)');
  expect(
    factsWith({ ...DEFAULT_POLICY, answer: { train: true, weight: 0.3 } }, Math.fround(0.3)).Weight,
  ).toBe('0.3 (trained)');
});

test('details give exact numbers, and log-probabilities where they are known', () => {
  const scores = { base: new Float32Array(10).fill(-2), tuned: new Float32Array(10).fill(-1.5) };
  const { facts, shown, id } = tokenDetail(SHORT, 7, 1, DEFAULT_POLICY, scores);
  expect([shown, id]).toEqual(['·so', 107]);
  expect(facts).toEqual([
    { label: 'Token', value: '8 of 10' },
    { label: 'Id', value: '107' },
    { label: 'Text', value: '" so"' },
    { label: 'Segment', value: 'think' },
    { label: 'Message', value: 'assistant, 2 of 2' },
    { label: 'Weight', value: '1 (trained)' },
    { label: 'Log-probability, original', value: '−2.00 (14%)' },
    { label: 'Log-probability, tuned', value: '−1.50 (22%)' },
    { label: 'Change', value: '+0.50' },
    { label: 'Loss', value: '1.500' },
  ]);
  expect(
    tokenDetail(SHORT, 0, 0, DEFAULT_POLICY, scores).facts.some(({ label }) => label.startsWith('Log')),
  ).toBe(false);
});

test('a line may wrap between bytes, and not within one', () => {
  const view = { ...SHORT, bytes: new Map([1, 2].map((i) => [i, '\\xD9'])) };
  const wraps = stripTokens(view, { weights: new Float32Array(10), overlay: 'weight' }, 0, 4).map(
    ({ wrap }) => wrap,
  );
  expect(wraps).toEqual([false, true, true, false]);
});

test('a part of a character shows its bytes', () => {
  const view = { ...SHORT, bytes: new Map([[8, '\\xF0\\x9F']]) };
  expect(stripTokens(view, { weights: new Float32Array(10), overlay: 'weight' }, 8, 9)[0]?.text).toBe(
    '\\xF0\\x9F',
  );
  expect(factOf(view, 8, 1)).toMatchObject({ Text: 'part of "Hi"', Bytes: '\\xF0\\x9F' });
});
