/**
 * @file How a strip is cut: messages, in them chunks that are drawn or left out together, in them lines.
 * Pure; the components only draw what this returns.
 */
import { directionOf, tokenLevels, type Direction } from './strip-direction';
import { lettersOf, type Laid } from './strip-token';
import { RTL, startsRightToLeft } from './token-text';

/** Tokens `start` to `end` (exclusive) that stand on one line until it wraps. */
export interface StripLine {
  start: number;
  end: number;
  rightToLeft: boolean;
  /** The embedding level of each of its tokens, as text of both directions stands in it; undefined where all run as the line does. */
  levels?: Uint8Array | undefined;
  /** In a part of a line, the level of the token before it. */
  levelBefore?: number;
  /** A part of a line that is too long for one chunk: it flows on from the part before and into the part after. */
  part: boolean;
}

export interface StripChunk {
  start: number;
  end: number;
  lines: StripLine[];
}

export interface StripMessage {
  /** Index into the conversation's messages; -1 for what the template wrote of its own. */
  message: number;
  start: number;
  end: number;
  chunks: StripChunk[];
}

/** Room that the details of a token with its alternatives take at the lower edge of the window, in pixels. */
export const DETAIL_ROOM = 220;

/** Few enough to draw in a millisecond or two on a slow machine too, many enough that a screen needs only some dozens. */
export const CHUNK_TOKENS = 40;

/** Cuts a conversation into messages, chunks and lines that tile all tokens in order. */
export function layoutStrip(view: Laid, chunkTokens = CHUNK_TOKENS): StripMessage[] {
  const { encoded } = view;
  const messages: StripMessage[] = [];
  const count = encoded.ids.length;
  let from = 0;
  while (from < count) {
    const message = encoded.message[from] ?? -1;
    let to = from + 1;
    while (to < count && encoded.message[to] === message) to++;
    const lines = linesOf(view, from, to).flatMap((line) => partsOf(line, chunkTokens));
    messages.push({ message, start: from, end: to, chunks: chunksOf(lines, chunkTokens) });
    from = to;
  }
  return messages;
}

function linesOf(view: Laid, from: number, to: number): StripLine[] {
  const { encoded, rendered } = view;
  const lines: StripLine[] = [];
  let start = from;
  for (let i = from; i < to; i++) {
    if (rendered.text[(encoded.end[i] ?? 0) - 1] !== '\n' && i + 1 < to) continue;
    lines.push({ start, end: i + 1, ...directionsOf(view, start, i + 1), part: false });
    start = i + 1;
  }
  return lines;
}

/**
 * How a line runs, by the first letter that is shown as such, and what in it runs otherwise. Bytes and delimiters have no letters
 * to go by.
 */
function directionsOf(view: Laid, start: number, end: number): Pick<StripLine, 'rightToLeft' | 'levels'> {
  const { encoded, rendered } = view;
  // Nearly all lines: nothing in them runs from the right.
  if (!RTL.test(rendered.text.slice(encoded.start[start] ?? 0, encoded.end[end - 1] ?? 0)))
    return { rightToLeft: false };
  let shown = '';
  const directions: Direction[] = [];
  for (let i = start; i < end; i++) {
    const letters = lettersOf(view, i);
    shown += letters ?? '';
    directions.push(letters === undefined ? 'neutral' : letters === '' ? 'same' : directionOf(letters));
  }
  const rightToLeft = startsRightToLeft(shown);
  return { rightToLeft, levels: tokenLevels(directions, rightToLeft) };
}

/** A long line in parts of `size` tokens; the others as they are. */
function partsOf(line: StripLine, size: number): StripLine[] {
  const length = line.end - line.start;
  if (length <= 2 * size) return [line];
  return Array.from({ length: Math.ceil(length / size) }, (_, k) => {
    const start = line.start + k * size;
    const from = start - line.start;
    return {
      ...line,
      start,
      end: Math.min(line.end, start + size),
      ...(line.levels && {
        levels: line.levels.subarray(from, from + size),
        levelBefore: line.levels[from - 1] ?? baseOf(line),
      }),
      part: true,
    };
  });
}

/** The level of tokens that run as their line does. */
export const baseOf = ({ rightToLeft }: Pick<StripLine, 'rightToLeft'>): number => (rightToLeft ? 1 : 0);

/** The level of a token of a line, and of the one before it. */
export function levelsAt(line: StripLine, index: number): [before: number, own: number] {
  const base = baseOf(line);
  const at = index - line.start;
  return [(at ? line.levels?.[at - 1] : line.levelBefore) ?? base, line.levels?.[at] ?? base];
}

/** Lines gathered until a chunk is full; a part of a line that goes on fills its chunk by itself. */
function chunksOf(lines: StripLine[], size: number): StripChunk[] {
  const chunks: StripChunk[] = [];
  for (const line of lines) {
    const last = chunks.at(-1);
    if (last && last.end - last.start < size && !last.lines[0]?.part && !line.part) {
      last.lines.push(line);
      last.end = line.end;
    } else {
      chunks.push({ start: line.start, end: line.end, lines: [line] });
    }
  }
  return chunks;
}

/** Parts that flow into each other: more make one paragraph so long that drawing any part of it lays out all of it. */
const FLOW_CHUNKS = 16;

/** Chunks that stand in one block: a few parts of a long line, or one chunk of whole lines. */
export function blocksOf(chunks: readonly StripChunk[]): StripChunk[][] {
  const blocks: StripChunk[][] = [];
  for (const chunk of chunks) {
    const last = blocks.at(-1);
    if (last && last.length < FLOW_CHUNKS && chunk.lines[0]?.part && last[0]?.lines[0]?.part)
      last.push(chunk);
    else blocks.push([chunk]);
  }
  return blocks;
}

/** The direction of a block, by the line of which it holds parts. */
export function blockDirection(block: readonly StripChunk[]): 'rtl' | 'ltr' {
  return block[0]?.lines[0]?.part && block[0].lines[0].rightToLeft ? 'rtl' : 'ltr';
}
