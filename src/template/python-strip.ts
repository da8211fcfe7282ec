/**
 * @file Stripping as Python strips: `@huggingface/jinja` 0.5 ignores the argument of `strip`, `lstrip` and `rstrip`, and
 * knows other white space. Templates such as Qwen 3's call `.strip('\n')`, so this decides tokens.
 */
import type { Template } from '@huggingface/jinja';

type Side = 'strip' | 'lstrip' | 'rstrip';

/**
 * What `str.strip()` removes without an argument: the characters of `str.isspace()`. JavaScript's `trim` takes U+FEFF
 * too, and leaves U+001C to U+001F and U+0085.
 */
const WHITE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/**
 * `text.strip(characters)` of Python, or one side of it. Without `characters`, white space.
 *
 * @throws TypeError on what is no string; Python raises there too.
 */
export function pythonStrip(side: Side, text: unknown, characters?: unknown): string {
  if (typeof text !== 'string') throw new TypeError(`'${side}' is called on something that is no string.`);
  const strips =
    typeof characters === 'string'
      ? (
          (set) => (character: string) =>
            set.has(character)
        )(new Set(characters))
      : (character: string) => WHITE.test(character);
  const points = Array.from(text);
  let start = 0;
  let end = points.length;
  if (side !== 'rstrip') while (start < end && strips(points[start] ?? '')) start++;
  if (side !== 'lstrip') while (end > start && strips(points[end - 1] ?? '')) end--;
  return points.slice(start, end).join('');
}

/** Names under which a template must be given the functions that `rewriteStrips` makes it call; `trim` has one in python-operators.ts. */
export const STRIP_FUNCTIONS: Readonly<Record<string, (text: unknown, characters?: unknown) => string>> = {
  losslight_strip: (text, characters) => pythonStrip('strip', text, characters),
  losslight_lstrip: (text, characters) => pythonStrip('lstrip', text, characters),
  losslight_rstrip: (text, characters) => pythonStrip('rstrip', text, characters),
};

interface Node {
  type?: string;
  [key: string]: unknown;
}

/** Changes the parsed template in place: `x.strip(…)` and `x | trim` become calls of `STRIP_FUNCTIONS`. */
export function rewriteStrips(template: Template): void {
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    const items = value instanceof Map ? [...value].flat() : Object.values(value);
    items.forEach(visit);
    rewrite(value as Node);
  };
  visit(template.parsed);
}

function rewrite(node: Node): void {
  if (node.type === 'CallExpression') {
    const callee = node.callee as Node | undefined;
    const property = callee?.property as Node | undefined;
    if (callee?.type !== 'MemberExpression' || callee.computed || property?.type !== 'Identifier') return;
    if (!/^[lr]?strip$/.test(String(property.value))) return;
    node.args = [callee.object, ...(node.args as unknown[])];
    node.callee = { type: 'Identifier', value: `losslight_${String(property.value)}` };
  } else if (node.type === 'FilterExpression') {
    const filter = node.filter as Node;
    const name = filter.type === 'CallExpression' ? (filter.callee as Node).value : filter.value;
    if (name !== 'trim') return;
    const given = filter.type === 'CallExpression' ? (filter.args as unknown[]) : [];
    node.args = [node.operand, ...given];
    node.callee = { type: 'Identifier', value: 'losslight_trim' };
    node.type = 'CallExpression';
  }
}
