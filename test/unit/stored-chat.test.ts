/**
 * @file A chat in a session file or in the tab's storage: there and back with every branch, what is wrong refused by its place, and
 * files that were written before chats were kept.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/conversation/types';
import type { WrittenMessage } from '../../src/state/chat-message';
import { show, treeOf, withBranch, withChild, type ChatTree } from '../../src/state/chat-tree';
import { practiceTools } from '../../src/state/chat-tools';
import { initialDrafts } from '../../src/state/generation-options';
import { readContent, writeContent } from '../../src/state/page-content';
import { makeSessionFile, readSessionFile } from '../../src/state/session-file';
import { chatHere, isEmptyChat, readChat, storeChat, type StoredChat } from '../../src/state/stored-chat';
import { StoredField } from '../../src/state/stored-fields';

function written(prompt: number[], ids: number[], change: Partial<WrittenMessage> = {}): WrittenMessage {
  return {
    ...{ by: 'SFT, step 40', source: 'run 3 step 40', model: 'pocket 1 f32', seed: 7 },
    ...{ temperature: 0.7, topP: 0.95, ending: 'stop' },
    prompt: Int32Array.from(prompt),
    tokens: ids.map((id, i) => ({ id, logProb: -0.125 * i - 0.1, entropy: i / 3 })),
    shown: ids.map((id) => `<${id}>`),
    ...change,
  };
}

/** A question, an answer with a call, its result, the answer; the first answer written anew and the question edited. */
function tree(): ChatTree {
  const call = {
    name: 'calculate',
    arguments: { expression: '2+2' },
    rawArguments: '{ "expression": "2+2" }',
  };
  let made = withChild(treeOf([{ role: 'system', content: 'Hi \u{1F44D} שלום' }]), 1, {
    message: { role: 'user', content: '2+2?' },
    sent: 1,
  });
  made = withChild(made, 2, {
    message: { role: 'assistant', content: '', reasoning: 'A sum.', toolCalls: [call] },
    written: written([1, 2, 3], [4, 5, 6]),
  });
  made = withChild(made, 3, { message: { role: 'tool', name: 'calculate', content: '{"result": 4}' } });
  made = withChild(made, 4, {
    message: { role: 'assistant', content: '4.' },
    written: written([1, 2, 3, 4, 5, 6, 7, 8], [9], { source: 'tuned', by: 'Tuned now, step 3' }),
  });
  made = withBranch(made, 3, {
    message: { role: 'assistant', content: '5' },
    written: written([1, 2, 3], [8, 8], { ending: 'limit', brokenCall: true, seed: 8 }),
  });
  made = withBranch(made, 2, { message: { role: 'user', content: '2+3?' }, edited: true, sent: 2 });
  return show(made, 5);
}

const stored: StoredChat = {
  chat: {
    columns: [
      { id: 1, source: 'run 3 step 40', tree: tree() },
      { id: 2, source: 'base', tree: tree() },
    ],
    tools: practiceTools().slice(0, 2),
    templateKwargs: { enable_thinking: true },
    world: 17,
  },
  drafts: { ...initialDrafts(), temperature: '0.7', seed: '41' },
  ratings: [{ column: 0, node: 5, record: 'chat 1' }],
};

const read = (value: Json) => readChat(new StoredField(value, 'chat'));
const there = () => JSON.parse(JSON.stringify(storeChat(stored))) as Record<string, Json>;

describe('there and back', () => {
  test('branches, how each message was written, tools, settings and ratings', () => {
    expect(read(there())).toEqual(stored);
  });

  test('numbers that JSON cannot write', () => {
    const tokens = [{ id: 1, logProb: -Infinity }];
    const odd = written([1], [1], { tokens });
    const [column] = stored.chat.columns;
    if (!column) throw new Error('There is a column.');
    const made = withChild(treeOf([]), 0, { message: { role: 'assistant', content: 'x' }, written: odd });
    const chat = { ...stored.chat, columns: [{ ...column, tree: made }] };
    const back = read(JSON.parse(JSON.stringify(storeChat({ ...stored, chat, ratings: [] }))) as Json);
    expect(back.chat.columns[0]?.tree.nodes.get(1)?.written?.tokens).toEqual(tokens);
  });

  test('a prompt takes room only where it differs from what stood before', () => {
    const [column] = there()['columns'] as { nodes: { written?: { prompt: Json } }[] }[];
    expect(column?.nodes.map(({ written: how }) => how?.prompt)).toEqual([
      undefined,
      undefined,
      { same: 0, rest: [1, 2, 3] },
      undefined,
      { same: 6, rest: [7, 8] },
      { same: 0, rest: [1, 2, 3] },
      undefined,
    ]);
  });

  test('runs are those of this visit; of the others it is known that they are gone', () => {
    const sources = ({ chat }: StoredChat) => [
      ...chat.columns.map(({ source }) => source),
      chat.columns[0]?.tree.nodes.get(3)?.written?.source,
      chat.columns[0]?.tree.nodes.get(5)?.written?.source,
    ];
    expect(sources(chatHere(stored, new Map([[3, 8]])))).toEqual([
      'run 8 step 40',
      'base',
      'run 8 step 40',
      'tuned',
    ]);
    const gone = chatHere(stored, new Map());
    expect(sources(gone)).toEqual(['gone run 3 step 40', 'base', 'gone run 3 step 40', 'tuned']);
    // A run that is called 3 later is another one, also after the next reload.
    expect(sources(chatHere(read(storeChat(gone)), new Map([[3, 1]])))).toEqual(sources(gone));
    expect(gone.chat.columns[0]?.tree.nodes.get(3)?.written?.by).toBe('SFT, step 40');
  });

  test('empty is a chat without messages and tools', () => {
    const [column] = stored.chat.columns;
    const empty = { columns: column ? [{ ...column, tree: treeOf([]) }] : [], tools: [] };
    expect(isEmptyChat(empty)).toBe(true);
    expect(isEmptyChat({ ...empty, tools: stored.chat.tools })).toBe(false);
    expect(isEmptyChat(stored.chat)).toBe(false);
  });
});

describe('what comes from anybody', () => {
  const WRONG: [string, unknown, RegExp][] = [
    ['columns', [], /“chat.columns” must have an entry/],
    ['columns.0.source', 'run -1 step 2', /source” names no model/],
    ['columns.0.source', 'the best one', /source” names no model/],
    ['columns.0.nodes.0.parent', 1, /nodes\[0\]\.parent” must be a whole number from 0 to 0/],
    ['columns.0.nodes.2.parent', 9, /nodes\[2\]\.parent” must be a whole number from 0 to 2/],
    ['columns.0.nodes.1.message.role', 'root', /role” must be one of/],
    ['columns.0.nodes.1.message.content', ['<img>'], /content” must be a text/],
    ['columns.0.nodes.2.written.ids', [1], /logProbs” must have one entry a token/],
    ['columns.0.nodes.2.written.shown', ['a'], /shown” must have one entry a token/],
    ['columns.0.nodes.2.written.entropies', [1], /entropies” must have one entry a token/],
    ['columns.0.nodes.2.written.prompt.same', 99, /prompt.same” must be a whole number from 0 to 0/],
    ['columns.0.nodes.2.written.prompt.rest', [-1], /rest\[0\]” must be a whole number/],
    ['columns.0.nodes.2.written.ending', 'well', /ending” must be one of/],
    ['columns.0.shown', [[2, 1]], /does not name a message and one that follows it/],
    ['columns.0.shown', [[0]], /does not name a message and one that follows it/],
    ['ratings.0.node', 99, /ratings\[0\]\.node” must be a whole number from 1 to 7/],
    ['ratings.0.column', 2, /ratings\[0\]\.column” must be a whole number from 0 to 1/],
    ['tools.0.function.name', '', /name” must not be empty/],
    ['world', 'mine', /world” must be a number/],
  ];

  function changed(path: string, value: unknown): Record<string, Json> {
    const chat = there();
    const keys = path.split('.');
    let at = chat as Record<string, unknown>;
    for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
    at[keys.at(-1) ?? ''] = value;
    return chat;
  }

  test.each(WRONG)('%s = %j is refused by its place, and the rest of a file holds', (path, value, said) => {
    const chat = changed(path, value);
    expect(() => read(chat)).toThrow(expect.objectContaining({ code: 'bad-content' }));
    const { content, problems } = readContent({ losslightPage: 1, template: 'x', chat }, 'file');
    expect(problems.join()).toMatch(said);
    expect(content.chat).toBeUndefined();
    expect(content.template).toBe('x');
  });

  test('few bytes cannot ask for endless memory', () => {
    const tokens = Array.from({ length: 100_000 }, () => 1);
    const node = (parent: number, same: number, rest: number[]) => ({
      parent,
      message: { role: 'assistant', content: '' },
      written: {
        ...{ by: 'x', source: 'base', seed: 0, temperature: 0, topP: 1, ending: 'stop' },
        ...{ prompt: { same, rest }, ids: [], logProbs: [], shown: [] },
      },
    });
    const nodes = [node(0, 0, tokens), ...Array.from({ length: 200 }, () => node(1, 100_000, []))];
    expect(() => read({ columns: [{ source: 'base', nodes, shown: [] }] })).toThrow(/too many tokens/);
  });
});

describe('a session’s file', () => {
  test('holds the chat', async () => {
    const blob = await makeSessionFile({ template: 'x', chat: stored }, []);
    const { content, problems } = await readSessionFile(blob, 'x.losslight.zip');
    expect(problems).toEqual([]);
    expect(content.chat).toEqual(stored);
  });

  test('that was written before chats were kept opens as ever', async () => {
    // As the page wrote it on 2026-11-23, before this field.
    const file = new URL('../golden/session/before-chats.losslight.zip', import.meta.url);
    const old = await readSessionFile(new Blob([readFileSync(file)]), 'old.losslight.zip');
    expect(old.problems).toEqual([]);
    expect(old.content.chat).toBeUndefined();
    expect(old.content.runs?.map(({ name, reports }) => [name, reports.length])).toEqual([['SFT', 1]]);
    expect(old.content.parts?.[0]?.conversations).toHaveLength(1);
    expect(old.values).toEqual(new Map([['a', new Float32Array([1.5, -2])]]));
  });

  test('without a chat has no such field', () => {
    expect(writeContent({ template: 'x' }, [], true)).toEqual({ losslightPage: 1, template: 'x' });
  });
});
