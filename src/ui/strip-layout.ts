/**
 * @file How a strip is cut: messages, in them chunks that are drawn or left out together, in them lines.
 * Pure; the components only draw what this returns.
 */
import type { MaskView } from '../state/mask.svelte';
import { tokenText } from './strip-token';
import { isDelimiter, startsRightToLeft } from './token-text';

type Laid = Pick<MaskView, 'encoded' | 'rendered' | 'bytes'>;

/** Tokens `start` to `end` (exclusive) that stand on one line until it wraps. */
export interface StripLine {
  start: number;
  end: number;
  rightToLeft: boolean;
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
    lines.push({ start, end: i + 1, rightToLeft: runsRightToLeft(view, start, i + 1), part: false });
    start = i + 1;
  }
  return lines;
}

/** By the first letter that is shown as such: bytes and delimiters run left to right on lines of either direction. */
function runsRightToLeft(view: Laid, start: number, end: number): boolean {
  let shown = '';
  for (let i = start; i < end; i++) {
    const text = tokenText(view, i);
    if (!view.bytes.has(i) && !isDelimiter(text)) shown += text;
  }
  return startsRightToLeft(shown);
}

/** A long line in parts of `size` tokens; the others as they are. */
function partsOf(line: StripLine, size: number): StripLine[] {
  const length = line.end - line.start;
  if (length <= 2 * size) return [line];
  return Array.from({ length: Math.ceil(length / size) }, (_, k) => {
    const start = line.start + k * size;
    return { ...line, start, end: Math.min(line.end, start + size), part: true };
  });
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
