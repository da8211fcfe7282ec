// @ts-check
/**
 * @file From measured rows to what people read: the table, the aims with how far each is met, and the notes.
 */
import { agreement, powerLaw, TOLERANCE } from './statistics.mjs';

/** @typedef {import('./row').Row} Row */
/** @typedef {{ shape: string, peer: string, row?: Row, error?: string }} Entry */
/** @typedef {Entry & { agrees: boolean, apart: number }} Judged */
/** @typedef {{ shape: string, aim: string, figure: string, met: boolean | undefined }} Aim */

const MB = 2 ** 20;

/**
 * Marks what computed something else than the others.
 *
 * @param {readonly Entry[]} entries
 * @returns {Judged[]}
 */
export function judge(entries) {
  return [...new Set(entries.map(({ shape }) => shape))].flatMap((shape) => {
    const group = entries.filter((entry) => entry.shape === shape);
    const judgements = agreement(group.map(({ row }) => row?.losses ?? []));
    return group.map((entry, i) => ({ ...entry, agrees: false, apart: NaN, ...judgements[i] }));
  });
}

/** @param {Row} row */
export const tokensPerSecond = (row) => (1000 * row.trained) / row.step;

/**
 * @param {readonly Judged[]} entries
 * @returns {string[][]} the first is the head
 */
export function tableOf(entries) {
  const head = [
    ...['shape', 'by', 'batch', 'ms/step', 'trained tok/s', 'dispatches', 'submits', 'peak MB'],
    ...[
      'products ms',
      'step/products',
      'optimizer',
      'predicted/used',
      'first step ms',
      'losses of 3 steps',
      '',
    ],
  ];
  return [
    head,
    ...entries.map(({ shape, peer, row, agrees }) => {
      if (!row) return [shape, peer, 'failed'];
      const { products, optimizer, predictedBytes, peakBytes, beside = row.step } = row;
      return [
        shape,
        peer,
        `${row.tokens} tokens`,
        digits(row.step),
        digits(tokensPerSecond(row)),
        row.dispatches ? String(row.dispatches) : '–',
        row.submits ? String(row.submits) : '–',
        (peakBytes / MB).toFixed(1),
        products === undefined ? '–' : digits(products),
        products === undefined ? '–' : `${(beside / products).toFixed(2)}×`,
        optimizer === undefined ? '–' : percent(optimizer / beside),
        predictedBytes ? percent(predictedBytes / peakBytes) : '–',
        digits(row.first),
        row.losses.map((loss) => loss.toFixed(5)).join(' '),
        agrees ? 'agrees' : 'INVALID',
      ];
    }),
  ];
}

/** What is said of every peer and shape that could not be compared. @param {readonly Judged[]} entries */
export function warningsOf(entries) {
  return entries.flatMap(({ shape, peer, row, error, agrees, apart }) => {
    if (!row) return [`${peer} failed on ${shape}: ${error}`];
    if (agrees) return [];
    const limit = TOLERANCE.toExponential();
    return [
      `${peer} DISAGREES on ${shape}: a loss is ${apart.toExponential(1)} from the median of all, more than ${limit}. Its row is invalid.`,
    ];
  });
}

/**
 * The aims that the rows say something about; a comparison with an invalid or missing row says nothing.
 *
 * @param {readonly Judged[]} entries
 * @returns {Aim[]}
 */
export function aimsOf(entries) {
  /** @type {Aim[]} */
  const aims = [];
  for (const shape of new Set(entries.map((entry) => entry.shape))) {
    const find = (/** @type {string} */ peer) =>
      entries.find((entry) => entry.shape === shape && entry.peer === peer && entry.agrees)?.row;
    const faster = (/** @type {string} */ own, /** @type {string} */ other, /** @type {number} */ least) => {
      const [mine, theirs] = [find(own), find(other)];
      if (!entries.some((entry) => entry.shape === shape && entry.peer === other)) return;
      const ratio = mine && theirs ? tokensPerSecond(mine) / tokensPerSecond(theirs) : undefined;
      aims.push({
        shape,
        aim: `${own} at least ${least}× ${other} in trained tokens a second`,
        figure: ratio === undefined ? 'not measured' : `${ratio.toFixed(2)}×`,
        met: ratio === undefined ? undefined : ratio >= least,
      });
    };
    faster('losslight-wgsl', 'jax-wgsl', 2);
    faster('losslight-wgsl', 'tfjs', 10);
    faster('losslight-cpu', 'jax-wasm', 2);
    for (const peer of ['losslight-wgsl', 'losslight-cpu']) {
      const row = find(peer);
      if (!row) continue;
      const { products, optimizer, predictedBytes, peakBytes, beside = row.step } = row;
      if (products !== undefined) {
        const figure = `${(beside / products).toFixed(2)}×`;
        aims.push({
          shape,
          aim: `${peer}: a step within 1.3× of its products alone`,
          figure,
          met: beside / products <= 1.3,
        });
      }
      if (optimizer !== undefined) {
        const share = optimizer / beside;
        aims.push({
          shape,
          aim: `${peer}: optimizer under 5% of the step`,
          figure: percent(share),
          met: share < 0.05,
        });
      }
      if (predictedBytes) {
        const ratio = predictedBytes / peakBytes;
        const met = Math.abs(ratio - 1) <= 0.05;
        aims.push({
          shape,
          aim: `${peer}: predicted memory within 5% of what is used`,
          figure: percent(ratio),
          met,
        });
      }
    }
  }
  return aims;
}

/** @param {readonly Aim[]} aims */
export function aimLines(aims) {
  const word = { true: 'met   ', false: 'MISSED', undefined: '–     ' };
  const name = Math.max(0, ...aims.map(({ shape }) => shape.length));
  return aims.map(
    ({ shape, aim, figure, met }) =>
      `${word[/** @type {'true'} */ (String(met))]}  ${shape.padEnd(name)}  ${aim}: ${figure}`,
  );
}

/**
 * How a step's time grows along each axis: the times, and the exponent of the power law through them.
 *
 * @param {readonly { axis: string, x: number, peer: string, step?: number }[]} points
 * @returns {string[][]} the first is the head
 */
export function growthTable(points) {
  const groups = new Map();
  for (const { axis, peer, x, step } of points) {
    if (step === undefined) continue;
    const key = `${axis}\n${peer}`;
    groups.set(key, [...(groups.get(key) ?? []), [x, step]]);
  }
  return [
    ['time grows with', 'by', 'ms/step', 'like'],
    ...[...groups].map(([key, list]) => {
      const [axis = '', peer = ''] = key.split('\n');
      const times = list
        .map((/** @type {[number, number]} */ [x, step]) => `${x}: ${digits(step)}`)
        .join(', ');
      return [axis, peer, times, list.length > 1 ? `${axis}^${powerLaw(list).toFixed(2)}` : '–'];
    }),
  ];
}

/**
 * Lines with every column as wide as its widest cell.
 *
 * @param {readonly (readonly string[])[]} rows
 */
export function columns(rows) {
  const width = (/** @type {number} */ i) => Math.max(...rows.map((row) => row[i]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(width(i)))
      .join('  ')
      .trimEnd(),
  );
}

/** Three digits that count, no more. @param {number} value */
function digits(value) {
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** @param {number} ratio */
function percent(ratio) {
  return `${(100 * ratio).toFixed(1)}%`;
}
