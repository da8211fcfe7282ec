/**
 * @file Where a template is no valid Jinja: the library's errors carry no position, so each tag is parsed by itself, and
 * blocks are matched by name.
 */
import { parse, Template, tokenize } from '@huggingface/jinja';
import type { TextPlace } from '../errors';
import { checkSource, isTemplateLimit, placeOfExcess } from './limits';

/** What is wrong with a template, and where; without a place where it is wrong as a whole. */
export interface TemplateProblem extends Partial<TextPlace> {
  message: string;
}

export interface Tag {
  /** Offset of its `{`, and after its `}`. */
  at: number;
  end: number;
  kind: 'expression' | 'statement' | 'comment';
  /** Between the delimiters, without the signs of white space control. */
  inside: string;
  /** Offset of `inside`. */
  from: number;
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
/** Characters of the longest tag in which a character is looked for that the lexer does not know. */
const LONGEST_TAG = 2000;
const TOO_DEEP = 'it nests too deeply';

/** What is wrong with a template before it is used; undefined where it can be. */
export function checkTemplate(source: string): TemplateProblem | undefined {
  try {
    checkSource(source);
    new Template(source);
    return undefined;
  } catch (error) {
    return isTemplateLimit(error)
      ? { message: error.message, ...placeIn(source, placeOfExcess(source)) }
      : locateProblem(source, reasonOf(error));
  }
}

/** The first problem of a source that the parser refuses with `reason`; at its end where no tag is to blame. */
export function locateProblem(source: string, reason: string): TemplateProblem & TextPlace {
  const at = (offset: number, message: string) => ({ message, ...placeIn(source, offset) });
  const open: { name: string; at: number }[] = [];
  let deepest = { depth: 0, at: source.length };
  let tags = 0;
  for (const tag of tagsOf(source)) {
    if (typeof tag === 'number') return at(tag, `“${source.slice(tag, tag + 2)}” is never closed`);
    if (++tags > MOST_TAGS) break;
    const [name = ''] = /^\w+/.exec(tag.inside) ?? [];
    const problem =
      tag.kind === 'expression' ? parsed('{{ ', tag.inside, ' }}') : statement(tag.inside, name);
    if (problem) return at(offsetOf(problem, tag, source), problem.reason);
    if (tag.kind === 'expression') continue;
    const inner = open.at(-1);
    if (name.startsWith('end')) {
      if (inner?.name !== name.slice(3)) {
        const expected = inner
          ? `“end${inner.name}” is expected, for the “${inner.name}” of line ${placeIn(source, inner.at).line}`
          : 'no block is open';
        return at(tag.at, `“${name}” closes nothing: ${expected}`);
      }
      open.pop();
    } else if (name === 'elif' || name === 'else') {
      if (!inner || !BLOCKS[inner.name]?.includes(name)) {
        return at(tag.at, `“${name}” stands in no block that it belongs to`);
      }
    } else if (opens(tag.inside, name)) {
      open.push({ name, at: tag.at });
      if (open.length > deepest.depth) deepest = { depth: open.length, at: tag.at };
    }
  }
  const unclosed = open.at(-1);
  if (unclosed) return at(unclosed.at, `“${unclosed.name}” has no “end${unclosed.name}”`);
  return at(reason === TOO_DEEP ? deepest.at : source.length, reason);
}

/** What the parser says of a tag, and the offset within it; undefined where the tag as a whole is to blame. */
interface TagProblem {
  reason: string;
  offset: number | undefined;
}

/** In the source; what is missing at the end of a tag is missing before its closing delimiter. */
function offsetOf({ offset }: TagProblem, { at, end, from, inside }: Tag, source: string): number {
  if (offset === undefined) return at;
  return offset < inside.length ? from + offset : end - (source[end - 3] === '-' ? 3 : 2);
}

/** What is wrong with a statement by itself, made a whole where it is a part of a block. */
function statement(inside: string, name: string): TagProblem | undefined {
  if (name === 'elif') return parsed('{% if true %}{% ', inside, ' %}{% endif %}');
  if (name === 'else' || name.startsWith('end') || name === 'generation') return undefined;
  return parsed('{% ', inside, opens(inside, name) ? ` %}{% end${name} %}` : ' %}');
}

/** `{% set x = 1 %}` is no block, `{% set x %}` is. */
const opens = (inside: string, name: string): boolean =>
  Object.hasOwn(BLOCKS, name) && !(name === 'set' && /^set\s+[^=|]+=/.test(inside));

function parsed(before: string, inside: string, after: string): TagProblem | undefined {
  try {
    new Template(before + inside + after);
    return undefined;
  } catch (error) {
    const reason = reasonOf(error);
    // How deep the parser gets depends on the machine; and the name of a statement is told by its tag.
    const whole = reason === TOO_DEEP || /^Unknown statement/.test(reason);
    return { reason, offset: whole ? undefined : stumble(before, inside, after, error) };
  }
}

/** Where in `inside` the lexer or the parser gave up: the furthest token that the parser looked at. */
function stumble(before: string, inside: string, after: string, error: unknown): number | undefined {
  const source = before + inside + after;
  let furthest = 0;
  let starts: number[] | undefined;
  try {
    const tokens = tokenize(source);
    starts = tokenStarts(source, tokens);
    parse(
      new Proxy(tokens, {
        get(target, key, receiver) {
          if (typeof key === 'string' && /^\d+$/.test(key)) furthest = Math.max(furthest, Number(key));
          return Reflect.get(target, key, receiver) as unknown;
        },
      }),
    );
  } catch (again) {
    if (!starts) return unknownCharacter(before, inside, again ?? error);
  }
  const offset = (starts?.[furthest] ?? source.length) - before.length;
  return starts && Math.max(0, Math.min(offset, inside.length));
}

/** Offset of the character at which the lexer stops; undefined where that cannot be told. */
function unknownCharacter(before: string, inside: string, error: unknown): number | undefined {
  const { message } = error as Error;
  if (inside.length > LONGEST_TAG || /end of input/.test(message)) return undefined;
  for (let length = 1; length <= inside.length; length++) {
    try {
      tokenize(before + inside.slice(0, length));
    } catch (shorter) {
      if ((shorter as Error).message === message) return length - 1;
    }
  }
  return undefined;
}

/** Where each token of a tag begins; undefined where tokens and source do not agree. */
function tokenStarts(source: string, tokens: ReturnType<typeof tokenize>): number[] | undefined {
  const starts: number[] = [];
  let at = 0;
  for (const { type, value } of tokens) {
    while (/\s/.test(source[at] ?? '')) at++;
    starts.push(at);
    if (type === 'StringLiteral') at = endOfText(source, at);
    else if (source.startsWith(value, at)) at += value.length;
    else return undefined;
  }
  return starts;
}

/** Offset after a text in quotes that begins at `at`. */
function endOfText(source: string, at: number): number {
  const quote = source[at];
  let i = at + 1;
  for (; i < source.length && source[i] !== quote; i++) if (source[i] === '\\') i++;
  return i + 1;
}

/** The parser's own words, where they are meant for people. */
export function reasonOf(error: unknown): string {
  if (error instanceof RangeError && /call stack/i.test(error.message)) return TOO_DEEP;
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
      if (comments)
        yield { at, end: end + 2, kind: 'comment', inside: source.slice(at + 2, end), from: at + 2 };
      begin.lastIndex = end + 2;
      continue;
    }
    const kind = found[0] === '{{' ? 'expression' : 'statement';
    const end = endOfTag(source, at + 2, kind);
    if (end === undefined) return yield at;
    const whole = source.slice(at + 2, end).replace(/-$/, '');
    const inside = whole.replace(/^-/, '').trim();
    yield { at, end: end + 2, kind, inside, from: at + 2 + (/^-?\s*/.exec(whole)?.[0].length ?? 0) };
    begin.lastIndex = end + 2;
  }
}

/** Offset of the closing delimiter, outside of strings and of braces of an object. */
function endOfTag(source: string, from: number, kind: 'expression' | 'statement'): number | undefined {
  const close = kind === 'expression' ? '}}' : '%}';
  let braces = 0;
  for (let i = from; i < source.length; i++) {
    const character = source[i];
    if (character === '"' || character === "'") i = endOfText(source, i) - 1;
    else if (source.startsWith(close, i) && braces <= 0) return i;
    else if (character === '{') braces++;
    else if (character === '}') braces--;
  }
  return undefined;
}

/** The place of an offset. */
export function placeIn(source: string, offset: number): TextPlace {
  const before = source.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
