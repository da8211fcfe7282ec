/**
 * @file What a chat is made of, and what it needs of the page.
 */
import type { Conversation, Message, ToolSchema } from '../conversation/types';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';
import type { ChatTree } from './chat-tree';
import type { DataList } from './data-list';
import type { Shown } from './generate-shown';
import type { KeptRun, RunPoint } from './runs.svelte';

/** What the chat needs of the page. */
export interface ChatParts {
  text: Pick<TextService, 'prompt' | 'decode' | 'rolloutRead'>;
  engine: Pick<EngineService, 'generate' | 'score'>;
  /** Runs of this visit, and the key of the loaded model. */
  runs: () => readonly KeptRun[];
  modelKey: () => string | undefined;
  /** Updates that have led to the weights as they are tuned now. */
  trained: () => number;
  /** The run and step where these stand; undefined: they are the original ones. */
  head: () => RunPoint | undefined;
  /** Of the loaded model; undefined where none is. */
  limits: () => { stopIds: number[]; contextLength: number } | undefined;
  /** Why no model can write now, whatever the chat does; undefined where one can. */
  block: () => string | undefined;
  list: () => DataList;
  /** The person's own conversations: the list, or what a lesson put aside. */
  ownList: () => DataList;
  /** Whether the list is a lesson's, and goes with it. */
  inLesson: () => boolean;
  /** Puts a changed list in place of the present one; changes in a row with the same key are taken back together. */
  put: (list: DataList, label: string, key: string) => Promise<void>;
  /** Puts a list in place of `ownList` that is as the person left it: there is nothing to take back where nothing was done since. */
  bring: (list: DataList, label: string) => Promise<void>;
}

/** One model's side. */
export interface ChatColumn {
  readonly id: number;
  /** Id of its source, see chat-sources.ts. */
  readonly source: string;
  readonly tree: ChatTree;
}

/** What a chat begins with. */
export interface ChatStart {
  messages: readonly Message[];
  tools: readonly ToolSchema[];
  templateKwargs?: Conversation['templateKwargs'];
  /** Whose simulators answer calls; undefined where a person does. */
  world?: number | undefined;
}

export interface Chat extends Omit<ChatStart, 'messages'> {
  readonly columns: readonly ChatColumn[];
}

/** A message that is being written. */
export interface LiveMessage {
  column: number;
  /** The message that it follows. */
  parent: number;
  by: string;
  shown: Shown;
}

/** A place in a column where a model is to speak: the message that it follows. */
export interface ChatPlace {
  id: number;
  from: number;
}
