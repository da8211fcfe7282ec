/**
 * @file Python literals as JSON text. The left side is what Python's repr() wrote.
 */
import { expect, it } from 'vitest';
import { pythonToJson } from '../../src/conversation/python-literal';

it.each<[python: string, json: string | undefined]>([
  [String.raw`{'a': True, 'b': False, 'c': None}`, '{"a": true, "b": false, "c": null}'],
  [String.raw`[1, -2.50, 1e-05, 12345678901234567890]`, '[1, -2.50, 1e-05, 12345678901234567890]'],
  [
    String.raw`{'a': "it's", 'b': 'say "x"', 'c': 'it\'s "x"'}`,
    String.raw`{"a": "it's", "b": "say \"x\"", "c": "it's \"x\""}`,
  ],
  [
    String.raw`['\n\t\r\\', '\x07', '\x00a', 'é🙂', '\u2028', '\U0001f642']`,
    String.raw`["\n\t\r\\", "\u0007", "\u0000a", "é🙂", "` + '\u2028' + '", "🙂"]',
  ],
  // Unknown escapes keep their backslash in Python.
  [String.raw`'\d\q'`, String.raw`"\\d\\q"`],
  [String.raw`''`, '""'],
  ['(1, 2)', undefined],
  ['{1: 2}', '{1: 2}'],
  ['f(x)', undefined],
  ["'open", undefined],
  ['Truest', undefined],
  [String.raw`'\U00110000'`, String.raw`"\\U00110000"`],
])('%s', (python, json) => {
  expect(pythonToJson(python)).toBe(json);
});
