/**
 * @file Somebody's reward in Node: what it gives is taken, and what goes wrong is told and hangs nothing.
 */
import { expect, test } from 'vitest';
import { runOwnReward } from '../../src/cli/own-reward';
import { composeAll } from '../../src/conversation/practice/compose';
import type { Conversation } from '../../src/conversation/types';
import { recordedCompletion, rewardInput } from '../../src/reward/recorded';

const [conversation] = composeAll(1, { seed: 4, withTools: 1, turns: 1 }) as [Conversation];
const message = conversation.messages.findIndex(({ role }) => role === 'user');
const completion = recordedCompletion(conversation.messages.slice(message + 1));
/** A short deadline for what never ends; all else gets what a busy machine may need. */
const run = (code: string, deadline: number) =>
  runOwnReward(code, rewardInput(conversation, message, completion), deadline);
const NEVER = /for \(;;\)|new Promise/;

test.each([
  ['function reward({ tools }) { return tools.length; }', { value: conversation.tools?.length }],
  ['async function reward() { return 0.5; }', { value: 0.5 }],
  ['const reward = () => "1"', { problem: 'It gave string, not a finite number.' }],
  ['const reward = () => NaN', { problem: 'It gave NaN, not a finite number.' }],
  ['function reward() { throw new Error("no"); }', { problem: 'It failed: no' }],
  ['function reward() { for (;;); }', { problem: expect.stringMatching(/^It failed: .*100 ?ms/) as string }],
  ['const reward = () => new Promise(() => {})', { problem: 'It failed: It took longer than 100 ms.' }],
  ['function reward( {', { problem: expect.stringMatching(/^It failed: /) as string }],
  ['', { problem: expect.stringMatching(/reward is not defined/) as string }],
])('%s', async (code, score) => {
  expect(await run(code, NEVER.test(code) ? 100 : 20_000)).toEqual(score);
});
