/**
 * @file What people bring: conversations in one shape, whatever format they came in.
 * Pure data; no rendering, no tokens. Importers (one file a format) produce it, `template/` reads it.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type Role = 'system' | 'user' | 'assistant' | 'tool';

/** One call of a tool by the assistant. `arguments` is the parsed object, `rawArguments` its text as written. */
export interface ToolCall {
  id?: string;
  name: string;
  arguments: { [key: string]: Json };
  rawArguments: string;
}

export interface Message {
  role: Role;
  /** The visible text; '' where a message holds only thinking or calls. */
  content: string;
  /** The thinking, without its `<think>` delimiters. Undefined: there is none; '': an empty think block was written. */
  reasoning?: string;
  toolCalls?: ToolCall[];
  /** For role `tool`: which call this answers, and the tool's name, where the data says so. */
  toolCallId?: string;
  name?: string;
  /** A weight on all trained tokens of this message (OpenAI's `weight`); undefined means 1. */
  weight?: number;
  /** Weights by ranges of `content` (Axolotl's `train_detail`); a character in no range has weight 0. Never overlapping. */
  detail?: CharacterRange[];
}

/** UTF-16 offsets into a message's content; `end` is exclusive and greater than `start`. */
export interface CharacterRange {
  start: number;
  end: number;
  weight: number;
}

/** A tool as chat templates expect it: OpenAI's `{type: 'function', function: {name, description, parameters}}`. */
export interface ToolSchema {
  type: 'function';
  function: { name: string; description?: string; parameters?: Json };
  /**
   * The JSON text of the fields above, where JavaScript's values lose something of it: a number's own text (`3.0`), the
   * order of keys that are integers. Templates and exports write this text; it is no field of the tool itself.
   */
  exactText?: string;
}

/** Where a record stood: `record` counts from 0 within the file, `line` from 1. */
export interface SourcePosition {
  file: string;
  record: number;
  line: number;
}

export interface Conversation {
  /** Unique within a session. */
  id: string;
  messages: Message[];
  tools?: ToolSchema[];
  /** Extra variables for the template (TRL's `chat_template_kwargs`), such as `enable_thinking`. */
  templateKwargs?: { [key: string]: Json };
  /** Index of the first message of the completion: those before it are the prompt. `messages.length`: a prompt alone. */
  completionFrom?: number;
  /**
   * Two completions of the prompt `messages.slice(0, completionFrom)`. The chosen one is what `messages` goes on with,
   * so that everything which reads messages reads it.
   */
  preference?: { chosen: Message[]; rejected: Message[] };
  /** Whether the completion is a desirable one (KTO). */
  label?: boolean;
  /** What the completion was worth, for objectives that learn from that; any finite number. */
  reward?: number;
  /** Fields of the record that we do not interpret, kept for export. */
  extra: { [key: string]: Json };
  /** The JSON text of `reward` and of those fields of `extra` of which JavaScript's values lose something, for export. */
  extraTexts?: { [key: string]: string };
  source: SourcePosition;
}

/** Something wrong with a record. An `error` keeps the record out; a `warning` lets it in and says what to look at. */
export interface ImportProblem extends SourcePosition {
  severity: 'error' | 'warning';
  /** Path of the field, such as `messages[2].tool_calls[0].function.arguments`; '' for the record as a whole. */
  field: string;
  /** What is wrong, in one sentence. */
  reason: string;
  /** What to do about it, in one sentence. */
  remedy: string;
  /** What would mend it in every conversation at once: `recap` takes the line of `recap-line.ts` away. */
  fix?: 'recap';
}

export interface ImportResult {
  /** Name of the detected format, for people: `OpenAI JSONL`, `thread roles (transcript)`. */
  format: string;
  conversations: Conversation[];
  problems: ImportProblem[];
  /** Records seen, good and bad. */
  records: number;
}
