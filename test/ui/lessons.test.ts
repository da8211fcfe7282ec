/**
 * @file Lessons on the page: opened by address, by file and by link; gone through; reacting to what happened; hiding what they do
 * not need; and what is wrong with one.
 */
import axe from 'axe-core';
import { page } from 'vitest/browser';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { encodeFragment } from '../../src/state/fragment-codec';
import {
  lessonLinkOf,
  withLesson,
  type LessonAddress,
  type LessonLink,
} from '../../src/state/lesson-address';
import { elementOf } from '../../src/ui/lesson-stage';
import { PART_NAMES } from '../../src/state/lesson-parts';
import type { Session } from '../../src/state/session.svelte';
import { CHAT, conversationsOf, importText, openPage, type Options } from './setup';

const LESSON = {
  losslightLesson: 1,
  id: 'small',
  title: 'A small lesson',
  minutes: 1,
  summary: 'For a test.',
  shows: ['mask', 'train'],
  start: {
    conversations: JSON.parse(CHAT) as object[],
    policy: { end: { train: false, weight: 1 } },
    settings: { steps: 4, batchSize: 1 },
  },
  steps: [
    {
      id: 'first',
      title: 'Look',
      text: 'Of {tokens.end} ends {trained.end} are **trained**. <b>No</b> [more](?lesson=weights).',
      target: 'mask.policy',
      reacts: [{ when: { figure: 'trained.end', equals: 0 }, met: 'None is.', unmet: '{trained.end} are.' }],
    },
    {
      id: 'run',
      title: 'Train',
      text: 'Now.',
      target: 'train.start',
      actions: [{ do: 'train', steps: 2 }],
      reacts: [
        {
          after: { figure: 'steps.here', atLeast: 2 },
          when: { figure: 'loss.last', below: 'loss.first' },
          met: 'From {loss.first} to {loss.last}.',
          unmet: 'Not from {loss.first} to {loss.last}.',
        },
      ],
    },
    {
      title: 'Mend',
      text: 'It was {run:loss.last}, in {run:steps} steps.',
      sets: { policy: {}, weights: 'original', strategy: 'fork' },
      actions: [
        { do: 'set', label: 'Thinking at half', sets: { policy: { think: { train: true, weight: 0.5 } } } },
      ],
    },
  ],
};

/** An address that is written down in place of the tab's own. */
function fakeAddress(link: LessonLink | undefined): LessonAddress & { written: (LessonLink | undefined)[] } {
  const written: (LessonLink | undefined)[] = [];
  return { written, read: () => link, write: (next) => void written.push(next), watch: () => {} };
}

async function openLesson(change: object = {}, options: Options = {}) {
  const opened = await openPage(options);
  await importText(opened.session, JSON.stringify({ ...LESSON, ...change }), 'small.json');
  const card = opened.screen.getByRole('region', { name: 'A small lesson' });
  // It is drawn by a part of the page that is loaded with the first lesson.
  await expect.element(card).toBeVisible();
  const button = (name: string | RegExp) => card.getByRole('button', { name });
  /** What the step says of what happened. */
  const happened = card.getByRole('list', { name: 'What happened' });
  return { ...opened, card, button, happened };
}

beforeEach(() => page.viewport(1440, 900));

describe('opened', () => {
  test('by the address: the page begins in it, and closing it takes it out of the address', async () => {
    const address = fakeAddress({ kind: 'shipped', id: 'end-of-turn' });
    const { screen, session } = await openPage({ lessons: { address } });
    await expect.element(screen.getByRole('heading', { name: 'The token that says stop' })).toBeVisible();
    expect(session.mask.policy.end.train).toBe(false);
    await screen.getByRole('button', { name: 'Close the lesson' }).click();
    await expect.poll(() => session.lessons.current).toBeUndefined();
    await expect.poll(() => address.written).toEqual([{ kind: 'shipped', id: 'end-of-turn' }, undefined]);
  });

  test('its place is kept from the first moment, and given back where it cannot be had', async () => {
    const main = () => document.querySelector('main.with-lesson');
    const data = page.getByRole('region', { name: 'Data', exact: true });
    // Lessons come when they are let: what is shown meanwhile stays long enough to be seen.
    const real = window.fetch;
    let release = () => {};
    let gate = new Promise<void>((resolve) => (release = resolve));
    const held = vi.spyOn(window, 'fetch').mockImplementation(async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      if (/lessons\/(?:end-of-turn|there-is-none)/.test(url)) await gate;
      return real(input, init);
    });
    onTestFinished(() => held.mockRestore());
    const good = await openPage({
      lessons: { address: fakeAddress({ kind: 'shipped', id: 'end-of-turn' }) },
      wait: false,
    });
    expect(main()).not.toBeNull();
    await expect.element(page.getByText('The lesson is loading…')).toBeVisible();
    release();
    await expect
      .element(good.screen.getByRole('heading', { name: 'The token that says stop' }))
      .toBeVisible();
    await expect.element(page.getByText('The lesson is loading…')).not.toBeInTheDocument();
    await good.screen.unmount();

    gate = new Promise<void>((resolve) => (release = resolve));
    const missing = fakeAddress({ kind: 'file', url: 'lessons/there-is-none.json' });
    await openPage({ lessons: { address: missing }, wait: false });
    expect(main()).not.toBeNull();
    await expect.element(data).not.toBeInTheDocument();
    release();
    await expect.element(data).toBeVisible();
    await expect.poll(main).toBeNull();
  });

  test('on a network that never answers, the page does not wait for it for ever', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const real = window.fetch;
    const silent = vi.spyOn(window, 'fetch').mockImplementation((input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      return url.includes('lessons/end-of-turn') ? new Promise(() => {}) : real(input, init);
    });
    try {
      const address = fakeAddress({ kind: 'shipped', id: 'end-of-turn' });
      const { session } = await openPage({ lessons: { address }, wait: false });
      await expect
        .poll(() => silent.mock.calls.some(([input]) => String(input).includes('end-of-turn')))
        .toBe(true);
      expect(session.lessons.coming).toBe(true);
      vi.advanceTimersByTime(8000);
      await expect.element(page.getByRole('region', { name: 'Data', exact: true })).toBeVisible();
      expect(session.lessons.coming).toBe(false);
    } finally {
      silent.mockRestore();
      vi.useRealTimers();
    }
  });

  test('by a link that holds it', async () => {
    const text = await encodeFragment(LESSON as never);
    const { screen, session } = await openPage({
      lessons: { address: fakeAddress({ kind: 'fragment', text }) },
    });
    await expect.element(screen.getByRole('heading', { name: 'A small lesson' })).toBeVisible();
    expect(session.lessons.current?.origin.kind).toBe('link');
  });

  test('by a link to a file on this server; other servers are not asked without https', async () => {
    const { screen, session } = await openPage();
    await session.lessons.follow({ kind: 'file', url: 'lessons/weights.json' });
    await expect.element(screen.getByRole('heading', { name: 'A mask is a weight' })).toBeVisible();
    await session.lessons.follow({ kind: 'file', url: 'http://elsewhere.example/x.json' });
    expect(session.data.error?.message).toContain('elsewhere.example');
    expect(session.lessons.current?.id).toBe('weights');
  });

  test('by a file: own conversations are kept, and come back with the mask', async () => {
    const { session } = await openPage();
    await importText(session, CHAT, 'mine.json');
    session.mask.setRule('think', { train: true, weight: 0.7 });
    await importText(session, JSON.stringify(LESSON), 'small.json');
    expect(session.lessons.current?.id).toBe('small');
    expect(session.mask.policy.think.weight).toBe(1);
    await session.closeLesson();
    expect(session.mask.policy.think.weight).toBe(0.7);
    expect(conversationsOf(session).map(({ source }) => source.file)).toEqual(['mine.json', 'mine.json']);
  });

  test.each<[string, object | string, RegExp]>([
    [
      'a step that points nowhere',
      { steps: [{ title: 'x', text: 'y', target: 'moon' }] },
      /step 1, “steps\[0\]\.target”/,
    ],
    ['a part that it hides', { shows: ['train'] }, /which the lesson hides/],
    ['broken JSON', '{"losslightLesson": 1, oops', /small\.json is not valid JSON: .+ \(line 1\)/],
    [
      'two mistakes',
      { minutes: 'ten', steps: [{ title: 'x', text: 'y', target: 5 }] },
      /2 mistakes:.*“minutes” must be a number above 0.*step 1, “steps\[0\]\.target”, is 5/i,
    ],
  ])('a file with %s is refused by name, and nothing is lost', async (_, change, said) => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    const text = typeof change === 'string' ? change : JSON.stringify({ ...LESSON, ...change });
    await importText(session, text, 'small.json');
    await expect.element(screen.getByRole('alert')).toHaveTextContent(said);
    expect(session.lessons.current).toBeUndefined();
    expect(session.data.list.length).toBe(2);
  });
});

describe('with a conversation that cannot be read', () => {
  const [good = {}] = LESSON.start.conversations;
  const bad = { messages: [{ role: 'user' }, { role: 'assistant', content: 'Yes.' }] };
  const written = (lesson: object) => JSON.stringify(lesson, null, 1);
  /** The line on which its first message begins. */
  const lineOf = (text: string) => text.slice(0, text.search(/\{\s*"role": "user"\s*\}/)).split('\n').length;

  test('it does not open, and its own file, line and field are named; what was there stays', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT, 'mine.json');
    const text = written({ ...LESSON, start: { ...LESSON.start, conversations: [good, bad, good] } });
    await importText(session, text, 'teacher.json');
    const alert = screen.getByRole('alert').filter({ hasText: 'The lesson could not be opened' });
    await expect.element(alert).toHaveTextContent('teacher.json: “start.conversations[1].messages[0]');
    await expect.element(alert).toHaveTextContent(`(line ${lineOf(text)})`);
    await expect.element(alert).toHaveTextContent('Then open teacher.json again.');
    expect(session.lessons.current).toBeUndefined();
    expect(session.data.problems.length).toBe(0);
    expect(session.data.summary).toBeUndefined();
    expect(conversationsOf(session).map(({ source }) => source.file)).toEqual(['mine.json', 'mine.json']);
  });

  test('all of them are told; of a conversation as text, its line there', async () => {
    const { screen, session } = await openPage();
    const text = written({ ...LESSON, start: { ...LESSON.start, conversations: [bad, good, bad] } });
    await importText(session, text, 'teacher.json');
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent(/teacher\.json has 2 mistakes:.+conversations\[0\].+conversations\[2\]/);
    const asText = written({
      ...LESSON,
      start: { ...LESSON.start, conversations: '{"messages": []}\n{"messages": 3}' },
    });
    await importText(session, asText, 'teacher.json');
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent('cannot be read: in line 2 of its text');
    expect(session.lessons.current).toBeUndefined();
  });

  test('in a later step the card says so, and the step before stays set up', async () => {
    const [first, second, third] = LESSON.steps;
    const { session, card, button } = await openLesson({
      steps: [first, { ...second, sets: { conversations: [good, bad] } }, third],
    });
    await button('Next').click();
    const alert = card.getByRole('alert').filter({ hasText: 'The page could not be set up for this step' });
    await expect.element(alert).toHaveTextContent('step 2, “steps[1].sets.conversations[1].messages[0]');
    expect(session.data.list.length).toBe(2);
    await button('Back').click();
    await expect.element(alert).not.toBeInTheDocument();
  });
});

describe('gone through', () => {
  test('text and figures follow the page; markup is text', async () => {
    const { session, card, happened } = await openLesson();
    await expect
      .poll(() => card.element().textContent)
      .toMatch(/Of \d ends 0 are trained\. <b>No<\/b> more\./);
    await expect.element(happened.getByText('None is.')).toBeVisible();
    session.mask.setRule('end', { train: true, weight: 1 });
    await expect.element(happened.getByText(/^\d are\.$/)).toBeVisible();
    expect(card.element().querySelector('b')).toBeNull();
  });

  test('a button trains, the step says what came of it, and keeps that for later steps', async () => {
    const { session, engine, card, button, happened } = await openLesson();
    await button('Next').click();
    await expect.element(card.getByRole('heading', { name: /Train/ })).toHaveFocus();
    await expect.element(happened.getByText('Not measured yet.')).toBeVisible();
    await button('Train 2 steps').click();
    await expect.poll(() => session.train.status).toBe('running');
    await expect.element(card.getByText('A run is in progress; wait or stop it first.')).toBeVisible();
    for (let i = 0; i < 2; i++) engine.advance();
    await expect.element(happened.getByText(/^From \d\.\d\d to \d\.\d\d\.$/)).toBeVisible();
    const said = happened.getByText(/^From/).element().textContent;
    await button('Next').click();
    await expect.element(card.getByText(/^It was \d\.\d\d, in 2 steps\.$/)).toBeVisible();
    // The step stands there before the page is set up for it.
    await expect.poll(() => session.mask.policy.end.train).toBe(true);
    await expect.poll(() => session.train.division.strategy).toBe('fork');
    await expect.poll(() => session.train.updates.length).toBe(0);
    // Back: what was measured then, not what the page has now.
    await button('Back').click();
    await expect.element(happened.getByText(said ?? '')).toBeVisible();
    await expect.element(card.getByText('The page is set up for another step.')).toBeVisible();
    await button('Set it up for this one').click();
    await expect.poll(() => session.mask.policy.end.train).toBe(false);
    await expect.element(happened.getByText('Not measured yet.')).toBeVisible();
  });

  test('a step that was left during its run is kept as it ended, and goes on where one comes back to it', async () => {
    const last = LESSON.steps.slice(2).map(({ sets: _, ...step }) => step);
    const { session, engine, card, button, happened } = await openLesson({
      steps: [...LESSON.steps.slice(0, 2), ...last],
    });
    await button('Next').click();
    await button('Train 2 steps').click();
    await expect.poll(() => session.train.status).toBe('running');
    engine.advance();
    await expect.poll(() => session.train.runs.list.at(-1)?.reports.length).toBe(1);
    await button('Next').click();
    await expect.element(card.getByText(/^It was \d\.\d\d, in 1 steps\.$/)).toBeVisible();
    // Back in it the run is the step's own, from its first step on.
    await button('Back').click();
    await button('Next').click();
    engine.advance();
    await expect.poll(() => session.train.active).toBe(false);
    await expect.element(card.getByText(/^It was \d\.\d\d, in 2 steps\.$/)).toBeVisible();
    await button('Back').click();
    await expect.element(happened.getByText(/^From \d\.\d\d to \d\.\d\d\.$/)).toBeVisible();
    await expect.element(happened.getByText('Not measured yet.')).not.toBeInTheDocument();
  });

  test('a glance back at a finished step during a run leaves what was kept of it', async () => {
    const [first, run, mend] = LESSON.steps;
    const { session, engine, card, button, happened } = await openLesson({
      steps: [first, run, { title: mend?.title, text: mend?.text }],
    });
    const made = (steps: number) =>
      expect.poll(() => session.train.runs.list.at(-1)?.reports.length).toBe(steps);
    await button('Next').click();
    await button('Train 2 steps').click();
    await expect.poll(() => session.train.status).toBe('running');
    for (let i = 0; i < 2; i++) engine.advance();
    await expect.poll(() => session.train.active).toBe(false);
    await button('Next').click();
    const cited = card.getByText(/^It was \d\.\d\d, in 2 steps\.$/);
    await expect.element(cited).toBeVisible();
    const kept = cited.element().textContent ?? '';
    session.train.drafts = { ...session.train.drafts, steps: '3' };
    const starting = session.startTraining();
    await button('Back').click();
    await expect.element(happened.getByText(/^From/)).toBeVisible();
    const told = happened.getByText(/^From/).element().textContent ?? '';
    await starting;
    await expect.poll(() => session.train.status).toBe('running');
    for (let i = 1; i <= 2; i++) {
      engine.advance();
      await made(i);
      // The run goes on while one reads; the step is not its.
      await expect.element(happened.getByText(told)).toBeVisible();
      await button('Next').click();
      await expect.element(card.getByText(kept)).toBeVisible();
      await button('Back').click();
    }
    engine.advance();
    await expect.poll(() => session.train.active).toBe(false);
    await expect.element(happened.getByText(told)).toBeVisible();
    await button('Next').click();
    await expect.element(card.getByText(kept)).toBeVisible();
  });

  test('a step that would disturb a run waits for its end', async () => {
    const { session, engine, card, button } = await openLesson();
    await session.startTraining();
    await button('Step 3: Mend').click();
    await expect.element(card.getByText('This step sets the page up when the run has ended.')).toBeVisible();
    expect(session.mask.policy.end.train).toBe(false);
    for (let i = 0; i < 4; i++) engine.advance();
    await expect.poll(() => session.mask.policy.end.train).toBe(true);
  });

  test('how far one came is kept, the lesson begins there again, and can begin anew', async () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const first = await openLesson({}, { lessons: { storage } });
    await first.button('Step 3: Mend').click();
    await expect.poll(() => first.session.mask.policy.end.train).toBe(true);
    await first.session.closeLesson();
    await first.screen.unmount();
    const { session, card, button } = await openLesson({}, { lessons: { storage } });
    await expect.element(card.getByText('Step 3 of 3', { exact: true })).toBeVisible();
    await expect.poll(() => session.mask.policy.end.train).toBe(true);
    await button('Begin again').click();
    await expect.element(card.getByText('Step 1 of 3', { exact: true })).toBeVisible();
    await expect.poll(() => session.mask.policy.end.train).toBe(false);
  });

  test.each([
    [1440, 700],
    [1280, 500],
    [1024, 600],
    [390, 600],
  ])(
    'at %i by %i the way on stays in sight, however long the step, and its text scrolls',
    async (width, height) => {
      await page.viewport(width, height);
      const [first, ...others] = LESSON.steps;
      const steps = [{ ...first, text: 'A long step. '.repeat(300) }, ...others];
      const { card, button } = await openLesson({ steps });
      const next = button('Next').element();
      const seen = () => {
        const { left, top, width: w, height: h } = next.getBoundingClientRect();
        return document.elementFromPoint(left + w / 2, top + h / 2) === next;
      };
      await expect.poll(seen).toBe(true);
      const body = card.getByRole('group', { name: 'This step' }).element();
      const policy = card.getByRole('list', { name: 'What happened' }).element();
      body.scrollTo(0, body.scrollHeight);
      await expect
        .poll(() => policy.getBoundingClientRect().bottom)
        .toBeLessThanOrEqual(next.getBoundingClientRect().top);
      expect(seen()).toBe(true);
      await button('Next').click();
      // The next step is read from its beginning.
      await expect.poll(() => body.scrollTop).toBe(0);
      await expect.element(card.getByRole('heading', { name: /Train/ })).toBeInViewport();
    },
  );

  test('a button of a step sets what it says', async () => {
    const { session, button } = await openLesson();
    await button('Step 3: Mend').click();
    await expect.poll(() => session.mask.policy.end.train).toBe(true);
    await expect.poll(() => session.lessons.busy).toBe(false);
    await button('Thinking at half').click();
    await expect.poll(() => session.mask.policy.think.weight).toBe(0.5);
  });
});

describe('setups', () => {
  const [first, run, mend] = LESSON.steps;

  test('a step that is jumped to comes with what the skipped ones set', async () => {
    const sets = { settings: { schedule: 'linear' }, weights: 'original' };
    const { session, engine, button } = await openLesson({
      steps: [first, { ...run, sets }, { ...mend, sets: { policy: {} } }],
    });
    await session.startTraining();
    for (let i = 0; i < 4; i++) engine.advance();
    await expect.poll(() => session.train.updates.length).toBe(4);
    await button('Step 3: Mend').click();
    await expect.poll(() => session.mask.policy.end.train).toBe(true);
    await expect.poll(() => session.train.updates.length).toBe(0);
    await expect.poll(() => session.train.options.schedule).toBe('linear');
  });

  test('two steps at once: the later one has the last word, and nothing of the other is lost', async () => {
    const sets = { conversations: [JSON.parse(CHAT)[1]], policy: { think: { train: true, weight: 0.5 } } };
    const { session } = await openLesson({
      steps: [first, { ...run, sets }, { ...mend, sets: { policy: {} } }],
    });
    const lesson = session.lessons.current;
    const both = [lesson?.goTo(1), lesson?.goTo(2)];
    await both[1];
    expect(lesson?.busy).toBe(false);
    await both[0];
    expect(session.mask.policy.think.weight).toBe(1);
    expect(session.data.list.length).toBe(1);
  });

  test('another choice of what is trained stays', async () => {
    const lora = { rank: 4, alpha: 8 };
    const start = { ...LESSON.start, adaptation: { kind: 'lora', ...lora } };
    const { session } = await openLesson({ start });
    const kind = () => session.model.info?.trained.adaptation.kind;
    await expect.poll(kind).toBe('lora');
    await session.adapt({ kind: 'full' });
    await session.startTraining();
    await session.train.stop();
    await expect.poll(() => session.train.active).toBe(false);
    expect(kind()).toBe('full');
  });

  test('colours and the sequence panel are one’s own again when it is closed', async () => {
    const { session } = await openPage();
    await importText(session, CHAT, 'mine.json');
    session.mask.overlay = 'entropy';
    session.sequences.open = true;
    await importText(session, JSON.stringify(LESSON), 'small.json');
    expect([session.mask.overlay, session.sequences.open]).toEqual(['weight', false]);
    await session.closeLesson();
    expect([session.mask.overlay, session.sequences.open]).toEqual(['entropy', true]);
  });
});

/** Files that the conversations of the list came from. */
const filesOf = (session: Session) => conversationsOf(session).map(({ source }) => source.file);

describe('closed', () => {
  const [first, run] = LESSON.steps;
  const sets = {
    conversations: JSON.parse(CHAT) as object[],
    policy: { think: { train: true, weight: 0.5 } },
  };
  const steps = [first, { ...run, sets }];

  async function openOverMine(options: Options = {}) {
    const opened = await openPage(options);
    const { session } = opened;
    await importText(session, CHAT, 'mine.json');
    const begin = () => importText(session, JSON.stringify({ ...LESSON, steps }), 'small.json');
    return { ...opened, begin };
  }

  test('while a step brings its conversations: the own ones are there, with mask and without a message', async () => {
    const { session, text, begin } = await openOverMine();
    await begin();
    const release = text.hold('import');
    const going = session.lessons.current?.goTo(1);
    await expect.poll(() => session.data.busy).toBe(true);
    expect(session.trainBlock).toBe('The lesson is setting the page up.');
    const closing = session.closeLesson();
    release();
    await Promise.all([going, closing]);
    expect(filesOf(session)).toEqual(['mine.json', 'mine.json']);
    expect(session.mask.policy.think.weight).toBe(1);
    expect(session.data.error).toBeUndefined();
    expect(session.lessons.current).toBeUndefined();
    expect(session.lessons.busy).toBe(false);
  });

  test('by another lesson, or by own conversations, that come while a step brings its own', async () => {
    const { session, text, begin } = await openOverMine();
    await begin();
    let release = text.hold('import');
    let going = session.lessons.current?.goTo(1);
    const opening = session.openLesson('weights');
    release();
    await Promise.all([going, opening]);
    expect(session.lessons.current?.id).toBe('weights');
    expect(new Set(filesOf(session))).toEqual(new Set(['weights.json']));
    await begin();
    release = text.hold('import');
    going = session.lessons.current?.goTo(1);
    const importing = importText(session, CHAT, 'more.json');
    release();
    await Promise.all([going, importing]);
    expect(filesOf(session)).toEqual(['mine.json', 'mine.json', 'more.json', 'more.json']);
    expect(session.lessons.current).toBeUndefined();
  });

  test('rewards of the own page are back as they were typed, and the tab keeps none of the lesson’s', async () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    const { session, begin } = await openOverMine({ storage });
    const { rewards } = session;
    rewards.setWeight('format', '0.25');
    const before = kept.get('losslight.rewards');
    rewards.setWeight('decision', 'much');
    expect(rewards.problem).toBeDefined();
    await begin();
    rewards.setWeight('decision', '7');
    rewards.add('length');
    expect(rewards.parts).toHaveLength(3);
    expect(kept.get('losslight.rewards')).toBe(before);
    await session.closeLesson();
    expect(rewards.drafts.map(({ weight }) => weight)).toEqual(['much', '0.25']);
    expect(kept.get('losslight.rewards')).toBe(before);
    rewards.setWeight('decision', '2');
    expect(kept.get('losslight.rewards')).not.toBe(before);
  });
});

describe('the page around', () => {
  test('an empty page lists the lessons once, and Data leads to them', async () => {
    const { screen } = await openPage();
    const region = (name: string) => screen.getByRole('region', { name, exact: true });
    await expect.element(region('Mask').getByRole('list', { name: 'Lessons' })).toBeVisible();
    expect(screen.getByRole('list', { name: 'Lessons' }).elements()).toHaveLength(1);
    await region('Data').getByRole('link', { name: 'begin with a lesson' }).click();
    await expect.element(screen.getByRole('heading', { name: /Mask$/ })).toHaveFocus();
  });

  test('what the lesson does not need is hidden, with its link; one button shows it again', async () => {
    const { screen, button } = await openLesson();
    const panel = (name: string) => screen.getByRole('region', { name, exact: true });
    await expect.element(panel('Mask')).toBeVisible();
    await expect.element(panel('Data')).not.toBeInTheDocument();
    await expect.element(panel('Compare')).not.toBeInTheDocument();
    await expect.element(screen.getByRole('link', { name: /^Compare/ })).not.toBeInTheDocument();
    await button('Show the whole page').click();
    await expect.element(panel('Data')).toBeVisible();
    await expect.element(panel('Compare')).toBeVisible();
    await button('Show only what the lesson needs').click();
    await expect.element(panel('Data')).not.toBeInTheDocument();
    await button('Close the lesson').click();
    await expect.element(panel('Data')).toBeVisible();
  });

  test('what a step points at is framed where it is', async () => {
    const { screen, button } = await openLesson();
    const frame = () => document.querySelector('.lesson-frame');
    const within = (selector: string) => {
      const part = document.querySelector(selector)?.getBoundingClientRect();
      const box = frame()?.getBoundingClientRect();
      return part && box && Math.abs(box.left - part.left) < 10 && Math.abs(box.width - part.width) < 20;
    };
    await expect.poll(() => within('[data-part="mask.policy"]')).toBe(true);
    expect(frame()?.textContent).toContain('Look here');
    await button('Next').click();
    await expect.poll(() => within('[data-part="train.start"]')).toBe(true);
    await button('Next').click();
    await expect.poll(() => frame()).toBeNull();
    await screen.unmount();
  });

  test('its sign lies over no control, as far as there is another place for it', async () => {
    const { session } = await openPage();
    await session.openLesson('end-of-turn');
    const sign = () => document.querySelector('.lesson-frame .sign');
    const covered = () => {
      const box = sign()?.getBoundingClientRect();
      if (!box) return undefined;
      const points = [0.02, 0.25, 0.5, 0.75, 0.98].map((part) => box.left + part * box.width);
      // The sign itself lets the pointer through.
      return points
        .map((x) => document.elementFromPoint(x, box.top + box.height / 2)?.closest('button, input, summary'))
        .flatMap((control) => control?.textContent || control?.getAttribute('aria-label') || []);
    };
    // The legend has the search of the tokens above it, and the strip below.
    await expect.poll(() => sign()?.textContent).toContain('Look here');
    await expect.poll(covered).toEqual([]);
  });

  test('every part is on the page, or its panel is', async () => {
    const { session } = await openPage();
    await importText(session, CHAT);
    // Some panels come when they are needed.
    await expect
      .poll(() => PART_NAMES.filter((part) => part !== 'lesson' && !elementOf(part)), { timeout: 10_000 })
      .toEqual([]);
  });

  test('the page as it is becomes a lesson that opens', async () => {
    const { session } = await openPage();
    await importText(session, CHAT);
    session.mask.setRule('think', { train: true, weight: 0.25 });
    session.train.drafts = { ...session.train.drafts, steps: '7' };
    const text = await session.lessons.skeleton();
    expect(JSON.parse(text)).toMatchObject({
      losslightLesson: 1,
      start: { policy: { think: { weight: 0.25 } }, settings: { steps: 7 } },
    });
    session.mask.setPreset('default');
    await importText(session, text, 'my-lesson.json');
    expect(session.lessons.current?.id).toBe('my-lesson');
    expect(session.mask.policy.think.weight).toBe(0.25);
    expect(session.train.settings?.steps).toBe(7);
    expect(conversationsOf(session).map(({ messages }) => messages.length)).toEqual([2, 2]);
  });
});

describe.each(['light', 'dark'] as const)('axe, %s', (theme) => {
  test.each([1440, 1024, 390])(
    'finds nothing in an open lesson at %i px, and nothing is wider than the page',
    async (width) => {
      await page.viewport(width, 900);
      const { card } = await openLesson({}, { theme });
      await expect.element(card).toBeVisible();
      const { violations } = await axe.run(card.element(), { resultTypes: ['violations'] });
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
    },
  );
});

describe('addresses', () => {
  test.each<[string, string, LessonLink | undefined]>([
    ['?lesson=weights', '', { kind: 'shipped', id: 'weights' }],
    ['?steps=3&lesson=weights', '#mask', { kind: 'shipped', id: 'weights' }],
    ['?lesson=https%3A%2F%2Fexample.org%2Fx.json', '', { kind: 'file', url: 'https://example.org/x.json' }],
    ['', '#lesson=abc', { kind: 'fragment', text: 'abc' }],
    ['', '', undefined],
  ])('%s%s', (search, hash, link) => expect(lessonLinkOf(search, hash)).toEqual(link));

  test('what else an address says is left alone', () => {
    const address = 'https://example.org/a/?steps=3#mask';
    const named = withLesson(address, { kind: 'shipped', id: 'weights' });
    expect(named).toBe('https://example.org/a/?steps=3&lesson=weights#mask');
    expect(withLesson(named, undefined)).toBe(address);
    expect(withLesson(named, { kind: 'fragment', text: 'abc' })).toBe(
      'https://example.org/a/?steps=3#lesson=abc',
    );
  });
});
