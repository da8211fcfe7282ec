/**
 * @file Tools that are put together from words: there are thousands, each is found again from its schema, whatever its
 * names, and none comes near a held-out tool.
 */
import { describe, expect, it } from 'vitest';
import { recordProblems } from '../../src/conversation/practice/check-record';
import { composeAll } from '../../src/conversation/practice/compose';
import { wordingLanguage } from '../../src/conversation/practice/frames';
import { drawMadeTool, madeToolOf } from '../../src/conversation/practice/made-tools';
import { THINGS, VERBS, madeName } from '../../src/conversation/practice/made-words';
import { Random } from '../../src/conversation/practice/prng';
import { type Arguments, listingSchema, plainListing } from '../../src/conversation/practice/tool';
import { ALL_TOOLS, HELD_OUT_TOOLS, findTool } from '../../src/conversation/practice/tools';
import { World, listingsOf } from '../../src/conversation/practice/world';

const random = new Random(3);
const MADE = Array.from({ length: 4000 }, () => drawMadeTool(random, new Set()));

describe('made tools', () => {
  it('are thousands, none named or described like a tool of our own', () => {
    const descriptions = new Set(MADE.map(({ tool }) => tool.description));
    expect(descriptions.size).toBeGreaterThan(1500);
    for (const { tool } of MADE) {
      for (const name of [tool.name, ...tool.aliases]) expect(findTool(name), name).toBeUndefined();
      expect(ALL_TOOLS.map(({ description }) => description)).not.toContain(tool.description);
    }
  });

  it('share no noun or verb with the held-out tools', () => {
    const held = HELD_OUT_TOOLS.flatMap(({ name, aliases }) =>
      [name, ...aliases].flatMap((n) => n.split('_')),
    );
    expect([...THINGS, ...VERBS].filter((word) => held.includes(word))).toEqual([]);
  });

  it('are found again from their schemas, under any names', () => {
    for (const { tool } of MADE.slice(0, 400)) {
      expect(madeToolOf(tool.description)?.tool).toBe(tool);
      const own = Object.keys(tool.parameters);
      const listing = {
        tool,
        name: madeName(random, 'tool'),
        parameters: Object.fromEntries(own.map((name, i) => [name, `p${i}`])),
      };
      for (const each of [plainListing(tool), listing])
        expect(listingsOf([listingSchema(each)])).toEqual([each]);
    }
    for (const text of [
      '',
      'Height of a cloud',
      'Colour and smell of a tower',
      'Eat a tower',
      'constructor of a tower',
    ])
      expect(madeToolOf(text), text).toBeUndefined();
  });

  it('ask for one thing in many ways, with every argument in the words', () => {
    for (const { tool, skill } of MADE.slice(0, 60)) {
      const all = wordingLanguage(skill.wording);
      expect(all.filter((p) => !p.reserved).length, tool.name).toBeGreaterThan(80);
      expect(all.filter((p) => p.reserved).length, tool.name).toBeGreaterThan(40);
      for (const { text } of all) expect(text.replace(/\{\w+\}/g, ''), tool.name).not.toMatch(/[[\]|~{}]/);
      const slots = new Set(skill.what.match(/\{\w+\}/g));
      expect(slots.size, tool.name).toBe(tool.required.length);
    }
  });

  it('answer the same in the same world, differently in others, sometimes with an error', () => {
    const results = (number: number) =>
      MADE.slice(0, 300).map(({ tool }) => {
        const args: Arguments = Object.fromEntries(
          Object.entries(tool.parameters).map(([name, { type }]) => [name, type === 'integer' ? 7 : 'Rome']),
        );
        return new World(number).run({ name: tool.name, arguments: args }, [plainListing(tool)]);
      });
    expect(results(1)).toEqual(results(1));
    expect(results(1)).not.toEqual(results(2));
    const errors = results(1).filter((result) => 'error' in result).length;
    expect(errors).toBeGreaterThan(5);
    expect(errors).toBeLessThan(75);
  });

  it('make sound records, alone as well', () => {
    const records = composeAll(400, { seed: 6, made: 1, withTools: 1 });
    expect(records.flatMap(recordProblems)).toEqual([]);
    const tools = records.flatMap(({ tools = [] }) => listingsOf(tools));
    expect(tools.every(({ tool }) => madeToolOf(tool.description)?.tool === tool)).toBe(true);
    const none = composeAll(100, { seed: 6, made: 0, withTools: 1 }).flatMap(({ tools = [] }) =>
      listingsOf(tools),
    );
    expect(none.some(({ tool }) => madeToolOf(tool.description))).toBe(false);
  });
});
