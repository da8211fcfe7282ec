/**
 * @file A lesson's file as JSON with lines: where it is broken, and where each field stands. Found as for imported data; apart from
 * `lesson-fields.ts`, which the list of lessons needs with the page.
 */
import { lessons } from '$strings/lessons';
import { onlySpace, type JsonNode } from '../conversation/json';
import { scanJson } from '../conversation/json-scanner';
import { SourceText } from '../conversation/source-text';
import type { Json } from '../conversation/types';
import { LosslightError } from '../errors';

const words = lessons.file;

/** @throws LosslightError `bad-lesson` that names the line. */
export function parseWithLines(file: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    const scan = scanJson(text);
    const [offset, reason] = scan.ok
      ? [scan.next + (/\S/.exec(text.slice(scan.next))?.index ?? 0), words.somethingBehind]
      : [scan.error.offset, scan.error.reason];
    const told =
      scan.ok && onlySpace(text, scan.next)
        ? words.notJson(file, String(cause))
        : words.notJsonAtLine(file, reason, new SourceText(text).line(offset));
    throw new LosslightError('bad-lesson', told, words.notJsonRemedy(file), { cause });
  }
}

/** Tells the line of each field of a lesson's text, or of what it should be in; the text is looked through when that is first asked. */
export function linesOf(text: string): (path: string) => number | undefined {
  let source: { root: JsonNode | undefined; lines: SourceText } | undefined;
  return (path) => {
    if (!source) {
      const scan = scanJson(text);
      source = { root: scan.ok ? scan.node : undefined, lines: new SourceText(text) };
    }
    const { root, lines } = source;
    const node = root && nodeAt(root, path);
    return node && node !== root ? lines.line(node.start) : undefined;
  };
}

/** The value at a path as `below` writes it, or the innermost that there is on the way. */
function nodeAt(root: JsonNode, path: string): JsonNode {
  let node = root;
  for (const [, key, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    const name = key ?? index ?? '';
    const child =
      node.kind === 'object'
        ? node.entries.get(name)
        : node.kind === 'array'
          ? node.items[Number(name)]
          : undefined;
    if (!child) break;
    node = child;
  }
  return node;
}
