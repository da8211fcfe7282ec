/**
 * @file The page for people who write lessons: its example is a lesson, and its lists are those that the page goes by.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHOICES, COMPARISONS } from '../../src/state/lesson-conditions';
import { FIGURE_FAMILIES, FIGURE_WORDS } from '../../src/state/lesson-figures';
import { parseLesson } from '../../src/state/lesson-format';
import { PARTS } from '../../src/state/lesson-parts';

const text = readFileSync(new URL('../../docs/lessons.md', import.meta.url), 'utf8');

test('the example opens as it is', () => {
  const [, example = ''] = /```json\n([\s\S]+?)```/.exec(text) ?? [];
  expect(parseLesson('docs/lessons.md', example).steps).toHaveLength(2);
});

test.each(FIGURE_FAMILIES)('says of $pattern what it is', ({ pattern }) => {
  const [, figures = ''] = text.split('## Figures');
  const row = figures.split('\n').find((line) => line.startsWith(`| \`${pattern.replace(/[{}]/g, '')}\` `));
  expect(row).toMatch(/\| [^|]{10,}\. +\|$/);
});

test.each(Object.entries(PARTS))('lists the part %s', (name, about) => {
  expect(text).toMatch(new RegExp(`\\| \`${name.replace('.', '\\.')}\` +\\| ${about} +\\|`));
});

test('names every word of the figures, every comparison and every choice', () => {
  const words = [...Object.values(FIGURE_WORDS).flat(), ...COMPARISONS, ...Object.keys(CHOICES)];
  expect(words.filter((word) => !text.includes(word))).toEqual([]);
});
