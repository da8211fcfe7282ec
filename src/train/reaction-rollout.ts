/**
 * @file A model's whole reaction to one user turn, as a request of generation: what it writes, the simulators' results of its
 * calls, what it writes then, until it answers.
 */
import type { Conversation } from '../conversation/types';
import type { GenerationRequest } from '../model/engine';
import { TurnReader, type RolloutStep, type Tokens } from '../rollout/turn-reader';

export type { RolloutStep, Tokens };

/** One turn as it is written. `request` is for `Engine.generateMany`; `steps` fills while that runs. */
export class ReactionRollout {
  readonly request: GenerationRequest;
  readonly #reader: TurnReader;

  /**
   * @param message index of the user's message that is reacted to
   * @param options of this request, see `GenerationRequest`
   * @throws what the template throws.
   */
  constructor(
    conversation: Conversation,
    message: number,
    tokens: Tokens,
    options?: GenerationRequest['options'],
  ) {
    this.#reader = new TurnReader(conversation, message, tokens);
    let prompt = this.#reader.prompt().ids;
    this.request = {
      prompt,
      ...(options && { options }),
      extend: (text) => {
        if (!this.#reader.read(text.slice(prompt.length))) return undefined;
        return (prompt = this.#reader.next(text));
      },
    };
  }

  get steps(): readonly RolloutStep[] {
    return this.#reader.steps;
  }

  /** The visible text that it ends with, where that is an answer. */
  get answer(): string | undefined {
    const last = this.steps.at(-1)?.reaction;
    return last && !last.called ? last.answer : undefined;
  }
}
