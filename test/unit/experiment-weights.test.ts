/**
 * @file An experiment whose logs are there and whose weights are not, as in a repository: what is finished is not trained again,
 * and an arm that others begin with is made again only where one of them needs it, to the same weights or not at all.
 */
import { beforeAll, expect, test } from 'vitest';
import { readLog } from '../../src/experiment/log';
import { FILES } from '../../src/train/experiment-host';
import { runExperiment } from '../../src/train/experiment-run';
import { EXPERIMENT, hostOf, MemoryStore, outcome } from './experiment-support';

const ORIGIN = 'SFT';
const LATER = 'SFT, then GRPO';
const whole = new MemoryStore();
/** Every line of a log, its seconds taken out. */
const linesOf = (store: MemoryStore, arm: string) => store.text(FILES.log(arm, 1)).split('\n').slice(0, -1);

beforeAll(() => runExperiment(EXPERIMENT, hostOf(whole).host));

/** What a repository has of it: no weights; with `left`, the log of that arm only so far. */
function committed(left?: { arm: string; lines: number }): MemoryStore {
  const store = new MemoryStore();
  for (const [name, bytes] of whole.files)
    if (!/^(?:weights|checkpoints)\//.test(name)) store.files.set(name, bytes);
  if (left) {
    const kept = linesOf(whole, left.arm).slice(0, left.lines);
    const text = kept.map((line) => `${line}\n`).join('');
    store.files.set(FILES.log(left.arm, 1), new TextEncoder().encode(text));
  }
  return store;
}

/** Runs it there, and what was said. */
async function goOn(store: MemoryStore, computes = 'a test') {
  const said: string[] = [];
  const { host, engine } = hostOf(store, { computes, say: (line) => said.push(line) });
  const failure = await runExperiment(EXPERIMENT, host).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { engine, said: said.join('\n'), failure };
}

/** Changes a field of one of an arm's lines. */
function tamper(
  store: MemoryStore,
  arm: string,
  type: string,
  change: (line: Record<string, unknown>) => void,
) {
  const lines = linesOf(store, arm).map((line) => JSON.parse(line) as Record<string, unknown>);
  const found = lines.findLast((line) => line['type'] === type);
  if (found) change(found);
  store.files.set(
    FILES.log(arm, 1),
    new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
  );
}

test('a whole experiment without its weights is finished: no step is made', async () => {
  const store = committed();
  const { engine, failure } = await goOn(store);
  expect(failure).toBeUndefined();
  expect(engine.steps).toBe(0);
  expect(outcome(store)).toEqual(outcome(committed()));
});

test.each([
  ['missing', 0],
  ['cut off', 3],
])('an arm whose log is %s begins with the weights of the arm before it, made again', async (_, lines) => {
  const store = committed({ arm: LATER, lines });
  const before = store.text(FILES.log(ORIGIN, 1));
  const { engine, said, failure } = await goOn(store);
  expect(failure).toBeUndefined();
  // Three steps of the arm before, and its own two, of which one has nothing to learn.
  expect(engine.steps).toBe(4);
  expect(store.text(FILES.log(ORIGIN, 1))).toBe(before);
  expect(said).toContain(
    'SFT, seed 1: its weights are not there; it is made again, and compared with its log',
  );
  const digest = readLog(before)?.end?.weights;
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(said).toContain(
    `SFT, seed 1: its weights are there again: digest ${digest?.slice(0, 12)} as in the log`,
  );
  const places = [FILES.log(LATER, 1), FILES.weights(ORIGIN, 1)];
  for (const place of places) expect(outcome(store)[place]).toBe(outcome(whole)[place]);
});

test('weights that are not those of the log are not used', async () => {
  const store = committed({ arm: LATER, lines: 0 });
  const place = FILES.weights(ORIGIN, 1);
  store.files.set(
    place,
    (whole.files.get(FILES.weights(ORIGIN, 1)) ?? new Uint8Array()).map((byte) => byte ^ 1),
  );
  const { said, failure } = await goOn(store);
  expect(failure).toBeUndefined();
  expect(said).toContain('SFT, seed 1: its weights are not those of its log');
  expect(outcome(store)[place]).toBe(outcome(whole)[place]);
  expect(outcome(store)[FILES.log(LATER, 1)]).toBe(outcome(whole)[FILES.log(LATER, 1)]);
});

test('a log without a digest is compared step by step', async () => {
  const store = committed({ arm: LATER, lines: 0 });
  tamper(store, ORIGIN, 'end', (line) => delete line['weights']);
  const { said, failure } = await goOn(store);
  expect(failure).toBeUndefined();
  expect(said).toContain('SFT, seed 1: its weights are there again: every step is that of the log');
  expect(outcome(store)[FILES.log(LATER, 1)]).toBe(outcome(whole)[FILES.log(LATER, 1)]);
});

test.each([
  [
    'step',
    (line: Record<string, unknown>): unknown => (line['loss'] = 0.3),
    /at step 3 its loss is 0\.333\d* and was 0\.3\./,
  ],
  ['end', (line: Record<string, unknown>): unknown => (line['weights'] = 'ab'), /its weights differ\./],
] as const)(
  'another %s than the log’s ends it with what to do, and changes nothing',
  async (type, change, what) => {
    const store = committed({ arm: LATER, lines: 3 });
    tamper(store, ORIGIN, type, change);
    const before = outcome(store);
    const { failure } = await goOn(store, 'another machine');
    expect(failure).toMatchObject({
      code: 'other-weights',
      message: expect.stringMatching(what) as string,
      remedy: expect.stringContaining('runs/sft/seed-1.jsonl') as string,
    });
    expect((failure as Error).message).toContain('Logged: a test. Now: another machine.');
    expect(outcome(store)).toEqual(before);
  },
);

test('a run that its clock ended ends at the same step again', async () => {
  const store = committed({ arm: LATER, lines: 0 });
  const arms = EXPERIMENT.arms.map((arm) =>
    arm.name === ORIGIN && arm.training
      ? { ...arm, training: { ...arm.training, budget: { steps: 3, seconds: 1e-9 } } }
      : arm,
  );
  const hasty = { ...EXPERIMENT, arms, seeds: [1] };
  store.files.clear();
  await runExperiment(hasty, hostOf(store).host);
  const end = readLog(store.text(FILES.log(ORIGIN, 1)))?.end;
  expect(end).toMatchObject({ step: 1, by: 'seconds' });
  const expected = outcome(store);
  store.files.delete(FILES.weights(ORIGIN, 1));
  store.files.delete(FILES.log(LATER, 1));
  await runExperiment(hasty, hostOf(store).host);
  expect(outcome(store)).toEqual(expected);
});
