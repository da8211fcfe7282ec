/**
 * @file The colour tokens: WCAG AA contrast in both themes, and segments that stay apart under the common colour-vision
 * deficiencies (simulated after Machado, Oliveira and Fernandes 2009, severity 1).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { SegmentKind } from '../../src/template/rendered';
import { stripTokens } from '../../src/ui/strip-token';
import { viewOf } from './strip-view';

const css = readFileSync(new URL('../../src/app.css', import.meta.url), 'utf8');
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
);

type Theme = 'light' | 'dark';
type Rgb = [number, number, number];

function colour(name: string, theme: Theme): Rgb {
  const hex = tokens.get(name)?.[theme];
  if (!hex) throw new Error(`app.css has no colour --${name}.`);
  const channel = (at: number) => parseInt(hex.slice(at, at + 2), 16) / 255;
  return [channel(1), channel(3), channel(5)];
}

const linear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]: Rgb) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
function contrast(a: Rgb, b: Rgb): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const KINDS = ['system', 'tools', 'user', 'header', 'think', 'call', 'answer', 'result', 'end', 'scaffold'];
const TEXT = [
  'ink',
  'ink-2',
  'ink-3',
  'bad',
  'warn',
  'good',
  'up',
  'down',
  ...KINDS.map((kind) => `kind-${kind}`),
];

describe.each(['light', 'dark'] as const)('%s theme', (theme) => {
  test.each(TEXT)('--%s is readable on surface, sunken and page', (name) => {
    for (const ground of ['surface', 'sunken', 'bg']) {
      expect(contrast(colour(name, theme), colour(ground, theme)), ground).toBeGreaterThanOrEqual(4.5);
    }
  });
  test('borders of controls and the focus ring stand out by 3 to 1', () => {
    for (const name of ['line-strong', 'focus']) {
      expect(contrast(colour(name, theme), colour('surface', theme)), name).toBeGreaterThanOrEqual(3);
    }
  });
  test('text on soft grounds and on the main button is readable', () => {
    for (const ground of ['lit-soft', 'bad-soft', 'warn-soft']) {
      for (const name of ['ink', 'ink-2']) {
        expect(
          contrast(colour(name, theme), colour(ground, theme)),
          `${name} on ${ground}`,
        ).toBeGreaterThanOrEqual(4.5);
      }
    }
    expect(contrast(colour('bad', theme), colour('bad-soft', theme))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colour('warn', theme), colour('warn-soft', theme))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colour('on-action', theme), colour('action', theme))).toBeGreaterThanOrEqual(4.5);
  });
});

/** Linear-light matrices of the 2009 paper, severity 1.0. */
const DEFICIENCIES: Record<string, [Rgb, Rgb, Rgb]> = {
  none: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** CIE 1976 L*a*b*, D65. */
function lab(rgb: Rgb, matrix: [Rgb, Rgb, Rgb]): Rgb {
  const light = rgb.map(linear);
  const mix = (row: Rgb) => row.reduce((sum, factor, i) => sum + factor * (light[i] ?? 0), 0);
  const [r, g, b] = [mix(matrix[0]), mix(matrix[1]), mix(matrix[2])].map((c) =>
    Math.min(1, Math.max(0, c)),
  ) as Rgb;
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const TRAINABLE = ['think', 'call', 'answer', 'end'];
/** CIE 1976 difference of two tokens as they are seen. */
function difference(a: string, b: string, theme: Theme, matrix: [Rgb, Rgb, Rgb]): number {
  const [p, q] = [lab(colour(a, theme), matrix), lab(colour(b, theme), matrix)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

describe.each(Object.keys(DEFICIENCIES))('colour vision: %s', (name) => {
  const matrix = DEFICIENCIES[name];
  test.each(['light', 'dark'] as const)('trainable segments stay apart (%s)', (theme) => {
    if (!matrix) throw new Error(name);
    for (const [i, a] of TRAINABLE.entries()) {
      for (const b of TRAINABLE.slice(i + 1)) {
        const distance = difference(`kind-${a}`, `kind-${b}`, theme, matrix);
        // A difference of about 2 can just be seen; 12 is told apart at a glance in a bar three pixels high.
        expect(distance, `${a} and ${b}`).toBeGreaterThan(12);
      }
    }
  });
  test.each(['light', 'dark'] as const)('more and less probable, good and bad stay apart (%s)', (theme) => {
    if (!matrix) throw new Error(name);
    expect(difference('up', 'down', theme, matrix)).toBeGreaterThan(25);
    // A step that is ready has a tick as well, and an error its words.
    expect(difference('lit', 'line-strong', theme, matrix)).toBeGreaterThan(12);
    expect(difference('bad', 'good', theme, matrix)).toBeGreaterThan(10);
  });
});

/** Below this two colours look the same in a tint and a bar three pixels high. */
const ALIKE = 5;

test('segments that look alike to somebody carry another sign: the name before them, and the bar of what is trained', () => {
  const alike = Object.values(DEFICIENCIES).flatMap((matrix) =>
    (['light', 'dark'] as const).flatMap((theme) =>
      TRAINABLE.flatMap((a) =>
        KINDS.filter((b) => b !== a && difference(`kind-${a}`, `kind-${b}`, theme, matrix) < ALIKE).map(
          (b) => [a, b] as [SegmentKind, SegmentKind],
        ),
      ),
    ),
  );
  expect(alike.length).toBeGreaterThan(0);
  for (const [a, b] of alike) {
    const view = viewOf([
      ['x', a, 1, true],
      ['y', b, 0],
    ]);
    const drawn = (weights: number[]) =>
      stripTokens(view, { weights: Float32Array.from(weights), overlay: 'weight' }, 0, 2);
    const [masked, other] = drawn([0, 0]);
    expect(masked?.tag, `${a} and ${b}`).not.toBe(other?.tag);
    const [trained, context] = drawn([1, 0]);
    expect(trained?.bar, `${a} and ${b}`).not.toBe(context?.bar);
  }
});
