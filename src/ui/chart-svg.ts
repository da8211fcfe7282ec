/**
 * @file Charts as one SVG picture to save: the same lines, colours and marks as on the page, as text that scales.
 */
import { alone, looksOf, type Chart, type ChartLine, type ChartMark, type LineLook } from './chart-lines';
import { axisRange, ticks, tickTexts } from './chart-ticks';

export interface SvgOptions {
  /** Shown above all charts. */
  title: string;
  /** Last step of the axis. */
  until: number;
  marks: readonly ChartMark[];
  /** What a colour of the page is: a name such as `--ink`, to a value that SVG knows. */
  colour: (name: string) => string;
}

const WIDTH = 440;
const HEIGHT = 210;
const GAP = 24;
const HEAD = 40;
/** Around the plot: room for title and a legend of one row, for numbers at the left, for steps below. */
const TOP = 44;
/** Of the legend: a row, the sample of a line, which shows the longest dash whole, and about a character. */
const ROW = 16;
const SAMPLE = 24;
const CHARACTER = 6;
const LEFT = 52;
const BOTTOM = 22;
const RIGHT = 8;
const COLUMNS = 2;

/** A whole SVG document. */
export function chartsToSvg(charts: readonly Chart[], options: SvgOptions): string {
  const rows = Math.ceil(charts.length / COLUMNS);
  // As much for all, so that those side by side stand in line.
  const legendRows = Math.max(1, ...charts.map(({ lines }) => 1 + (legendPlaces(lines).at(-1)?.row ?? 0)));
  const tall = HEIGHT + ROW * (legendRows - 1);
  const width = COLUMNS * WIDTH + (COLUMNS + 1) * GAP;
  const height = HEAD + rows * (tall + GAP) + GAP;
  const body = charts.map((chart, i) => {
    const x = GAP + (i % COLUMNS) * (WIDTH + GAP);
    const y = HEAD + GAP + Math.floor(i / COLUMNS) * (tall + GAP);
    return `<g transform="translate(${x} ${y})">${drawChart(chart, options, tall)}</g>`;
  });
  const { colour, title } = options;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${colour('--surface')}"/>`,
    `<text x="${GAP}" y="${HEAD - 8}" font-size="16" font-weight="600" fill="${colour('--ink')}">${escaped(title)}</text>`,
    ...body,
    '</svg>\n',
  ].join('\n');
}

/** @param tall the height of all of it */
function drawChart({ metric, lines }: Chart, { until, marks, colour }: SvgOptions, tall: number): string {
  const top = TOP + tall - HEIGHT;
  const looks = looksOf(lines);
  const last = Math.max(2, until, ...lines.map(({ raw }) => raw.length));
  const [low, high] = axisRange(
    lines.flatMap(({ raw }) => raw),
    metric.fromZero,
  );
  const x = (step: number) => LEFT + ((step - 1) / (last - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => tall - BOTTOM - ((value - low) / (high - low)) * (tall - BOTTOM - top);
  const ink = colour('--ink-2');
  const grid = (x1: number, y1: number, x2: number, y2: number, more = '') =>
    `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${colour('--line')}"${more}/>`;
  const steps = ticks(1, last, 6).filter(Number.isInteger);
  const values = ticks(low, high, 4);
  const texts = tickTexts(values, metric.format);
  return [
    `<text y="12" font-size="13" font-weight="600" fill="${colour('--ink')}">${escaped(metric.title)}</text>`,
    legend(lines, looks, colour),
    ...values.flatMap((value, i) => [
      grid(LEFT, y(value), WIDTH - RIGHT, y(value)),
      `<text x="${LEFT - 6}" y="${at(y(value) + 4)}" text-anchor="end" fill="${ink}">${escaped(texts[i] ?? '')}</text>`,
    ]),
    ...steps.map(
      (step) => `<text x="${at(x(step))}" y="${tall - 6}" text-anchor="middle" fill="${ink}">${step}</text>`,
    ),
    ...marks.map(
      ({ step, text }) =>
        `<g><title>${escaped(text)}</title><line x1="${at(x(step))}" y1="${top}" x2="${at(x(step))}" y2="${tall - BOTTOM}" stroke="${colour('--ink-3')}" stroke-dasharray="3 3"/></g>`,
    ),
    ...lines.map((line, i) => drawLine(line, looks[i], x, y, colour)),
  ].join('\n');
}

function drawLine(
  line: ChartLine,
  look: LineLook | undefined,
  x: (step: number) => number,
  y: (value: number) => number,
  colour: (name: string) => string,
): string {
  const stroke = colour(look?.colour ?? '--ink');
  const dash = look?.dash.length ? ` stroke-dasharray="${look.dash.join(' ')}"` : '';
  const path = (values: readonly (number | null)[], more: string) =>
    `<path d="${pathOf(values, x, y, line.sparse)}" fill="none" stroke="${stroke}"${more}/>`;
  const points = (values: readonly (number | null)[], places: Iterable<number>) =>
    [...places].map((i) => {
      const value = values[i];
      if (typeof value !== 'number') return '';
      return `<circle cx="${at(x(i + 1))}" cy="${at(y(value))}" r="3" fill="${stroke}"/>`;
    });
  if (line.sparse)
    return path(line.raw, ` stroke-width="1.25"${dash}`) + points(line.raw, line.raw.keys()).join('');
  const smoothed = line.smoothed.some((value, i) => value !== line.raw[i]);
  return (
    (smoothed ? path(line.raw, ' stroke-width="1" stroke-opacity="0.3"') : '') +
    path(line.smoothed, ` stroke-width="${line.main ? 2 : 1.25}"${dash}`) +
    points(line.smoothed, alone(line.smoothed)).join('')
  );
}

/** A gap breaks the line, except between points that were measured now and then. */
function pathOf(
  values: readonly (number | null)[],
  x: (step: number) => number,
  y: (value: number) => number,
  bridge: boolean,
): string {
  let path = '';
  let broken = true;
  values.forEach((value, i) => {
    if (value === null) {
      if (!bridge) broken = true;
      return;
    }
    path += `${broken ? 'M' : 'L'}${at(x(i + 1))} ${at(y(value))}`;
    broken = false;
  });
  return path;
}

function legend(
  lines: readonly ChartLine[],
  looks: readonly LineLook[],
  colour: (name: string) => string,
): string {
  if (lines.length < 2) return '';
  const places = legendPlaces(lines);
  return lines
    .map(({ label, sparse }, i) => {
      const look = looks[i];
      const stroke = colour(look?.colour ?? '--ink');
      const dash = look?.dash.length ? ` stroke-dasharray="${look.dash.join(' ')}"` : '';
      const { x = 0, row = 0 } = places[i] ?? {};
      const y = 26 + ROW * row;
      const point = sparse ? `<circle cx="${x + SAMPLE / 2}" cy="${y}" r="3" fill="${stroke}"/>` : '';
      const sign = `<line x1="${x}" y1="${y}" x2="${x + SAMPLE}" y2="${y}" stroke="${stroke}" stroke-width="2"${dash}/>${point}`;
      const text = `<text x="${x + SAMPLE + 5}" y="${y + 4}" fill="${colour('--ink-2')}">${escaped(label)}</text>`;
      return sign + text;
    })
    .join('');
}

/** Where each line's name stands: in the next row where it would run into the chart beside it. */
function legendPlaces(lines: readonly ChartLine[]): { x: number; row: number }[] {
  let [x, row] = [0, 0];
  return lines.map(({ label }) => {
    // About the width of the text; an SVG is measured only where it is drawn.
    const wide = SAMPLE + 16 + CHARACTER * label.length;
    if (x > 0 && x + wide > WIDTH) [x, row] = [0, row + 1];
    const place = { x, row };
    x += wide;
    return place;
  });
}

const at = (value: number) => Number(value.toFixed(2));

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
