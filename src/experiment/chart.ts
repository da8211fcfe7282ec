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
import { count, seconds } from './report-text';
import type { Logs } from './results';

export interface ChartFile {
  file: string;
  title: string;
  svg: string;
}

export interface Point {
  x: number;
  /** From 0 to 1: the mean of the seeds, and the least and the largest of them. */
  mean: number;
  low: number;
  high: number;
}

export interface Line {
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

/** A figure over what it took, a line an arm. */
export interface Chart {
  /** Of its file, without the ending. */
  name: string;
  title: string;
  axis: 'tokens' | 'seconds';
  lines: Line[];
}

/** A chart for each figure over tokens and over seconds. */
export function chartsOf(experiment: Experiment, logs: Logs): Chart[] {
  const read = new Map<EvaluationLine, DecisionCase[]>();
  const casesOf = (line: EvaluationLine) => {
    const found = read.get(line) ?? readCases(line.cases, logs.questions);
    read.set(line, found);
    return found;
  };
  return (['tokens', 'seconds'] as const).flatMap((axis) =>
    FIGURES.flatMap((key): Chart[] => {
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
      return [{ name: `${key}-${axis}`, title, axis, lines }];
    }),
  );
}

/** The same as files. */
export const chartFiles = (experiment: Experiment, logs: Logs): ChartFile[] =>
  chartsOf(experiment, logs).map(({ name, title, axis, lines }) => ({
    file: `${name}.svg`,
    title,
    svg: drawChart(title, axis, lines),
  }));

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

/** Where everything of a chart stands, in its own units: drawn into a file here, and by the page there. */
export interface ChartLayout {
  width: number;
  height: number;
  /** The place of the numbers: left, right, top and bottom edges. */
  edges: { left: number; right: number; top: number; bottom: number };
  vertical: { x: number; label: string }[];
  horizontal: { y: number; label: string }[];
  lines: {
    name: string;
    colour: string;
    dashes: string;
    /** In words: every point. */
    told: string;
    path: string;
    /** From the least to the largest seed, as a polygon. */
    band: string;
    dots: { x: number; y: number }[];
    /** From the last point to the name. */
    leader: { x1: number; y1: number; x2: number; y2: number };
  }[];
}

export function layoutChart({ axis, lines }: Pick<Chart, 'axis' | 'lines'>): ChartLayout {
  const most = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ x }) => x)));
  const step = niceStep(most / 5);
  const end = Math.ceil(most / step) * step;
  const round = (value: number) => Number(value.toFixed(1));
  const px = (x: number) => round(LEFT + (x / end) * (WIDTH - LEFT - RIGHT));
  const py = (y: number) => round(HEIGHT - BOTTOM - y * (HEIGHT - TOP - BOTTOM));
  const label = (value: number) => (axis === 'tokens' ? count(value) : seconds(value));
  const names = spreadOut(lines.map(({ points }) => py(points.at(-1)?.mean ?? 0)));
  return {
    width: WIDTH,
    height: HEIGHT,
    edges: { left: LEFT, right: WIDTH - RIGHT, top: TOP, bottom: HEIGHT - BOTTOM },
    vertical: Array.from({ length: Math.round(end / step) + 1 }, (_, i) => ({
      x: px(i * step),
      label: label(i * step),
    })),
    horizontal: [0, 0.25, 0.5, 0.75, 1].map((value) => ({ y: py(value), label: `${100 * value}%` })),
    lines: lines.map(({ name, points }, i) => {
      const [colour, dashes] = STROKES[i % STROKES.length] as (typeof STROKES)[number];
      const last = points.at(-1);
      return {
        name,
        colour,
        dashes,
        told: points.map(({ x, mean }) => `${(100 * mean).toFixed(1)}% at ${label(x)}`).join(', '),
        path: points.map(({ x, mean }) => `${px(x)},${py(mean)}`).join(' '),
        band: [
          ...points.map(({ x, high }) => `${px(x)},${py(high)}`),
          ...points.map(({ x, low }) => `${px(x)},${py(low)}`).reverse(),
        ].join(' '),
        dots: points.map(({ x, mean }) => ({ x: px(x), y: py(mean) })),
        leader: {
          x1: px(last?.x ?? 0),
          y1: py(last?.mean ?? 0),
          x2: WIDTH - RIGHT + 8,
          y2: round(names[i] ?? 0),
        },
      };
    }),
  };
}

/** @param axis what the numbers below are */
export function drawChart(title: string, axis: 'tokens' | 'seconds', lines: readonly Line[]): string {
  const {
    width,
    height,
    edges,
    vertical,
    horizontal,
    lines: drawn,
  } = layoutChart({ axis, lines: [...lines] });
  const { left, right, top, bottom } = edges;
  const grid = [
    ...horizontal.map(
      ({ y, label }) =>
        `<line x1="${left}" x2="${right}" y1="${y}" y2="${y}" class="grid"/>` +
        `<text x="${left - 8}" y="${y + 4}" text-anchor="end">${label}</text>`,
    ),
    ...vertical.map(
      ({ x, label }) =>
        `<line x1="${x}" x2="${x}" y1="${top}" y2="${bottom}" class="grid"/>` +
        `<text x="${x}" y="${bottom + 18}" text-anchor="middle">${label}</text>`,
    ),
  ];
  const groups = drawn.map(({ name, colour, dashes, told, path, band, dots, leader }) => {
    const { x1, y1, x2, y2 } = leader;
    return (
      `<g><title>${escapeXml(`${name}: ${told}`)}</title>` +
      `<polygon points="${band}" fill="${colour}" opacity="0.1"/>` +
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashes ? ` stroke-dasharray="${dashes}"` : ''}/>` +
      dots.map(({ x, y }) => `<circle cx="${x}" cy="${y}" r="2.5" fill="${colour}"/>`).join('') +
      `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}" stroke-width="0.6" opacity="0.5"/>` +
      `<text x="${x2 + 4}" y="${y2 + 4}" style="fill:${colour}">${escapeXml(name)}</text></g>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">` +
    '<style>text{font:12px system-ui,sans-serif;fill:#333}.grid{stroke:#ddd;stroke-width:1}.title{font-size:14px;font-weight:600}</style>' +
    `<rect width="${width}" height="${height}" fill="#fff"/>` +
    `<text x="${left}" y="22" class="title">${escapeXml(title)}</text>${grid.join('')}${groups.join('')}` +
    `<text x="${left}" y="${height - 8}">Lines: mean of the seeds; bands: the least and the largest of them.</text></svg>\n`
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
