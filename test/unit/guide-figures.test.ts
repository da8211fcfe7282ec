/**
 * @file The guide's figures are those of their sources, every number that is typed in a text is held to its source, every figure
 * that a text cites is there, and its links are safe.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { citedIn, readGuideFigures, withFigures } from '../../src/state/guide-figures';
import { GUIDE, GUIDE_INTRO } from '../../src/ui/guide-text';
import { experimentFindings, heldProblems } from '../../tools/guide-figures.mjs';
import { measureOptions } from '../../tools/guide-measure.mjs';

const text = readFileSync(new URL('../../public/guide/figures.json', import.meta.url), 'utf8');
const figures = readGuideFigures(text);

test('every figure is what stands in its source; if not, run node tools/guide-figures.mjs', () => {
  const tool = fileURLToPath(new URL('../../tools/guide-figures.mjs', import.meta.url));
  expect(execFileSync(process.execPath, [tool, '--check'], { encoding: 'utf8' })).toContain(
    'All figures agree',
  );
});

test('every figure is cited, and every citation is a figure', () => {
  const cited = GUIDE.flatMap(({ text: answer }) => citedIn(answer));
  expect([...new Set(cited)].sort()).toEqual(Object.keys(figures.figures).sort());
});

describe('numbers that are typed', () => {
  const list = JSON.parse(
    readFileSync(new URL('../../tools/guide-held.json', import.meta.url), 'utf8'),
  ) as Record<'held' | 'plain', { says: string }[]>;
  const texts = [
    GUIDE_INTRO,
    ...GUIDE.flatMap(({ question, short, text: answer }) => [question, short, answer]),
    ...Object.values(figures.figures).map(({ about }) => about),
  ];

  /** Places of the numbers in brackets, wherever a text says the words around them. */
  function covered(text: string): Set<number> {
    const places = new Set<number>();
    for (const { says } of [...list.held, ...list.plain]) {
      const words = says.replace(/[[\]]/g, '');
      for (let from = text.indexOf(words); from >= 0; from = text.indexOf(words, from + 1)) {
        let brackets = 0;
        for (const { index } of says.matchAll(/\[/g)) places.add(from + index - 2 * brackets++);
      }
    }
    return places;
  }

  test('each is held to its source, or listed as no figure', () => {
    const number = /\d+(?:[.,]\d+)*%?|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b/gi;
    for (const text of texts) {
      // What is cited is no typed number, and neither are the numbers of a list or the name of a thing.
      const typed = text
        .replace(/\{[a-z0-9-]+\}/g, (cited) => ' '.repeat(cited.length))
        .replace(/^\d+\. |Qwen3/gm, (listed) => ' '.repeat(listed.length));
      const held = covered(text);
      for (const { 0: found, index } of typed.matchAll(number))
        expect(held.has(index), `${found} in “${text.slice(Math.max(0, index - 40), index + 40)}”`).toBe(
          true,
        );
    }
  });

  test('what is listed stands in a text', () => {
    for (const { says } of [...list.held, ...list.plain])
      expect(
        texts.some((text) => text.includes(says.replace(/[[\]]/g, ''))),
        says,
      ).toBe(true);
  });

  test('one that its source does not have is told: the words, the source, and what stands there', () => {
    const source = 'Of 1,500 runs with 3 seeds (1, 2, 3).';
    const problems = (says: string, find: string, count?: string) =>
      heldProblems(
        [{ says, source: 'r.md', find, ...(count && { count }) }],
        'Six of 1,500, three seeds.',
        () => source,
      );
    expect(problems('of [1,500]', 'Of ([\\d,]+) runs')).toEqual([]);
    expect(problems('[three] seeds', '(\\d+) seeds')).toEqual([]);
    expect(problems('[three] seeds', 'seeds (\\([^)]*\\))', '\\d')).toEqual([]);
    expect(problems('[Six] of', '(\\d+) seeds')).toEqual([
      '“Six of”: r.md has 3. Correct the guide, and “says” in tools/guide-held.json.',
    ]);
    expect(problems('[three] seeds', '(\\d+) sorts')[0]).toMatch(/r\.md no longer has it/);
    expect(problems('[four] seeds', '(\\d+) seeds')[0]).toMatch(/no longer in the guide/);
  });

  test('a try with fewer conversations does not take the place of the report that is cited', () => {
    const cited = fileURLToPath(new URL('../../results/guide', import.meta.url));
    expect(measureOptions([])).toEqual({ conversations: 100, out: cited });
    expect(measureOptions(['20'])).toEqual({ conversations: 20, out: path.join(tmpdir(), 'guide-of-20') });
    expect(measureOptions(['20', 'somewhere']).out).toBe(path.resolve('somewhere'));
    expect(() => measureOptions(['20', cited])).toThrow(/name another folder/);
    expect(() => measureOptions(['twenty'])).toThrow(/no number/);
  });
});

describe.each(GUIDE)('$id', ({ question, short, text: answer, sources }) => {
  test('is a question with an answer and sources', () => {
    expect(question).toMatch(/\?$/);
    expect(short.length).toBeLessThan(220);
    expect(withFigures(answer, figures)).not.toMatch(/[{}]/);
    expect(sources.length).toBeGreaterThan(0);
    for (const [, href] of sources) expect(new URL(href).protocol).toBe('https:');
  });
});

test('a figure that is not known is a dash; a damaged file is refused', () => {
  expect(withFigures('{uncontested} of {other}', undefined)).toBe('– of –');
  expect(() => readGuideFigures('{')).toThrow(/not JSON/);
  expect(() => readGuideFigures('{"figures":{"a":{"value":1}},"experiment":{"state":""}}')).toThrow(
    /“a” lacks a field/,
  );
  expect(() => readGuideFigures('{"figures":{}}')).toThrow(/“experiment” is missing/);
});

describe('the experiment', () => {
  const REPORT = `# SFT or RL?

330 held-out questions in 330 conversations, 85 of them contested; 3 seeds (1, 2, 3); computed on the CPU, 1 thread.

## At the end of every arm

| Arm | Decision right | False calls | Missed calls | Right answer | Tokens |
| --- | ---: | ---: | ---: | ---: | ---: |
| base | 66.4% [61.1%, 71.2%] | 19.0% [13.4%, 26.3%] | 44.7% [37.8%, 51.8%] | 60.1% [54.7%, 65.2%] | 0 |
| GRPO | 92.8% [90.3%, 94.7%]; 91.2% to 94.2% | 8.2% [5.2%, 12.8%]; 4.9% to 13.4% | 6.4% [4.2%, 9.5%] | 80.7% [76.9%, 84.0%] | 977,784 |

## What it took

| Arm | Steps | Tokens generated | Processor |
| --- | ---: | ---: | ---: |
| base | 0 | 0 | 0.0 s |
| GRPO | 100 | 355,481 | 8 min |

## What follows

- **GRPO does not help measurably**: it cannot be told from the model as loaded, +1.6 [−3.8, +6.9] points.
- **SFT 64** is better than the model as loaded: +4.0 [+1.0, +7.0] points.

These are 2 comparisons.
`;

  test('is cited where it has a whole report: of what it is, each arm at its end, each finding word for word', () => {
    expect(experimentFindings(REPORT)).toEqual({
      state:
        '330 held-out questions in 330 conversations, 85 of them contested; 3 seeds (1, 2, 3); computed on the CPU, 1 thread.',
      arms: [
        {
          arm: 'base',
          decision: '66.4% [61.1%, 71.2%]',
          falseCalls: '19.0% [13.4%, 26.3%]',
          missedCalls: '44.7% [37.8%, 51.8%]',
          answer: '60.1% [54.7%, 65.2%]',
          steps: '0',
          tokens: '0',
          processor: '0.0 s',
        },
        {
          arm: 'GRPO',
          decision: '92.8% [90.3%, 94.7%]',
          falseCalls: '8.2% [5.2%, 12.8%]',
          missedCalls: '6.4% [4.2%, 9.5%]',
          answer: '80.7% [76.9%, 84.0%]',
          steps: '100',
          tokens: '977,784',
          processor: '8 min',
        },
      ],
      findings: `- **GRPO does not help measurably**: it cannot be told from the model as loaded, +1.6 [−3.8, +6.9] points.
- **SFT 64** is better than the model as loaded: +4.0 [+1.0, +7.0] points.`,
    });
  });

  test('is not cited while some of its runs are not finished', () => {
    expect(
      experimentFindings(`${REPORT}\n**Not finished, and in no table: GRPO (seed 3).**`),
    ).toBeUndefined();
    expect(experimentFindings('# Nothing')).toBeUndefined();
  });
});
