/**
 * @file The beginnings of one conversation as a template renders them, each rendered once.
 */
import type { Conversation } from '../conversation/types';
import type { ChatTemplate } from './chat-template';
import { isTemplateLimit } from './limits';

export class Prefixes {
  readonly #template: ChatTemplate;
  readonly #conversation: Pick<Conversation, 'messages' | 'tools' | 'templateKwargs'>;
  readonly #known = new Map<string, string | undefined>();

  constructor(
    template: ChatTemplate,
    conversation: Pick<Conversation, 'messages' | 'tools' | 'templateKwargs'>,
  ) {
    this.#template = template;
    this.#conversation = conversation;
  }

  /**
   * The text of the first `length` messages, with the generation prompt or without; undefined where the template refuses
   * them (one that demands alternating roles, say).
   *
   * @throws LosslightError `template-limit` where the template was stopped.
   */
  render(length: number, addGenerationPrompt: boolean): string | undefined {
    const key = `${length} ${addGenerationPrompt}`;
    if (!this.#known.has(key)) this.#known.set(key, this.#render(length, addGenerationPrompt));
    return this.#known.get(key);
  }

  #render(length: number, addGenerationPrompt: boolean): string | undefined {
    const { messages, tools, templateKwargs } = this.#conversation;
    try {
      return this.#template.render(messages.slice(0, length), { tools, templateKwargs, addGenerationPrompt });
    } catch (error) {
      if (isTemplateLimit(error)) throw error;
      return undefined;
    }
  }
}
