/**
 * @file Weights that were tuned before a lesson: put aside with the conversations, and back when it closes, or said to be gone.
 */
import { page } from 'vitest/browser';
import { beforeEach, expect, test } from 'vitest';
import type { Session } from '../../src/state/session.svelte';
import type { FakeEngine } from './fakes';
import { CHAT, conversationsOf, importText, openPage } from './setup';

beforeEach(() => page.viewport(1440, 900));

async function train(engine: FakeEngine, session: Session, steps: number): Promise<void> {
  session.train.drafts = { ...session.train.drafts, steps: String(steps), epochs: '0' };
  await session.startTraining();
  for (let i = 0; i < steps; i++) engine.advance();
  await expect.poll(() => session.train.status).toBe('finished');
  await session.train.runs.settled();
}

/** A page with two conversations of the person's own, and weights after three steps on them. */
async function tuned() {
  const opened = await openPage();
  const { session, engine } = opened;
  await importText(session, CHAT, 'mine.json');
  await train(engine, session, 3);
  const { head } = session.train.runs;
  expect(head).toEqual({ run: 1, step: 3 });
  return opened;
}

/** Steps that the engine's weights have learnt. */
async function learnt(engine: FakeEngine): Promise<number | undefined> {
  const { values } = await engine.snapshot();
  return values.get('learnt')?.[0];
}

function small(id: string, start: object = {}): string {
  return JSON.stringify({
    losslightLesson: 1,
    ...{ id, title: `Lesson ${id}`, minutes: 1, summary: 'For a test.', shows: ['train'] },
    start: { conversations: JSON.parse(CHAT) as object[], settings: { batchSize: 1 }, ...start },
    steps: [{ title: 'Train', text: 'Now.', target: 'train.start' }],
  });
}

/** The weights and the conversations of before the lesson are there. */
async function ownAgain(session: Session, engine: FakeEngine): Promise<void> {
  expect(session.train.runs.head).toEqual({ run: 1, step: 3 });
  expect(session.train.updates.length).toBe(3);
  expect(await learnt(engine)).toBe(3);
  expect(conversationsOf(session).map(({ source }) => source.file)).toEqual(['mine.json', 'mine.json']);
}

test('closing a lesson brings tuned weights and conversations back; what the lesson trained stays among the runs', async () => {
  const { screen, session, engine } = await tuned();
  expect(session.unsaved.weights).toBe(true);
  await session.openLesson('end-of-turn');
  expect(engine.calls).toContain('reset');
  expect([session.train.runs.head, await learnt(engine)]).toEqual([undefined, 0]);
  await expect
    .element(
      screen.getByText(
        'Your 2 conversations and the tuned weights are kept and come back when the lesson closes.',
      ),
    )
    .toBeVisible();
  // A reload would lose them still.
  expect(session.unsaved.weights).toBe(true);
  await train(engine, session, 2);
  expect(session.train.runs.head).toEqual({ run: 2, step: 2 });
  engine.calls.length = 0;
  await screen.getByRole('button', { name: 'Close the lesson' }).click();
  await expect.poll(() => session.train.runs.head).toEqual({ run: 1, step: 3 });
  await expect.poll(() => session.lessons.switching).toBe(false);
  // Not by the original ones, which nobody asked for.
  expect(engine.calls.filter((call) => call === 'restore' || call === 'reset')).toEqual(['restore']);
  await ownAgain(session, engine);
  expect(session.train.runs.list.map(({ id, snapshots }) => [id, snapshots.map(({ step }) => step)])).toEqual(
    [
      [1, [3]],
      [2, [2]],
    ],
  );
  expect(session.data.error).toBeUndefined();
  await expect.element(screen.getByText('Your tuned weights did not come back')).not.toBeInTheDocument();
});

test('over another lesson, and one that trains another part of the model, they are those of before the first', async () => {
  const { session, engine } = await tuned();
  await importText(session, small('first'), 'first.json');
  await train(engine, session, 2);
  await importText(session, small('second', { adaptation: { kind: 'lora', rank: 4 } }), 'second.json');
  await expect.poll(() => session.lessons.current?.id).toBe('second');
  await train(engine, session, 1);
  expect(session.model.info?.trained.adaptation.kind).toBe('lora');
  await session.closeLesson();
  expect(session.model.info?.trained.adaptation.kind).toBe('full');
  await ownAgain(session, engine);
  expect(session.train.runs.list.map(({ id }) => id)).toEqual([1, 2, 3]);
});

test('own conversations that end a lesson come to the own weights', async () => {
  const { session, engine } = await tuned();
  await importText(session, small('first'), 'first.json');
  await train(engine, session, 2);
  await importText(session, CHAT, 'more.json');
  await expect.poll(() => session.lessons.current).toBeUndefined();
  expect(session.train.runs.head).toEqual({ run: 1, step: 3 });
  expect(await learnt(engine)).toBe(3);
});

test('weights that are not kept any more are said to be gone, and the promise with them', async () => {
  const { screen, session, engine } = await tuned();
  await importText(session, small('first'), 'first.json');
  await expect
    .element(screen.getByText(/^Your 2 conversations and the tuned weights are kept/))
    .toBeVisible();
  await train(engine, session, 2);
  session.train.runs.delete(1);
  await expect.element(screen.getByText(/^Your 2 conversations are kept/)).toBeVisible();
  await session.closeLesson();
  expect([session.train.runs.head, await learnt(engine)]).toEqual([undefined, 0]);
  await expect
    .element(screen.getByText('Your tuned weights did not come back after the lesson'))
    .toBeVisible();
  await expect.element(screen.getByText(/They are not kept any more/)).toBeVisible();
});

test('where the engine cannot put them back, the page says why, and the original ones are there', async () => {
  const { screen, session, engine } = await tuned();
  await importText(session, small('first'), 'first.json');
  await train(engine, session, 2);
  engine.restore = () => Promise.reject(new Error('No memory is left.'));
  await session.closeLesson();
  expect([session.train.runs.head, await learnt(engine)]).toEqual([undefined, 0]);
  const data = screen.getByRole('region', { name: 'Data', exact: true });
  await expect.element(data.getByText('Your tuned weights did not come back after the lesson')).toBeVisible();
  await expect.element(data.getByText(/No memory is left/)).toBeVisible();
});

test('over original weights a lesson leaves original ones, without a word', async () => {
  const { screen, session, engine } = await openPage();
  await importText(session, CHAT, 'mine.json');
  await importText(session, small('first'), 'first.json');
  await expect.element(screen.getByText(/^Your 2 conversations are kept/)).toBeVisible();
  expect(session.unsaved.weights).toBe(false);
  await train(engine, session, 2);
  expect(session.unsaved.weights).toBe(false);
  await session.closeLesson();
  expect([session.train.runs.head, await learnt(engine)]).toEqual([undefined, 0]);
  expect(session.data.error).toBeUndefined();
});
