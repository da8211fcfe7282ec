/**
 * @file A Hugging Face tokenizer that also tells which characters each token covers.
 *
 * `@huggingface/tokenizers` gives ids without offsets. Where the tokens' bytes, in a row, are the text's (byte-level BPE
 * on most texts), the offsets follow from that. Else every stage is gone through once more with the origin of each
 * character (offsets.ts). Both are checked on every text, so a wrong offset is an error and never a wrong colour.
 */
import {
  ByteLevelPreTokenizer,
  DigitsPreTokenizer,
  NFCNormalizer,
  NFKCNormalizer,
  type PreTokenizer,
  SequencePreTokenizer,
  SplitPreTokenizer,
  Tokenizer,
} from '@huggingface/tokenizers';
import { LosslightError } from '../errors';
import { bytesOfToken, characterOfByte } from './byte-level';
import { checkTokenizerJson } from './check-json';
import { differencesFromPython } from './differences';
import { OffsetFinder, type TextOptions } from './offsets';
import { parseObject, templateOf, type TokenizerConfig, tokenText } from './config';
import { type DecoderJson, Speller } from './spelling';

/** Token ids with the characters that each covers, as UTF-16 offsets. */
export interface TokenOffsets {
  ids: Int32Array;
  start: Int32Array;
  end: Int32Array;
}

/** A tokenizer loaded from the two JSON files of a model folder. */
export class ChatTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #added: ReadonlyMap<string, number>;
  readonly #offsets: OffsetFinder;
  readonly #speller: Speller;
  /** What added tokens write: where they are found in normalized text, that form. */
  readonly #written: ReadonlyMap<number, string>;
  readonly #spells: boolean;
  /** Contents of the added tokens marked `special`. */
  readonly specialTokens: readonly string[];
  readonly bosToken: string;
  readonly eosToken: string;
  /** What rows of a batch are filled up with; '' where the folder names none. */
  readonly padToken: string;
  /** Highest id plus one: the least number of rows an embedding must have. */
  readonly vocabularySize: number;
  /** How ids can differ from those of the `tokenizers` library in Python, a sentence each; see differences.ts. */
  readonly differences: readonly string[];
  /** The template in tokenizer_config.json (the one named `default` where there are several). */
  readonly chatTemplate: string | undefined;

  /**
   * @throws LosslightError `bad-tokenizer` where a file is not what it should be, `unsupported-tokenizer` where
   * offsets are not known for a part of it.
   */
  constructor(tokenizerJson: string, tokenizerConfigJson: string) {
    const tokenizer = parseObject(tokenizerJson, 'tokenizer.json');
    const config = parseObject(tokenizerConfigJson, 'tokenizer_config.json') as TokenizerConfig;
    checkTokenizerJson(tokenizer);
    try {
      this.#tokenizer = new Tokenizer(tokenizer, config);
    } catch (cause) {
      throw new LosslightError(
        'bad-tokenizer',
        `tokenizer.json cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
        'Use the tokenizer.json that the `tokenizers` library wrote.',
        { cause },
      );
    }
    const added = [...this.#tokenizer.get_added_tokens_decoder()];
    this.#added = new Map(added.map(([id, token]) => [token.content, id]));
    const { normalizer } = this.#tokenizer;
    this.#written = new Map(
      added.map(([id, token]) => [
        id,
        token.normalized && normalizer ? normalizer.normalize(token.content) : token.content,
      ]),
    );
    const { decoder = null } = tokenizer as { decoder?: DecoderJson | null };
    this.#offsets = new OffsetFinder(this.#tokenizer, config);
    this.#speller = new Speller(decoder, new Set(this.#written.values()));
    this.#spells = inOnePass(this.#tokenizer, config);
    this.specialTokens = added.filter(([, token]) => token.special).map(([, token]) => token.content);
    this.differences = differencesFromPython(tokenizer);
    this.bosToken = tokenText(config.bos_token);
    this.eosToken = tokenText(config.eos_token);
    this.padToken = tokenText(config.pad_token);
    this.chatTemplate = templateOf(config);
    let top = -1;
    for (const id of this.#tokenizer.get_vocab(true).values()) top = Math.max(top, id);
    this.vocabularySize = top + 1;
  }

  /**
   * Tokens of a rendered text, nothing added: a chat template writes its own special tokens. Special tokens inside
   * content become real special tokens, as they do in training. The ids are those of `Tokenizer.encode`.
   *
   * The offsets are those of the `tokenizers` library before a post-processor's `trim_offsets`, so that a space at the
   * start of a token belongs to it: every character that the normalizer keeps is covered. Tokens that divide a character
   * all cover the whole of it, and a space that SentencePiece puts in front shares the first character's range.
   *
   * @throws LosslightError `bad-offsets` where the tokens cannot be located with certainty, `unknown-character` where the
   * vocabulary has neither the characters nor an unknown token, `tokenizer-failed` where the library gives up.
   */
  encode(text: string): TokenOffsets {
    const { ids, tokens } = this.#encode(text);
    const spelled = this.#spells ? this.#spell(text, tokens) : undefined;
    if (spelled) return { ids: Int32Array.from(ids), ...spelled };
    const located = this.#offsets.locate(text, tokens);
    // Without an unknown token the library gives no id, whatever its type says.
    const missing = (ids as (number | null | undefined)[]).findIndex((id) => id == null);
    if (missing >= 0) {
      throw new LosslightError(
        'unknown-character',
        `The vocabulary has no token for “${text.slice(located[missing]?.start, located[missing]?.end)}”.`,
        'Leave these characters out, or use a tokenizer with an unknown token or byte fallback.',
      );
    }
    return {
      ids: Int32Array.from(ids),
      start: Int32Array.from(located, (token) => token.start),
      end: Int32Array.from(located, (token) => token.end),
    };
  }

  #encode(text: string): { ids: number[]; tokens: string[] } {
    try {
      return this.#tokenizer.encode(text, { add_special_tokens: false });
    } catch (cause) {
      // The library passes the pieces of a word as arguments of one call, which engines limit to about 100,000.
      throw new LosslightError(
        'tokenizer-failed',
        `The tokenizer failed on a text of ${text.length} characters: ${cause instanceof Error ? cause.message : String(cause)}`,
        'Divide the text: very long ones without special tokens exceed what the tokenizer can do.',
        { cause },
      );
    }
  }

  /** Offsets where the bytes of the tokens are exactly the bytes of the text; undefined where they are not. */
  #spell(text: string, tokens: readonly string[]): { start: Int32Array; end: Int32Array } | undefined {
    const { normalizer } = this.#tokenizer;
    if (normalizer && normalizer.normalize(text) !== text) return undefined;
    const starts = characterOfByte(text);
    const bytes = utf8.encode(text);
    const start = new Int32Array(tokens.length);
    const end = new Int32Array(tokens.length);
    let at = 0;
    for (const [i, token] of tokens.entries()) {
      const spelled = this.#added.has(token) ? utf8.encode(token) : bytesOfToken(token);
      if (!spelled?.length || at + spelled.length > bytes.length) return undefined;
      start[i] = starts[at] ?? 0;
      for (const byte of spelled) if (bytes[at++] !== byte) return undefined;
      // A token that stops inside a character covers the whole of it, as in the `tokenizers` library.
      let last = at;
      while (last < bytes.length && starts[last] === starts[last - 1]) last++;
      end[i] = starts[last] ?? text.length;
    }
    return at === bytes.length ? { start, end } : undefined;
  }

  /** Whether the tokenizer puts BOS before a text by itself, where special tokens are asked for; a chat is not. */
  get addsBos(): boolean {
    const bos = this.bosToken ? this.idOf(this.bosToken) : undefined;
    const [first] = this.#tokenizer.encode('a', { add_special_tokens: true }).ids;
    return bos !== undefined && first === bos;
  }

  /** What an added token writes; undefined for ids of other tokens. */
  addedToken(id: number): string | undefined {
    return this.#written.get(id);
  }

  /** Id of a token by its content, where the vocabulary has it. */
  idOf(token: string): number | undefined {
    return this.#added.get(token) ?? this.#tokenizer.token_to_id(token);
  }

  /**
   * The bytes that one token writes inside a text: an added token's are its content's, ▁ is a space, `<0xE4>` the byte.
   * Unknown ids have none.
   */
  bytesOf(id: number): Uint8Array {
    const token = this.#tokenOf(id);
    return token === undefined ? new Uint8Array() : this.#speller.bytesOf(token);
  }

  /**
   * Text of ids, special tokens included, without the space that SentencePiece put in front of the first one; bytes that
   * are no UTF-8 become U+FFFD.
   */
  decode(ids: Iterable<number>): string {
    return this.#speller.decode(Array.from(ids, (id) => this.#tokenOf(id) ?? ''));
  }

  #tokenOf(id: number): string | undefined {
    return this.#written.get(id) ?? this.#tokenizer.id_to_token(id);
  }

  /** One string a token, for showing: its text, or its bytes as `\xNN` where they are no whole characters. */
  pieces(ids: Iterable<number>): string[] {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return Array.from(ids, (id) => {
      const bytes = this.bytesOf(id);
      try {
        return strict.decode(bytes);
      } catch {
        return Array.from(bytes, (b) =>
          b < 0x80 ? String.fromCharCode(b) : `\\x${b.toString(16).toUpperCase()}`,
        ).join('');
      }
    });
  }
}

const utf8 = new TextEncoder();

/**
 * Whether spelling is enough to know where tokens stand, on texts that the normalizer leaves as they are: the model's
 * characters are bytes, and no stage inserts any. Then tokens that spell the whole text have lost none either.
 */
function inOnePass({ normalizer, pre_tokenizer }: Tokenizer, options: TextOptions): boolean {
  if (options.remove_space || options.do_lowercase_and_remove_accent) return false;
  const form =
    normalizer === null || normalizer instanceof NFCNormalizer || normalizer instanceof NFKCNormalizer;
  const steps = flat(pre_tokenizer);
  return (
    form &&
    steps.at(-1) instanceof ByteLevelPreTokenizer &&
    steps.every((step) =>
      step instanceof ByteLevelPreTokenizer
        ? !step.add_prefix_space
        : step instanceof SplitPreTokenizer || step instanceof DigitsPreTokenizer,
    )
  );
}

const flat = (step: PreTokenizer | null): PreTokenizer[] =>
  step instanceof SequencePreTokenizer ? step.tokenizers.flatMap(flat) : step ? [step] : [];
