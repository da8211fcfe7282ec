/**
 * @file A model's whole reaction to one user turn: what it writes, the simulators' results of its calls, what it writes then,
 * until it answers. The conversation before the turn is as recorded.
 */
import { listingsOf, World } from '../conversation/practice/world';
import { spacedJson } from '../conversation/practice/compose';
import type { ToolResult } from '../conversation/practice/tool';
import type { Conversation, Message } from '../conversation/types';
import type { GenerationRequest } from '../model/engine';
import { readReaction, type Reaction } from '../reward/reaction';
import type { Inspector } from '../sequence/inspector';

/** What turns messages into ids and back. */
export type Tokens = Pick<Inspector, 'prompt' | 'tokenizer' | 'endOfTurnIds'>;

/** Reactions to results before whoever calls again and again is stopped. */
const MOST_ROUNDS = 4;

export interface RolloutStep {
  reaction: Reaction;
  /** Ids that the model wrote. */
  ids: Int32Array;
  /** What its calls gave; none where it did not call, or its calls are not valid. */
  results: ToolResult[];
}

/** One turn as it is written. `request` is for `Engine.generateMany`; `steps` fills while that runs. */
export class ReactionRollout {
  readonly steps: RolloutStep[] = [];
  readonly request: GenerationRequest;
  readonly #messages: Message[];
  readonly #world: World;
  #prompt: Int32Array;

  /**
   * @param message index of the user's message that is reacted to
   * @param options of this request, see `GenerationRequest`
   * @throws what the template throws.
   */
  constructor(
    readonly conversation: Conversation,
    readonly message: number,
    readonly tokens: Tokens,
    options?: GenerationRequest['options'],
  ) {
    this.#messages = conversation.messages.slice(0, message + 1);
    this.#world = replay(conversation, message);
    this.#prompt = this.#render();
    this.request = {
      prompt: this.#prompt,
      ...(options && { options }),
      extend: (text) => this.#extend(text),
    };
  }

  /** The visible text that it ends with, where that is an answer. */
  get answer(): string | undefined {
    const last = this.steps.at(-1)?.reaction;
    return last && !last.called ? last.answer : undefined;
  }

  #extend(text: Int32Array): Int32Array | undefined {
    const { tokenizer, endOfTurnIds } = this.tokens;
    const ids = text.slice(this.#prompt.length);
    const ends = endOfTurnIds.map((id) => tokenizer.decode([id]));
    const reaction = readReaction(tokenizer.decode(ids), ends);
    const valid = reaction.called && reaction.callsValid && reaction.ended;
    const listings = listingsOf(this.conversation.tools ?? []);
    const results = valid ? reaction.calls.map((call) => this.#world.run(call, listings)) : [];
    this.steps.push({ reaction, ids, results });
    if (!valid || this.steps.length >= MOST_ROUNDS) return undefined;
    this.#messages.push(
      {
        role: 'assistant',
        reasoning: reaction.think ?? '',
        content: reaction.answer,
        toolCalls: [...reaction.calls],
      },
      ...results.map((result, i): Message => ({
        role: 'tool',
        content: spacedJson(result),
        name: reaction.calls[i]?.name,
      })),
    );
    this.#prompt = this.#render();
    return this.#prompt;
  }

  #render(): Int32Array {
    const { length } = this.#messages;
    return this.tokens.prompt({ ...this.conversation, messages: this.#messages }, length).ids;
  }
}

/** The world of a practice conversation as it stands after the calls before a message. */
function replay({ messages, tools = [], extra }: Conversation, message: number): World {
  const world = new World(Number(extra['world']));
  const listings = listingsOf(tools);
  for (const { toolCalls = [] } of messages.slice(0, message)) {
    for (const call of toolCalls) world.run(call, listings);
  }
  return world;
}
