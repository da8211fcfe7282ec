/**
 * @file Stripping as Python does it, called from templates.
 */
import { describe, expect, it } from 'vitest';
import { ChatTemplate } from '../../src/template/chat-template';
import { pythonStrip } from '../../src/template/python-strip';

/** `[ord(c) for c in map(chr, range(0x110000)) if c.isspace()]` in CPython 3.11. */
const IS_SPACE = [
  ...[0x9, 0xa, 0xb, 0xc, 0xd, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680],
  ...[0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a],
  ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000],
];

describe('pythonStrip', () => {
  it('takes exactly what Python calls white space', () => {
    const taken: number[] = [];
    for (let code = 0; code < 0x10000; code++) {
      if (pythonStrip('strip', String.fromCharCode(code)) === '') taken.push(code);
    }
    expect(taken).toEqual(IS_SPACE);
  });

  it('takes a set of characters, from the sides asked for', () => {
    expect(pythonStrip('strip', '\n a \n', '\n')).toBe(' a ');
    expect(pythonStrip('lstrip', 'xyxa', 'xy')).toBe('a');
    expect(pythonStrip('rstrip', '👋a👋👋', '👋')).toBe('👋a');
    expect(pythonStrip('strip', 'aaa', 'a')).toBe('');
  });
});

describe('in templates', () => {
  const render = (source: string) =>
    new ChatTemplate(source, { bosToken: '', eosToken: '', specialTokens: [] }).render([
      { role: 'user', content: '\n  x \n' },
    ]);

  it.each([
    ["[{{ messages[0].content.strip('\\n') }}]", '[  x ]'],
    ["[{{ messages[0].content.lstrip('\\n') }}]", '[  x \n]'],
    ["[{{ messages[0]['content'].rstrip('\\n').split(' ') | length }}]", '[4]'],
    ['[{{ messages[0].content.strip() }}]', '[x]'],
    ['[{{ messages[0].content | trim }}]', '[x]'],
    ["[{{ messages[0].content | trim('\\n') }}]", '[  x ]'],
    [
      "[{% for m in messages %}{% set c = m.content.strip('\\n') if m.role == 'user' else '' %}{{ c }}{% endfor %}]",
      '[  x ]',
    ],
    ["[{% macro f(t) %}{{ t.strip('\\n') }}{% endmacro %}{{ f(messages[0].content) }}]", '[  x ]'],
    ["[{{ (messages[0].content ~ '!').strip('\\n!') }}]", '[  x ]'],
  ])('%s', (source, text) => {
    expect(render(source)).toBe(text);
  });

  it('names the template’s mistake where it strips what is no string', () => {
    expect(() => render('{{ messages[0].nothing.strip() }}')).toThrow(/no string/);
  });
});
