/**
 * @file Steps of a chat as messages: thinking, text and calls with nothing between them are one message of the assistant.
 */
import type { PlacedMessage } from './draft';
import type { Place } from './source-text';
import type { Message, ToolCall } from './types';

export class TurnBuilder {
  readonly placed: PlacedMessage[] = [];
  /** The assistant's message that later steps may still join. */
  #open: PlacedMessage | undefined;

  /** A message of somebody else. */
  add(message: Message, place: Place): void {
    this.#push(message, place);
    this.#open = undefined;
  }

  /** Thinking; what was thought before, with nothing said or called since, is joined by a blank line. */
  think(text: string, place: Place): void {
    const { message } = this.#fresh(place);
    message.reasoning = message.reasoning === undefined ? text : `${message.reasoning}\n\n${text}`;
  }

  /**
   * What the assistant says.
   *
   * @param more Whether it goes on what was said right before, without anything between the two.
   */
  say(text: string, place: Place, more = false): void {
    if (more && this.#open && !this.#open.message.toolCalls) this.#open.message.content += text;
    else this.#fresh(place).message.content = text;
  }

  call(call: ToolCall, place: Place): void {
    this.#open ??= this.#push({ role: 'assistant', content: '' }, place);
    (this.#open.message.toolCalls ??= []).push(call);
    this.#open.origin.calls.push({ field: place.field, line: place.line });
  }

  /** Ends the assistant's message. */
  close(): void {
    this.#open = undefined;
  }

  /** The open message, or a new one where that has said or called something. */
  #fresh(place: Place): PlacedMessage {
    const open = this.#open?.message;
    if (this.#open && open?.content === '' && !open.toolCalls) return this.#open;
    return (this.#open = this.#push({ role: 'assistant', content: '' }, place));
  }

  #push(message: Message, { field, line }: Place): PlacedMessage {
    const entry = { message, origin: { field, line, calls: [] } };
    this.placed.push(entry);
    return entry;
  }
}
