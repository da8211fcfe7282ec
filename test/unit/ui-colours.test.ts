/**
 * @file The colour tokens: WCAG AA contrast in both themes; segments, steps of the overlays and lines of charts that stay apart
 * under the common colour-vision deficiencies (simulated after Machado, Oliveira and Fernandes 2009, severity 1).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { SegmentKind } from '../../src/template/rendered';
import { SEGMENT_KINDS } from '../../src/template/rendered';
import { chartsOf, looksOf, type ChartLine, type ChartRun } from '../../src/ui/chart-lines';
import { OVERLAYS } from '../../src/state/overlay';
import { SCALES } from '../../src/ui/heat';
import { stripTokens } from '../../src/ui/strip-token';
import type { StepReport } from '../../src/worker/protocol';
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
/** CIE 1976 difference of two colours as they are seen. */
function distance(a: Rgb, b: Rgb, matrix: [Rgb, Rgb, Rgb]): number {
  const [p, q] = [lab(a, matrix), lab(b, matrix)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}
/** The same of two tokens. */
function difference(a: string, b: string, theme: Theme, matrix: [Rgb, Rgb, Rgb]): number {
  return distance(colour(a, theme), colour(b, theme), matrix);
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

/** What app.css gives the steps of an overlay, from 0: the share of the tint and the height of the bar. */
const STEPS = [...css.matchAll(/\[data-heat='(\d)'\][^{]*\{\s*--share: (\d+)%;\s*--h: (\d)px;/g)].map(
  ([, step, share, height]) => ({ step: Number(step), share: Number(share) / 100, height: Number(height) }),
);

/** The tint of a step as it lies on the strip: step 0 has a little of it, too. */
function tint(heat: string, step: number, theme: Theme): Rgb {
  const share = Math.max(0.03, STEPS[step]?.share ?? NaN);
  const [over, ground] = [colour(heat, theme), colour('sunken', theme)];
  return over.map((channel, i) => share * channel + (1 - share) * (ground[i] ?? NaN)) as Rgb;
}

const THEMES = ['light', 'dark'] as const;
const VISIONS = Object.entries(DEFICIENCIES).flatMap(([vision, matrix]) =>
  THEMES.map((theme) => ({ vision, matrix, theme })),
);

describe('overlays', () => {
  test('every step of every scale has a tint and a bar, and each more of both than the one before', () => {
    expect(STEPS.map(({ step }) => step)).toEqual(STEPS.map((_, i) => i));
    for (const overlay of OVERLAYS) {
      if (overlay === 'weight') continue;
      for (const step of SCALES[overlay].steps)
        expect(STEPS[Math.abs(step)], `${overlay} ${step}`).toBeDefined();
    }
    STEPS.slice(1).forEach(({ share, height }, i) => {
      expect(share).toBeGreaterThan(STEPS[i]?.share ?? NaN);
      expect(height).toBeGreaterThan(STEPS[i]?.height ?? NaN);
    });
  });

  test.each(VISIONS)(
    'each step goes on in lightness and is told from its neighbours: $vision, $theme',
    (seen) => {
      const { matrix, theme } = seen;
      const away = theme === 'light' ? -1 : 1;
      for (const heat of ['up-heat', 'down-heat']) {
        const tints = STEPS.map(({ step }) => tint(heat, step, theme));
        tints.slice(1).forEach((one, i) => {
          const before = tints[i] as Rgb;
          const gain = away * (lab(one, matrix)[0] - lab(before, matrix)[0]);
          // A difference of about 2 can just be seen; the bars' heights say the rest.
          expect(gain, `${heat} ${i + 1}`).toBeGreaterThan(1.5);
          expect(distance(one, before, matrix), `${heat} ${i + 1}`).toBeGreaterThan(4);
        });
        expect(distance(tints[0] as Rgb, tints.at(-1) as Rgb, matrix)).toBeGreaterThan(30);
      }
    },
  );

  test.each(VISIONS)('both sides of 0 are told apart: $vision, $theme', ({ matrix, theme }) => {
    for (const { step } of STEPS.slice(1)) {
      const sides = distance(tint('up-heat', step, theme), tint('down-heat', step, theme), matrix);
      expect(sides, `${step}`).toBeGreaterThan(step === 1 ? 8 : 20);
    }
    // The bars as well, besides being above and below.
    expect(difference('up', 'down', theme, matrix)).toBeGreaterThan(25);
  });

  test.each(THEMES)('text on the strongest tint is readable (%s)', (theme) => {
    for (const heat of ['up-heat', 'down-heat'])
      expect(contrast(colour('ink', theme), tint(heat, STEPS.length - 1, theme))).toBeGreaterThanOrEqual(4.5);
  });
});

describe('lines of charts', () => {
  const steps = (metrics: StepReport['metrics'], lossByKind: StepReport['lossByKind'] = {}): StepReport[] =>
    [1, 2].map((step) => ({
      ...{
        step,
        loss: 1,
        learningRate: 0.001,
        gradientNorm: 1,
        tokens: 9,
        trainedTokens: 4,
        milliseconds: 5,
      },
      lossByKind,
      ...(metrics && { metrics }),
    }));
  const byKind = Object.fromEntries(SEGMENT_KINDS.map((kind, i) => [kind, 1 + i]));
  const parts = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`part ${i}`, i]));
  const run = (id: number, reports: StepReport[]): ChartRun => ({ id, name: `Run ${id}`, reports });
  const CASES: [string, ChartRun[]][] = [
    ['of a run, with every segment and what is held out', [run(1, steps({ heldOutLoss: 2 }, byKind))]],
    [
      'of a run on policy, with every part of a reward',
      [run(1, steps({ reward: 1, rewardParts: parts, completionTokens: 9 }, byKind))],
    ],
    [
      'of twelve runs, with what is held out',
      Array.from({ length: 12 }, (_, i) => run(i, steps({ heldOutLoss: 2 }))),
    ],
  ];

  test.each(CASES)(
    '%s: two of one colour, to anybody, differ in dash or points, and none is both alike',
    (_, runs) => {
      const mark = ({ sparse }: ChartLine, dash: readonly number[]) =>
        `${sparse ? 'points' : ''} ${dash.join(' ')}`;
      let compared = 0;
      for (const { lines } of chartsOf(runs, 0)) {
        const looks = looksOf(lines);
        const drawn = lines.map((line, i) => ({ line, look: looks[i] ?? { colour: '', dash: [] } }));
        for (const [i, a] of drawn.entries()) {
          for (const b of drawn.slice(i + 1)) {
            if (mark(a.line, a.look.dash) !== mark(b.line, b.look.dash)) continue;
            compared++;
            const [one, other] = [a.look.colour.slice(2), b.look.colour.slice(2)];
            for (const { vision, matrix, theme } of VISIONS)
              expect(
                difference(one, other, theme, matrix),
                `${a.line.label} and ${b.line.label}: ${one} and ${other}, ${vision}, ${theme}`,
              ).toBeGreaterThan(15);
          }
        }
      }
      // There are more lines than dashes.
      expect(compared).toBeGreaterThan(0);
    },
  );

  test.each(THEMES)('every colour of a line stands out from the ground by 3 to 1 (%s)', (theme) => {
    for (const [, runs] of CASES)
      for (const { lines } of chartsOf(runs, 0))
        for (const look of looksOf(lines))
          expect(
            contrast(colour(look.colour.slice(2), theme), colour('surface', theme)),
            look.colour,
          ).toBeGreaterThan(3);
  });
});
