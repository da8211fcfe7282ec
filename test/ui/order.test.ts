/**
 * @file What happens when things happen at once: replies that come late, failures in between, choices that change.
 */
import { describe, expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { LosslightError } from '../../src/errors';
import { Session } from '../../src/state/session.svelte';
import { FakeEngine, FakeText } from './fakes';
import { CHAT, conversationsOf, importText, tallyOf } from './setup';

const BROKEN = { code: 'gpu-error', message: 'The GPU failed.', remedy: 'Restart the engine.' };
const SLOW = { code: 'timeout', message: 'This took longer than 30 s.', remedy: 'Wait.' };

function chat(...answers: string[]): string {
  const records = answers.map((content) => ({
    messages: [
      { role: 'user', content: 'Say it.' },
      { role: 'assistant', content },
    ],
  }));
  return JSON.stringify(records);
}

async function openSession(records = CHAT) {
  const [engine, text] = [new FakeEngine(), new FakeText()];
  const session = new Session({ text, engine, base: new URL('/', location.href).href });
  await session.begin();
  if (records) await importText(session, records);
  const { data, mask, train, compare } = session;
  const shown = () => mask.view?.source.messages.at(-1)?.content;
  return { session, engine, text, data, mask, train, compare, shown };
}

/** A session whose worker never ends with counting some answers; `asked` has the answers of each request. */
async function openWithSlow(slow: (answer: string) => boolean) {
  const opened = await openSession('');
  const { text } = opened;
  const asked: string[][] = [];
  const tally = text.tally;
  text.tally = (request) => {
    const answers = request.conversations.map(({ messages }) => messages.at(-1)?.content ?? '');
    asked.push(answers);
    if (!answers.some(slow)) return tally(request);
    return Promise.reject(new LosslightError(SLOW.code, SLOW.message, SLOW.remedy));
  };
  return { ...opened, asked };
}

/** Long enough for every reply that is under way. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 50));
const answersOf = (list: readonly Conversation[]) => list.map(({ messages }) => messages.at(-1)?.content);

describe('a conversation and what is known of it', () => {
  test('scores and counts of a text that was cleared are not those of the next one with its id', async () => {
    const { session, compare } = await openSession('');
    const paste = (text: string) => session.importText({ name: 'pasted text', text });
    await paste(chat('Yes.'));
    const [first] = conversationsOf(session);
    const [scores, tally] = [compare.scoresOf(first).base, tallyOf(session, first)];
    await session.clearData();
    await paste(chat('A much longer answer, in many more words.'));
    const [second] = conversationsOf(session);
    expect(second?.id).toBe(first?.id);
    expect(compare.scoresOf(second).base).toHaveLength(session.mask.view?.encoded.ids.length ?? 0);
    expect(compare.scoresOf(second).base?.length).toBeGreaterThan(scores?.length ?? Infinity);
    expect(tallyOf(session, second)?.tokens).toBeGreaterThan(tally?.tokens ?? Infinity);
  });

  test('a conversation that nothing trains has log-probabilities like any other', async () => {
    const { compare, data, mask } = await openSession(
      JSON.stringify({ messages: [{ role: 'user', content: 'Alone?' }] }),
    );
    expect(mask.trained).toBe(0);
    expect(compare.scoreErrorOf(data.chosen)).toBeUndefined();
    expect(compare.scoresOf(data.chosen).base).toHaveLength(mask.view?.encoded.ids.length ?? 0);
  });

  test('an error of scoring belongs to its conversation, and goes when it is tried again', async () => {
    const { session, engine, compare } = await openSession('');
    engine.scoreError = BROKEN;
    await importText(session, CHAT);
    const [first, second] = conversationsOf(session);
    expect(compare.scoreErrorOf(first)).toMatchObject(BROKEN);
    engine.scoreError = undefined;
    await session.choose(second?.id ?? '');
    expect(compare.scoreErrorOf(second)).toBeUndefined();
    await session.choose(first?.id ?? '');
    expect(compare.scoreErrorOf(first)).toBeUndefined();
    expect(compare.scoresOf(first).base).toBeDefined();
  });

  test('a conversation removed while it is rendered does not come back', async () => {
    const { session, text, mask } = await openSession('');
    const release = text.hold('inspect');
    void importText(session, CHAT);
    await expect.poll(() => mask.loading).toBe(true);
    await session.clearData();
    release();
    await expect.poll(() => mask.loading).toBe(false);
    await settle();
    expect(mask.view).toBeUndefined();
    expect(mask.loading).toBe(false);
  });

  test('an older conversation whose bytes come late does not replace a newer one', async () => {
    const { session, text, mask, shown } = await openSession();
    const [plain, emoji] = conversationsOf(session);
    await session.choose(plain?.id ?? '');
    const release = text.hold('decode');
    const older = session.choose(emoji?.id ?? '');
    await settle();
    // The queue is one request long: the newer one is answered after the older one's bytes.
    const newer = session.choose(plain?.id ?? '');
    const seen: unknown[] = [];
    const watch = setInterval(() => seen.push(mask.view?.source.id));
    release();
    await Promise.all([older, newer]);
    clearInterval(watch);
    expect(shown()).toContain('Friday');
    expect(mask.view?.source).toBe(plain);
    expect(seen).not.toContain(emoji?.id);
  });

  test('what could not be counted in time is counted later', async () => {
    const { session, text } = await openSession('');
    text.failures.set('tally', SLOW);
    await importText(session, CHAT);
    const [first, second] = conversationsOf(session);
    expect(tallyOf(session, first)).toBeUndefined();
    expect(session.trainBlock).toBeUndefined();
    text.failures.clear();
    await session.choose(second?.id ?? '');
    expect(tallyOf(session, first)?.tokens).toBeGreaterThan(10);
  });

  test('one that takes too long does not keep the others from being counted', async () => {
    const { session, text, asked } = await openWithSlow((answer) => answer === 'Answer 7.');
    await importText(session, chat(...Array.from({ length: 30 }, (_, i) => `Answer ${i}.`)));
    await expect.poll(() => session.data.tallies.totals.counted).toBe(29);
    expect(session.data.tallies.stopped).toBe(false);
    const key = session.data.list.key(7);
    expect([session.data.tallies.failed(key), session.data.tallies.get(key)]).toEqual([true, undefined]);
    // It is not tried for ever: each time costs a worker.
    for (let i = 0; i < 4; i++) await session.data.tallies.count();
    expect(asked.filter((answers) => answers.join() === 'Answer 7.')).toHaveLength(2);
    session.dispose();
    text.dispose();
  });

  test('where one after the other takes too long, counting is given up until something changes', async () => {
    const slow = new Set(['all']);
    const { session, asked } = await openWithSlow(() => slow.size > 0);
    await importText(session, chat(...Array.from({ length: 60 }, (_, i) => `Answer ${i}.`)));
    expect(session.data.tallies.stopped).toBe(true);
    // The first chunk, and three of it by themselves.
    expect(asked.map(({ length }) => length)).toEqual([24, 1, 1, 1]);
    await session.data.look(0, 10);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(asked).toHaveLength(4);
    slow.clear();
    session.mask.setRule('answer', { train: true, weight: 2 });
    await expect.poll(() => session.data.tallies.totals.counted).toBe(60);
    expect(session.data.tallies.stopped).toBe(false);
    session.dispose();
  });

  test('while a rule or the template is stopped on the chosen conversation, it is not tried on the others', async () => {
    const { session, text, asked } = await openWithSlow(() => false);
    await importText(session, chat(...Array.from({ length: 30 }, (_, i) => `Answer ${i}.`)));
    await expect.poll(() => session.data.tallies.totals.counted).toBe(30);
    asked.length = 0;
    text.failures.set('weigh', SLOW);
    const { policy } = session.mask;
    session.mask.setPolicy({ ...policy, rules: [{ pattern: '(a+)+$', weight: 0 }] });
    await expect.poll(() => session.mask.policyError?.code).toBe('timeout');
    await session.choose(conversationsOf(session)[3]?.id ?? '');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(asked).toEqual([]);
    text.failures.clear();
    text.failures.set('inspect', {
      code: 'template-limit',
      message: 'It was stopped.',
      remedy: 'Correct it.',
    });
    session.mask.setPolicy(policy);
    await session.choose(conversationsOf(session)[4]?.id ?? '');
    expect(asked).toEqual([]);
    text.failures.clear();
    await session.choose(conversationsOf(session)[5]?.id ?? '');
    session.mask.setPolicy({ ...policy, rules: [{ pattern: 'a', weight: 0 }] });
    await expect.poll(() => session.data.tallies.totals.counted).toBe(30);
    session.dispose();
  });
});

describe('edits by hand', () => {
  test('are undone after another conversation was chosen, and outlast a lesson and another template', async () => {
    const { session, mask } = await openSession();
    const [first, second] = conversationsOf(session);
    const edited = () => mask.edited?.reduce((sum, one) => sum + one, 0) ?? 0;
    const token = mask.policyWeights?.findIndex((weight) => weight === 1) ?? -1;
    expect(mask.edit(0, token)).toBe(1);
    await session.choose(second?.id ?? '');
    expect(mask.edits.undo()).toEqual([first?.id]);
    expect(mask.edits.redo()).toEqual([first?.id]);
    await session.openLesson('thread');
    expect(edited()).toBe(0);
    await session.closeLesson();
    await session.choose(first?.id ?? '');
    expect([edited(), mask.weights[token]]).toEqual([1, 0]);
    await session.changeModel(() => session.model.useTemplate(session.model.opened?.template.source + ' '));
    expect([edited(), mask.weights[token]]).toEqual([1, 0]);
    session.dispose();
  });
});

describe('imports', () => {
  test('two at once both come in, with ids of their own', async () => {
    const { session } = await openSession('');
    await Promise.all([importText(session, chat('One.')), importText(session, chat('Two.', 'Three.'))]);
    expect(answersOf(conversationsOf(session))).toEqual(['One.', 'Two.', 'Three.']);
    expect(new Set(conversationsOf(session).map(({ id }) => id)).size).toBe(3);
  });

  test('two at once in a lesson: both join the own conversations', async () => {
    const { session } = await openSession(chat('Own.'));
    await session.openLesson('weights');
    await Promise.all([importText(session, chat('One.')), importText(session, chat('Two.'))]);
    expect(session.lessons.current).toBeUndefined();
    expect(answersOf(conversationsOf(session))).toEqual(['Own.', 'One.', 'Two.']);
  });

  test('clearing the list in a lesson closes the lesson, and the own conversations come back', async () => {
    const { session } = await openSession(chat('Own.'));
    await session.openLesson('weights');
    await session.clearData();
    expect(session.lessons.current).toBeUndefined();
    expect(answersOf(conversationsOf(session))).toEqual(['Own.']);
    expect(session.mask.policy.think.weight).toBe(1);
  });

  test('a broken list of lessons is called that', async () => {
    const readText = async (url: string) => (url.endsWith('index.json') ? '{' : undefined);
    const base = new URL('/', location.href).href;
    const session = new Session({ text: new FakeText(), engine: new FakeEngine(), base, readText });
    await session.begin();
    expect(session.data.error).toMatchObject({
      code: 'bad-lesson',
      title: 'The lessons could not be listed',
    });
  });
});

describe('a run', () => {
  test('does not begin by itself after the engine failed while it was set up', async () => {
    const { session, engine, text, train } = await openSession();
    const release = text.hold('sequences');
    const starting = session.startTraining();
    engine.emit({ type: 'fatal', error: BROKEN });
    expect(train.status).toBe('failed');
    release();
    await starting;
    expect(engine.calls).not.toContain('train');
    expect(train.status).toBe('failed');
  });

  test('does not begin by itself after the engine was restarted while it was set up', async () => {
    const { session, engine, text, train } = await openSession();
    const release = text.hold('sequences');
    const starting = session.startTraining();
    await session.restartEngine();
    release();
    await starting;
    expect(engine.calls).not.toContain('train');
    expect(train.status).toBe('idle');
  });

  test('has no speed before its first step', async () => {
    const { session, engine, train } = await openSession();
    await session.stepOnce();
    await expect.poll(() => train.speed?.milliseconds).toBeGreaterThan(0);
    await train.stop();
    await session.startTraining();
    expect(train.step).toBe(0);
    expect(train.speed).toBeUndefined();
    expect(train.timeLeft).toBeUndefined();
    engine.advance();
    await expect.poll(() => train.speed).toBeDefined();
  });

  test('keeps its mask and its settings: no lesson opens or closes under it', async () => {
    const { session, data, mask, train } = await openSession();
    await session.startTraining(true);
    expect(session.maskDiffers).toBe(false);
    const drafts = train.drafts;
    await session.openLesson('weights');
    expect(session.lessons.current).toBeUndefined();
    expect(session.lessons.waiting).toBe(true);
    expect(data.error).toBeUndefined();
    session.lessons.stay();
    expect(session.lessons.waiting).toBe(false);
    expect(train.drafts).toBe(drafts);
    mask.setRule('think', { train: true, weight: 0.5 });
    expect(session.maskDiffers).toBe(true);
    expect(train.policy?.think.weight).toBe(1);
    await train.stop();
    expect(session.maskDiffers).toBe(false);
    await session.openLesson('weights');
    await session.startTraining(true);
    const inLesson = data.list;
    const { steps } = train.drafts;
    expect(steps).not.toBe(drafts.steps);
    await session.closeLesson();
    await session.clearData();
    await importText(session, chat('More.'));
    expect(session.lessons.current?.id).toBe('weights');
    expect(data.list).toBe(inLesson);
    expect(train.drafts.steps).toBe(steps);
  });

  test.each([
    ['opened', async (session: Session) => session.openLesson('thread')],
    ['closed', async (session: Session) => session.closeLesson()],
    ['ended by own conversations', async (session: Session) => importText(session, chat('More.'))],
  ])('is forgotten, and the weights are the original ones, when a lesson is %s', async (_, change) => {
    const { session, engine, train, compare, mask } = await openSession();
    await session.openLesson('weights');
    expect(engine.calls).not.toContain('reset');
    await session.stepOnce();
    await train.stop();
    await expect.poll(() => compare.scoresOf(mask.view?.source).tuned).toBeDefined();
    await change(session);
    expect(engine.calls.filter((call) => call === 'reset')).toHaveLength(1);
    expect(train.updates).toEqual([]);
    expect(train.status).toBe('idle');
    expect(compare.scoresOf(mask.view?.source).base).toBeDefined();
    expect(compare.scoresOf(mask.view?.source).tuned).toBeUndefined();
  });

  test('is left as it was by a lesson that opens while the engine is not ready, or does not open', async () => {
    const { session, engine, train } = await openSession();
    await session.stepOnce();
    await train.stop();
    await session.openLesson('no-such-lesson');
    expect(train.updates).toHaveLength(1);
    engine.emit({ type: 'fatal', error: BROKEN });
    await session.openLesson('weights');
    expect(session.lessons.current?.id).toBe('weights');
    expect(engine.calls).not.toContain('reset');
    expect(train.updates).toHaveLength(1);
  });

  test('does not begin while a lesson is being opened', async () => {
    const { session, engine, text } = await openSession();
    const release = text.hold('import');
    const opening = session.openLesson('weights');
    await expect.poll(() => session.trainBlock).toBe('A lesson is being opened or closed.');
    await session.startTraining();
    expect(engine.calls).not.toContain('train');
    release();
    await opening;
    expect(session.lessons.current?.id).toBe('weights');
    expect(session.trainBlock).toBeUndefined();
  });
});

describe('writing', () => {
  async function openWriting(tokens = 400) {
    const opened = await openSession();
    opened.engine.script = Array.from({ length: tokens }, () => 40);
    opened.engine.restsAfter = 20;
    opened.compare.drafts = { ...opened.compare.drafts, maxNewTokens: String(tokens) };
    const states = () => {
      const { base, tuned } = opened.compare.generations ?? {};
      return [base?.state, tuned?.state];
    };
    return { ...opened, states };
  }

  test('an error leaves neither text as if it were being written', async () => {
    const { session, engine, compare, states } = await openWriting();
    engine.generateError = BROKEN;
    await session.generate(1);
    expect(states()).toEqual(['failed', 'skipped']);
    expect(compare.generateError).toMatchObject(BROKEN);
    expect(compare.generating).toBe(false);
  });

  test('stopping the first leaves the second as not written', async () => {
    const { session, engine, compare, states } = await openWriting();
    const writing = session.generate(1);
    await expect.poll(() => states()[0]).toBe('running');
    compare.stopGenerating();
    await writing;
    expect(states()).toEqual(['stopped', 'skipped']);
    expect(engine.calls.filter((call) => call.startsWith('generate'))).toEqual(['generate base']);
  });

  test('a reset ends it, and the second is not begun', async () => {
    const { session, engine, train, states } = await openWriting();
    await session.stepOnce();
    await train.stop();
    const writing = session.generate(1);
    await expect.poll(() => states()[0]).toBe('running');
    await session.resetWeights();
    await writing;
    expect(states()).toEqual(['stopped', 'skipped']);
    expect(engine.calls).not.toContain('generate tuned');
  });

  test('another choice drops it, and no late error is shown', async () => {
    const { session, engine, compare } = await openWriting();
    const writing = session.generate(1);
    await expect.poll(() => compare.generations?.base.tokens.length).toBeGreaterThan(2);
    const choosing = session.choose(conversationsOf(session)[1]?.id ?? '');
    engine.generateError = BROKEN;
    await Promise.all([choosing, writing]);
    expect(compare.generations).toBeUndefined();
    expect(compare.generateError).toBeUndefined();
    expect(compare.generating).toBe(false);
  });

  test('a paused run goes on only when it is over', async () => {
    const { session, engine, train, compare, states } = await openWriting();
    await session.stepOnce();
    const writing = session.generate(1);
    await expect.poll(() => states()[0]).toBe('running');
    const before = engine.calls.length;
    await session.resumeTraining();
    await session.stepOnce();
    expect(engine.calls.slice(before)).toEqual([]);
    expect(session.runBlock).toContain('writing');
    compare.stopGenerating();
    await writing;
    await session.resumeTraining();
    expect(train.status).toBe('running');
  });
});
