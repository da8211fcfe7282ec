/**
 * @file From a text to its tokens with the characters that each covers, through every stage of a tokenizer: division at
 * added tokens, normalizer, added tokens in normalized form, pre-tokenizer, model.
 *
 * The stages are those of `Tokenizer.encode` in `@huggingface/tokenizers`, whose tokens must come out in the end.
 */
import type { AddedToken, Tokenizer } from '@huggingface/tokenizers';
import { sections, WordFinder } from './added-tokens';
import { type Aligned, original, replace, trim, unaligned } from './aligned';
import { locateTokens, type LocatedToken } from './locate';
import { chain, lowercase, normalizerStage, removeMarks, type Stage } from './normalize';
import { splitter, type Splitter } from './pre-tokenize';

/** The options of tokenizer_config.json that change the text before the normalizer does. */
export interface TextOptions {
  remove_space?: boolean | null;
  do_lowercase_and_remove_accent?: boolean | null;
}

/** Locates the tokens of any text. */
export class OffsetFinder {
  readonly #tokenizer: Tokenizer;
  readonly #added = new Map<string, AddedToken>();
  readonly #raw: WordFinder;
  readonly #normalized: WordFinder;
  readonly #rewrite: Stage;
  readonly #split: Splitter;

  /** @throws LosslightError `unsupported-tokenizer` where the tokenizer has a stage that is not known. */
  constructor(tokenizer: Tokenizer, options: TextOptions) {
    this.#tokenizer = tokenizer;
    const { normalizer, pre_tokenizer } = tokenizer;
    const raw: string[] = [];
    const normalized: string[] = [];
    for (const token of tokenizer.get_added_tokens_decoder().values()) {
      this.#added.set(token.content, token);
      if (token.normalized && normalizer) {
        const content = normalizer.normalize(token.content);
        normalized.push(content);
        this.#added.set(content, token);
      } else raw.push(token.content);
    }
    this.#raw = new WordFinder(raw);
    this.#normalized = new WordFinder(normalized);
    const before: Stage[] = [];
    if (options.remove_space === true) before.push((text) => replace(trim(text, true, true), /\s+/g, ' '));
    if (options.do_lowercase_and_remove_accent) before.push(lowercase, removeMarks);
    this.#rewrite = chain([...before, normalizerStage(normalizer)]);
    this.#split = splitter(pre_tokenizer);
  }

  /**
   * The tokens of `text`, which must be `expected`, with their ranges in UTF-16 offsets.
   *
   * @throws LosslightError `bad-offsets` where a stage, or what comes out, is not the library's.
   */
  locate(text: string, expected: readonly string[]): LocatedToken[] {
    const tokens: LocatedToken[] = [];
    sections(original(text, 0, text.length), this.#raw, this.#added).forEach(({ source, word }, i) => {
      if (word !== undefined) tokens.push(covering(word, source));
      else if (source.text) this.#between(source, i, tokens);
    });
    const wrong = expected.findIndex((token, i) => token !== tokens[i]?.token);
    if (wrong >= 0 || tokens.length !== expected.length) {
      throw unaligned(
        'the stages gave other tokens than the tokenizer',
        text.slice(tokens[wrong]?.start ?? 0),
      );
    }
    return tokens;
  }

  /** Adds the tokens of a part between added tokens. */
  #between(source: Aligned, section: number, tokens: LocatedToken[]): void {
    const rewritten = this.#rewrite(source);
    for (const { source: part, word } of sections(rewritten, this.#normalized, this.#added)) {
      if (word !== undefined) tokens.push(covering(word, part));
      else if (part.text && this.#tokenizer.model) {
        const located = locateTokens(this.#tokenizer.model, this.#split(part, section));
        for (const token of located) tokens.push(token);
      }
    }
  }
}

const covering = (token: string, { start, end }: Aligned): LocatedToken => ({
  token,
  start: start[0] ?? 0,
  end: end.at(-1) ?? 0,
});
