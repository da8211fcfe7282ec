/**
 * @file What lessons react to: conditions with three answers, the page's figures as text, and the Markdown of their texts.
 */
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/conversation/types';
import { holds, readCondition, type ChoiceName } from '../../src/state/lesson-conditions';
import { FIGURES, figureText } from '../../src/state/lesson-figures';
import { fillFigures, parseBlocks, parseInline } from '../../src/state/lesson-text';

const FIGURE_VALUES: Readonly<Record<string, number>> = {
  'loss.first': 2,
  'loss.last': 1,
  'trained.end': 0,
  'loss.highest': NaN,
  'rule.think': 0.30000001192092896,
};
const observed = {
  figure: (name: string) => FIGURE_VALUES[name],
  choice: (name: ChoiceName) => (name === 'run' ? 'finished' : undefined),
};
const answer = (condition: Json) =>
  holds(readCondition({ file: 'x.json', path: 'when' }, condition, ['one']), observed);

describe('conditions', () => {
  test.each<[Json, boolean | undefined]>([
    [{ figure: 'loss.last', below: 'loss.first' }, true],
    [{ figure: 'loss.last', below: 'loss.first', by: -1 }, false],
    [{ figure: 'loss.last', above: 'loss.first', by: -1.5 }, true],
    [{ figure: 'loss.last', atLeast: 1, atMost: 1 }, true],
    [{ figure: 'loss.last', above: 1 }, false],
    [{ figure: 'trained.end', equals: 0 }, true],
    [{ figure: 'rule.think', equals: 0.3 }, true],
    [{ figure: 'heldOut.last', below: 1 }, undefined],
    [{ figure: 'loss.last', below: 'heldOut.last' }, undefined],
    [{ figure: 'one:loss.last', above: 0 }, undefined],
    // A loss that is no number is below nothing and above nothing.
    [{ figure: 'loss.highest', below: 1e9 }, false],
    [{ figure: 'loss.highest', above: 0 }, false],
    [{ choice: 'run', is: 'finished' }, true],
    [{ choice: 'run', is: ['failed', 'stopped'] }, false],
    [{ choice: 'adaptation', is: 'lora' }, undefined],
    [{ not: { figure: 'trained.end', equals: 0 } }, false],
    [{ not: { figure: 'heldOut.last', equals: 0 } }, undefined],
    [
      {
        all: [
          { figure: 'heldOut.last', below: 1 },
          { figure: 'trained.end', above: 0 },
        ],
      },
      false,
    ],
    [
      {
        all: [
          { figure: 'heldOut.last', below: 1 },
          { figure: 'trained.end', equals: 0 },
        ],
      },
      undefined,
    ],
    [
      {
        any: [
          { figure: 'heldOut.last', below: 1 },
          { figure: 'trained.end', equals: 0 },
        ],
      },
      true,
    ],
    [
      {
        any: [
          { figure: 'heldOut.last', below: 1 },
          { figure: 'trained.end', above: 0 },
        ],
      },
      undefined,
    ],
  ])('%j: %s', (condition, expected) => expect(answer(condition)).toBe(expected));
});

describe('figures as text', () => {
  test.each<[string, number | undefined, string]>([
    ['tokens', 1234, '1,234'],
    ['loss.last', 1.2345, '1.23'],
    ['loss.last', NaN, 'not a number'],
    ['probability.end.tuned', 0.5, '50%'],
    ['probability.end.tuned', 0.0523, '5.2%'],
    ['probability.end.tuned', 0.00031, '0.03%'],
    ['probability.end.tuned', 1e-9, 'under 0.001%'],
    ['probability.end.tuned', 0.999, '99.9%'],
    ['probability.end.tuned', 0.99998, '100%'],
    ['logProb.change', -0.001, '0.00'],
    ['logProb.change', -0.514, '−0.51'],
    ['logProb.change', 0.514, '+0.51'],
    ['cost.prefixes', 1.68, '1.68 times'],
    ['written.base.ended', 0, 'no'],
    ['learningRate.last', 0.0002, '2.0e-4'],
    ['heldOut.last', undefined, '–'],
  ])('%s %s: %s', (name, value, text) => expect(figureText(name, value)).toBe(text));

  test('names are many and no two the same', () => {
    expect(FIGURES).toContain('loss.think.last');
    expect(FIGURES).toContain('report.contested.falseCalls.tuned');
    expect(FIGURES).toContain('firstTurn.prefixes-last');
    expect(new Set(FIGURES).size).toBe(FIGURES.length);
  });

  test('placeholders are filled, and braces that are none stay', () => {
    const figure = (name: string) => (name === 'one:loss.last' ? 2 : 7);
    expect(fillFigures('{tokens}, {one:loss.last}, {"name": "x"}, {Tokens}', figure)).toBe(
      '7, 2.00, {"name": "x"}, {Tokens}',
    );
  });
});

describe('Markdown', () => {
  test('paragraphs and lists', () => {
    expect(parseBlocks('One\ntwo.\n\n- a\n- b\n  c\n\n1. x\n2. y')).toEqual([
      {
        kind: 'paragraph',
        lines: [
          { kind: 'text', text: 'One' },
          { kind: 'text', text: ' two.' },
        ],
      },
      {
        kind: 'list',
        items: [
          [{ kind: 'text', text: 'a' }],
          [
            { kind: 'text', text: 'b' },
            { kind: 'text', text: ' c' },
          ],
        ],
      },
      { kind: 'steps', items: [[{ kind: 'text', text: 'x' }], [{ kind: 'text', text: 'y' }]] },
    ]);
  });

  test('emphasis, code and links', () => {
    expect(parseInline('**a** *b* `<|x|>` [c](https://example.org) 2 * 3 * 4')).toEqual([
      { kind: 'strong', text: 'a' },
      { kind: 'text', text: ' ' },
      { kind: 'em', text: 'b' },
      { kind: 'text', text: ' ' },
      { kind: 'code', text: '<|x|>' },
      { kind: 'text', text: ' ' },
      { kind: 'link', text: 'c', href: 'https://example.org' },
      { kind: 'text', text: ' 2 * 3 * 4' },
    ]);
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'http://example.org',
    '//example.org',
    '?lesson=../x',
  ])('a link to %s stays text', (href) =>
    expect(parseInline(`[c](${href})`).every(({ kind }) => kind === 'text')).toBe(true),
  );

  test('markup is text', () => {
    expect(parseInline('<img src=x onerror=alert(1)>')).toEqual([
      { kind: 'text', text: '<img src=x onerror=alert(1)>' },
    ]);
  });
});
