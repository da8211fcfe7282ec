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

/**
 * How many leading characters the text shares with the prompt of a message: the messages before it and the generation
 * prompt, which the model sees when it has to write the message.
 */
export interface PromptLength {
  message: number;
  length: number;
  /** How the prompt goes on where it is no prefix of the text; '' where it is. */
  rest: string;
}

export interface Rendered {
  text: string;
  spans: Span[];
  /** What the template's own `{% generation %}` blocks hold, where it has any; presets that follow them take these. */
  blocks?: { start: number; end: number }[];
  /** For each assistant message whose prompt the template renders, in order; absent where no prefix was rendered. */
  prompts?: PromptLength[];
  /** What the reader should know: witnesses that disagree, fields that the template left out. Empty when all is well. */
  notes: RenderNote[];
}

/** What a note is about, for code; `text` is for people. */
export type NoteCode =
  /** The header of a turn could not be found by the generation prompt. */
  | 'guessed-header'
  /** A field of the message is not in the text; thinking that a template strips has a code of its own. */
  | 'left-out'
  | 'thinking-left-out'
  /** The template changes a field so that its characters cannot be followed. */
  | 'untraced'
  /** A field spells a special token. */
  | 'control-token'
  /** What the model sees before this turn at inference is no prefix of the text. */
  | 'rewritten-history'
  /** Fields and prefix rendering put the border of a turn at different characters. */
  | 'witnesses-disagree'
  /** Prefix rendering was stopped, because the template is slow. */
  | 'unwitnessed'
  /** A generation block holds more, or less, than the model writes. */
  | 'block-exceeds'
  | 'block-lacks';

export interface RenderNote {
  code: NoteCode;
  severity: 'warning' | 'info';
  message: number;
  text: string;
  /** Characters of the rendered text that the note is about, where it is about some. */
  ranges?: { start: number; end: number }[];
}
