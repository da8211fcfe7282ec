/**
 * @file A Hugging Face chat template, compiled: a conversation in, text out, as `apply_chat_template` writes it.
 */
import { Template } from '@huggingface/jinja';
import { toOpenAIMessage } from '../conversation/export';
import type { Json, Message, ToolSchema } from '../conversation/types';
import { LosslightError } from '../errors';
import { withExactNumbers } from './exact-numbers';
import { rewriteStrips, STRIP_FUNCTIONS } from './python-strip';
import { markGenerationBlocks, takeBlocks, type TextRange } from './generation-blocks';

/** What a template may read besides the messages; the names are those of transformers. */
export interface TemplateContext {
  bosToken: string;
  eosToken: string;
  /**
   * Every added token of the tokenizer that it marks as special. A template does not need them; finding the
   * end-of-turn token in what it wrote does.
   */
  specialTokens: string[];
}

export interface RenderOptions {
  tools?: ToolSchema[];
  /** Further variables, such as `enable_thinking`; those that rendering sets itself cannot be replaced. */
  templateKwargs?: { [key: string]: Json };
  /** End with the header of an assistant turn, ready for the model to speak. */
  addGenerationPrompt?: boolean;
}

/** A compiled chat template. Rendering is pure; it can take long on a hostile template, so run it where it can be killed. */
export class ChatTemplate {
  readonly #template: Template;
  /** The template with marks for its generation blocks, where it has any. */
  readonly #marked: Template | undefined;
  /** Tokens that end a turn, longest first: the end-of-sequence token and every special token named for it. */
  readonly endTokens: readonly string[];

  /**
   * @throws LosslightError `bad-template` where the source is not valid Jinja.
   */
  constructor(
    readonly source: string,
    readonly context: TemplateContext,
  ) {
    this.endTokens = endTokens(context);
    try {
      this.#template = compile(source);
      const marked = markGenerationBlocks(source);
      this.#marked = marked === undefined ? undefined : compile(marked);
    } catch (cause) {
      throw badTemplate('The chat template is not valid Jinja', cause);
    }
  }

  /**
   * The text of `messages`, with `trim_blocks` and `lstrip_blocks` as transformers sets them; numbers in arguments of
   * calls as Python prints them.
   *
   * @throws LosslightError `bad-template` where the template raises (`raise_exception` included) or fails.
   */
  render(messages: readonly Message[], options: RenderOptions = {}): string {
    return this.#run(this.#template, messages, options);
  }

  /**
   * What the template itself puts in `{% generation %}` blocks, as ranges of the text that `render` gives; undefined
   * where it has no such blocks, or where they cannot be told from the text.
   *
   * @throws LosslightError `bad-template`, as `render` does.
   */
  generationRanges(messages: readonly Message[], options: RenderOptions = {}): TextRange[] | undefined {
    if (!this.#marked) return undefined;
    const { text, ranges } = takeBlocks(this.#run(this.#marked, messages, options));
    return text === this.render(messages, options) ? ranges : undefined;
  }

  #run(template: Template, messages: readonly Message[], options: RenderOptions): string {
    const exact = withExactNumbers(messages);
    try {
      const text = template.render({
        ...options.templateKwargs,
        messages: exact.messages.map((message) => toOpenAIMessage(message, { arguments: 'object' })),
        // Python passes `tools=None` where there are none, which `{% if tools %}` and `is defined` both rely on.
        tools: options.tools?.length ? options.tools : null,
        documents: null,
        add_generation_prompt: options.addGenerationPrompt ?? false,
        bos_token: this.context.bosToken,
        eos_token: this.context.eosToken,
        ...STRIP_FUNCTIONS,
      });
      return exact.restore(text);
    } catch (cause) {
      throw badTemplate('The chat template failed on this conversation', cause);
    }
  }
}

function compile(source: string): Template {
  const template = new Template(source);
  rewriteStrips(template);
  return template;
}

function badTemplate(what: string, cause: unknown): LosslightError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LosslightError(
    'bad-template',
    `${what}: ${why}`,
    'Check the roles and their order in the conversation, or the chat_template in tokenizer_config.json.',
    { cause },
  );
}

function endTokens({ eosToken, specialTokens }: TemplateContext): string[] {
  const named = specialTokens.filter((token) =>
    /_end\|?>|end_of_|eot|eom|<\/s>|<\|(end|return|call)\|>/i.test(token),
  );
  const elsewhere = /header|channel/i; // `<|end_header_id|>` ends a header, not a turn
  return [...new Set([eosToken, ...named])]
    .filter((token) => token && !elsewhere.test(token))
    .sort((a, b) => b.length - a.length);
}
