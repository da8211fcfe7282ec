/**
 * @file Work that a reload of the page would lose: of large files, templates, long settings; and what is in a file by now.
 */
import { expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { Arrival } from '../../src/state/arrival.svelte';
import { FilePart } from '../../src/state/file-part';
import { SessionSave } from '../../src/state/session-save.svelte';
import { readSessionFile } from '../../src/state/session-file';
import type { Session } from '../../src/state/session.svelte';
import { UrlState } from '../../src/state/url-state.svelte';
import { CHAT, importText, openPage } from './setup';

const ROWS = 700;

function conversation(row: number): Conversation {
  return {
    id: `large.jsonl#${row}`,
    messages: [
      { role: 'user', content: `Question ${row}` },
      { role: 'assistant', content: 'Yes.' },
    ],
    extra: {},
    source: { file: 'large.jsonl', record: row, line: row + 1 },
  };
}

/** Conversations that stay in a file, as an import leaves them. */
async function openLarge(session: Session): Promise<FilePart> {
  const part = new FilePart({
    opened: {
      files: [
        {
          name: 'large.jsonl',
          format: 'OpenAI',
          bytes: 1,
          records: ROWS,
          times: 1,
          conversations: ROWS,
          problemCount: { errors: 0, warnings: 0 },
          leftOut: 0,
          kinds: [],
          fileProblems: [],
        },
      ],
      warned: new Uint32Array(),
      inMemory: false,
    },
    records: async ({ from, to }) => ({
      conversations: Array.from({ length: to - from }, (_, i) => conversation(from + i)),
      problems: [],
    }),
    read: async ({ rows }) => rows.map(conversation),
    search: async () => [],
    problems: async () => ({ problems: [] }),
    close: () => {},
  });
  session.unsaved.partsOpened([part]);
  await session.changeData(() => session.data.replaceAll([part], 'import'));
  await expect.poll(() => session.mask.view?.source.id).toBe('large.jsonl#0');
  return part;
}

const addressOf = (session: Session) =>
  new UrlState(session, { href: () => 'https://losslight.test/', replace: () => {} });

/** The session as it is, in a file and read again. */
async function saveSession(session: Session, address: UrlState) {
  const save = new SessionSave(session, address);
  const blob = await save.make();
  if (!blob) throw new Error(save.error?.message);
  return { ...(await readSessionFile(blob, 'x.losslight.zip')), name: 'x.losslight.zip' };
}

test('weights set by hand in a large file count although the conversation is no longer in memory', async () => {
  const { session } = await openPage();
  const part = await openLarge(session);
  expect(session.unsaved.any).toBe(false);
  session.mask.toggle(3);
  expect(session.unsaved.edits).toBe(true);
  for (let from = 100; from < 600; from += 100)
    await part.read(Array.from({ length: 100 }, (_, i) => from + i));
  expect(part.rowOf('large.jsonl#0')).toBe(-1);
  expect(session.unsaved.edits).toBe(true);
  const [edit] = session.mask.edits.of('large.jsonl#0');
  if (!edit) throw new Error('Nothing was edited.');
  session.mask.edits.clear('large.jsonl#0');
  expect(session.unsaved.any).toBe(false);
  // That of a lesson, which is not there any more.
  session.mask.edits.add('Lesson.json#0', edit);
  expect(session.unsaved.any).toBe(false);
  session.mask.edits.add('large.jsonl#699', edit);
  expect(session.unsaved.edits).toBe(true);
  session.mask.edits.export();
  expect(session.unsaved.any).toBe(false);
});

test('a conversation that was changed in a large file goes into the session’s file, and no other of it', async () => {
  const { session } = await openPage();
  await openLarge(session);
  await session.setReward(1);
  expect(session.unsaved.conversations).toBe(true);
  const address = addressOf(session);
  const opened = await saveSession(session, address);
  expect(session.unsaved.any).toBe(false);
  const kept = opened.content.parts?.flatMap(({ conversations }) => conversations);
  expect(kept?.map(({ id, reward }) => [id, reward])).toEqual([['large.jsonl#0', 1]]);
  // Beside the file it gets a name of its own.
  const arrival = new Arrival(session, address, opened);
  expect(arrival.replace).toBe(false);
  expect(await arrival.take()).toBe(true);
  expect(session.data.list.id(ROWS)).toBe('large.jsonl#0 (2)');
  await session.setReward(0);
  expect(session.unsaved.conversations).toBe(true);
  address.dispose();
});

test('a template that was written here counts until it is in a file', async () => {
  const { session } = await openPage();
  const source = `${session.model.opened?.template.source ?? ''}{# mine #}`;
  await session.changeModel(() => session.model.useTemplate(source));
  expect(session.unsaved.template).toBe(true);
  const address = addressOf(session);
  const { template } = (await saveSession(session, address)).content;
  expect(template).toBe(source);
  expect(session.unsaved.any).toBe(false);
  await session.changeModel(() => session.model.useTemplate(`${source}{# more #}`));
  expect(session.unsaved.template).toBe(true);
  await session.changeModel(() => session.model.useTemplate(undefined));
  expect(session.unsaved.any).toBe(false);
  address.dispose();
});

test('a policy that the address cannot hold counts until it is in a file', async () => {
  const { session } = await openPage();
  const { mask } = session;
  const rules = [{ pattern: 'x'.repeat(2_500), weight: 0 }];
  const short = mask.policy;
  mask.setPolicy({ ...short, rules });
  expect(session.unsaved.settings).toBe(true);
  const text = mask.files.exportPolicy();
  expect(session.unsaved.any).toBe(false);
  mask.setPolicy({ ...mask.policy, rules: [...rules, ...rules] });
  expect(session.unsaved.settings).toBe(true);
  await mask.files.read(new File([text], 'policy.json'), 'policy');
  expect(mask.files.error).toBeUndefined();
  expect(session.unsaved.any).toBe(false);
  mask.setPolicy({ ...mask.policy, rules: [...rules, ...rules] });
  const address = addressOf(session);
  await saveSession(session, address);
  expect(session.unsaved.any).toBe(false);
  mask.setPolicy(short);
  expect(session.unsaved.any).toBe(false);
  address.dispose();
});

test('what is in a file stays safe when other files come and go, and when an opened session is taken back', async () => {
  const { session, engine } = await openPage();
  await importText(session, CHAT, 'first.json');
  const [first] = session.data.list.parts;
  if (!first) throw new Error('Nothing came in.');
  await session.changeData(() => session.data.remove(first));
  await importText(session, CHAT, 'second.json');
  await session.changeData(() => session.data.undo());
  await session.changeData(() => session.data.undo());
  expect(session.data.list.has(first)).toBe(true);
  expect(session.unsaved.any).toBe(false);

  expect(await session.importText({ name: 'pasted text', text: CHAT })).toBe(true);
  await session.startTraining(true);
  engine.advance();
  await session.train.stop();
  await expect.poll(() => session.unsaved.weights).toBe(true);
  await session.saveTuned('model', 'tuned');
  const address = addressOf(session);
  const opened = await saveSession(session, address);
  expect(session.unsaved.any).toBe(false);
  await importText(session, CHAT, 'third.json');
  expect(session.unsaved.any).toBe(false);
  const arrival = new Arrival(session, address, opened);
  expect(await arrival.take()).toBe(true);
  await session.resetWeights();
  expect(await arrival.undo()).toBe(true);
  await expect.poll(() => session.train.updates.length).toBeGreaterThan(0);
  expect(session.unsaved.weights).toBe(false);
  expect(session.unsaved.any).toBe(false);
  address.dispose();
});
