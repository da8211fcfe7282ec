/**
 * @file On 56 conversations × ten templates × three policies: whole conversations equal growing prefixes with the last turn
 * trained exactly where the template keeps history, and merge-and-fork equals one sample a message everywhere.
 *
 * Equal means the same multiset of (all ids before a trained token, the token, its weight).
 */
import { expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { DEFAULT_POLICY, type MaskPolicy } from '../../src/mask/policy';
import { presetNamed } from '../../src/mask/presets';
import { Inspector } from '../../src/sequence/inspector';
import type { Strategy } from '../../src/sequence/strategy';
import { turnsOf } from '../../src/sequence/turns';
import { TEMPLATE_FIXTURES } from '../fixtures/templates';
import {
  Contexts,
  CONVERSATIONS,
  perMessageSamples,
  TEMPLATES,
  trainedSet,
  weighSample,
} from './sequence-support';

const POLICIES: readonly { name: string; policy: MaskPolicy }[] = [
  { name: 'default', policy: DEFAULT_POLICY },
  { name: 'llama-factory', policy: presetNamed('llama-factory')?.policy ?? DEFAULT_POLICY },
  {
    name: 'weights',
    policy: {
      ...DEFAULT_POLICY,
      think: { train: true, weight: 0.3 },
      call: { train: true, weight: -2 },
      answer: { train: false, weight: 1 },
    },
  },
];

/** Templates that write the past differently from the present, whenever a conversation has what they change. */
const REWRITES = new Set([
  'chat_template_generation',
  'empty-think-in-last-turn',
  'live-end',
  'live-end-only',
]);

/** Whether each turn's tokens, through the last that the model writes, are where the whole conversation has them. */
function keepsHistory(inspector: Inspector, conversation: Conversation): boolean {
  const { messages } = conversation;
  const whole = inspector.inspect(conversation).encoded.ids;
  return turnsOf(messages).every(({ to }) => {
    const { encoded } = inspector.inspect({ ...conversation, messages: messages.slice(0, to + 1) });
    const end = encoded.generated.lastIndexOf(1) + 1;
    return encoded.ids.subarray(0, end).every((id, i) => id === whole[i]);
  });
}

const counted = { kept: 0, rewritten: 0, forked: 0, pairs: 0 };

test.each(TEMPLATES)('$name', ({ name, inspector }) => {
  for (const conversation of CONVERSATIONS) {
    const contexts = new Contexts();
    const samples = perMessageSamples(inspector, conversation);
    const kept = keepsHistory(inspector, conversation);
    for (const { name: policyName, policy } of POLICIES) {
      const at = `${conversation.id}, ${policyName}`;
      const divided = (strategy: Strategy) =>
        inspector.divide(conversation, policy, { strategy }).sequences.map(({ sequence }) => sequence);
      const trained = (strategy: Strategy) => trainedSet(contexts, divided(strategy));

      const wanted = samples.map((sample) => weighSample(sample, policy));
      const fork = divided('fork');
      const forked = trainedSet(contexts, fork);
      expect(forked, at).toEqual(trainedSet(contexts, wanted));
      const trains = samples.filter((_, i) => wanted[i]?.weights.some((weight) => weight !== 0));
      const once = fork.flatMap(({ origin }) => origin.trained ?? []);
      expect(once, `${at}: each message exactly once`).toEqual(trains.map(({ message }) => message));

      const [whole, last] = [trained('whole'), trained('prefixes-last')];
      if (kept) expect(whole, at).toEqual(last);
      // With answers masked, a turn may have nothing trained whose context could differ.
      else if (policy.answer.train) expect(whole, at).not.toEqual(last);
      if (fork.length === 1) expect(whole, at).toEqual(forked);

      if (policy !== DEFAULT_POLICY) continue;
      const strategies = ['whole', 'fork'] as const;
      const reports = inspector.compare(conversation, policy, { strategies });
      const [first, forks] = reports.map(({ differences }) => differences.map(({ text }) => text));
      expect(forks, at).toEqual([]);
      if (JSON.stringify(whole) === JSON.stringify(forked)) expect(first, at).toEqual([]);
      else expect(first, at).not.toEqual([]);
      counted.pairs++;
      counted[kept ? 'kept' : 'rewritten']++;
      if (fork.length > 1) counted.forked++;
      if (!REWRITES.has(name)) expect(fork.length, at).toBe(1);
    }
  }
});

const WITH_BLOCKS = TEMPLATE_FIXTURES.filter(({ name }) => name !== 'chatml-header-inside');

test.each(WITH_BLOCKS)(
  '$name, by its generation blocks',
  ({ source, tokenizerJson, tokenizerConfigJson }) => {
    const inspector = new Inspector(tokenizerJson, tokenizerConfigJson, source);
    const policy = presetNamed('trl-assistant-only')?.policy ?? DEFAULT_POLICY;
    for (const conversation of CONVERSATIONS.filter((_, i) => i % 6 === 0)) {
      const contexts = new Contexts();
      const wanted = perMessageSamples(inspector, conversation).map((sample) => weighSample(sample, policy));
      const { sequences } = inspector.divide(conversation, policy, { strategy: 'fork' });
      const fork = sequences.map(({ sequence }) => sequence);
      expect(trainedSet(contexts, fork), conversation.id).toEqual(trainedSet(contexts, wanted));
    }
  },
);

test('both cases occur by the hundred', () => {
  expect(counted.pairs).toBe(TEMPLATES.length * CONVERSATIONS.length);
  expect(counted.kept).toBeGreaterThanOrEqual(200);
  expect(counted.rewritten).toBeGreaterThanOrEqual(100);
  expect(counted.forked).toBeGreaterThanOrEqual(counted.rewritten);
});
