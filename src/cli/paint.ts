/**
 * @file Text for a terminal: colours, and characters that must not reach it as they are.
 */
import type { SourcePosition } from '../conversation/types';
import type { SegmentKind } from '../template/rendered';

/** SGR colours of the segments that a model writes; the others are dimmed. */
const COLOURS: Partial<Record<SegmentKind, number>> = { think: 35, call: 33, answer: 36, end: 34 };

export type Paint = (text: string, ...codes: number[]) => string;

/** Wraps text in SGR codes, or leaves it as it is. */
export function painter(colour: boolean): Paint {
  return (text, ...codes) => (colour ? `\u001b[${codes.join(';')}m${text}\u001b[0m` : text);
}

/** How a token of a segment looks: bold and underlined where it is trained, besides its colour. */
export function codesOf(segment: SegmentKind, trained: boolean): number[] {
  return trained ? [1, 4, COLOURS[segment] ?? 32] : [2];
}

/**
 * Text on one line: space as `·`, line breaks as `⏎`, tabs as `⇥`, and what could command a terminal or turn the writing
 * direction as its code point. Data is not trusted.
 */
export function visible(text: string): string {
  return text
    .replaceAll(' ', '·')
    .replaceAll('\n', '⏎')
    .replaceAll('\t', '⇥')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
      return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
    });
}

/** Pads to a number of code points, on the right or the left. */
export function pad(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const fill = ' '.repeat(Math.max(0, width - [...text].length));
  return side === 'left' ? fill + text : text + fill;
}

/** Line breaks as single spaces: a message is one line. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}

/** `record 3 (line 4)`; where there are several files, `chats.jsonl, record 3 (line 4)`. */
export function placeOf({ file, record, line }: SourcePosition, several: boolean): string {
  const place = `record ${record} (line ${line})`;
  return several ? `${visible(file).replaceAll('·', ' ')}, ${place}` : place;
}
