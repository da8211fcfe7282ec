/**
 * @file The JSON scanner: agrees with JSON.parse on what is JSON and what it means, and knows where everything stood.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPath, onlySpace, toJson } from '../../src/conversation/json';
import { scanJson } from '../../src/conversation/json-scanner';
import { SourceText } from '../../src/conversation/source-text';

/** The value, or undefined where the text is not JSON. */
function scanned(text: string): { value: unknown } | undefined {
  const scan = scanJson(text);
  return scan.ok && onlySpace(text, scan.next) ? { value: toJson(scan.node) } : undefined;
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    // JSON.parse reads a number beyond the doubles as Infinity; the scanner refuses it.
    const finite = (_: string, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('not a double');
      return value;
    };
    return { value: JSON.parse(text, finite) as unknown };
  } catch {
    return undefined;
  }
}

describe('the JSON scanner', () => {
  it.each([
    'null',
    ' true ',
    '-0',
    '0.5e-3',
    '1E+2',
    '01',
    '1.',
    '.5',
    '+1',
    '-',
    '1e',
    '0x1',
    'NaN',
    'nul',
    'nulls',
    '"\\u00e9\\n\\/"',
    '"\\x41"',
    '"\\u12"',
    '"\\u+123"',
    '"a\nb"',
    '"a\u007f\u2028b"',
    '"open',
    '"\\',
    "'x'",
    '[1,]',
    '[,1]',
    '[1 2]',
    '{"a":1,}',
    '{"a" 1}',
    '{a:1}',
    '{"a":1,"a":2,"b":3}',
    '{"2":0,"1":0}',
    '{"__proto__":{"x":1}}',
    '{"constructor":1,"":2}',
    '\u00a01',
    '[1]x',
    '',
    '// c\n1',
  ])('reads %j as JSON.parse does', (text) => {
    expect(scanned(text)).toEqual(parsed(text));
  });

  it('agrees with JSON.parse on arbitrary JSON, with and without a character changed', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', '"', '\\', '{', ']', ',', '0', 'e', '\n'),
        (text, at, insert) => {
          expect(scanned(text)).toEqual(parsed(text));
          const i = at % (text.length + 1);
          const changed = text.slice(0, i) + insert + text.slice(i + 1);
          expect(scanned(changed)).toEqual(parsed(changed));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps the order of keys, even of a key named __proto__', () => {
    const value = scanned('{"b":1,"__proto__":2,"a":3}')?.value as object;
    expect(Object.keys(value)).toEqual(['b', '__proto__', 'a']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it('refuses a number that no double holds, which JSON.parse reads as Infinity', () => {
    expect(scanJson('1e999')).toMatchObject({ ok: false, error: { offset: 0 } });
  });

  it('knows where values stood and how numbers were written', () => {
    const text = ' {"a": [1.50, "x"]}';
    const scan = scanJson(text);
    const list = scan.ok && scan.node.kind === 'object' ? scan.node.entries.get('a') : undefined;
    expect(list).toEqual({
      kind: 'array',
      start: 7,
      end: 18,
      items: [
        { kind: 'number', value: 1.5, raw: '1.50', start: 8, end: 12 },
        { kind: 'string', value: 'x', start: 14, end: 17 },
      ],
    });
  });

  it('reads between two offsets only', () => {
    expect(scanJson('x[1]y', 1, 4)).toMatchObject({ ok: true, next: 4 });
    expect(scanJson('"abc"', 0, 3)).toMatchObject({ ok: false });
    expect(scanJson('123456', 0, 3)).toMatchObject({ ok: false });
    expect(scanJson('true', 0, 3)).toMatchObject({ ok: false });
  });

  it.each([
    ['{"a": {"b": [1, x]}}', 'a.b[1]', 16],
    ['[{"a b": tru}]', '[0]["a b"]', 9],
    ['[1, 2', '[1]', 5],
    ['{"k": "a\tb"}', 'k', 8],
  ])('names path and offset of the error in %j', (text, path, offset) => {
    const scan = scanJson(text);
    expect(scan.ok ? undefined : [formatPath(scan.error.path), scan.error.offset]).toEqual([path, offset]);
  });

  it('notes what JavaScript cannot hold unchanged', () => {
    const text =
      '{"a": [3.0, 3, -0, 1e2, 12345678901234567890, 0.1], "a": "\\udc00", "o": {"x": 0, "2": 0, "1": 0}}';
    const { notes } = scanJson(text);
    expect(notes.map((note) => `${note.kind} ${formatPath(note.path)}: ${note.reason}`)).toEqual([
      'number-text a[0]: the number 3.0 will be rendered as 3',
      'number-text a[2]: the number -0 will be rendered as 0',
      'number-text a[3]: the number 1e2 will be rendered as 100',
      'number a[4]: the number 12345678901234567890 will be rendered as 12345678901234567000',
      'duplicate-key a: the key "a" is given twice; the last value is used',
      'lone-surrogate a: the text holds half of a surrogate pair, which no tokenizer can encode',
      'key-order o: the keys will be rendered in the order 1, 2, x',
    ]);
  });
});

describe('lines of a text', () => {
  it('counts lines and columns from 1', () => {
    const source = new SourceText('ab\n\ncd\n');
    expect([0, 2, 3, 4, 6, 7].map((offset) => [source.line(offset), source.column(offset)])).toEqual([
      [1, 1],
      [1, 3],
      [2, 1],
      [3, 1],
      [3, 3],
      [4, 1],
    ]);
  });

  it('takes the line of a passage, or the one line of a quoted text', () => {
    expect(new SourceText('a\nb', 10).line(2)).toBe(11);
    expect(new SourceText('a\nb', 10, true).line(2)).toBe(10);
  });
});
