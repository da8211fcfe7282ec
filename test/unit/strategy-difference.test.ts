/**
 * @file Where two strategies train other tokens: sums held against the report of each strategy, which counts in another way,
 * and exact tokens for templates that keep and that strip earlier thinking.
 */
import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import type { Inspector } from '../../src/sequence/inspector';
import { STRATEGIES, type Strategy } from '../../src/sequence/strategy';
import { strategyDifference, type StrategyDifference } from '../../src/sequence/strategy-difference';
import { conversationOf } from './mask-support';
import { CONVERSATIONS, templateNamed, TEMPLATES, turnsOfDigits } from './sequence-support';

const divided = (
  inspector: Inspector,
  conversation: Conversation,
  strategy: Strategy,
  maxLength = Infinity,
) => inspector.divide(conversation, DEFAULT_POLICY, { strategy, maxLength }).sequences;

function between(inspector: Inspector, conversation: Conversation, a: Strategy, b: Strategy) {
  const sides = { a: divided(inspector, conversation, a), b: divided(inspector, conversation, b) };
  return { ...sides, found: strategyDifference(sides.a, sides.b) };
}

/** Message, segment, tokens, and how often and how much each trains them. */
const spelt = ({ rows }: StrategyDifference) =>
  rows.map(
    ({ message, kind, tokens, times, weight }) =>
      `${message} ${kind}: ${tokens}, ${times.a} (${weight.a}) against ${times.b} (${weight.b})`,
  );

describe('held against the report of each strategy', () => {
  it.for(TEMPLATES)('$name', ({ inspector }) => {
    let compared = 0;
    for (const conversation of CONVERSATIONS.filter((_, i) => i % 14 === 5)) {
      const reports = inspector.compare(conversation, DEFAULT_POLICY);
      for (const [i, { name: a }] of STRATEGIES.entries()) {
        const { name: b } = STRATEGIES[(i + 1) % STRATEGIES.length] ?? { name: a };
        const sides = between(inspector, conversation, a, b);
        const { found } = sides;
        const reportOf = (strategy: Strategy) => reports.find((report) => report.strategy === strategy);
        expect(found.weight.a).toBeCloseTo(reportOf(a)?.weight ?? NaN, 6);
        expect(found.weight.b).toBeCloseTo(reportOf(b)?.weight ?? NaN, 6);
        expect(found.alike + found.onlyA + found.onlyB + found.otherWeight).toBe(found.trained);
        const differing = found.rows.reduce((sum, { tokens }) => sum + tokens, 0);
        expect(differing).toBe(found.trained - found.alike);
        // Each of these trains no token twice.
        for (const [side, strategy] of [
          ['a', a],
          ['b', b],
        ] as const) {
          if (strategy === 'prefixes') continue;
          const times = found.sums[side].flatMap((sums) => [...sums.times[side]]);
          expect(Math.max(0, ...times), `${strategy} of ${conversation.id}`).toBeLessThanOrEqual(1);
        }
        // What a sequence trains is trained by its strategy, and nothing before its first token is predicted.
        sides.a.forEach(({ sequence }, k) =>
          sequence.weights.forEach((weight, t) => {
            if (t > 0 && weight !== 0) expect(found.sums.a[k]?.times.a[t]).toBeGreaterThan(0);
          }),
        );
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(0);
  });

  it('is the other way round where the two change places, and nothing where they are the same', () => {
    const inspector = templateNamed('live-end');
    for (const conversation of CONVERSATIONS.slice(24, 27)) {
      const one = between(inspector, conversation, 'whole', 'fork').found;
      const other = between(inspector, conversation, 'fork', 'whole').found;
      expect([other.onlyA, other.onlyB, other.otherWeight, other.alike]).toEqual([
        one.onlyB,
        one.onlyA,
        one.otherWeight,
        one.alike,
      ]);
      const same = between(inspector, conversation, 'prefixes', 'prefixes').found;
      expect([same.alike, same.rows]).toEqual([same.trained, []]);
    }
  });
});

describe('spelt out', () => {
  const keeps = templateNamed('chatml-keeps-thinking');

  it('growing prefixes count earlier turns again: N − k times', () => {
    const { found, b } = between(keeps, turnsOfDigits([9, 9, 9]), 'whole', 'prefixes');
    expect(spelt(found)).toEqual([
      '1 answer: 9, 1 (1) against 3 (3)',
      '1 end: 1, 1 (1) against 3 (3)',
      '3 answer: 9, 1 (1) against 2 (2)',
      '3 end: 1, 1 (1) against 2 (2)',
    ]);
    expect([found.trained, found.alike, found.otherWeight]).toEqual([30, 10, 20]);
    // Every sequence shows the sums of the whole strategy, also where its own weight is another.
    expect(b.length).toBe(3);
    for (const [k, sums] of found.sums.b.entries()) {
      const answer =
        b[k]?.encoded.message.findIndex((m, i) => m === 1 && b[k]?.sequence.weights[i] === 1) ?? -1;
      expect([sums.a[answer], sums.b[answer]]).toEqual([1, 3]);
    }
  });

  it('the last turn only leaves out the others, which stand in it as context', () => {
    const { found, b } = between(keeps, turnsOfDigits([4, 4]), 'whole', 'last');
    expect(spelt(found)).toEqual(['1 answer: 4, 1 (1) against 0 (0)', '1 end: 1, 1 (1) against 0 (0)']);
    const context =
      b[0]?.encoded.message.findIndex((m, i) => m === 1 && b[0]?.encoded.generated[i] === 1) ?? -1;
    expect([b[0]?.sequence.weights[context], found.sums.b[0]?.a[context]]).toEqual([0, 1]);
  });

  it('growing prefixes of which the last turn is trained are the whole conversation', () => {
    const { found } = between(keeps, turnsOfDigits([4, 4, 2]), 'whole', 'prefixes-last');
    expect(found.rows).toEqual([]);
    expect(found.trained).toBe(13);
  });

  it('thinking that the template strips later is trained by the one that forks alone', () => {
    const conversation = conversationOf(
      { role: 'user', content: 'Add 2 and 3.' },
      { role: 'assistant', content: 'Five.', reasoning: '2+3' },
      { role: 'user', content: 'And 4?' },
      { role: 'assistant', content: 'Nine.', reasoning: '5+4' },
    );
    const inspector = templateNamed('live-end');
    const { found, b } = between(inspector, conversation, 'whole', 'fork');
    expect(spelt(found)).toEqual([
      '1 end: 1, 1 (1) against 0 (0)',
      '1 think: 11, 0 (0) against 1 (1)',
      '1 answer: 2, 0 (0) against 1 (1)',
      '1 end: 1, 0 (0) against 1 (1)',
    ]);
    const marked = b.map(({ encoded, rendered }, k) =>
      Array.from(encoded.ids.keys()).flatMap((i) => {
        const { times } = found.sums.b[k] ?? {};
        const same = times?.a[i] === times?.b[i];
        return same ? [] : [rendered.text.slice(encoded.start[i], encoded.end[i])];
      }),
    );
    // The end of a turn is another token once the turn is past: each sequence has one of the two.
    expect(marked.map((tokens) => tokens.slice(-4))).toEqual([
      ['<|end|>', '<|start|>', 'assistant', '<|return|>'],
      ['<|end|>'],
    ]);
  });

  it('what is cut off is trained by neither', () => {
    const conversation = turnsOfDigits([4, 4]);
    const all = divided(keeps, conversation, 'whole');
    const cut = divided(keeps, conversation, 'whole', (all[0]?.sequence.ids.length ?? 0) - 4);
    const found = strategyDifference(all, cut);
    expect([found.onlyA, found.onlyB, found.otherWeight]).toEqual([found.trained - found.alike, 0, 0]);
    expect(found.onlyA).toBeGreaterThan(0);
  });
});
