/**
 * @file Rewards put together: the weighted sum, what is missing, what is refused; and what the data says of a turn.
 */
import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { checkRewardParts, composeRewards, usesOwn } from '../../src/reward/compose';
import { ownInput } from '../../src/reward/own-input';
import { expectedAt, recordedReaction } from '../../src/reward/expected-turns';
import { recordedCompletion, rewardInput } from '../../src/reward/recorded';
import type { RewardPart } from '../../src/reward/types';

const CALL = { name: 'get_weather', arguments: { city: 'Oslo' }, rawArguments: '{"city": "Oslo"}' };
const CHAT: Conversation = {
  id: 'chat',
  messages: [
    { role: 'user', content: 'Weather in Oslo?' },
    { role: 'assistant', reasoning: 'I need the tool.', content: '', toolCalls: [CALL] },
    { role: 'tool', content: '{"sky": "rainy"}' },
    { role: 'assistant', reasoning: 'I have it.', content: 'It is rainy.' },
    { role: 'user', content: 'Thank you.' },
    { role: 'assistant', reasoning: '', content: 'You are welcome.' },
    { role: 'user', content: 'One more?' },
  ],
  tools: [{ type: 'function', function: { name: 'get_weather', parameters: {} } }],
  extra: {},
  source: { file: 'test', record: 0, line: 1 },
};
const at = (message: number) =>
  rewardInput(
    CHAT,
    message,
    recordedCompletion(recordedReaction(CHAT, message), { tokens: 60, thinkTokens: 9 }),
  );
const refusal = (parts: RewardPart[]) => {
  try {
    checkRewardParts(parts);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

describe('what the data says of a turn', () => {
  it('takes a recorded reaction for right where the record does not say what is', () => {
    expect(expectedAt(CHAT, 0)).toMatchObject({
      decision: 'call',
      calls: [{ name: 'get_weather', arguments: { city: 'Oslo' } }],
    });
    expect(expectedAt(CHAT, 4)).toMatchObject({ decision: 'answer', calls: [], written: 'answer' });
    expect(expectedAt(CHAT, 6)).toBeUndefined();
    expect(expectedAt(CHAT, 1)).toBeUndefined();
  });

  it('takes what the record says, and only for its own message', () => {
    const says = { message: 4, intent: 'x', decision: 'ask', calls: [], contested: false, written: 'ask' };
    const told = { ...CHAT, extra: { expected: [says] } };
    expect(expectedAt(told, 4)).toEqual(says);
    expect(expectedAt(told, 0)?.intent).toBe('recorded');
    for (const odd of ['call', [null, 3, { message: 4 }], {}])
      expect(expectedAt({ ...CHAT, extra: { expected: odd } }, 4)?.intent).toBe('recorded');
  });

  it('cuts the conversation after the message, and keeps the reaction apart', () => {
    const { conversation, recorded, completion } = at(0);
    expect(conversation.messages).toEqual(CHAT.messages.slice(0, 1));
    expect(recorded).toEqual(CHAT.messages.slice(1, 4));
    expect(completion.reactions.map(({ wellFormed }) => wellFormed)).toEqual([true, true]);
    expect(recordedReaction(CHAT, 6)).toEqual([]);
  });
});

describe('a composition', () => {
  it('is the weighted sum of its parts, which are told without their weights', () => {
    const parts = [
      { id: 'decision', weight: 2 },
      { id: 'toolrl', weight: 0.5, options: { most: 1 } },
      { id: 'length', weight: -1 },
    ];
    expect(composeRewards(parts, at(0))).toEqual({
      total: 1.5,
      parts: [
        { id: 'decision', value: 1 },
        { id: 'toolrl', value: 1 },
        { id: 'length', value: 1 },
      ],
    });
  });

  it('is missing where a part is, and says which and why; nothing counts as 0', () => {
    const unknown = rewardInput(CHAT, 6, recordedCompletion([{ role: 'assistant', content: 'Yes.' }]));
    const parts = [
      { id: 'format', weight: 1 },
      { id: 'decision', weight: 1 },
      { id: 'length', weight: 1 },
    ];
    expect(composeRewards(parts, unknown)).toEqual({
      total: undefined,
      parts: [
        { id: 'format', value: 0 },
        { id: 'decision', value: undefined },
        { id: 'length', value: undefined },
      ],
      problem: 'Decision: Nothing says what is right here.',
    });
    expect(composeRewards(parts.slice(2), unknown).problem).toBe('Length: Its tokens were not counted.');
  });

  it('measures a part of weight 0 without counting it', () => {
    const unknown = rewardInput(CHAT, 6, recordedCompletion([{ role: 'assistant', content: 'Yes.' }]));
    const score = composeRewards(
      [
        { id: 'decision', weight: 0 },
        { id: 'format', weight: 1 },
      ],
      unknown,
    );
    expect(score).toEqual({
      total: 0,
      parts: [
        { id: 'decision', value: undefined },
        { id: 'format', value: 0 },
      ],
    });
  });

  it('takes the own function’s score from outside, and its problem', () => {
    const parts = [{ id: 'own', weight: 3 }];
    expect(usesOwn(parts)).toBe(true);
    expect(composeRewards(parts, at(0), { value: -2 }).total).toBe(-6);
    expect(composeRewards(parts, at(0), { problem: 'It threw.' }).problem).toBe(
      'Your own function: It threw.',
    );
    for (const [own, problem] of [
      [undefined, 'It was not run.'],
      [{ value: NaN }, 'It is not a finite number.'],
    ] as const)
      expect(composeRewards(parts, at(0), own)).toMatchObject({
        total: undefined,
        problem: `Your own function: ${problem}`,
      });
  });

  it.each<[RewardPart[], string]>([
    [[], 'Nothing is rewarded yet.'],
    [[{ id: 'kindness', weight: 1 }], 'There is no reward “kindness”.'],
    [
      [
        { id: 'format', weight: 1 },
        { id: 'format', weight: 2 },
      ],
      'The reward “format” is there twice.',
    ],
    [
      [{ id: 'format', weight: NaN }],
      'The weight of the reward “format” must be a number between −1000 and 1000.',
    ],
    [[{ id: 'length', weight: 1, options: { goal: 3 } }], 'The reward “length” has no option “goal”.'],
    [
      [{ id: 'length', weight: 1, options: { target: 0 } }],
      'The option “target” of the reward “length” must be a number between 1 and 32768.',
    ],
    [[{ id: 'own', weight: 1, options: { x: 1 } }], 'The reward “own” has no option “x”.'],
  ])('refuses %j', (parts, message) => {
    expect(refusal(parts)).toBe(message);
    expect(() => composeRewards(parts, at(0))).toThrow(message);
  });
});

describe('what the own function is given', () => {
  it('is JSON with what its signature names', () => {
    const given = JSON.parse(ownInput(at(0))) as Record<string, Record<string, unknown>>;
    expect(Object.keys(given)).toEqual(['conversation', 'completion', 'toolCalls', 'tools', 'expected']);
    expect(given['completion']).toMatchObject({
      answer: 'It is rainy.',
      tokens: 60,
      thinkTokens: 9,
      ended: true,
      wellFormed: true,
    });
    expect(given['toolCalls']).toEqual([{ name: 'get_weather', arguments: { city: 'Oslo' } }]);
    expect(given['tools']).toEqual([{ name: 'get_weather', parameters: {} }]);
    expect(given['expected']).toMatchObject({ decision: 'call' });
    const alone = rewardInput(CHAT, 6, recordedCompletion([]));
    expect(JSON.parse(ownInput(alone))).toMatchObject({
      completion: { answer: '', tokens: null },
      expected: null,
    });
  });
});
