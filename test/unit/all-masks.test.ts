/**
 * @file The file of all masks: whole conversations, or the training sequences that a run makes of them, token by token.
 */
import { expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { LosslightError } from '../../src/errors';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { writeMasks, type DividedHow } from '../../src/state/all-masks';
import type { DataList } from '../../src/state/data-list';
import type { TextService } from '../../src/worker/text-client';
import { conversationOf, inspector } from './mask-support';

const two = conversationOf(
  { role: 'user', content: 'One?' },
  { role: 'assistant', reasoning: 'The first is one.', content: 'One.' },
  { role: 'user', content: 'Two?' },
  { role: 'assistant', reasoning: 'Then two.', content: 'Two.' },
);
const silent: Conversation = { ...conversationOf({ role: 'user', content: 'Nobody answers.' }), id: 'd' };
const refused: Conversation = {
  ...conversationOf({ role: 'user', content: 'Refused.' }),
  ...{ id: 'e', source: { file: 'chats.jsonl', record: 6, line: 7 } },
};
const listOf = (...all: Conversation[]) => ({ read: () => Promise.resolve(all) }) as unknown as DataList;
/** What the template of the refused one would do. */
function render(id: string): void {
  if (id === refused.id) throw new LosslightError('template', 'Roles must alternate.', 'Change it.');
}
const worker = {
  inspect: async ({ conversation }: { conversation: Conversation }) => {
    render(conversation.id);
    return inspector.inspect(conversation);
  },
  decode: ({ ids }: { ids: number[] }) =>
    Promise.resolve({ tokens: inspector.tokenizer.pieces(Int32Array.from(ids)) }),
  divide: async ({ conversation, policy, ...how }: Parameters<TextService['divide']>[0]) => {
    render(conversation.id);
    return inspector.divide(conversation, policy, how);
  },
  dispose: () => {},
};
const text = { another: () => Promise.resolve(worker) } as unknown as Pick<TextService, 'another'>;

interface Line {
  sequence?: number;
  ids: number[];
  weights: number[];
}

async function written(divided?: DividedHow, list = listOf(two, silent)) {
  const what = { list, rows: [0, 1], policy: DEFAULT_POLICY, edits: {}, limit: Infinity, divided };
  const file = await writeMasks(text, what, () => {}, new AbortController().signal);
  const lines = (await file.blob.text()).trim().split('\n');
  return { file, lines: lines.map((line) => JSON.parse(line) as Line) };
}
const trained = ({ ids, weights }: Line) =>
  inspector.tokenizer.decode(Int32Array.from(ids.filter((_, i) => weights[i] !== 0)));

test('whole: a line each, without the thinking that the template strips', async () => {
  const { file, lines } = await written();
  expect(file).toMatchObject({ conversations: 2, lines: 2, untrained: 0, failed: [] });
  expect(lines[0]?.sequence).toBeUndefined();
  expect(trained(lines[0] as Line)).not.toContain('The first is one.');
});

test('divided: the sequences that SFT trains, with the very same weights, and nothing of what trains nothing', async () => {
  const how = { strategy: 'fork', truncate: 'end', maxLength: 200 } as const;
  const { file, lines } = await written(how);
  expect(file).toMatchObject({ conversations: 1, lines: 2, untrained: 1, failed: [] });
  const { sequences } = inspector.sequences([two], DEFAULT_POLICY, 200, {}, how);
  expect(lines.map(({ ids, weights }) => ({ ids, weights }))).toEqual(
    sequences.map(({ ids, weights }) => ({ ids: [...ids], weights: [...weights] })),
  );
  expect(lines.map(({ sequence }) => sequence)).toEqual([0, 1]);
  expect(trained(lines[0] as Line)).toContain('The first is one.');
  expect(trained(lines[1] as Line)).toContain('Then two.');
});

test.each([
  [{ strategy: 'fork', truncate: 'end' } as const, { conversations: 1, untrained: 1 }],
  [undefined, { conversations: 2, untrained: 0 }],
])('what has no mask is told from what trains nothing, by place and reason (%o)', async (how, counts) => {
  const { file } = await written(how, listOf(two, refused, silent));
  expect(file).toMatchObject(counts);
  expect(file.failed).toEqual([{ file: 'chats.jsonl', line: 7, reason: 'Roles must alternate.' }]);
});
