/**
 * @file Where in a template's source stands what writes text. The library's nodes carry no position, so nodes, tokens and
 * tags are counted in the order of the source; where the three do not agree, nothing is told rather than something wrong.
 */
import { type Template, tokenize } from '@huggingface/jinja';
import { type Tag, tagsOf } from './locate-error';
import type { Node } from './runtime-values';

/**
 * Where a node that writes stands; offsets count UTF-16 code units. `text` is what stands between tags, with the offset of
 * each character that is written; `expression` is `{{ … }}`; `block` a loop, filter or call that is written as a whole, of
 * which the opening tag is told.
 */
export type SourcePlace =
  | { kind: 'text'; characters: readonly number[] }
  | { kind: 'expression' | 'block'; start: number; end: number };

/** Where each node that writes stands, and where each tag begins that is a node. */
interface Matched {
  places: ReadonlyMap<object, SourcePlace>;
  tags: ReadonlyMap<object, Tag>;
}

/** Blocks of which the parts are not followed: a loop with `if` in its head, a filter, a call with a body. */
const BLOCKS = /^(?:for|filter|call)\b/;
const BLOCK_NODES: ReadonlySet<string> = new Set(['For', 'FilterStatement', 'CallStatement']);
/** Statements that write nothing and hold nothing. */
const CONTROLS: ReadonlySet<string> = new Set(['Break', 'Continue']);
const SILENT: ReadonlySet<string> = new Set([...CONTROLS, 'Comment']);
/** Tags that go on with a statement, or end it, and are no node. */
const PARTS = /^(?:end\w*|else)\b/;
const GENERATION = /^(?:end)?generation$/;

/**
 * The place of every node that writes, by node; undefined where nodes and source cannot be matched.
 *
 * @param template parsed from `source`; nodes may have been replaced since, each by one
 */
export function sourcePlaces(
  source: string,
  template: Template,
): ReadonlyMap<object, SourcePlace> | undefined {
  return match(source, template)?.places;
}

/** The tag of every node that is one (statements, and expressions that are written), as `sourcePlaces`. */
export function sourceTags(source: string, template: Template): ReadonlyMap<object, Tag> | undefined {
  return match(source, template)?.tags;
}

function match(source: string, template: Template): Matched | undefined {
  const scanned = scan(source);
  if (!scanned) return undefined;
  const writers = writersOf(source);
  const places = new Map<object, SourcePlace>();
  const tags = new Map<object, Tag>();
  let [written, blocks, statements] = [0, 0, 0];
  let fits = true;
  const put = (node: Node, place: SourcePlace | undefined) => {
    // A node that stands twice would be told in one of its places only.
    if (!place || places.has(node)) fits = false;
    else places.set(node, place);
  };
  const walk = (body: readonly Node[]): void => {
    for (const node of body) {
      const inner = bodiesOf(node);
      const tag = inner || CONTROLS.has(node.type) ? scanned.statements[statements++] : undefined;
      if (tag) tags.set(node, tag);
      if (SILENT.has(node.type)) continue;
      if (BLOCK_NODES.has(node.type)) put(node, scanned.blocks[blocks++]);
      if (inner) {
        inner.forEach(walk);
        continue;
      }
      const writer = writers[written++];
      const own = writer && 'expression' in writer ? scanned.expressions[writer.expression] : undefined;
      if (own) tags.set(node, own);
      put(node, placeOf(writer, scanned));
    }
  };
  walk(template.parsed.body as unknown as Node[]);
  fits &&= written === writers.length && blocks === scanned.blocks.length;
  return fits && statements === scanned.statements.length ? { places, tags } : undefined;
}

/** What a statement holds, in the order of the source; undefined for what writes by itself. */
function bodiesOf(node: Node): readonly (readonly Node[])[] | undefined {
  const held = (...names: string[]) => names.map((name) => (node[name] ?? []) as readonly Node[]);
  switch (node.type as string) {
    case 'If':
      return held('body', 'alternate');
    case 'For':
      return held('body', 'defaultBlock');
    case 'Set':
    case 'Macro':
    case 'CallStatement':
    case 'FilterStatement':
      return held('body');
    default:
      return undefined;
  }
}

/** A token that writes: text with the number of the gap between tags that it stands in, or an expression by its number. */
type Writer = { text: string; gap: number } | { expression: number };

/** In the order of the source, read as `Template` reads it. */
function writersOf(source: string): Writer[] {
  const writers: Writer[] = [];
  let [gap, expressions] = [0, 0];
  for (const { type, value } of tokenize(source, { lstrip_blocks: true, trim_blocks: true })) {
    if (type === 'Text') writers.push({ text: value, gap });
    else if (type === 'OpenExpression') writers.push({ expression: expressions++ });
    if (type === 'OpenExpression' || type === 'OpenStatement' || type === 'Comment') gap++;
  }
  return writers;
}

interface Gap {
  text: string;
  /** Offset of each of its characters. */
  at: number[];
}

/** What stands in the source, in order. */
interface Scanned {
  expressions: Tag[];
  blocks: SourcePlace[];
  /** Tags that are a statement, or begin one. */
  statements: Tag[];
  /** Text before the first tag, between two tags, after the last, without what the tag before it strips. */
  gaps: Gap[];
}

function placeOf(writer: Writer | undefined, { expressions, gaps }: Scanned): SourcePlace | undefined {
  if (!writer) return undefined;
  if ('expression' in writer) {
    const tag = expressions[writer.expression];
    return tag && { kind: 'expression', start: tag.at, end: tag.end };
  }
  const gap = gaps[writer.gap];
  // The tag after it strips white space, and only from its end.
  if (!gap?.text.startsWith(writer.text)) return undefined;
  return { kind: 'text', characters: gap.at.slice(0, writer.text.length) };
}

/** Undefined where a tag is never closed. */
function scan(source: string): Scanned | undefined {
  let gap: Gap = { text: '', at: [] };
  const scanned: Scanned = { expressions: [], blocks: [], statements: [], gaps: [gap] };
  let done = 0;
  let strips: 'all' | 'line break' | 'nothing' = 'nothing';
  const put = (to: number) => {
    let from = done;
    if (strips === 'all') while (from < to && /\s/.test(source[from] ?? '')) from++;
    else if (strips === 'line break' && from < to && source[from] === '\n') from++;
    gap.text += source.slice(from, to);
    for (let at = from; at < to; at++) gap.at.push(at);
  };
  for (const tag of tagsOf(source, true)) {
    if (typeof tag === 'number') return undefined;
    const { at: start, end, kind, inside } = tag;
    put(start);
    done = end;
    const own = source[end - 3] === '-' ? 'all' : kind === 'expression' ? 'nothing' : 'line break';
    if (kind === 'statement' && GENERATION.test(inside)) {
      // The library takes these out before it reads the template, so that the text around them is one.
      dropEnd(gap, source[start + 2] === '-' ? /\s+$/ : /(?<![^\n])[ \t]+$/);
      if (!(strips === 'all' && gap.text === '')) strips = own;
      continue;
    }
    strips = own;
    if (kind === 'expression') scanned.expressions.push(tag);
    if (kind === 'statement' && !PARTS.test(inside)) scanned.statements.push(tag);
    if (kind === 'statement' && BLOCKS.test(inside)) scanned.blocks.push({ kind: 'block', start, end });
    gap = { text: '', at: [] };
    scanned.gaps.push(gap);
  }
  put(source.length);
  return scanned;
}

function dropEnd(gap: Gap, white: RegExp): void {
  gap.text = gap.text.replace(white, '');
  gap.at.length = gap.text.length;
}
