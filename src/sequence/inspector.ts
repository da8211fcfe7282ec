/**
 * @file One tokenizer with one template: everything that the page and the command line ask about conversations.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import type { MaskPolicy } from '../mask/policy';
import { ChatTemplate } from '../template/chat-template';
import { renderWithProvenance } from '../template/provenance';
import type { Rendered } from '../template/rendered';
import { encodeRendered } from '../tokenizer/encode';
import type { Encoded } from '../tokenizer/encoded';
import { ChatTokenizer } from '../tokenizer/tokenizer';
import type { TrainingSequence } from './types';
import { wholeSequence } from './whole';

/** Renders, tokenizes and weighs conversations for one model. Pure: no device, no page. */
export class Inspector {
  readonly tokenizer: ChatTokenizer;
  readonly template: ChatTemplate;

  /**
   * @param chatTemplate Contents of chat_template.jinja, which wins over the template in tokenizer_config.json.
   * @throws LosslightError `bad-tokenizer`, `unsupported-tokenizer` or `bad-template`; no template at all is `bad-template`.
   */
  constructor(tokenizerJson: string, tokenizerConfigJson: string, chatTemplate?: string) {
    this.tokenizer = new ChatTokenizer(tokenizerJson, tokenizerConfigJson);
    const source = chatTemplate ?? this.tokenizer.chatTemplate;
    if (source === undefined) {
      throw new LosslightError(
        'bad-template',
        'The model folder has no chat template.',
        'Add chat_template.jinja, or take the tokenizer_config.json of an instruction-tuned model.',
      );
    }
    const { bosToken, eosToken, specialTokens } = this.tokenizer;
    this.template = new ChatTemplate(source, { bosToken, eosToken, specialTokens: [...specialTokens] });
  }

  /** Ids of the tokens that end a turn: generation stops at them. */
  get endOfTurnIds(): number[] {
    return this.template.endTokens.flatMap((token) => this.tokenizer.idOf(token) ?? []);
  }

  /** A conversation as text and as tokens, with the origin of each. */
  inspect(conversation: Conversation): { rendered: Rendered; encoded: Encoded } {
    const rendered = renderWithProvenance(this.template, conversation);
    return { rendered, encoded: encodeRendered(rendered, this.tokenizer) };
  }

  /**
   * One whole-conversation sequence for each conversation that can be rendered and has a trained token within
   * `maxLength`; the others are reported with the reason.
   */
  sequences(
    conversations: readonly Conversation[],
    policy: MaskPolicy,
    maxLength: number,
  ): { sequences: TrainingSequence[]; problems: { conversation: string; reason: string }[] } {
    const sequences: TrainingSequence[] = [];
    const problems: { conversation: string; reason: string }[] = [];
    for (const conversation of conversations) {
      try {
        const view = this.inspect(conversation);
        const { encoded } = view;
        const sequence = wholeSequence(conversation, view, policy, maxLength);
        if (sequence.weights.some((weight, i) => i > 0 && weight !== 0)) sequences.push(sequence);
        else problems.push({ conversation: conversation.id, reason: untrained(encoded, sequence) });
      } catch (error) {
        // One conversation that cannot be read must not take the others with it.
        problems.push({
          conversation: conversation.id,
          reason: error instanceof Error ? error.message : String(error),
        });
      }
    }
    return { sequences, problems };
  }

  /** What the model sees when it has to write message `upTo`: the messages before it and the generation prompt. */
  prompt(conversation: Conversation, upTo: number): { ids: Int32Array; text: string } {
    const text = this.template.render(conversation.messages.slice(0, upTo), {
      tools: conversation.tools,
      templateKwargs: conversation.templateKwargs,
      addGenerationPrompt: true,
    });
    return { ids: this.tokenizer.encode(text).ids, text };
  }
}

function untrained(encoded: Encoded, sequence: TrainingSequence): string {
  if (!encoded.generated.includes(1)) return 'It has no assistant turn, so there is nothing to train on.';
  return sequence.ids.length < encoded.ids.length
    ? `Its trained tokens lie beyond the longest sequence (${sequence.ids.length} of ${encoded.ids.length} tokens kept).`
    : 'The mask trains none of its tokens.';
}
