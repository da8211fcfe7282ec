/**
 * @file Compositions of rewards as files and as they are typed: what is read, what is refused, by name.
 */
import { describe, expect, it } from 'vitest';
import { OWN_EXAMPLES } from '../../src/reward/own-examples';
import { REWARD_FUNCTIONS } from '../../src/reward/registry';
import { readRewards, writeRewards } from '../../src/reward/reward-file';
import { draftError, draftOf, partsOf } from '../../src/state/reward-drafts';

const file = (more: object) =>
  JSON.stringify({ losslightRewards: 1, parts: [{ id: 'format', weight: 1 }], ...more });

describe('a file', () => {
  it('comes back as it was written', () => {
    const parts = [
      { id: 'decision', weight: 1, options: { falseCall: -2 } },
      { id: 'own', weight: -0.5 },
    ];
    const code = OWN_EXAMPLES[1]?.code ?? '';
    expect(readRewards(writeRewards({ parts, code }))).toEqual({ parts, code });
    expect(readRewards(file({}))).toEqual({ parts: [{ id: 'format', weight: 1 }], code: '' });
  });

  it.each([
    ['{', /^The rewards cannot be used: the text is not valid JSON \(/],
    ['[]', /“losslightRewards” is missing/],
    ['{"parts": []}', /“losslightRewards” is missing/],
    [file({ losslightRewards: 2 }), /“losslightRewards” is 2, and only 1 is known/],
    [file({ extra: 1 }), /“extra” is no field of it/],
    [file({ code: 1 }), /“code” must be a text/],
    [file({ parts: {} }), /“parts” must be a list/],
    [file({ parts: [] }), /^Nothing is rewarded yet\.$/],
    [file({ parts: [1] }), /“parts\[0\]” must be an object/],
    [file({ parts: [{ id: 1, weight: 1 }] }), /“parts\[0\]\.id” must be a text/],
    [file({ parts: [{ id: 'format', weight: '1' }] }), /“parts\[0\]\.weight” must be a number/],
    [file({ parts: [{ id: 'format', weight: 1, wight: 2 }] }), /“parts\[0\]\.wight” is no field of a part/],
    [file({ parts: [{ id: 'format', weight: 1, options: [] }] }), /“parts\[0\]\.options” must be an object/],
    [file({ parts: [{ id: 'format', weight: 1, options: { kept: null } }] }), /“parts\[0\]\.options\.kept”/],
    [file({ parts: [{ id: 'kind', weight: 1 }] }), /^There is no reward “kind”\.$/],
    [file({ parts: [{ id: 'own', weight: 1 }] }), /the part “own” needs a function in “code”/],
  ])('is refused by name: %s', (text, message) => {
    expect(() => readRewards(text)).toThrow(message);
  });
});

describe('what is typed', () => {
  it('becomes parts, without options that are the defaults', () => {
    const drafts = REWARD_FUNCTIONS.map(({ id }) => draftOf({ id, weight: 1 }));
    expect(partsOf(drafts, '').parts).toEqual(REWARD_FUNCTIONS.map(({ id }) => ({ id, weight: 1 })));
    const length = { ...draftOf({ id: 'length', weight: 2 }), options: { target: '80', tolerance: '20' } };
    expect(partsOf([length], '').parts).toEqual([{ id: 'length', weight: 2, options: { target: 80 } }]);
    expect(draftOf({ id: 'length', weight: 2, options: { target: 80 } })).toEqual(length);
  });

  it('tells what is wrong with a field, and what is wrong as a whole', () => {
    const draft = draftOf({ id: 'length', weight: 1 });
    expect(draftError({ ...draft, weight: 'x' }, 'weight')).toMatch(/must be a number/);
    expect(draftError({ ...draft, weight: '1e6' }, 'weight')).toMatch(/between −1000 and 1000/);
    const wrong = { ...draft, options: { ...draft.options, target: '0' } };
    expect(draftError(wrong, { option: 'target' })).toBe('Target must be between 1 and 32768.');
    expect(partsOf([wrong], '').problem).toBe('A reward needs correcting.');
    expect(partsOf([], '').problem).toMatch(/^Nothing is rewarded yet/);
    expect(partsOf([draftOf({ id: 'own', weight: 1 })], ' ').problem).toMatch(/^Your own function is empty/);
  });
});

describe('the examples', () => {
  it('are at least four, each with a sentence, and one says that it can be hacked', () => {
    expect(OWN_EXAMPLES.length).toBeGreaterThanOrEqual(4);
    for (const { help, code } of OWN_EXAMPLES) {
      expect(help).toMatch(/\.$/);
      expect(code).toContain('function reward(');
    }
    expect(OWN_EXAMPLES.filter(({ title }) => title.includes('hacked'))).toHaveLength(1);
  });
});
