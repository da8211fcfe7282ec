/**
 * @file Python literals as JSON text: what `str()` of a dict or list wrote into a file.
 */

const TOKEN =
  /\s+|[{}[\],:]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|True\b|False\b|None\b|'(?:[^'\\\n]|\\[^\n])*'|"(?:[^"\\\n]|\\[^\n])*"/y;
const WORDS: Record<string, string> = { True: 'true', False: 'false', None: 'null' };
const LETTERS: Record<string, string> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '0': '\0',
};

/**
 * The JSON text of a literal made of dicts, lists, strings, numbers, True, False and None; spaces and numbers keep their
 * own text. Undefined where the text has anything else. The result may still not be JSON: scan it.
 */
export function pythonToJson(text: string): string | undefined {
  let json = '';
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return undefined;
    const quoted = token.startsWith("'") || token.startsWith('"');
    json += quoted ? JSON.stringify(unescapePython(token.slice(1, -1))) : (WORDS[token] ?? token);
  }
  return json;
}

function unescapePython(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U(0[0-9a-fA-F]{7})|(.))/gs,
    (whole, x: string | undefined, u: string | undefined, long: string | undefined, letter: string) => {
      const code = parseInt(x ?? u ?? long ?? '', 16);
      if (!Number.isNaN(code)) return code > 0x10ffff ? whole : String.fromCodePoint(code);
      // Python keeps the backslash of an escape that it does not know.
      return /['"\\]/.test(letter) ? letter : (LETTERS[letter] ?? whole);
    },
  );
}
