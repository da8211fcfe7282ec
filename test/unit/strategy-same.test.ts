/**
 * @file Which strategies come to the same for conversations at hand, and why: by templates that keep and that rewrite the history.
 */
import { describe, expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { StrategySummary } from '../../src/sequence/strategy-totals';
import { sameStrategies } from '../../src/ui/strategy-same';
import { conversationOf } from './mask-support';
import { templateNamed } from './sequence-support';

function same(template: string, ...conversations: Conversation[]) {
  const inspector = templateNamed(template);
  const summary = new StrategySummary();
  for (const one of conversations) summary.add(inspector.compare(one, DEFAULT_POLICY));
  return sameStrategies(summary.totals());
}

const KEEPS = 'chatml-keeps-thinking';
const STRIPS = 'chat_template_generation';

const turn = (i: number) => [
  { role: 'user' as const, content: `Question ${i}` },
  { role: 'assistant' as const, reasoning: `Thought ${i}`, content: `Answer ${i}` },
];
const turns = (count: number) => conversationOf(...Array.from({ length: count }, (_, i) => turn(i)).flat());

describe('strategies with equal rows', () => {
  test('one user turn: there is nothing to divide', () => {
    expect(same(KEEPS, turns(1))).toEqual({
      strategies: ['whole', 'prefixes', 'prefixes-last', 'last', 'fork'],
      reason: 'one-turn',
    });
  });
  test('a template that keeps the history: one sequence', () => {
    expect(same(KEEPS, turns(3), turns(2))).toEqual({ strategies: ['whole', 'fork'], reason: 'kept' });
  });
  test('a template that strips earlier thinking: a sequence for each user turn', () => {
    expect(same(STRIPS, turns(3))).toEqual({ strategies: ['prefixes-last', 'fork'], reason: 'rewritten' });
  });
  test('where some turns alone are rewritten, no two are the same', () => {
    const [, ...rest] = [
      ...turn(1),
      { role: 'user' as const, content: 'And?' },
      { role: 'assistant' as const, content: 'No.' },
      ...turn(3),
    ];
    expect(same(STRIPS, conversationOf({ role: 'user', content: 'Q' }, ...rest))).toBeUndefined();
  });
  test('nothing to train, nothing to say', () => {
    expect(sameStrategies([])).toBeUndefined();
  });
});
