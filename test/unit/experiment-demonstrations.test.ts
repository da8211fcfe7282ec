/**
 * @file What an experiment shows a model: every user turn as the model would write it, thinking included.
 */
import { expect, it } from 'vitest';
import { composeAll } from '../../src/conversation/practice/compose';
import { demonstrations } from '../../src/train/experiment-data';
import { inspector } from './mask-support';

it('is each user turn with its thinking, once, though the template strips that of earlier turns', () => {
  const conversations = composeAll(30, { seed: 3, turns: 3, withTools: 1, contestedShown: 'right' });
  const users = conversations.map(({ messages }) => messages.filter(({ role }) => role === 'user').length);
  expect(Math.max(...users)).toBe(3);
  const engine = { contextLength: 4096 } as Parameters<typeof demonstrations>[1]['engine'];
  const said: string[] = [];
  const host = { inspector, engine, say: (line: string) => void said.push(line) };
  const sequences = demonstrations(conversations, host, { maxLength: 4096 });
  expect(said).toEqual([]);
  expect(sequences).toHaveLength(users.reduce((sum, count) => sum + count, 0));
  const trained = sequences.map(({ ids, weights }) =>
    inspector.tokenizer.decode(ids.filter((_, i) => (weights[i] ?? 0) > 0)),
  );
  for (const text of trained) expect(text).toContain('</think>');
  const thoughts = conversations.flatMap(({ messages }) =>
    messages.flatMap(({ reasoning }) => reasoning || []),
  );
  for (const thought of thoughts) expect(trained.some((text) => text.includes(thought))).toBe(true);
});
