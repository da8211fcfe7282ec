/**
 * @file Where a template is no valid Jinja: the library's errors carry no position, so each tag is parsed by itself, and
 * blocks are matched by name.
 */
import { Template } from '@huggingface/jinja';
import { checkSource, isTemplateLimit } from './limits';

/** What is wrong with a template, and where; `line` and `column` count from 1. */
export interface TemplateProblem {
  message: string;
  line: number;
  column: number;
}

export interface Tag {
  /** Offset of its `{`, and after its `}`. */
  at: number;
  end: number;
  kind: 'expression' | 'statement' | 'comment';
  /** Between the delimiters, without the signs of white space control. */
  inside: string;
}

/** Blocks, and the tags that may stand in them beside others. */
const BLOCKS: Readonly<Record<string, readonly string[]>> = {
  if: ['elif', 'else'],
  for: ['else'],
  macro: [],
  call: [],
  filter: [],
  set: [],
  generation: [],
};
/** Tags looked at, for sources that are one error after another. */
const MOST_TAGS = 20_000;

/** What is wrong with a template before it is used; undefined where it can be. */
export function checkTemplate(source: string): TemplateProblem | undefined {
  try {
    checkSource(source);
    new Template(source);
    return undefined;
  } catch (error) {
    return isTemplateLimit(error)
      ? { message: error.message, line: 1, column: 1 }
      : locateProblem(source, reasonOf(error));
  }
}

/** The first problem of a source that the parser refuses with `reason`; at its end where no tag is to blame. */
export function locateProblem(source: string, reason: string): TemplateProblem {
  const at = (offset: number, message: string): TemplateProblem => ({
    message,
    ...positionOf(source, offset),
  });
  const open: { name: string; at: number }[] = [];
  let tags = 0;
  for (const tag of tagsOf(source)) {
    if (typeof tag === 'number') return at(tag, `“${source.slice(tag, tag + 2)}” is never closed`);
    if (++tags > MOST_TAGS) break;
    const [name = ''] = /^\w+/.exec(tag.inside) ?? [];
    const problem = tag.kind === 'expression' ? parsed(`{{ ${tag.inside} }}`) : statement(tag.inside, name);
    if (problem !== undefined) return at(tag.at, problem);
    if (tag.kind === 'expression') continue;
    const inner = open.at(-1);
    if (name.startsWith('end')) {
      if (inner?.name !== name.slice(3)) {
        const expected = inner ? `“end${inner.name}” is expected` : 'no block is open';
        return at(tag.at, `“${name}” closes nothing: ${expected}`);
      }
      open.pop();
    } else if (name === 'elif' || name === 'else') {
      if (!inner || !BLOCKS[inner.name]?.includes(name)) {
        return at(tag.at, `“${name}” stands in no block that it belongs to`);
      }
    } else if (opens(tag.inside, name)) open.push({ name, at: tag.at });
  }
  const unclosed = open.at(-1);
  if (unclosed) return at(unclosed.at, `“${unclosed.name}” has no “end${unclosed.name}”`);
  return at(source.length, reason);
}

/** What is wrong with a statement by itself, made a whole where it is a part of a block. */
function statement(inside: string, name: string): string | undefined {
  if (name === 'elif') return parsed(`{% if true %}{% ${inside} %}{% endif %}`);
  if (name === 'else' || name.startsWith('end') || name === 'generation') return undefined;
  return parsed(opens(inside, name) ? `{% ${inside} %}{% end${name} %}` : `{% ${inside} %}`);
}

/** `{% set x = 1 %}` is no block, `{% set x %}` is. */
const opens = (inside: string, name: string): boolean =>
  Object.hasOwn(BLOCKS, name) && !(name === 'set' && /^set\s+[^=|]+=/.test(inside));

function parsed(source: string): string | undefined {
  try {
    new Template(source);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** The parser's own words, where they are meant for people. */
export function reasonOf(error: unknown): string {
  if (error instanceof RangeError && /call stack/i.test(error.message)) return 'it nests too deeply';
  const reason = error instanceof Error ? error.message : String(error);
  // What the parser stumbles over at the end of its input.
  if (/^Cannot read propert/.test(reason)) return 'the template ends too early';
  const [, filter] = /^Unknown \w+ filter: (.*)$/.exec(reason) ?? [];
  if (filter !== undefined) return `the filter “${filter}” is not known here`;
  return reason
    .replace(/^Parser Error: /, '')
    .replace('CloseExpression', '}}')
    .replace('CloseStatement', '%}');
}

/** The tags of a source in order; the offset of one that is never closed comes last. */
export function* tagsOf(source: string, comments = false): Generator<Tag | number> {
  const begin = /\{[{%#]/g;
  for (let found = begin.exec(source); found; found = begin.exec(source)) {
    const at = found.index;
    if (found[0] === '{#') {
      const end = source.indexOf('#}', at + 2);
      if (end < 0) return yield at;
      if (comments) yield { at, end: end + 2, kind: 'comment', inside: source.slice(at + 2, end) };
      begin.lastIndex = end + 2;
      continue;
    }
    const kind = found[0] === '{{' ? 'expression' : 'statement';
    const end = endOfTag(source, at + 2, kind);
    if (end === undefined) return yield at;
    yield {
      at,
      end: end + 2,
      kind,
      inside: source
        .slice(at + 2, end)
        .replace(/^-|-$/g, '')
        .trim(),
    };
    begin.lastIndex = end + 2;
  }
}

/** Offset of the closing delimiter, outside of strings and of braces of an object. */
function endOfTag(source: string, from: number, kind: 'expression' | 'statement'): number | undefined {
  const close = kind === 'expression' ? '}}' : '%}';
  let braces = 0;
  for (let i = from; i < source.length; i++) {
    const character = source[i];
    if (character === '"' || character === "'") {
      for (i++; i < source.length && source[i] !== character; i++) if (source[i] === '\\') i++;
    } else if (source.startsWith(close, i) && braces <= 0) return i;
    else if (character === '{') braces++;
    else if (character === '}') braces--;
  }
  return undefined;
}

function positionOf(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
