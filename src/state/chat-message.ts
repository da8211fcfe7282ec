/**
 * @file What is known of a message that a model wrote in the chat: its tokens, how they were drawn, and how it ended.
 */
import type { GeneratedToken } from '../model/engine';

/**
 * `stop`: the model ended its turn. `limit`: the limit of new tokens. `context`: the model's context is full. `stopped`: a
 * person stopped it. `interrupted`: the engine did, since its weights were about to change.
 */
export type ChatEnding = 'stop' | 'limit' | 'context' | 'stopped' | 'interrupted';

export interface WrittenMessage {
  /** Which weights wrote it, for people. */
  by: string;
  /** The same for the page, see chat-sources.ts. */
  source: string;
  /** The key of the model that was loaded: ids of another one are other tokens. */
  model: string | undefined;
  seed: number;
  temperature: number;
  topP: number;
  /** All that the model had before it. */
  prompt: Int32Array;
  tokens: readonly GeneratedToken[];
  /** One string a token, as they are. */
  shown: readonly string[];
  ending: ChatEnding;
  /** A call was begun that is no valid call, so that nothing was run. */
  brokenCall?: boolean;
}
