/**
 * @file What a conversation gives to a template: messages and tools as values of the interpreter. A conversation is
 * rendered many times, every beginning of it by itself, so each message is made a value once.
 */
import { toOpenAIMessage } from '../conversation/export';
import type { Json, Message, ToolSchema } from '../conversation/types';
import { type ExactNumbers, withExactNumbers } from './exact-numbers';
import { convert, list, NULL, type Value } from './runtime-values';

export interface Inputs {
  messages: Value;
  tools: Value;
  /** What to do with the text that comes out; see exact-numbers.ts. */
  restore: ExactNumbers['restore'];
}

/** Values of the messages and tools of one conversation, which must not change meanwhile. */
export class InputValues {
  /** Of messages and lists of tools that need no placeholders: their values are the same in every rendering. */
  readonly #known = new Map<object, Value>();

  of(messages: readonly Message[], tools?: ToolSchema[]): Inputs {
    // Python passes `tools=None` where there are none, which `{% if tools %}` and `is defined` both rely on.
    const knownTools = tools?.length ? this.#known.get(tools) : NULL;
    if (knownTools && messages.every((message) => this.#known.has(message))) {
      const values = messages.map((message) => this.#known.get(message) ?? NULL);
      return { messages: list(values), tools: knownTools, restore: (text) => text };
    }
    const exact = withExactNumbers(messages, tools);
    const values = messages.map((message, i) => {
      const given = exact.messages[i] ?? message;
      const value = this.#known.get(given) ?? valueOf(given);
      if (given === message) this.#known.set(message, value);
      return value;
    });
    const toolsValue = exact.tools?.length ? convert(exact.tools as unknown as Json) : NULL;
    if (tools && exact.toolsArePlain) this.#known.set(tools, toolsValue);
    return { messages: list(values), tools: toolsValue, restore: exact.restore };
  }
}

const valueOf = (message: Message): Value =>
  convert(withThinking(toOpenAIMessage(message, { arguments: 'object' })));

/** A message's thinking under the name that gpt-oss's template reads, too (transformers: `_alias_reasoning_fields`). */
function withThinking(message: { [key: string]: Json }): { [key: string]: Json } {
  const { reasoning_content: thinking } = message;
  return thinking === undefined ? message : { thinking, ...message };
}
