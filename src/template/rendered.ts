/**
 * @file A conversation as text, with the origin of every character.
 */

/** What a stretch of rendered text is. Order is the order of legends and of the numeric codes in `Encoded.kind`. */
export const SEGMENT_KINDS = [
  'system',
  'tools',
  'user',
  'header',
  'think',
  'call',
  'answer',
  'result',
  'end',
  'scaffold',
] as const;
export type SegmentKind = (typeof SEGMENT_KINDS)[number];

/** Spans tile the text: sorted, no hole, no overlap. Offsets count UTF-16 code units; `end` is exclusive. */
export interface Span {
  start: number;
  end: number;
  /** Index into `Conversation.messages`; -1 where the template wrote something of its own (BOS, a default system turn). */
  message: number;
  kind: SegmentKind;
  /** True where the model itself would produce this text: after the generation prompt, through the end-of-turn token. */
  generated: boolean;
}

export interface Rendered {
  text: string;
  spans: Span[];
  /** What the template's own `{% generation %}` blocks hold, where it has any; presets that follow them take these. */
  blocks?: { start: number; end: number }[];
  /** What the reader should know: witnesses that disagree, fields that the template left out. Empty when all is well. */
  notes: RenderNote[];
}

export interface RenderNote {
  severity: 'warning' | 'info';
  message: number;
  text: string;
}
