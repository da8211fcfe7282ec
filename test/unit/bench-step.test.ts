/**
 * @file The step benchmark's own logic: figures, judgement, table and aims; and that jax-js, written beside it, computes
 * the same steps as Losslight.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { jaxPeer } from '../../tools/bench/peers/jax';
import { losslightPeer } from '../../tools/bench/peers/losslight';
import type { Running } from '../../tools/bench/peers/peer';
import { choose } from '../../tools/bench/step.mjs';
import { makeBatch, makeJob, shapesOf, sizesOf, type Job } from '../../tools/bench/step/job';
import { startMeter } from '../../tools/bench/step/meter';
import { STEP_OPTIONS, PEERS as NAMES } from '../../tools/bench/step/options.mjs';
import { groupTimes } from '../../tools/bench/step/profile';
import {
  aimLines,
  aimsOf,
  growthTable,
  judge,
  tableOf,
  tokensPerSecond,
  warningsOf,
} from '../../tools/bench/step/report.mjs';
import { measureRow, PEERS, type Row } from '../../tools/bench/step/row';
import { growthGrid, llama, loadShapes, requestOf } from '../../tools/bench/step/shapes.mjs';
import { agreement, median, powerLaw, TOLERANCE } from '../../tools/bench/step/statistics.mjs';

const row = (over: Partial<Row> = {}): Row => ({
  losses: [3, 2.5, 2],
  step: 100,
  times: [90, 100, 110],
  first: 500,
  tokens: 128,
  trained: 100,
  dispatches: 200,
  submits: 4,
  peakBytes: 2 ** 24,
  parameters: 1000,
  ...over,
});

describe('figures', () => {
  it('takes the median of odd and even counts', () => {
    expect(median([5, 1, 9])).toBe(5);
    expect(median([4, 1, 9, 2])).toBe(3);
    expect(() => median([])).toThrow(RangeError);
  });

  it('finds the exponent of a power law', () => {
    expect(powerLaw([1, 2, 4, 8].map((x) => [x, 3 * x ** 1.5]))).toBeCloseTo(1.5, 10);
    expect(() => powerLaw([[2, 1]])).toThrow(RangeError);
    expect(() =>
      powerLaw([
        [2, 1],
        [2, 3],
      ]),
    ).toThrow(RangeError);
  });

  it('judges losses by their distance from the median of all', () => {
    const near = TOLERANCE / 2;
    const judged = agreement([[3, 2], [3 + near, 2], [3, 2 - near], [3, 2 + 3 * TOLERANCE], []]);
    expect(judged.map(({ agrees }) => agrees)).toEqual([true, true, true, false, false]);
    expect(judged[3]?.apart).toBeGreaterThan(TOLERANCE);
  });

  it('lets no NaN and no missing step pass for agreement', () => {
    expect(
      agreement([
        [3, NaN],
        [3, 2],
        [3, 2],
      ]).map(({ agrees }) => agrees)[0],
    ).toBe(false);
  });

  it('believes neither of two that disagree', () => {
    expect(agreement([[3], [4]]).some(({ agrees }) => agrees)).toBe(false);
  });

  it('groups operations over layers', () => {
    const profile = groupTimes([
      { name: 'matmul layers.0.mlp.up_proj', milliseconds: 2, work: 4e6 },
      { name: 'matmul layers.11.mlp.up_proj', milliseconds: 2, work: 4e6 },
      { name: 'loss', milliseconds: 12, work: 12e6, count: 3 },
    ]);
    expect(profile).toEqual([
      { kind: 'loss', milliseconds: 12, count: 3, share: 0.75, gflops: 1 },
      { kind: 'matmul mlp.up_proj', milliseconds: 4, count: 2, share: 0.25, gflops: 2 },
    ]);
  });
});

describe('the report', () => {
  const entries = judge([
    {
      shape: 's',
      peer: 'losslight-cpu',
      row: row({ step: 40, products: 38, optimizer: 1, predictedBytes: 2 ** 24 }),
    },
    {
      shape: 's',
      peer: 'losslight-wgsl',
      row: row({ step: 70, beside: 50, products: 30, optimizer: 5, predictedBytes: 2 ** 23 }),
    },
    { shape: 's', peer: 'jax-wasm', row: row({ step: 90 }) },
    { shape: 's', peer: 'jax-wgsl', row: row({ losses: [3, 2.5, 2.1], step: 1000 }) },
    { shape: 's', peer: 'tfjs', error: 'no device' },
  ]);

  it('has a line for every row, and says which are invalid or failed', () => {
    const [head, ...lines] = tableOf(entries);
    expect(lines.map((line) => line.at(-1))).toEqual(['agrees', 'agrees', 'agrees', 'INVALID', 'failed']);
    for (const line of lines.slice(0, -1)) expect(line).toHaveLength(head?.length ?? 0);
    expect(lines[0]?.slice(0, 5)).toEqual(['s', 'losslight-cpu', '128 tokens', '40', '2500']);
    expect(lines[1]).toContain('1.67×');
    expect(lines[1]).toContain('10.0%');
    expect(tokensPerSecond(row({ step: 500, trained: 100 }))).toBe(200);
  });

  it('says loudly who disagrees and why a row failed', () => {
    expect(warningsOf(entries)).toEqual([
      expect.stringContaining('jax-wgsl DISAGREES on s: a loss is 1.0e-1 from the median'),
      'tfjs failed on s: no device',
    ]);
  });

  it('judges the aims, and says nothing by an invalid or failed row', () => {
    const aims = Object.fromEntries(aimsOf(entries).map(({ aim, figure, met }) => [aim, [figure, met]]));
    expect(aims).toEqual({
      'losslight-wgsl at least 2× jax-wgsl in trained tokens a second': ['not measured', undefined],
      'losslight-wgsl at least 10× tfjs in trained tokens a second': ['not measured', undefined],
      'losslight-cpu at least 2× jax-wasm in trained tokens a second': ['2.25×', true],
      'losslight-wgsl: a step within 1.3× of its products alone': ['1.67×', false],
      'losslight-wgsl: optimizer under 5% of the step': ['10.0%', false],
      'losslight-wgsl: predicted memory within 5% of what is used': ['50.0%', false],
      'losslight-cpu: a step within 1.3× of its products alone': ['1.05×', true],
      'losslight-cpu: optimizer under 5% of the step': ['2.5%', true],
      'losslight-cpu: predicted memory within 5% of what is used': ['100.0%', true],
    });
    expect(aimLines(aimsOf(entries)).filter((line) => line.startsWith('MISSED'))).toHaveLength(3);
  });

  it('shows growth as times and an exponent', () => {
    const points = [1, 2, 4].map((x) => ({ axis: 'tokens', x, peer: 'p', step: 5 * x }));
    const [, line] = growthTable([...points, { axis: 'tokens', x: 8, peer: 'p' }]);
    expect(line).toEqual(['tokens', 'p', '1: 5, 2: 10, 4: 20', 'tokens^1.00']);
  });
});

describe('shapes and options', () => {
  it('has the parameters that its names say', async () => {
    const count = (fields: Record<string, unknown>) =>
      [...shapesOf(sizesOf(fields)).values()].reduce(
        (sum, shape) => sum + shape.reduce((x, y) => x * y, 1),
        0,
      );
    const [pocket, small, large] = await loadShapes();
    expect(pocket?.weights).toBeDefined();
    expect(count(small?.config ?? {})).toBeCloseTo(4.2e6, -5);
    expect(count(large?.config ?? {})).toBeCloseTo(29.4e6, -5);
    expect(requestOf(small as NonNullable<typeof small>, true, false)).toMatchObject({
      rows: 4,
      length: 256,
    });
  });

  it('changes one size at a time', () => {
    for (const { axis, x, shape } of growthGrid(false)) {
      const { rows, length, config } = shape;
      expect(x).toBe({ tokens: rows * length, width: config['hidden_size'], length }[axis]);
    }
  });

  it('makes batches of whole documents with some weights of zero', () => {
    const batch = makeBatch(50, 2, 40);
    expect(Math.max(...batch.ids)).toBeLessThan(50);
    expect(batch.targets[38]).toBe(batch.ids[39]);
    expect([batch.weights[39], batch.targets[39]]).toEqual([0, 0]);
    expect(new Set(batch.weights).size).toBe(3);
    expect(batch.norm).toBeCloseTo(
      batch.weights.reduce((sum, weight) => sum + weight, 0),
      5,
    );
  });

  it('knows its competitors and refuses others by name', () => {
    expect(Object.keys(PEERS).sort()).toEqual([...NAMES].sort());
    expect(choose('peers', 'tfjs, jax-wasm', NAMES, (name) => name)).toEqual(['tfjs', 'jax-wasm']);
    expect(() => choose('peers', 'torch', NAMES, (name) => name)).toThrow(
      '--peers: there is no “torch”; use losslight',
    );
    expect(STEP_OPTIONS.peers.default).toBe(NAMES.join(','));
  });
});

describe.each([true, false])('jax-js and Losslight on one tiny model, tied: %s', (tied) => {
  let job: Job;
  const losses: Record<string, number[]> = {};

  beforeAll(async () => {
    const config = {
      ...llama({ vocabulary: 40, width: 32, between: 48, layers: 2, heads: 4 }),
      tie_word_embeddings: tied,
    };
    job = await makeJob({ name: 'tiny', config, rows: 2, length: 16 }, () =>
      Promise.reject(new Error('none')),
    );
    for (const [name, peer] of [
      ['jax', jaxPeer('wasm')],
      ['losslight', losslightPeer('cpu')],
    ] as const) {
      const running: Running = await peer.open(job);
      losses[name] = [await running.step(), await running.step(), await running.step()];
      running.dispose();
    }
  });

  it('gives the same losses over three steps', () => {
    const { jax = [], losslight = [] } = losses;
    expect(jax[0]).toBeCloseTo(Math.log(40), 0);
    expect(agreement([jax, losslight]).map(({ agrees }) => agrees)).toEqual([true, true]);
  });

  it('learns', () => {
    for (const [first = 0, , last = 0] of Object.values(losses)) expect(last).toBeLessThan(first - 0.01);
  });
});

describe('a row', () => {
  it('measures a competitor on a shape', async () => {
    const config = llama({ vocabulary: 40, width: 32, between: 48, layers: 1, heads: 4 });
    const shape = { name: 'tiny', config, rows: 1, length: 16 };
    const meter = startMeter();
    const request = { peer: 'losslight-cpu', shape, steps: 2, patience: 60, details: 'profile' } as const;
    const measured = await measureRow(request, meter, () => Promise.reject(new Error('none')));
    expect(measured.losses).toHaveLength(3);
    expect(measured.times).toHaveLength(2);
    expect(measured.step).toBe(median(measured.times));
    expect(measured).toMatchObject({ tokens: 16, trained: 7, dispatches: 0, submits: 0 });
    // Products of a step: forward, and twice that backward.
    const matrices = [...shapesOf(sizesOf(config)).values()].filter(({ length }) => length === 2);
    const weights = matrices.reduce((sum, [m = 0, n = 0]) => sum + m * n, 0);
    expect(measured.productWork).toBe(6 * 16 * weights);
    expect(measured.profile?.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(measured.peakBytes).toBeGreaterThan(measured.predictedBytes ?? Infinity);
  });

  it('refuses a competitor that it does not know', async () => {
    const request = {
      peer: 'torch',
      shape: { name: '', config: {}, rows: 1, length: 1 },
      steps: 1,
      patience: 1,
    };
    await expect(measureRow(request, startMeter(), () => Promise.reject(new Error('none')))).rejects.toThrow(
      'There is no “torch”: use losslight-cpu',
    );
  });
});
