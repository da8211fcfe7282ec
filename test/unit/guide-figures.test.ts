/**
 * @file The guide's figures are those of their sources, every figure that a text cites is there, and its links are safe.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { citedIn, readGuideFigures, withFigures } from '../../src/state/guide-figures';
import { GUIDE } from '../../src/ui/guide-text';
import { experimentFindings } from '../../tools/guide-figures.mjs';

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
