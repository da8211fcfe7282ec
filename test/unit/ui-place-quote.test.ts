/**
 * @file The line of a template with the place of an error in it.
 */
import { expect, it } from 'vitest';
import { quoteLine } from '../../src/ui/place-quote';

it.each([
  ['a\n  {{ foo | shout }}', 2, 12, ['{{ foo | ', 'shout', ' }}']],
  ['{{ a | }}', 1, 8, ['{{ a | ', '}}', '']],
  ['{%- if -%}', 1, 8, ['{%- if ', '-%}', '']],
  ['{{- a }}', 1, 1, ['', '{{-', ' a }}']],
  ['a §b', 1, 3, ['a ', '§', 'b']],
  ['a 👍 b', 1, 3, ['a ', '👍', ' b']],
  ['a 👩‍🚀 b', 1, 3, ['a ', '👩‍🚀', ' b']],
  ['{{ e\u0301a }}', 1, 4, ['{{ ', 'e\u0301a', ' }}']],
  // Cut in the middle of no character.
  [`${'👩‍🚀'.repeat(12)}here${'👍'.repeat(30)}!`, 1, 61, [`…${'👩‍🚀'.repeat(9)}`, 'here', `${'👍'.repeat(24)}…`]],
  [`x${'👍'.repeat(30)}ab`, 1, 62, [`…${'👍'.repeat(24)}`, 'ab', '']],
  // At the end of a line, and of the text.
  ['ab\nc', 1, 3, ['ab', '⏎', '']],
  [`${'-'.repeat(60)}here${' y'.repeat(40)}`, 1, 61, [`…${'-'.repeat(48)}`, 'here', `${' y'.repeat(24)}…`]],
])('%j, line %i, column %i', (text, line, column, [before, at, after]) => {
  const quote = quoteLine(text, { line, column });
  expect(quote).toEqual({ before, at, after });
});

it('a line that is not there', () => expect(quoteLine('a', { line: 2, column: 1 })).toBeUndefined());
