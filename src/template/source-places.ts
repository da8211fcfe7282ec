/**
 * @file Where in a template's source stands what writes text. The library's nodes carry no position, so nodes, tokens and
 * tags are counted in the order of the source; where the three do not agree, nothing is told rather than something wrong.
 */
import { type Template, tokenize } from '@huggingface/jinja';
import { tagsOf } from './locate-error';
import type { Node } from './runtime-values';

/**
 * Where a node that writes stands; offsets count UTF-16 code units. `text` is what stands between tags, with the offset of
 * each character that is written; `expression` is `{{ … }}`; `block` a loop, filter or call that is written as a whole, of
 * which the opening tag is told.
 */
export type SourcePlace =
  | { kind: 'text'; characters: readonly number[] }
  | { kind: 'expression' | 'block'; start: number; end: number };

/** Blocks of which the parts are not followed: a loop with `if` in its head, a filter, a call with a body. */
const BLOCKS = /^(?:for|filter|call)\b/;
const BLOCK_NODES: ReadonlySet<string> = new Set(['For', 'FilterStatement', 'CallStatement']);
/** Statements that write nothing and hold nothing. */
const SILENT: ReadonlySet<string> = new Set(['Break', 'Continue', 'Comment']);
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
  const scanned = scan(source);
  if (!scanned) return undefined;
  const writers = writersOf(source);
  const places = new Map<object, SourcePlace>();
  let [written, blocks] = [0, 0];
  let fits = true;
  const put = (node: Node, place: SourcePlace | undefined) => {
    // A node that stands twice would be told in one of its places only.
    if (!place || places.has(node)) fits = false;
    else places.set(node, place);
  };
  const walk = (body: readonly Node[]): void => {
    for (const node of body) {
      if (SILENT.has(node.type)) continue;
      if (BLOCK_NODES.has(node.type)) put(node, scanned.blocks[blocks++]);
      const inner = bodiesOf(node);
      if (inner) inner.forEach(walk);
      else put(node, placeOf(writers[written++], scanned));
    }
  };
  walk(template.parsed.body as unknown as Node[]);
  return fits && written === writers.length && blocks === scanned.blocks.length ? places : undefined;
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
  expressions: SourcePlace[];
  blocks: SourcePlace[];
  /** Text before the first tag, between two tags, after the last, without what the tag before it strips. */
  gaps: Gap[];
}

function placeOf(writer: Writer | undefined, { expressions, gaps }: Scanned): SourcePlace | undefined {
  if (!writer) return undefined;
  if ('expression' in writer) return expressions[writer.expression];
  const gap = gaps[writer.gap];
  // The tag after it strips white space, and only from its end.
  if (!gap?.text.startsWith(writer.text)) return undefined;
  return { kind: 'text', characters: gap.at.slice(0, writer.text.length) };
}

/** Undefined where a tag is never closed. */
function scan(source: string): Scanned | undefined {
  let gap: Gap = { text: '', at: [] };
  const scanned: Scanned = { expressions: [], blocks: [], gaps: [gap] };
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
    if (kind === 'expression') scanned.expressions.push({ kind, start, end });
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
