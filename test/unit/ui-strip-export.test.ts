/**
 * @file The strip as files: every text as it was, in any script and direction, nothing that runs, numbers where they are known.
 */
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { OVERLAYS } from '../../src/state/overlay';
import { overlayValues, type Scores } from '../../src/ui/overlay-values';
import { columns } from '../../src/ui/strip-text-width';
import { makeStrip, type StripToMake } from '../../src/ui/strip-files';
import { tokenDetail } from '../../src/ui/token-detail';
import { cut, viewOf } from './strip-view';

const HOSTILE = '<script>alert("x&y")</script>\u0001';
const VIEW = viewOf(
  [
    ['<|im_start|>', 'header', 0],
    ['שלום', 'user', 0],
    [' עולם', 'user', 0],
    ['\n', 'user', 0],
    ['你好，', 'user', 0],
    ['世界', 'user', 0],
    ['👩🏽‍🚀', 'answer', 1, true],
    [' مرحبا', 'answer', 1, true],
    [HOSTILE, 'answer', 1, true],
    ['<|im_end|>', 'end', 1, true],
  ],
  [
    { role: 'user', content: 'שלום עולם\n你好，世界' },
    { role: 'assistant', content: `👩🏽‍🚀 مرحبا${HOSTILE}` },
  ],
);
const COUNT = VIEW.encoded.ids.length;
const WEIGHTS = Float32Array.of(0, 0, 0, 0, 0, 0, 1, 0.3, -1, 1);
const LOG_PROBS = Float32Array.from({ length: COUNT }, (_, i) => -i);
const PIECES = VIEW.encoded.start.reduce<string[]>(
  (pieces, start, i) => [...pieces, VIEW.rendered.text.slice(start, VIEW.encoded.end[i])],
  [],
);
const STRIP: StripToMake = {
  view: VIEW,
  values: { weights: WEIGHTS, overlay: 'weight' },
  title: 'chat.json#0 <b>',
  scores: {},
  pieces: PIECES,
};

const unescaped = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

test('text is what the model reads, to the character', () => {
  expect(makeStrip('text', STRIP)).toBe(VIEW.rendered.text);
});

describe('HTML', () => {
  const html = makeStrip('html', STRIP);
  const tokens = [...html.matchAll(/<span[^>]*title="([^"]*)"[^>]*>([^<]*)<\/span>/g)];

  test('every token in its order, in any script, with what it is', () => {
    expect(tokens.map(([, , text = '']) => unescaped(text))).toEqual([
      '<|im_start|>',
      'שלום',
      '·עולם',
      '⏎',
      '你好，',
      '世界',
      '👩🏽‍🚀',
      '·مرحبا',
      '<script>alert("x&y")</script>U+0001',
      '<|im_end|>',
    ]);
    expect(tokens[7]?.[1]).toBe('answer, token 8, id 107, weight 0.3');
    expect(html).toContain('<div dir="rtl">');
    expect(html.match(/class="on/g)?.length).toBe(4);
  });

  test('stands alone, and nothing in it runs', () => {
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toMatch(/<script|<link|<img|src=|href=|url\(|@import| on\w+=/i);
    expect(html).toContain('<title>chat.json#0 &lt;b&gt;</title>');
  });
});

describe('SVG', () => {
  const readings = Float32Array.from({ length: COUNT }, (_, i) => (i === 0 ? NaN : -i));
  const svg = makeStrip('svg', { ...STRIP, values: { weights: WEIGHTS, overlay: 'logProb', readings } });
  const texts = [...svg.matchAll(/<text(?! class="(?:title|about|role))[^>]*>([^<]*)<\/text>/g)];

  test('is XML with every token as it is, each of a set width', () => {
    expect(texts.map(([, text = '']) => unescaped(text))[7]).toBe('·مرحبا');
    expect(texts.map(([, text = '']) => unescaped(text))[6]).toBe('👩🏽‍🚀');
    expect(texts.length).toBe(COUNT);
    expect(svg.match(/textLength=/g)?.length).toBe(COUNT);
    expect(svg).toContain('<title>answer, token 8, id 107, weight 0.3, log-probability −7.00</title>');
    expect(svg).not.toMatch(/<script|href=|url\(|foreignObject| on\w+=/i);
    // No control character, which would make it no XML.
    expect([...svg].every((character) => character >= ' ' || character === '\n')).toBe(true);
    const opened = svg.match(/<(?:g|svg|text|title|style)[ >]/g)?.length;
    expect(svg.match(/<\/(?:g|svg|text|title|style)>/g)?.length).toBe(opened);
  });

  test('a line from the right begins at the right', () => {
    const x = (i: number) => Number(/ x="(\d+)"/.exec(texts[i]?.[0] ?? '')?.[1]);
    expect(x(1)).toBeGreaterThan(x(2));
    expect(x(4)).toBeLessThan(x(5));
  });
});

test('a number is told in a file digit for digit as in the details of the token, however small it is', () => {
  // Most with more digits than are told; some at a border of what is.
  const logs = [
    0, -1e-7, -5.1e-6, -0.000125, -0.345005, -0.6931472, -9.209, -11.5129, -19.349550247192383, -87.3,
  ];
  const scores: Scores = {
    base: Float32Array.from(logs, (value, i) => value - 10 ** -i),
    tuned: Float32Array.from(logs),
    predicted: {
      tuned: {
        ranks: Float32Array.from(logs, (_, i) => i + 1),
        entropy: Float32Array.from(logs, (value) => -value / 3),
        topIds: new Float32Array(COUNT),
        topLogProbs: Float32Array.from(logs),
      },
    },
    advantages: Float32Array.from(logs, (value) => value / 7),
  };
  const weights = Float32Array.from(logs, (_, i) => (i + 1) / 3);
  for (const overlay of OVERLAYS) {
    const readings = overlayValues(overlay, weights, scores);
    if (!readings) continue;
    const values = { weights, overlay, readings };
    for (const format of ['html', 'svg'] as const) {
      const file = makeStrip(format, { ...STRIP, values, scores });
      const names = [...file.matchAll(/token \d+, id \d+, weight [\d.]+, [a-z-]+ ([^"<]*)["<]/g)];
      const told = names.map(([, value = '']) => unescaped(value));
      const details = logs.slice(1).map((_, i) => {
        const { facts } = tokenDetail(VIEW, i + 1, weights[i + 1] ?? 0, DEFAULT_POLICY, scores);
        const value = (label: string) => facts.find((fact) => fact.label === label)?.value ?? '';
        if (overlay === 'probability') return /\((.*)\)/.exec(value('Log-probability, tuned'))?.[1];
        if (overlay === 'logProb') return value('Log-probability, tuned').replace(/ \(.*/, '');
        return value(overlay[0]?.toUpperCase() + overlay.slice(1)).replace(/ nats$/, '');
      });
      // The first token is predicted by nothing; an advantage alone is the whole completion's.
      expect(overlay === 'advantage' ? told.slice(1) : told, `${overlay}, ${format}`).toEqual(details);
    }
  }
});

describe('characters that are spread over tokens', () => {
  /** Of two tokens and a half each: the end of one character and the beginning of the next are in one token. */
  const view = cut('a 你好 👍🏽!', [1, 1, 2, 3, 1, 1, 2, 6, 1]);
  const count = view.encoded.ids.length;
  const values = { weights: new Float32Array(count), overlay: 'weight' as const };
  const made = { ...STRIP, view, values, pieces: Array.from({ length: count }, () => '') };
  const shown = ['a', '·', '你', '好', '', '·', '👍🏽', '', '!'];
  const bytes = [undefined, undefined, undefined, '3', '3', undefined, undefined, '3–8', undefined];

  test('HTML: each is whole, once, at its first token; the others have which of its bytes they hold', () => {
    const tokens = [...makeStrip('html', made).matchAll(/<span([^>]*)>([^<]*)<\/span>/g)];
    expect(tokens.map(([, , text = '']) => text)).toEqual(shown);
    expect(tokens.map(([, of = '']) => / data-b="([^"]*)"/.exec(of)?.[1])).toEqual(bytes);
    expect(tokens[3]?.[1]).toContain('title="answer, token 4, id 103, weight 0, bytes \\xA0\\xE5\\xA5"');
    expect(tokens[1]?.[1]).not.toContain('bytes');
  });

  test('SVG: the same, with the bytes in small before the text, and room for both', () => {
    const svg = makeStrip('svg', made);
    const tokens = [
      ...svg.matchAll(
        / x="(\d+)" y="\d+" textLength="(\d+)"[^>]*>(?:<tspan class="b">([^<]*)<\/tspan>)?([^<]*)<\/text>/g,
      ),
    ];
    expect(tokens.map(([, , , , text = '']) => text)).toEqual(shown);
    expect(tokens.map(([, , , mark]) => mark)).toEqual(bytes);
    const places = tokens.map(([, x]) => Number(x));
    const widths = tokens.map(([, , width]) => Number(width));
    // One after the other, none over the next.
    places
      .slice(1)
      .forEach((x, i) => expect(x, `token ${i + 2}`).toBe((places[i] ?? 0) + (widths[i] ?? 0) + 1));
    expect(widths[3]).toBeGreaterThan(widths[2] ?? Infinity);
    expect(widths[7]).toBeGreaterThan(widths[4] ?? Infinity);
  });

  test('bytes that are no characters of the text stay bytes', () => {
    const broken = {
      ...view,
      bytes: new Map([...view.bytes].map(([i, spelt]) => [i, i === 2 ? '\\xFF\\xFF' : spelt])),
    };
    const tokens = [
      ...makeStrip('html', { ...made, view: broken }).matchAll(/<span([^>]*)>([^<]*)<\/span>/g),
    ];
    expect(tokens.slice(2, 5).map(([, , text = '']) => text)).toEqual([
      '\\xFF\\xFF',
      '\\xA0\\xE5\\xA5',
      '\\xBD',
    ]);
    expect(tokens.slice(2, 5).filter(([, of = '']) => of.includes('data-b'))).toEqual([]);
    // What lies apart from them is whole all the same.
    expect(tokens[6]?.[2]).toBe('👍🏽');
  });
});

test('CSV and JSON have the measured numbers where they are known, and none for the first token', () => {
  const predictions = {
    entropy: new Float32Array(COUNT).fill(0.5),
    ranks: new Float32Array(COUNT).fill(3),
    topIds: new Float32Array(),
    topLogProbs: new Float32Array(),
  };
  const scores = { base: LOG_PROBS, predicted: { base: predictions } };
  const csv = makeStrip('csv', { ...STRIP, scores }).split('\r\n');
  expect(csv[0]).toBe('index,id,token,start,end,segment,message,weight,logProb,entropy,rank');
  expect(csv[2]).toBe('1,101,שלום,12,16,user,0,0,-1,0.5,3');
  expect(makeStrip('csv', STRIP).split('\r\n')[2]).toBe('1,101,שלום,12,16,user,0,0');
  const object = JSON.parse(makeStrip('json', { ...STRIP, scores })) as Record<string, unknown[]>;
  expect(object.tokens).toEqual(PIECES);
  expect(object.weights).toEqual([0, 0, 0, 0, 0, 0, 1, 0.3, -1, 1]);
  expect([object.logProb?.[0], object.logProb?.[1], object.rank?.[9]]).toEqual([null, -1, 3]);
  expect(Object.keys(JSON.parse(makeStrip('json', STRIP)) as object)).not.toContain('logProb');
});

test('columns: two for CJK and emoji, none for what stands on another character', () => {
  expect(['abc', '你好', '👍', '👍🏽', 'e\u0301', 'שלום', '⏎', '·'].map(columns)).toEqual([
    3, 4, 2, 2, 1, 4, 1, 1,
  ]);
});
