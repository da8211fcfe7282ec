/**
 * @file The guide's figures are those of their sources, every figure that a text cites is there, and its links are safe.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { citedIn, readGuideFigures, withFigures } from '../../src/state/guide-figures';
import { GUIDE } from '../../src/ui/guide-text';
import { experimentState } from '../../tools/guide-figures.mjs';

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

## What follows

- **GRPO does not help measurably**: it cannot be told from the model as loaded, +1.6 [−3.8, +6.9] points.
- **SFT 64** is better than the model as loaded: +4.0 [+1.0, +7.0] points.

These are 2 comparisons.
`;

  test('is cited word for word where it has a whole report', () => {
    const state = experimentState(REPORT);
    expect(state).toMatch(/^It was run: 330 held-out questions in .* 1 thread\. What follows/);
    expect(state?.split('\n').filter((line) => line.startsWith('- '))).toHaveLength(2);
    expect(state).not.toContain('These are');
  });

  test('is not cited while some of its runs are not finished', () => {
    expect(experimentState(`${REPORT}\n**Not finished, and in no table: GRPO (seed 3).**`)).toBeUndefined();
    expect(experimentState('# Nothing')).toBeUndefined();
  });
});
