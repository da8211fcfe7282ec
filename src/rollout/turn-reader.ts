/**
 * @file Follows a model through one turn: reads each message that it writes, runs the calls in it where there is something
 * that can answer them, and renders what the model sees next. The conversation before the turn is as recorded.
 */
import { spacedJson } from '../conversation/practice/compose';
import type { Listing, ToolResult } from '../conversation/practice/tool';
import { openWorld, type World } from '../conversation/practice/world';
import type { Conversation, Message } from '../conversation/types';
import { readReaction, type Reaction } from '../reward/reaction';
import type { Inspector } from '../sequence/inspector';
import { isPrefix, spells } from '../sequence/on-prompt';
import { isAnswered, MOST_ROUNDS } from './answered';

/** What turns messages into ids and back. */
export type Tokens = Pick<Inspector, 'prompt' | 'tokenizer' | 'endOfTurnIds'>;

export interface RolloutStep {
  reaction: Reaction;
  /** Ids that the model wrote, and their text with special tokens written out. */
  ids: Int32Array;
  text: string;
  /** What its calls gave; none where it did not call, its calls are not valid, or nothing can answer them. */
  results: ToolResult[];
}

export class TurnReader {
  readonly steps: RolloutStep[] = [];
  /** The messages of the turn so far, the assistant's and the results between them. */
  readonly written: Message[] = [];
  readonly #world: { world: World; listings: Listing[] } | undefined;

  /** @param message index of the user's message that is reacted to */
  constructor(
    readonly conversation: Conversation,
    readonly message: number,
    readonly tokens: Tokens,
  ) {
    this.#world = isAnswered(conversation) ? openWorld(conversation, message) : undefined;
  }

  /** Up to and with the user's message. */
  get before(): Conversation {
    return { ...this.conversation, messages: this.conversation.messages.slice(0, this.message + 1) };
  }

  /** The conversation with what was written so far. */
  get sofar(): Conversation {
    const { before } = this;
    return { ...before, messages: [...before.messages, ...this.written] };
  }

  /**
   * What the model sees before it writes.
   *
   * @throws what the template throws.
   */
  prompt(): { ids: Int32Array; text: string } {
    const { sofar } = this;
    return this.tokens.prompt(sofar, sofar.messages.length);
  }

  /** Reads one message of the model and runs its calls. True where the turn goes on after it. */
  read(ids: Int32Array): boolean {
    const { tokenizer, endOfTurnIds } = this.tokens;
    const text = tokenizer.decode(ids);
    const ends = endOfTurnIds.map((id) => tokenizer.decode([id]));
    const reaction = readReaction(text, ends);
    const valid = reaction.called && reaction.callsValid && reaction.ended;
    const results = valid && this.#world ? this.#run(reaction) : [];
    this.steps.push({ reaction, ids, text, results });
    this.written.push(
      {
        role: 'assistant',
        content: reaction.answer,
        ...(reaction.think !== undefined && { reasoning: reaction.think }),
        ...(reaction.calls.length > 0 && { toolCalls: [...reaction.calls] }),
      },
      ...results.map((result, i): Message => ({
        role: 'tool',
        content: spacedJson(result),
        name: reaction.calls[i]?.name,
      })),
    );
    return results.length > 0 && this.steps.length < MOST_ROUNDS;
  }

  /**
   * The tokens that the model sees next, after the message that was read last. What it saw and wrote stays token for token
   * where the template writes the same text; where the template rewrites it, all is tokenized anew.
   *
   * @param seen what it saw before that message, and the message
   * @throws what the template throws.
   */
  next(seen: Int32Array): Int32Array {
    const { tokenizer } = this.tokens;
    const { ids, text } = this.prompt();
    if (isPrefix(seen, ids)) return ids;
    const past = tokenizer.decode(seen);
    if (!text.startsWith(past)) return ids;
    const more = text.slice(past.length);
    const rest = tokenizer.encode(more).ids;
    if (!spells(tokenizer, rest, more)) return ids;
    const all = new Int32Array(seen.length + rest.length);
    all.set(seen);
    all.set(rest, seen.length);
    return all;
  }

  #run({ calls }: Reaction): ToolResult[] {
    const { world, listings } = this.#world as { world: World; listings: Listing[] };
    return calls.map((call) => world.run(call, listings));
  }
}
