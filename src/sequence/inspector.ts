/**
 * @file One tokenizer with one template: everything that the page and the command line ask about conversations.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { editsOf, type EditBook } from '../mask/edit-file';
import { tokenWeights, type MaskPolicy } from '../mask/policy';
import { countMatches } from '../mask/rule-matches';
import { ChatTemplate, type TemplateContext } from '../template/chat-template';
import { RenderBudget } from '../template/limits';
import { renderWithProvenance } from '../template/provenance';
import type { Rendered } from '../template/rendered';
import { type TemplatePiece, traceTemplate } from '../template/trace';
import { encodeRendered } from '../tokenizer/encode';
import type { Encoded } from '../tokenizer/encoded';
import { ChatTokenizer } from '../tokenizer/tokenizer';
import { ConversationViews } from './conversation-views';
import { divide, type DivideOptions } from './divide';
import type { Division } from './division';
import { promptKey } from './prompt-key';
import { NO_SAMPLE, sampleSequence, samplesOf, type SampleKind } from './samples';
import type { Strategy } from './strategy';
import { compareStrategies, type CompareOptions, type StrategyReport } from './strategy-report';
import type { TrainingSequence } from './types';

/** Conversations whose renderings are kept, and most messages of theirs: a long one has a long rendering of each. */
const KEPT_VIEWS = 8;
const KEPT_MESSAGES = 400;

/** Renders, tokenizes and weighs conversations for one model. Pure: no device, no page. */
export class Inspector {
  readonly tokenizer: ChatTokenizer;
  readonly template: ChatTemplate;
  /**
   * Called before each rendering of `views` and each sequence that is compared: a long conversation takes long, and who
   * watches can see it move.
   */
  beforeRendering: (() => void) | undefined;
  /** What every template of this tokenizer gets. */
  readonly #context: TemplateContext;
  /** The latest last. */
  readonly #views: ConversationViews[] = [];

  /**
   * @param chatTemplate Contents of chat_template.jinja, which wins over the template in tokenizer_config.json.
   * @param stopIds Further tokens that end a turn, by id, as generation_config.json has them.
   * @throws LosslightError `bad-tokenizer`, `unsupported-tokenizer` or `bad-template`; no template at all is `bad-template`.
   */
  constructor(
    tokenizerJson: string,
    tokenizerConfigJson: string,
    chatTemplate?: string,
    stopIds: readonly number[] = [],
  ) {
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
    const stopTokens = stopIds.flatMap((id) => this.tokenizer.addedToken(id) ?? []);
    this.#context = { bosToken, eosToken, specialTokens: [...specialTokens], stopTokens };
    this.template = new ChatTemplate(source, this.#context);
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
   * A conversation under another template, which is not put in the place of the one in use.
   *
   * @throws LosslightError `bad-template` and whatever rendering throws.
   */
  preview(source: string, conversation: Conversation): Rendered {
    return renderWithProvenance(new ChatTemplate(source, this.#context), conversation);
  }

  /**
   * What of the template wrote which characters of a conversation's text; undefined where that cannot be told.
   *
   * @throws LosslightError `bad-template` or `template-limit`, as rendering does.
   */
  trace(conversation: Conversation): TemplatePiece[] | undefined {
    const { messages, tools, templateKwargs } = conversation;
    const template = this.template.within(RenderBudget.for(messages, tools));
    return traceTemplate(this.template, conversation, template.render(messages, { tools, templateKwargs }));
  }

  /**
   * The renderings of a conversation that dividing and comparing it needs. Those of the last few conversations are kept,
   * so that asking for several strategies renders once: change no conversation that was handed in.
   */
  views(conversation: Conversation): ConversationViews {
    const at = this.#views.findIndex((views) => views.conversation === conversation);
    const tell = () => this.beforeRendering?.();
    const [found = new ConversationViews(this.template, this.tokenizer, conversation, tell)] =
      at < 0 ? [] : this.#views.splice(at, 1);
    this.#views.push(found);
    const messages = () => this.#views.reduce((sum, views) => sum + views.conversation.messages.length, 0);
    while (this.#views.length > 1 && (this.#views.length > KEPT_VIEWS || messages() > KEPT_MESSAGES))
      this.#views.shift();
    return found;
  }

  /**
   * The training sequences of a conversation by a strategy.
   *
   * @throws LosslightError what the template, the tokenizer or the policy throw; see `divide`.
   */
  divide(conversation: Conversation, policy: MaskPolicy, options: DivideOptions): Division {
    return divide(this.views(conversation), policy, options);
  }

  /**
   * What each strategy does with a conversation; `StrategySummary` sums it over a data set.
   *
   * @throws LosslightError as `divide`.
   */
  compare(conversation: Conversation, policy: MaskPolicy, options?: CompareOptions): StrategyReport[] {
    return compareStrategies(this.views(conversation), policy, options);
  }

  /**
   * The training sequences of each conversation that can be rendered and has a trained token within `maxLength`; the
   * others are reported with the reason. `edits` go over what the policy says; those that no longer fit change nothing.
   * A conversation is one sequence, cut at the end, unless `how` says otherwise. With `samples`, what is trained are
   * completions, with what was said about them; those of pairs are one sequence each. `now` is for templates that write
   * the date.
   */
  sequences(
    conversations: readonly Conversation[],
    policy: MaskPolicy,
    maxLength: number,
    edits: EditBook = {},
    {
      samples,
      strategy = 'whole',
      truncate,
      now,
    }: Pick<DivideOptions, 'truncate'> & {
      strategy?: Strategy | undefined;
      samples?: SampleKind | undefined;
      now?: Date | undefined;
    } = {},
  ): { sequences: TrainingSequence[]; problems: { conversation: string; reason: string }[] } {
    const how = { strategy, ...(truncate && { truncate }) };
    const template = now ? this.template.at(now) : this.template;
    const sequences: TrainingSequence[] = [];
    const problems: { conversation: string; reason: string }[] = [];
    for (const conversation of conversations) {
      try {
        const own = editsOf(edits, conversation.id);
        if (samples) {
          const options = { ...how, maxLength, edits: own };
          const all = this.samples(conversation, policy, samples, options, template);
          sequences.push(...all.sequences);
          if (all.problem !== undefined)
            problems.push({ conversation: conversation.id, reason: all.problem });
          continue;
        }
        const made = divide(new ConversationViews(template, this.tokenizer, conversation), policy, {
          ...how,
          maxLength,
          edits: own,
        });
        const trained = made.sequences.filter(({ sequence }) => isTrained(sequence));
        sequences.push(...trained.map(({ sequence }) => sequence));
        if (trained.length === 0) problems.push({ conversation: conversation.id, reason: untrained(made) });
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

  /**
   * The sequences of a record's completions. A pair of which one completion has no trained token gives none.
   *
   * @returns `problem` says why there is none
   * @throws LosslightError what the template, the tokenizer or the policy throw; see `divide`.
   */
  samples(
    conversation: Conversation,
    policy: MaskPolicy,
    kind: SampleKind,
    options: DivideOptions,
    template = this.template,
  ): { sequences: TrainingSequence[]; problem?: string } {
    const samples = samplesOf(conversation, kind);
    if (samples.length === 0) return { sequences: [], problem: NO_SAMPLE[kind] };
    const sequences: TrainingSequence[] = [];
    for (const sample of samples) {
      const views = new ConversationViews(template, this.tokenizer, sample.conversation);
      // Both completions of a pair are whole: their sums are compared.
      const strategy = sample.facts.preference ? 'whole' : options.strategy;
      const edits = sample.recorded ? options.edits : [];
      const made = divide(views, policy, { ...options, strategy, ...(edits && { edits }) });
      const group = kind === 'reward' ? promptKey(sample.conversation, sample.from) : conversation.id;
      const own = made.sequences.map((view) => sampleSequence(view, sample, group)).filter(isTrained);
      if (own.length > 0) sequences.push(...own);
      else {
        const which = sample.facts.preference ? `Of its ${sample.facts.preference} completion: ` : '';
        return { sequences: [], problem: which + untrained(made) };
      }
    }
    return { sequences };
  }

  /**
   * The weight of each token by the policy alone, [T], and how often each of its rules matches.
   *
   * @throws LosslightError `bad-policy`, `bad-detail` or `no-markers`; what the template throws.
   */
  weigh(conversation: Conversation, policy: MaskPolicy): { weights: Float32Array; matches: number[] } {
    const { rendered, encoded } = this.inspect(conversation);
    return {
      weights: tokenWeights(encoded, policy, conversation, rendered),
      matches: (policy.rules ?? []).map((rule) => countMatches(rule, rendered)),
    };
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

function isTrained({ weights }: TrainingSequence): boolean {
  return weights.some((weight, i) => i > 0 && weight !== 0);
}

/** Why nothing of a division is trained. */
function untrained({ sequences, notes }: Division): string {
  const refused = notes.find(({ severity, sequence }) => severity === 'warning' && sequence === undefined);
  if (sequences.length === 0 && refused) return refused.text;
  if (sequences.length === 0 && notes.some(({ sequence }) => sequence !== undefined))
    return 'Its first turn alone is longer than the longest sequence.';
  const cut = sequences.find(({ sequence, length }) => sequence.ids.length < length);
  if (cut && notes.some(({ severity, sequence }) => severity === 'warning' && sequence !== undefined)) {
    return `Its trained tokens lie beyond the longest sequence (${cut.sequence.ids.length} of ${cut.length} tokens kept).`;
  }
  return sequences.some(({ encoded }) => encoded.generated.includes(1))
    ? 'The mask trains none of its tokens.'
    : 'It has no assistant turn, so there is nothing to train on.';
}
