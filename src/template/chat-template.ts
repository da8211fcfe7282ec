/**
 * @file A Hugging Face chat template, compiled: a conversation in, text out, as `apply_chat_template` writes it.
 */
import { Environment, Template } from '@huggingface/jinja';
import type { Json, Message, ToolSchema } from '../conversation/types';
import { LosslightError, type TextPlace } from '../errors';
import { InputValues } from './inputs';
import { BoundedInterpreter, type NodeText } from './interpreter';
import { boundedRange, checkSource, isTemplateLimit, RenderBudget } from './limits';
import { locateProblem, placeIn, reasonOf, type Tag } from './locate-error';
import { rewriteOperators, setPythonFunctions } from './python-operators';
import { rewriteStrips, STRIP_FUNCTIONS } from './python-strip';
import { boolean, convert, scopeIn, text } from './runtime-values';
import { type SourcePlace, sourcePlaces, sourceTags } from './source-places';
import { strftimeNow } from './strftime';
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
  /** Tokens at which generation stops, where the model's folder names them; beside those that their names tell. */
  stopTokens?: string[];
}

export interface RenderOptions {
  tools?: ToolSchema[];
  /** Further variables, such as `enable_thinking` or `documents`; those that rendering sets itself cannot be replaced. */
  templateKwargs?: { [key: string]: Json };
  /** End with the header of an assistant turn, ready for the model to speak. */
  addGenerationPrompt?: boolean;
}

/** What one place of the template wrote. */
export interface Written {
  text: string;
  place: SourcePlace;
}

interface Compiled {
  plain: Template;
  /** The template with marks for its generation blocks, where it has any. */
  marked: Template | undefined;
  /** Where the nodes of `plain` stand, from when that is first asked for. */
  tags?: ReadonlyMap<object, Tag>;
}

/** A compiled chat template. Rendering is pure, and ends within the limits of limits.ts whatever the template does. */
export class ChatTemplate {
  readonly #compiled: Compiled;
  readonly #budget: RenderBudget | undefined;
  readonly #now: Date | undefined;
  readonly #inputs = new InputValues();
  /** Tokens that end a turn, longest first: the end-of-sequence token and every special token named for it. */
  readonly endTokens: readonly string[];

  /**
   * @param shared what `within` and `at` hand on
   * @throws LosslightError `bad-template` where the source is not valid Jinja, `template-limit` where it is too large.
   */
  constructor(
    readonly source: string,
    readonly context: TemplateContext,
    shared?: { compiled: Compiled; budget?: RenderBudget | undefined; now?: Date | undefined },
  ) {
    this.endTokens = endTokens(context);
    this.#compiled = shared?.compiled ?? compileBoth(source);
    this.#budget = shared?.budget;
    this.#now = shared?.now;
  }

  /** The same template, all of whose renderings together stay within `budget`; else each has a budget of its own. */
  within(budget: RenderBudget): ChatTemplate {
    return new ChatTemplate(this.source, this.context, { compiled: this.#compiled, budget, now: this.#now });
  }

  /** The same template as it wrote at a time: some write the date. */
  at(now: Date): ChatTemplate {
    return new ChatTemplate(this.source, this.context, {
      compiled: this.#compiled,
      budget: this.#budget,
      now,
    });
  }

  /**
   * The text of `messages`, with `trim_blocks` and `lstrip_blocks` as transformers sets them; numbers in arguments of
   * calls as Python prints them.
   *
   * @throws LosslightError `bad-template` where the template raises (`raise_exception` included) or fails,
   * `template-limit` where it was stopped.
   */
  render(messages: readonly Message[], options: RenderOptions = {}): string {
    return this.#run(this.#compiled.plain, messages, options);
  }

  /**
   * The text that `render` gives, in the parts in which it was written, each with the place in the source that wrote it;
   * undefined where nodes and source cannot be matched, or a part is not as `render` gives it.
   *
   * @throws LosslightError `bad-template`, as `render` does.
   */
  follow(messages: readonly Message[], options: RenderOptions = {}): Written[] | undefined {
    const places = sourcePlaces(this.source, this.#compiled.plain);
    if (!places) return undefined;
    const parts: NodeText[] = [];
    this.#run(this.#compiled.plain, messages, options, parts);
    const written = parts.flatMap(({ node, text }) => {
      const place = places.get(node);
      return place ? [{ text, place }] : [];
    });
    const whole = written.length === parts.length;
    return whole && written.every(({ text, place }) => fits(text, place)) ? written : undefined;
  }

  /**
   * What the template itself puts in `{% generation %}` blocks, as ranges of the text that `render` gives; undefined
   * where it has no such blocks, or where they cannot be told from the text.
   *
   * @param plain what `render` gives, where it is known
   * @throws LosslightError `bad-template`, as `render` does.
   */
  generationRanges(
    messages: readonly Message[],
    options: RenderOptions = {},
    plain = this.#compiled.marked ? this.render(messages, options) : '',
  ): TextRange[] | undefined {
    if (!this.#compiled.marked) return undefined;
    const { text, ranges } = takeBlocks(this.#run(this.#compiled.marked, messages, options));
    return text === plain ? ranges : undefined;
  }

  #run(
    template: Template,
    messages: readonly Message[],
    options: RenderOptions,
    written?: NodeText[],
  ): string {
    let interpreter: BoundedInterpreter | undefined;
    // Without a budget of its own this object outlives the conversation, which may change between two renderings.
    const inputs = this.#budget ? this.#inputs : new InputValues();
    const { messages: given, tools, restore } = inputs.of(messages, options.tools);
    try {
      const environment = scopeIn(BASE);
      if (this.#now) environment.set('strftime_now', (format: unknown) => strftimeNow(format, this.#now));
      for (const [name, value] of Object.entries(options.templateKwargs ?? {})) {
        if (!OURS.has(name)) environment.setVariable(name, convert(value));
      }
      environment.setVariable('messages', given);
      environment.setVariable('tools', tools);
      // Python's other name for `documents=…`, which is None without it.
      environment.setVariable('documents', convert(options.templateKwargs?.documents ?? null));
      environment.setVariable('add_generation_prompt', boolean(options.addGenerationPrompt ?? false));
      environment.setVariable('bos_token', text(this.context.bosToken));
      environment.setVariable('eos_token', text(this.context.eosToken));
      const budget = this.#budget ?? RenderBudget.for(messages, options.tools);
      interpreter = new BoundedInterpreter(environment, budget, written);
      const made = interpreter.run(template.parsed);
      written?.forEach((part) => (part.text = restore(part.text)));
      return restore(String(made.value));
    } catch (cause) {
      throw badTemplate(cause, this.#placeOf(cause, interpreter?.trail(cause) ?? []));
    }
  }

  /** Where in the source a rendering failed; undefined where nodes and source cannot be matched. */
  #placeOf(cause: unknown, trail: readonly object[]): TextPlace | undefined {
    const tags = (this.#compiled.tags ??=
      sourceTags(this.source, this.#compiled.plain) ?? new Map<object, Tag>());
    for (const node of trail) {
      const tag = tags.get(node);
      if (tag) return placeIn(this.source, tag.at + named(this.source.slice(tag.at, tag.end), cause));
    }
    return undefined;
  }
}

/** Offset in a tag of what a failure is about, where the tag names it just once; else 0. */
function named(tag: string, cause: unknown): number {
  const reason = reasonOf(cause);
  const name =
    cause instanceof Raised
      ? 'raise_exception'
      : (/^the filter “(\w+)”|'(\w+)' is (?:not defined|undefined)|no attribute '(\w+)'/
          .exec(reason)
          ?.slice(1)
          .find(Boolean) ?? '');
  if (!name) return 0;
  const found = [...tag.matchAll(new RegExp(`\\b${name}\\b`, 'g'))];
  return found.length === 1 ? (found[0]?.index ?? 0) : 0;
}

/** What a template says by `raise_exception`. */
class Raised extends Error {}

/** Whether text that stands between tags was written as it stands. */
const fits = (written: string, place: SourcePlace): boolean =>
  place.kind !== 'text' || place.characters.length === written.length;

/** What the library's own `Template.render` sets, with a `range` that has an end. */
const GLOBALS = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  range: boundedRange,
  raise_exception: (message: unknown) => {
    throw new Raised(String(message));
  },
  strftime_now: strftimeNow,
};

/** What all renderings have in common; no template can change it. */
const BASE = new Environment();
for (const [name, value] of Object.entries({ ...GLOBALS, ...STRIP_FUNCTIONS })) BASE.set(name, value);
setPythonFunctions(BASE);

/** Names that no further variable may take, because a compiled template calls them. */
const OURS: ReadonlySet<string> = new Set(
  [...BASE.variables.keys()].filter((name) => name.startsWith('losslight_')),
);

function compileBoth(source: string): Compiled {
  checkSource(source);
  try {
    const marked = markGenerationBlocks(source);
    return { plain: compile(source), marked: marked === undefined ? undefined : compile(marked) };
  } catch (cause) {
    const { message, ...place } = locateProblem(source, reasonOf(cause));
    const { line, column } = place;
    throw new LosslightError(
      'bad-template',
      `The chat template is not valid Jinja: line ${line}, column ${column}: ${message}.`,
      'Correct it there, or take the model’s own chat template again.',
      { cause, place },
    );
  }
}

function compile(source: string): Template {
  const template = new Template(source);
  rewriteStrips(template);
  rewriteOperators(template);
  return template;
}

/** A limit keeps its own words: where time ran out says nothing of why. */
function badTemplate(cause: unknown, place: TextPlace | undefined): LosslightError {
  if (isTemplateLimit(cause)) return cause;
  const where = place ? `, in line ${place.line}, column ${place.column}` : '';
  return new LosslightError(
    'bad-template',
    `The chat template failed on this conversation${where}: ${reasonOf(cause)}`,
    'Check the roles and their order in the conversation, or the chat_template in tokenizer_config.json.',
    { cause, place },
  );
}

/** A template is searched for each of them after every field; models have a handful. */
const MOST_END_TOKENS = 64;

function endTokens({ eosToken, specialTokens, stopTokens = [] }: TemplateContext): string[] {
  const named = specialTokens.filter((token) =>
    /_end\|?>|end_of_|eot|eom|<\/s>|<\|(end|return|call)\|>/i.test(token),
  );
  const elsewhere = /header|channel|tool|think/i; // `<|end_header_id|>` ends a header, not a turn
  return [
    ...new Set([
      eosToken,
      ...stopTokens,
      ...named.filter((token) => !elsewhere.test(token)).slice(0, MOST_END_TOKENS),
    ]),
  ]
    .filter(Boolean)
    .sort((a, b) => b.length - a.length);
}
