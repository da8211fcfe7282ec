/**
 * @file Names that are near to a mistyped one.
 */
import { expect, test } from 'vitest';
import { nearest } from '../../src/state/nearest';

const KNOWN = ['steps', 'step', 'title', 'target', 'text'];

test.each([
  ['stpes', ['steps']],
  ['Steps', ['steps', 'step']],
  ['txet', ['text']],
  ['titel', ['title']],
  ['colour', []],
  ['', []],
])('%j is near %j', (given, names) => expect(nearest(given, KNOWN)).toEqual(names));

test('no more than asked for', () => expect(nearest('step', KNOWN, 1)).toEqual(['step']));

test('what is a letter further than the nearest is named too, and nothing beyond that', () => {
  const known = ['sequent', 'sequences', 'sequels'];
  expect(nearest('sequence', known)).toEqual(['sequences', 'sequent']);
  expect(nearest('sequence', [...known, 'sequence'])).toEqual(['sequence', 'sequences']);
});
