/**
 * @file One conversation as the model sees it at every point: its prefixes rendered as conversations of their own, the
 * prompt before each assistant message, and each assistant message on that prompt. Each is made once, when asked for.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import type { ChatTemplate } from '../template/chat-template';
import { renderWithProvenance } from '../template/provenance';
import type { Rendered } from '../template/rendered';
import { encodeRendered } from '../tokenizer/encode';
import type { Encoded } from '../tokenizer/encoded';
import type { ChatTokenizer, TokenOffsets } from '../tokenizer/tokenizer';
import { sampleOnPrompt, type PromptFit } from './on-prompt';

/** A rendering with its tokens. */
export interface View {
  rendered: Rendered;
  encoded: Encoded;
}

/** The context that the model has when it must write a message. */
export interface Prompt extends TokenOffsets {
  text: string;
}

/** One assistant message with everything before it. */
export interface Sample extends View {
  /** The tokens begin with those of the prompt, all of them, where `fit` is `exact` or `realigned`. */
  fit: PromptFit;
}

/** The renderings of one conversation for one template and tokenizer. */
export class ConversationViews {
  #whole: View | undefined;
  readonly #through = new Map<number, View>();
  readonly #prompts = new Map<number, Prompt | undefined>();
  readonly #samples = new Map<number, Sample>();

  /** @param beforeEach called before each rendering and each sequence that is compared, of which there may be 2n for n messages */
  constructor(
    readonly template: ChatTemplate,
    readonly tokenizer: ChatTokenizer,
    readonly conversation: Conversation,
    readonly beforeEach: () => void = () => undefined,
  ) {}

  /**
   * The whole conversation.
   *
   * @throws LosslightError `bad-template` where the template refuses it; what the tokenizer throws.
   */
  get whole(): View {
    return (this.#whole ??= this.#view(this.conversation.messages.length, true));
  }

  /**
   * Messages 0 … `last`, rendered as if the conversation ended there.
   *
   * @throws LosslightError as `whole`.
   */
  through(last: number): View {
    if (last === this.conversation.messages.length - 1) return this.whole;
    return remembered(this.#through, last, () => this.#view(last + 1, false));
  }

  /** What the model is given when it must write message `index`; undefined where the template refuses to render that. */
  prompt(index: number): Prompt | undefined {
    return remembered(this.#prompts, index, () => {
      this.beforeEach();
      const { messages, tools, templateKwargs } = this.conversation;
      let text: string;
      try {
        text = this.template.render(messages.slice(0, index), {
          tools,
          templateKwargs,
          addGenerationPrompt: true,
        });
      } catch (error) {
        if (error instanceof LosslightError) return undefined;
        throw error;
      }
      return { text, ...this.tokenizer.encode(text) };
    });
  }

  /**
   * Message `index` on the tokens of its prompt: the context is that of inference, token for token, wherever the template
   * and the tokenizer allow it, and `fit` says whether they do.
   *
   * @throws LosslightError as `whole`.
   */
  sample(index: number): Sample {
    return remembered(this.#samples, index, () =>
      sampleOnPrompt(this.through(index), this.prompt(index), this.tokenizer),
    );
  }

  #view(length: number, notes: boolean): View {
    this.beforeEach();
    const { conversation, template, tokenizer } = this;
    const messages = conversation.messages.slice(0, length);
    const rendered = renderWithProvenance(template, { ...conversation, messages }, notes);
    return { rendered, encoded: encodeRendered(rendered, tokenizer) };
  }
}

function remembered<T>(memory: Map<number, T>, key: number, make: () => T): T {
  if (!memory.has(key)) memory.set(key, make());
  return memory.get(key) as T;
}
