/**
 * @file How things are said in practice data: the grammar, how many phrasings an intent has, and that held-out words and
 * things never appear in training.
 */
import { describe, expect, it } from 'vitest';
import { type Expected, composeAll } from '../../src/conversation/practice/compose';
import * as entities from '../../src/conversation/practice/entities';
import { type Wording, dress, drawWording, wordingLanguage } from '../../src/conversation/practice/frames';
import { drawPhrase, drawShare, fill, language } from '../../src/conversation/practice/grammar';
import { INTENTS } from '../../src/conversation/practice/intents';
import { Random } from '../../src/conversation/practice/prng';
import { HELD_OUT_SKILLS, SKILLS } from '../../src/conversation/practice/skills';
import type { Conversation } from '../../src/conversation/types';

const texts = (patterns: string[], reserved: boolean) =>
  language(patterns)
    .filter((phrase) => phrase.reserved === reserved)
    .map(({ text }) => text);

describe('the grammar', () => {
  it('lists what its patterns give', () => {
    expect(texts(['[a|b][|!] {x}', '~c'], false)).toEqual(['a {x}', 'a! {x}', 'b {x}', 'b! {x}']);
    expect(texts(['[a|~b[c|d]]', '~e[f|g]'], true)).toEqual(['bc', 'bd', 'ef', 'eg']);
    expect(fill('{a} and {b} {c}', { a: 'x{b}', b: 2 })).toBe('x{b} and 2 {c}');
    expect(() => language(['[a|b'])).toThrow(SyntaxError);
  });

  it('draws what the list holds, reserved parts only where they are wanted', () => {
    const patterns = ['[a|~b][c|~d]', '~e'];
    const seen = new Set(
      Array.from({ length: 50 }, (_, i) => drawPhrase(patterns, new Random(i), false).text),
    );
    expect(seen).toEqual(new Set(['ac']));
    const random = new Random(3);
    const unseen = new Set(
      Array.from({ length: 200 }, () => drawShare('unseen', (all) => drawPhrase(patterns, random, all))),
    );
    expect(unseen).toEqual(new Set(['ad', 'bc', 'bd', 'e']));
    expect(() => drawShare('unseen', () => ({ text: 'a', reserved: false }))).toThrow(RangeError);
  });

  it('dresses a sentence without touching what stands in it', () => {
    for (let i = 0; i < 400; i++) {
      const said = dress('Is Oslo warm?', new Random(i), i % 2 ? 'seen' : 'unseen');
      expect(said).toMatch(/[Ii]s Oslo warm/);
      expect(dress('Oslo weather?', new Random(i), 'seen')).toContain('Oslo weather');
      expect(dress('Repeat: a b', new Random(i), 'unseen')).toMatch(/[Rr]epeat: a b$/);
    }
  });
});

/** Everything that users say in words of ours, by intent or tool. */
const WORDINGS: [string, Wording][] = [
  ...INTENTS.flatMap(({ name, wording }): [string, Wording][] => (wording ? [[name, wording]] : [])),
  ...[...SKILLS, ...HELD_OUT_SKILLS].flatMap(({ tool, wording, missing, again }): [string, Wording][] => [
    [tool, wording],
    ...(missing
      ? ([
          [`${tool}, lacking something`, missing.ask],
          [`${tool}, supplied`, { own: missing.supply }],
        ] as [string, Wording][])
      : []),
    ...(again ? ([[`${tool}, again`, { own: again }]] as [string, Wording][]) : []),
  ]),
];

describe('phrasings', () => {
  it.each(WORDINGS)('of %s: training and held-out data share none', (_, wording) => {
    const all = wordingLanguage(wording);
    const seen = new Set(all.filter((phrase) => !phrase.reserved).map(({ text }) => text));
    expect(seen.size).toBeGreaterThan(0);
    expect(all.filter(({ text, reserved }) => reserved && seen.has(text))).toEqual([]);
  });

  it('number hundreds for every tool of training, and as many are held out', () => {
    for (const { tool, wording } of SKILLS) {
      const all = wordingLanguage(wording);
      expect(new Set(all.filter((p) => !p.reserved).map((p) => p.text)).size, tool).toBeGreaterThan(200);
      expect(new Set(all.filter((p) => p.reserved).map((p) => p.text)).size, tool).toBeGreaterThan(100);
    }
  });

  it('of every intent have a held-out form, which keeps the slots', () => {
    for (const [name, wording] of WORDINGS) {
      if (HELD_OUT_SKILLS.some(({ tool }) => name.startsWith(tool))) continue;
      const random = new Random(1);
      const slots = new Set(wordingLanguage(wording).flatMap(({ text }) => text.match(/\{\w+\}/g) ?? []));
      for (let i = 0; i < 20; i++) {
        const text = drawWording(wording, random, 'unseen');
        for (const slot of text.match(/\{\w+\}/g) ?? []) expect(slots, name).toContain(slot);
        expect(text, name).not.toMatch(/[[\]|~]/);
      }
    }
  });
});

describe('entities', () => {
  it('number hundreds to thousands, an eighth of them held out', () => {
    const random = new Random(1);
    for (const [draw, least] of [
      [entities.firstName, 1500],
      [entities.personName, 2500],
      [entities.cityName, 500],
      [entities.itemName, 900],
      [entities.madeWord, 900],
      [entities.articleTopic, 1800],
    ] as const) {
      const seen = new Set(Array.from({ length: 6000 }, () => draw(random, 'seen')));
      const unseen = new Set(Array.from({ length: 3000 }, () => draw(random, 'unseen')));
      expect(seen.size, draw.name).toBeGreaterThan(least);
      expect(unseen.size, draw.name).toBeGreaterThan(least / 15);
      expect([...unseen].filter((entity) => seen.has(entity))).toEqual([]);
    }
  });

  /** Names, cities, goods and made-up words in calls and facts. */
  const things = (records: readonly Conversation[]) =>
    new Set(
      records.flatMap(({ messages, extra }) => {
        const expected = extra.expected as unknown as Expected[];
        const values = expected
          .flatMap(({ calls }) => calls)
          .flatMap((call) => Object.values(call.arguments).filter((value) => typeof value === 'string'));
        const names = expected.flatMap(({ intent, states = [] }) => (intent === 'introduce' ? states : []));
        const answers = messages.flatMap(({ role, content }) =>
          role === 'tool' ? (content.match(/(?<=near )\w+|(?<=a kind of )\w+ \w+/g) ?? []) : [],
        );
        return [...values, ...names, ...answers].filter((value) =>
          /^\p{Lu}\p{Ll}+ ?\p{L}*$|^\p{Ll}+ \p{Ll}+$/u.test(value),
        );
      }),
    );

  it('of held-out data appear nowhere in training, results included', () => {
    const train = things(composeAll(4000, { seed: 12 }));
    const closed =
      /^(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)$|^(team meeting|book club|staff party|dance class|bike tour|garden work|pay the|feed the)/;
    for (const split of ['held-out-entities', 'held-out-phrasings'] as const) {
      const records = composeAll(2000, { seed: 13, split });
      const given = records.map((record) => ({ ...record, messages: [] }));
      const held = [...things(given)].filter((thing) => !closed.test(thing));
      expect(held.length).toBeGreaterThan(300);
      const texts = [...train].join('\n');
      expect(held.filter((thing) => train.has(thing) || new RegExp(`\\b${thing}\\b`).test(texts))).toEqual(
        [],
      );
    }
  });
});
