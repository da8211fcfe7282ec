/**
 * @file The mask as JSON and CSV, matches of a rule, hand edits in a training sequence, and block differences.
 */
import { describe, expect, test } from 'vitest';
import { editMessage, editTokens, editWord, messageRuns, wordRun } from '../../src/mask/edits';
import { maskCsv, maskObject } from '../../src/mask/mask-export';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { countMatches } from '../../src/mask/rule-matches';
import { wholeSequence } from '../../src/sequence/whole';
import { runsOf, sizeOf } from '../../src/state/selection.svelte';
import { blockDifferences } from '../../src/template/block-notes';
import { blockMarks, tokenAt } from '../../src/ui/strip-blocks';
import { conversationOf, weighed } from './mask-support';

const conversation = conversationOf(
  { role: 'user', content: 'Hi, "you"' },
  { role: 'assistant', content: 'Hello! 3 degrees.' },
);
const { rendered, encoded, pieces, weights, text } = weighed(conversation, DEFAULT_POLICY);
const view = { rendered, encoded };

describe('export', () => {
  test('JSON has what the command line prints', () => {
    const object = maskObject(7, { text, encoded, pieces, weights: weights.map((weight) => weight * 0.3) });
    expect(object.source).toBe(7);
    expect(object.tokens).toEqual(pieces);
    expect(new Set(object.weights)).toEqual(new Set([0, 0.3]));
    expect(object.text.slice(object.start[1], object.end[1])).toBe(pieces[1]);
    expect(JSON.parse(JSON.stringify(object))).toEqual(object);
  });

  test('CSV has a row a token, quoted where that is needed', () => {
    const rows = maskCsv({ text, encoded, pieces, weights }).split('\r\n');
    expect(rows[0]).toBe('index,id,token,start,end,segment,message,weight');
    const quote = pieces.findIndex((piece) => piece.includes('"'));
    expect(rows.find((row) => row.startsWith(`${quote},`))).toContain(
      `"${pieces[quote]?.replaceAll('"', '""')}"`,
    );
    expect(maskCsv({ text, encoded, pieces, weights }).match(/\r\n/g)).toHaveLength(pieces.length + 1);
  });
});

test('matches of a rule are counted in the segments that it looks into', () => {
  expect(countMatches({ pattern: '[a-z]+', weight: 0 }, rendered)).toBe(4);
  expect(countMatches({ pattern: 'h', flags: 'i', weight: 0, kinds: ['user', 'answer'] }, rendered)).toBe(2);
  expect(countMatches({ pattern: 'x*', weight: 0 }, rendered)).toBe(0);
  expect(() => countMatches({ pattern: '(', weight: 0 }, rendered)).toThrow(/regular expression/);
});

test('a training sequence has the edited weights, and ignores edits of another text', () => {
  const [first, last] = [pieces.indexOf('Hello'), pieces.indexOf('degrees')];
  const edits = [
    editTokens({ text, encoded }, first, first, 0),
    editTokens({ text, encoded }, last, last, -2),
    { ...editTokens({ text, encoded }, first, last, 9), digest: 'another' },
  ];
  const sequence = wholeSequence(conversation, view, DEFAULT_POLICY, 1000, edits);
  const wanted = Float32Array.from(weights);
  wanted[first] = 0;
  wanted[last] = -2;
  expect(sequence.weights).toEqual(wanted);
  expect(wholeSequence(conversation, view, DEFAULT_POLICY, first, edits).weights).toEqual(
    wanted.slice(0, first),
  );
});

describe('selection', () => {
  const [hello, degrees] = [pieces.indexOf('Hello'), pieces.indexOf('degrees')];

  test('is what the edit of that unit changes', () => {
    expect(runsOf(view, 'tokens', degrees, hello)).toEqual([[hello, degrees]]);
    expect(runsOf(view, 'word', hello, hello)).toEqual([wordRun({ text, encoded }, hello)]);
    const whole = messageRuns({ encoded, spans: rendered.spans }, 1);
    expect(runsOf(view, 'message', hello, hello)).toEqual(whole);
    const edit = editMessage({ text, encoded, spans: rendered.spans }, 1, 0);
    expect(edit.stretches).toHaveLength(whole.length);
    expect(editWord({ text, encoded }, hello, 0).stretches).toHaveLength(1);
  });

  test('of a stretch over two messages has both, in order', () => {
    const runs = runsOf(view, 'message', 1, hello);
    expect(sizeOf(runs)).toBe(
      [0, 1].reduce((sum, i) => sum + sizeOf(messageRuns({ encoded, spans: rendered.spans }, i)), 0),
    );
    expect(runs.map(([first]) => first)).toEqual(runs.map(([first]) => first).sort((a, b) => a - b));
  });
});

test('blocks that hold too much and leave something out', () => {
  const spans = [
    { start: 0, end: 4, message: 0, kind: 'header', generated: false },
    { start: 4, end: 10, message: 0, kind: 'answer', generated: true },
    { start: 10, end: 12, message: 1, kind: 'scaffold', generated: false },
  ] as const;
  const found = blockDifferences(spans, [{ start: 2, end: 8 }]);
  expect(found).toEqual([
    { start: 2, end: 4, what: 'extra', message: 0 },
    { start: 8, end: 10, what: 'missing', message: 0 },
  ]);
  expect(blockDifferences(spans, [{ start: 4, end: 10 }])).toEqual([]);
  const tokens = { start: Int32Array.of(0, 2, 4, 8, 10), end: Int32Array.of(2, 4, 8, 10, 12) };
  expect(Array.from(blockMarks(tokens, found) ?? [])).toEqual([0, 1, 0, 2, 0]);
  expect(blockMarks(tokens, [])).toBeUndefined();
  expect([0, 3, 8, 11, 99].map((character) => tokenAt(tokens, character))).toEqual([0, 1, 3, 4, 4]);
});
