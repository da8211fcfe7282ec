/**
 * @file What the top of the page and the tab say of the present state.
 */
import { describe, expect, test } from 'vitest';
import { pageSteps, pageTitle, type StepFacts } from '../../src/ui/page-steps';

type Train = StepFacts['train'];
type Given = Partial<Omit<Train, 'updates' | 'objective'>> & { losses?: number[]; reward?: number };

function trainOf({ losses = [], reward, ...rest }: Given = {}): Train {
  const updates = losses.map((loss, i) => ({
    update: i + 1,
    step: i + 1,
    loss,
    ...(reward !== undefined && { metrics: { reward } }),
  }));
  const objective = { onPolicy: reward !== undefined };
  return { status: 'idle', step: losses.length, steps: 0, ...rest, updates, objective } as unknown as Train;
}

const model = (weights: StepFacts['model']['weights'], extra: Partial<StepFacts['model']> = {}) => ({
  weights,
  weightsFit: true,
  weightsName: 'pocket',
  progress: {},
  ...extra,
});

const EMPTY: StepFacts = {
  model: model('idle'),
  conversations: 0,
  mask: undefined,
  train: trainOf(),
  rows: [],
};
const said = (facts: Partial<StepFacts>) =>
  pageSteps({ ...EMPTY, ...facts }).map(({ label, done, state }) => `${label} ${done ? '✓' : '·'} ${state}`);

describe('steps', () => {
  test('of an empty page', () => {
    expect(said({})).toEqual([
      'Model · not loaded',
      'Data · none yet',
      'Mask · nothing shown',
      'Train · not trained',
      'Compare · no change yet',
    ]);
  });

  test('of a run on preferences, both of a pair', () => {
    const rows = (['chosen', 'rejected'] as const).map((part, i) => ({
      ...{ part, kind: 'all' as const, tokens: 4, base: -2, tuned: i ? -3 : -1.5 },
    }));
    expect(said({ rows }).at(-1)).toBe('Compare ✓ chosen +0.50, rejected −1.00');
  });

  test('of a page that has trained', () => {
    const rows = [
      { kind: 'answer' as const, tokens: 2, base: -3, tuned: -1 },
      { kind: 'all' as const, tokens: 4, base: -2.5, tuned: -1.25 },
    ];
    const train = trainOf({ status: 'finished', losses: [3, 2, 1], steps: 3 });
    expect(
      said({
        model: model('ready'),
        conversations: 1234,
        mask: { trained: 12, trainedAway: 0, total: 1023 },
        train,
        rows,
      }),
    ).toEqual([
      'Model ✓ pocket',
      'Data ✓ 1,234 conversations',
      'Mask ✓ 12 of 1,023 trained',
      'Train ✓ 3 steps trained',
      'Compare ✓ +1.25 a token',
    ]);
  });

  test('on policy no recorded token is trained: the mask is for what the model will write', () => {
    const train = trainOf({ reward: 1 });
    const mask = { trained: 12, trainedAway: 0, total: 40 };
    expect(said({ mask, train })[2]).toBe('Mask ✓ for new answers');
    expect(said({ mask: { trained: 0, trainedAway: 0, total: 40 }, train })[2]).toBe(
      'Mask ✓ for new answers',
    );
    expect(said({ mask: { ...mask, leftOut: true }, train })[2]).toBe('Mask ✓ left out');
    expect(said({ mask })[2]).toBe('Mask ✓ 12 of 40 trained');
  });

  test('after a run on policy, what it was rewarded for comes before what recorded text became', () => {
    const rows = [{ kind: 'all' as const, tokens: 4, base: -2.5, tuned: -2.51 }];
    const gained = { window: 5, steps: 40, reward: { before: 1.204, after: 1.41 } };
    expect(said({ rows, gained }).at(-1)).toBe('Compare ✓ reward 1.20 → 1.41');
  });

  test.each([
    ['same', 'one model twice'],
    ['measuring', 'measuring'],
    ['nothing', 'not measured here'],
    ['yet', 'not measured yet'],
  ] as const)('of other weights, of which no row says what changed (%s)', (untold, state) => {
    // Measured under the original weights alone.
    const rows = [{ kind: 'all' as const, tokens: 4, base: -2.5 }];
    expect(said({ rows, untold }).at(-1)).toBe(`Compare · ${state}`);
    const measured = rows.map((row) => ({ ...row, tuned: -1.25 }));
    expect(said({ rows: measured, untold }).at(-1)).toBe(
      untold === 'same' ? `Compare · ${state}` : 'Compare ✓ +1.25 a token',
    );
  });

  test('a mask that trains nothing is not ready, and weights that do not fit are for masks only', () => {
    const [first, , mask] = said({
      model: model('ready', { weightsFit: false }),
      mask: { trained: 0, trainedAway: 0, total: 9 },
    });
    expect([first, mask]).toEqual(['Model ✓ masks only', 'Mask · 0 of 9 trained']);
  });

  test('a conversation that a run would leave out has no trained tokens to count', () => {
    expect(said({ mask: { trained: 3, trainedAway: 0, total: 9, leftOut: true } })[2]).toBe(
      'Mask ✓ left out',
    );
    expect(said({ mask: { trained: 3, trainedAway: 0, total: 9, leftOut: false } })[2]).toBe(
      'Mask ✓ 3 of 9 trained',
    );
  });

  test.each([
    [{}, 'loading'],
    [{ download: { done: 43, total: 100 } }, 'loading, 43%'],
    // What follows has no share that is known.
    [{ download: { done: 100, total: 100 } }, 'loading'],
    [{ read: { done: 1, total: 3 } }, 'loading, 33%'],
  ])('loading with %j', (progress, state) => {
    const [step] = pageSteps({
      ...EMPTY,
      model: model('loading', { progress: progress as StepFacts['model']['progress'] }),
    });
    expect(step?.state).toBe(state);
  });

  test.each([
    ['preparing', 'preparing'],
    ['running', 'step 2 of 30'],
    ['paused', 'paused at 2 of 30'],
    ['failed', 'stopped by an error'],
    ['stopped', '2 steps trained'],
  ] as const)('a run that is %s', (status, state) => {
    const step = pageSteps({ ...EMPTY, train: trainOf({ status, losses: [2, 1], steps: 30 }) })[3];
    expect(step?.state).toBe(state);
  });
});

describe('the tab’s title', () => {
  test.each([
    [{}, 'Losslight'],
    [{ status: 'preparing' }, 'Preparing · Losslight'],
    [{ status: 'running', steps: 200 }, '0/200 · Losslight'],
    [{ status: 'running', steps: 200, losses: [2.5, 1.234] }, '2/200 · loss 1.23 · Losslight'],
    [{ status: 'running', steps: 9, losses: [2.5], reward: 0.5 }, '1/9 · reward 0.50 · Losslight'],
    [{ status: 'paused', steps: 200, losses: [2.5] }, 'Paused 1/200 · loss 2.50 · Losslight'],
    [{ status: 'finished', steps: 1, losses: [NaN] }, 'Done 1/1 · loss not a number · Losslight'],
    [{ status: 'failed', steps: 3 }, 'Failed 0/3 · Losslight'],
  ] as [Given, string][])('%j', (given, title) => {
    expect(pageTitle(trainOf(given))).toBe(title);
  });
});
