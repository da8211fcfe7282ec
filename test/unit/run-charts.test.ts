/**
 * @file Charts of runs: smoothing, columns, ticks, and the files that they are saved as.
 */
import { describe, expect, test } from 'vitest';
import type { StepReport } from '../../src/worker/protocol';
import { alone, chartsOf, lastStepsDiffer, looksOf, valueAt, type ChartRun } from '../../src/ui/chart-lines';
import { chartsToSvg } from '../../src/ui/chart-svg';
import { axisRange, ticks, tickTexts } from '../../src/ui/chart-ticks';
import { METRICS } from '../../src/ui/metrics';
import { runsToCsv } from '../../src/ui/run-csv';
import { changeMarks, lineageMarks, lineageNames } from '../../src/ui/run-marks';
import { smooth } from '../../src/ui/smooth';

const BASE = {
  lossByKind: {},
  learningRate: 0.001,
  gradientNorm: 1,
  tokens: 100,
  trainedTokens: 40,
  milliseconds: 50,
};
const step = (number: number, more: Partial<StepReport>): StepReport => ({
  ...BASE,
  step: number,
  loss: 1,
  ...more,
});
const A: ChartRun = {
  id: 1,
  name: 'GRPO, "first"',
  reports: [
    step(1, { loss: 2, metrics: { reward: 0, rewardParts: { decision: 0, format: 1 } } }),
    step(2, { loss: 1.5, metrics: { reward: 1, rewardParts: { decision: 0.5, format: 1 }, heldOutLoss: 3 } }),
    step(3, { loss: 1 }),
  ],
};
const B: ChartRun = { id: 2, name: 'SFT', reports: [step(1, { loss: 4 })] };

describe('what a line does not show', () => {
  test('values without one beside them are those that need a point', () => {
    expect(alone([1, null, 2, 3, null, null, 4])).toEqual([0, 6]);
    expect(alone([5])).toEqual([0]);
    expect(alone([1, 2])).toEqual([]);
  });
  test('an SVG has a point for a step that alone was measured', () => {
    const reports = [step(1, {}), step(2, { metrics: { missedCalls: 0.375 } })];
    const charts = chartsOf([{ ...A, reports }], 0).filter(({ metric }) => metric.id === 'missed_calls');
    expect(charts).toHaveLength(1);
    const svg = chartsToSvg(charts, { title: 'x', colour: () => 'black', marks: [], until: 2 });
    expect(svg.match(/<circle/g)).toHaveLength(1);
  });
  test('a learning rate is told as one types it, with an exponent where that is easier to read', () => {
    const { format } = METRICS.find(({ id }) => id === 'learning_rate') ?? expect.fail('It is not charted.');
    expect([0.001, 0.0005, 1, 3e-5].map(format)).toEqual(['0.001', '0.0005', '1', '3e−5']);
    expect(tickTexts([0, 0.0005, 0.001], format)).toEqual(['0', '0.0005', '0.001']);
  });
  test('numbers of an axis are told apart, however small they are', () => {
    const four = (value: number) => value.toFixed(4);
    expect(tickTexts([0, 0.5], four)).toEqual(['0.0', '0.5']);
    expect(tickTexts([0, 0.00002, 0.00004], four)).toEqual(['0', '2e−5', '4e−5']);
    // No more decimals than one of them needs, whatever stands behind; what has none stays as it is.
    expect(tickTexts([0, 100, 200], four)).toEqual(['0', '100', '200']);
    expect(tickTexts([0, 0.025, 0.05], four)).toEqual(['0.000', '0.025', '0.050']);
    expect(tickTexts([0, 0.2, 0.4], (value) => `${(100 * value).toFixed(1)}%`)).toEqual(['0%', '20%', '40%']);
    expect(tickTexts([0, 1000], (value) => (value ? '1,000' : '0.0'))).toEqual(['0', '1,000']);
    // Left out on purpose is not alike.
    expect(tickTexts([0, 0.5, 1, 1.5], (value) => (Number.isInteger(value) ? `${value}` : ''))).toEqual([
      '0',
      '',
      '1',
      '',
    ]);
  });
});

describe('the SVG of several runs', () => {
  const runs = Array.from({ length: 6 }, (_, id) => ({ ...A, id, name: `A run with a name, ${id}` }));
  const charts = chartsOf(runs, 0).filter(({ metric }) => metric.id === 'loss');
  const options = { title: 'x', colour: (name: string) => name, marks: [{ step: 2, text: 'm' }], until: 3 };
  const svg = chartsToSvg(charts, options);

  test('has a legend that goes on in a row below, above the chart, and none of it beside the chart', () => {
    const names = [...svg.matchAll(/<text x="(\d+)" y="(\d+)" fill="--ink-2">(A run[^<]*)/g)];
    expect(names).toHaveLength(12);
    for (const [, x = '', , name = ''] of names) expect(Number(x) + 6 * name.length).toBeLessThan(440);
    const [lowest = 0] = names.map(([, , y]) => Number(y)).sort((a, b) => b - a);
    expect(lowest).toBeGreaterThan(30);
    expect(Number(/y1="(\d+)"[^>]*stroke="--ink-3"/.exec(svg)?.[1])).toBeGreaterThan(lowest);
  });
  test('draws what is held out with points and with the dash of its run', () => {
    const dashes = looksOf(charts[0]?.lines ?? []).map(({ dash }) => dash.join(' '));
    const drawn = [...svg.matchAll(/<path [^>]*stroke-width="1\.25"(?: stroke-dasharray="([^"]*)")?/g)];
    expect(drawn.map(([, dash = '']) => dash)).toEqual(dashes.filter((_, i) => i % 2));
    expect(new Set(dashes).size).toBe(6);
  });
});

describe('smoothing', () => {
  test('a constant stays one from the first value on, and a gap stays a gap and does not count', () => {
    expect(smooth([3, null, 3, 3], 0.9)).toEqual([3, null, expect.closeTo(3, 12), expect.closeTo(3, 12)]);
  });
  test('it is the weighted mean with weights f^age', () => {
    // 0.5^2, 0.5, 1 over their sum, 1.75.
    expect(smooth([1, 2, 4], 0.5)[2]).toBeCloseTo((0.25 * 1 + 0.5 * 2 + 4) / 1.75, 12);
  });
  test('without smoothing nothing changes', () => {
    expect(smooth([1, null, 5], 0)).toEqual([1, null, 5]);
  });
});

describe('charts', () => {
  test('of one run: every line, metrics without a value left out', () => {
    const charts = chartsOf([A], 0);
    expect(charts.map(({ metric }) => metric.id)).toEqual([
      'loss',
      'reward',
      'learning_rate',
      'gradient_norm',
      'tokens_per_second',
    ]);
    expect(charts[0]?.lines.map(({ key, raw }) => [key, raw])).toEqual([
      ['loss', [2, 1.5, 1]],
      ['held_out_loss', [null, 3, null]],
    ]);
    expect(charts[1]?.lines.map(({ label }) => label)).toEqual(['total', 'Decision', 'Format']);
    expect(charts[4]?.lines[0]?.raw).toEqual([2000, 2000, 2000]);
  });

  test('of several: main lines alone, each named after its run and told apart by dash and colour', () => {
    const [loss, reward] = chartsOf([A, B], 0);
    expect(loss?.lines.map(({ label, raw }) => [label, raw])).toEqual([
      [A.name, [2, 1.5, 1]],
      [`${A.name}, held out`, [null, 3, null]],
      ['SFT', [4, null, null]],
    ]);
    expect(reward?.lines.map(({ label }) => label)).toEqual([A.name]);
    const looks = looksOf(loss?.lines ?? []);
    expect(looks[0]?.colour).not.toBe(looks[2]?.colour);
    expect(looks[0]?.dash).not.toEqual(looks[2]?.dash);
  });

  test('what is measured now and then keeps its last value between measurements', () => {
    const [loss] = chartsOf([A], 0.9);
    const heldOut = loss?.lines[1];
    expect(heldOut && [1, 2, 3].map((at) => valueAt(heldOut, at))).toEqual([undefined, 3, 3]);
  });

  test('the last value of a run stands although a longer one goes on, and a run has none after its end', () => {
    const [loss] = chartsOf([A, B], 0);
    expect(loss?.lines.map((line) => valueAt(line))).toEqual([1, 3, 4]);
    expect(loss?.lines.map((line) => valueAt(line, 2))).toEqual([1.5, 3, undefined]);
    expect(lastStepsDiffer([A, B])).toBe(true);
    expect(lastStepsDiffer([A, A])).toBe(false);
  });

  test('a last step without a value is said to have none: an earlier one is not taken for it', () => {
    const answer = { lossByKind: { answer: 1, call: 2 } };
    const run = { id: 4, name: 'SFT', reports: [step(1, answer), step(2, { lossByKind: { answer: 1.5 } })] };
    const [loss] = chartsOf([run], 0);
    const values = loss?.lines.map((line) => [line.key, valueAt(line)]);
    expect(Object.fromEntries(values ?? [])).toMatchObject({ loss_answer: 1.5, loss_call: undefined });
  });
});

test('what is set is never smoothed, and a run on policy has its cross-entropy and its speed by themselves', () => {
  const wrote = (number: number, more: Partial<StepReport>): StepReport =>
    step(number, { metrics: { reward: 1, completionTokens: 20, heldOutLoss: 2 }, ...more });
  const run: ChartRun = {
    id: 3,
    name: 'GRPO',
    reports: [
      wrote(1, { loss: 0.1, learningRate: 0, lossByKind: { answer: 3, end: 1 } }),
      wrote(2, { loss: -0.1, learningRate: 1, tokens: 0 }),
    ],
  };
  const charts = new Map(chartsOf([run], 0.9).map((chart) => [chart.metric.id, chart.lines]));
  expect(charts.get('learning_rate')?.[0]?.smoothed).toEqual([0, 1]);
  expect(charts.get('loss')?.map(({ key, smoothed }) => [key, smoothed[1] !== -0.1])).toEqual([
    ['loss', true],
  ]);
  const entropy = charts.get('cross_entropy') ?? [];
  expect(entropy.map(({ key, sparse }) => [key, sparse])).toEqual([
    ['held_out_loss', true],
    ['loss_answer', true],
    ['loss_end', true],
  ]);
  expect(entropy[1]?.raw).toEqual([3, null]);
  expect(new Set(looksOf(entropy).map(({ dash }) => dash.join(' '))).size).toBe(3);
  expect(charts.get('learnt_tokens_per_second')?.[0]?.raw).toEqual([2000, 0]);
  expect(charts.has('tokens_per_second')).toBe(false);
  // One CSV with a run of each kind has every column once.
  const [head = ''] = runsToCsv([run, A]).split('\r\n');
  expect(head.split(',').filter((name) => name === 'held_out_loss')).toHaveLength(1);
});

test.each([
  [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [1, 30, 6, [5, 10, 15, 20, 25, 30]],
  [-0.3, 0.3, 3, [-0.2, 0, 0.2]],
  [0, 0.0007, 4, [0, 0.0002, 0.0004, 0.0006]],
])('ticks from %d to %d', (low, high, wanted, expected) => {
  expect(ticks(low, high, wanted)).toEqual(expected);
});

test('an axis spans its values with some room, also where they are all the same or none is there', () => {
  expect(axisRange([null], true)).toEqual([0, 1]);
  expect(axisRange([0, 0], true)).toEqual([0, 1]);
  expect(axisRange([2, 2], false)).toEqual([1.8, 2.2]);
  expect(axisRange([1, 3], true)).toEqual([0, 3.18]);
  expect(axisRange([-1, 1], false)).toEqual([-1.12, 1.12]);
});

test('CSV: a row a step, names quoted, a cell empty where nothing was measured', () => {
  const [head, first, second, third, other] = runsToCsv([A, B]).split('\r\n');
  expect(head).toBe(
    'run,step,tokens,trained_tokens,milliseconds,loss,held_out_loss,reward,reward_decision,reward_format,learning_rate,gradient_norm,tokens_per_second',
  );
  expect(first).toBe('"GRPO, ""first""",1,100,40,50,2,,0,0,1,0.001,1,2000');
  expect(second).toBe('"GRPO, ""first""",2,100,40,50,1.5,3,1,0.5,1,0.001,1,2000');
  expect(third?.split(',').slice(-8).join()).toBe('1,,,,,0.001,1,2000');
  expect(other).toBe('SFT,1,100,40,50,4,,,,,0.001,1,2000');
});

test('CSV of what led to some weights: each step has its own run, and its number in it', () => {
  const runs = [
    { id: 1, name: 'SFT', parent: undefined },
    { id: 2, name: 'GRPO', parent: { run: 1, step: 1 } },
  ];
  // The first run went on for two steps more, from which nothing led here.
  const ofRuns = lineageNames(runs, { run: 2, step: 2 }, 3);
  const reports = [step(1, {}), step(1, {}), step(2, {})];
  const [, ...rows] = runsToCsv([{ id: 0, name: 'GRPO', reports, ofRuns }])
    .trim()
    .split('\r\n');
  expect(rows.map((row) => row.split(',').slice(0, 2))).toEqual([
    ['SFT', '1'],
    ['GRPO', '1'],
    ['GRPO', '2'],
  ]);
  expect(lineageNames(runs.slice(1), { run: 2, step: 2 }, 3)).toEqual(['', 'GRPO', 'GRPO']);
  expect(lineageNames(runs, undefined, 0)).toEqual([]);
});

test('SVG: well formed, with every title, line and mark, and nothing of a name that could be markup', () => {
  const runs = [{ ...A, name: 'a <b> & "c"' }, B];
  const marks = [{ step: 2, text: 'Learning rate: 1 → <2>' }];
  const svg = chartsToSvg(chartsOf(runs, 0.5), { title: 'a <b>', until: 3, marks, colour: () => '#123456' });
  expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
  expect(svg).not.toMatch(/<b>|<2>|NaN|undefined/);
  const opened = svg.match(/<(?:svg|g|text|title)[ >]/g)?.length;
  expect(svg.match(/<\/(?:svg|g|text|title)>/g)?.length).toBe(opened);
  for (const title of ['Loss', 'Reward', 'Tokens a second']) expect(svg).toContain(`>${title}</text>`);
  expect(svg.match(/<circle/g)?.length).toBeGreaterThanOrEqual(1);
});

test('changed settings become marks in words, and a run that began with trained weights is one too', () => {
  const changed = [
    { key: 'learningRate', from: 0.001, to: 0.0005 } as const,
    { key: 'schedule', from: undefined, to: 'wsd' } as const,
  ];
  const reports = [step(1, {}), step(2, { changed })];
  expect(changeMarks(reports)).toEqual([
    { step: 2, text: 'Learning rate: 0.001 → 0.0005; Schedule: the default → warm-up, stable, decay' },
  ]);
  const updates = [...reports, step(1, {})].map((report, i) => ({ ...report, update: i + 1 }));
  expect(lineageMarks(updates).map((mark) => mark.step)).toEqual([2, 3]);
});
