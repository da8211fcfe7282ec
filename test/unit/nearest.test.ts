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
