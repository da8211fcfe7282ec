/**
 * @file Compare measures a run as far as the compared weights have come in it, which is not as far as the run has reports.
 */
import { expect, test } from 'vitest';
import type { EngineEvent } from '../../src/worker/protocol';
import { importText, openPage } from './setup';

const turn = (role: string, content: string) => ({ role, content });
const DATA = Array.from({ length: 24 }, (_, i) =>
  JSON.stringify({ messages: [turn('user', `Number ${i}?`), turn('assistant', `It is ${i}.`)] }),
).join('\n');

test('weights that were put back at the end of a run, and those that are restored, stand at their own step', async () => {
  const { session, engine } = await openPage({ step: 'compare' });
  await importText(session, DATA);
  let step: Extract<EngineEvent, { type: 'step' }> | undefined;
  engine.listen((event) => {
    if (event.type === 'step') step ??= event;
  });
  await session.startTraining();
  engine.advance();
  const first = step ?? expect.fail('There is no step.');
  const { run } = first;
  // Steps of which each trains another sequence.
  for (const number of [2, 3, 4])
    engine.emit({ ...first, report: { ...first.report, step: number, firstTrained: [18 + number] } });
  await expect.poll(() => session.measuredBy?.step).toBe(4);
  engine.emit({
    type: 'run',
    run,
    state: 'finished',
    ending: { early: true, restored: { step: 2, heldOutLoss: 1 } },
  });
  await expect.poll(() => session.train.status).toBe('finished');
  const [kept] = session.train.runs.list;
  expect(kept?.reports).toHaveLength(4);
  expect(session.measuredBy).toMatchObject({ run: { id: kept?.id }, step: 2 });
  const byStep2 = new Set([...(first.report.firstTrained ?? []), 20]);
  expect(byStep2.size).toBeLessThan(20);
  expect(session.measuredBy?.making.reach?.trained).toEqual(byStep2);

  // Another run comes and goes: the weights of that step again.
  await expect.poll(() => kept && session.train.runs.list[0]?.snapshots.map(({ step }) => step)).toEqual([2]);
  await session.startTraining();
  for (let i = 0; i < 3; i++) engine.advance();
  await expect.poll(() => session.measuredBy?.step).toBe(3);
  await session.train.stop();
  await expect.poll(() => session.train.status).toBe('stopped');
  const [again] = session.train.runs.list;
  const snapshot = again?.snapshots[0];
  if (!again || !snapshot) throw new Error('No weights are kept.');
  await session.restore(again, snapshot);
  expect(session.measuredBy).toMatchObject({ run: { id: again.id }, step: 2 });
  expect(session.measuredBy?.making.reach?.trained).toEqual(byStep2);
});
