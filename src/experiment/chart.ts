/**
 * @file The charts of an experiment as SVG files that stand on their own: a figure over tokens or seconds, a line an arm.
 */
import {
  DECISION_FIGURES,
  shareOf,
  type DecisionCase,
  type DecisionFigureKey,
} from '../reward/decision-report';
import type { Experiment } from './definition';
import { readCases, tokensOf, type EvaluationLine } from './log';
import { count, seconds } from './report';
import type { Logs } from './results';

export interface ChartFile {
  file: string;
  title: string;
  svg: string;
}

interface Point {
  x: number;
  /** From 0 to 1: the mean of the seeds, and the least and the largest of them. */
  mean: number;
  low: number;
  high: number;
}

interface Line {
  name: string;
  points: Point[];
}

const FIGURES: readonly DecisionFigureKey[] = ['accuracy', 'falseCalls', 'missedCalls', 'answers'];
/** Told apart without colour, too: each has dashes of its own, and its name at the end. */
const STROKES = [
  ['#1f5fbf', ''],
  ['#b3401f', '6 3'],
  ['#1d7a4b', '2 3'],
  ['#7a3fa8', '9 3 2 3'],
  ['#8a6d00', '4 2'],
  ['#00737d', '1 2'],
  ['#a8285f', '12 4'],
  ['#555555', '3 6'],
] as const;
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [860, 400, 58, 190, 40, 48];

/** A chart for each figure over tokens and over seconds. */
export function chartFiles(experiment: Experiment, logs: Logs): ChartFile[] {
  const read = new Map<EvaluationLine, DecisionCase[]>();
  const casesOf = (line: EvaluationLine) => {
    const found = read.get(line) ?? readCases(line.cases, logs.questions);
    read.set(line, found);
    return found;
  };
  return (['tokens', 'seconds'] as const).flatMap((axis) =>
    FIGURES.flatMap((key) => {
      const lines = experiment.arms.flatMap(({ name }) => {
        const points = pointsOf(
          [...(logs.runs.get(name)?.values() ?? [])].filter(({ end }) => end).map((run) => run.evaluations),
          (line) => (axis === 'tokens' ? tokensOf(line) : line.seconds),
          (line) => {
            const { hits, cases } = shareOf(key, casesOf(line));
            return cases > 0 ? hits / cases : undefined;
          },
        );
        return points.length > 0 ? [{ name, points }] : [];
      });
      if (lines.length === 0) return [];
      const title = `${DECISION_FIGURES[key].label} over ${axis === 'tokens' ? 'tokens generated and trained' : 'seconds of training'}`;
      return [{ file: `${key}-${axis}.svg`, title, svg: drawChart(title, axis, lines) }];
    }),
  );
}

/** The measurements that all seeds have, number by number. */
function pointsOf(
  seeds: readonly (readonly EvaluationLine[])[],
  x: (line: EvaluationLine) => number,
  y: (line: EvaluationLine) => number | undefined,
): Point[] {
  const shared = Math.min(...seeds.map(({ length }) => length));
  if (!Number.isFinite(shared)) return [];
  return Array.from({ length: shared }, (_, i) => i).flatMap((i) => {
    const lines = seeds.flatMap((evaluations) => evaluations[i] ?? []);
    const values = lines.flatMap((line) => y(line) ?? []);
    if (values.length < lines.length) return [];
    const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
    return [
      { x: mean(lines.map(x)), mean: mean(values), low: Math.min(...values), high: Math.max(...values) },
    ];
  });
}

/** @param axis what the numbers below are */
export function drawChart(title: string, axis: 'tokens' | 'seconds', lines: readonly Line[]): string {
  const most = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ x }) => x)));
  const step = niceStep(most / 5);
  const end = Math.ceil(most / step) * step;
  const px = (x: number) => LEFT + (x / end) * (WIDTH - LEFT - RIGHT);
  const py = (y: number) => HEIGHT - BOTTOM - y * (HEIGHT - TOP - BOTTOM);
  const at = (value: number) => value.toFixed(1);
  const label = (value: number) => (axis === 'tokens' ? count(value) : seconds(value));
  const vertical = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => {
    const value = i * step;
    return (
      `<line x1="${at(px(value))}" x2="${at(px(value))}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" class="grid"/>` +
      `<text x="${at(px(value))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label(value)}</text>`
    );
  });
  const horizontal = [0, 0.25, 0.5, 0.75, 1].map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(py(value))}" y2="${at(py(value))}" class="grid"/>` +
      `<text x="${LEFT - 8}" y="${at(py(value) + 4)}" text-anchor="end">${100 * value}%</text>`,
  );
  const names = spreadOut(lines.map(({ points }) => py(points.at(-1)?.mean ?? 0)));
  const drawn = lines.map(({ name, points }, i) => {
    const [colour, dashes] = STROKES[i % STROKES.length] as (typeof STROKES)[number];
    const path = points.map(({ x, mean }) => `${at(px(x))},${at(py(mean))}`).join(' ');
    const band = [
      ...points.map(({ x, high }) => `${at(px(x))},${at(py(high))}`),
      ...points.map(({ x, low }) => `${at(px(x))},${at(py(low))}`).reverse(),
    ].join(' ');
    const last = points.at(-1);
    const y = names[i] ?? 0;
    const dots = points.map(
      ({ x, mean }) => `<circle cx="${at(px(x))}" cy="${at(py(mean))}" r="2.5" fill="${colour}"/>`,
    );
    const leader = last
      ? `<line x1="${at(px(last.x))}" y1="${at(py(last.mean))}" x2="${WIDTH - RIGHT + 8}" y2="${at(y)}" stroke="${colour}" stroke-width="0.6" opacity="0.5"/>`
      : '';
    return (
      `<g><title>${escapeXml(`${name}: ${points.map(({ x, mean }) => `${(100 * mean).toFixed(1)}% at ${label(x)}`).join(', ')}`)}</title>` +
      `<polygon points="${band}" fill="${colour}" opacity="0.1"/>` +
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashes ? ` stroke-dasharray="${dashes}"` : ''}/>` +
      `${dots.join('')}${leader}<text x="${WIDTH - RIGHT + 12}" y="${at(y + 4)}" style="fill:${colour}">${escapeXml(name)}</text></g>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escapeXml(title)}">` +
    '<style>text{font:12px system-ui,sans-serif;fill:#333}.grid{stroke:#ddd;stroke-width:1}.title{font-size:14px;font-weight:600}</style>' +
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>` +
    `<text x="${LEFT}" y="22" class="title">${escapeXml(title)}</text>${horizontal.join('')}${vertical.join('')}${drawn.join('')}` +
    `<text x="${LEFT}" y="${HEIGHT - 8}">Lines: mean of the seeds; bands: the least and the largest of them.</text></svg>\n`
  );
}

/** Places for names that keep a line's height between them, as near to their own as may be. */
function spreadOut(wanted: readonly number[]): number[] {
  const order = wanted.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y);
  let above = TOP;
  const places = new Array<number>(wanted.length).fill(0);
  order.forEach(({ y, i }, n) => {
    const room = HEIGHT - BOTTOM - 15 * (order.length - 1 - n);
    const place = Math.min(Math.max(y, above), room);
    places[i] = place;
    above = place + 15;
  });
  return places;
}

/** 1, 2 or 5 times a power of ten, at least as large. */
function niceStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10) * power;
}

const escapeXml = (text: string): string =>
  text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
