/**
 * @file A Hugging Face tokenizer that also tells which characters each token covers.
 *
 * `@huggingface/tokenizers` gives ids without offsets. For byte-level BPE they follow from the tokens themselves: their
 * bytes, in a row, are the text's. That is checked on every text, so a wrong offset is an error and never a wrong colour.
 */
import { Tokenizer } from '@huggingface/tokenizers';
import { LosslightError } from '../errors';
import { bytesOfToken, characterOfByte } from './byte-level';

/** The parts of tokenizer_config.json that are read. */
interface TokenizerConfig {
  chat_template?: string | { name: string; template: string }[];
  bos_token?: string | { content: string } | null;
  eos_token?: string | { content: string } | null;
}

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
  readonly #addedById: ReadonlyMap<number, string>;
  /** Contents of the added tokens marked `special`. */
  readonly specialTokens: readonly string[];
  readonly bosToken: string;
  readonly eosToken: string;
  /** Highest id plus one: the least number of rows an embedding must have. */
  readonly vocabularySize: number;
  /** The template in tokenizer_config.json (the one named `default` where there are several). */
  readonly chatTemplate: string | undefined;

  /**
   * @throws LosslightError `bad-tokenizer` where a file is not what it should be, `unsupported-tokenizer` where the
   * tokenizer is not byte-level BPE.
   */
  constructor(tokenizerJson: string, tokenizerConfigJson: string) {
    const tokenizer = parseObject(tokenizerJson, 'tokenizer.json');
    const config = parseObject(tokenizerConfigJson, 'tokenizer_config.json') as TokenizerConfig;
    requireByteLevel(tokenizer);
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
    this.#addedById = new Map(added.map(([id, token]) => [id, token.content]));
    this.specialTokens = added.filter(([, token]) => token.special).map(([, token]) => token.content);
    this.bosToken = tokenText(config.bos_token);
    this.eosToken = tokenText(config.eos_token);
    this.chatTemplate = templateOf(config);
    let top = -1;
    for (const id of this.#tokenizer.get_vocab(true).values()) top = Math.max(top, id);
    this.vocabularySize = top + 1;
  }

  /**
   * Tokens of a rendered text, nothing added: a chat template writes its own special tokens. Special tokens inside
   * content become real special tokens, as they do in training.
   *
   * @throws LosslightError `bad-offsets` where the tokens do not spell the text.
   */
  encode(text: string): TokenOffsets {
    const { ids, tokens } = this.#tokenizer.encode(text, { add_special_tokens: false });
    const starts = characterOfByte(text);
    const bytes = new TextEncoder().encode(text);
    const start = new Int32Array(ids.length);
    const end = new Int32Array(ids.length);
    let at = 0;
    ids.forEach((_, i) => {
      const token = tokens[i] ?? '';
      const spelled = this.#added.has(token) ? new TextEncoder().encode(token) : bytesOfToken(token);
      const from = at;
      for (const byte of spelled ?? []) if (bytes[at++] !== byte) at = Infinity;
      if (!spelled?.length || at > bytes.length) throw badOffsets(text, starts[from] ?? 0);
      start[i] = starts[from] ?? 0;
      // A token that stops inside a character covers the whole of it, as in the `tokenizers` library.
      let last = at;
      while (last < bytes.length && starts[last] === starts[last - 1]) last++;
      end[i] = starts[last] ?? text.length;
    });
    if (at !== bytes.length) throw badOffsets(text, starts[at] ?? 0);
    return { ids: Int32Array.from(ids), start, end };
  }

  /** Id of a token by its content, where the vocabulary has it. */
  idOf(token: string): number | undefined {
    return this.#added.get(token) ?? this.#tokenizer.token_to_id(token);
  }

  /** The bytes of one token; a special token's are its content's. Unknown ids have none. */
  bytesOf(id: number): Uint8Array {
    const added = this.#addedById.get(id);
    if (added !== undefined) return new TextEncoder().encode(added);
    return bytesOfToken(this.#tokenizer.id_to_token(id) ?? '') ?? new Uint8Array();
  }

  /** Text of ids, special tokens included; bytes that are no UTF-8 become U+FFFD. */
  decode(ids: Iterable<number>): string {
    const bytes: number[] = [];
    for (const id of ids) bytes.push(...this.bytesOf(id));
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
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

function parseObject(json: string, file: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new LosslightError(
      'bad-tokenizer',
      `${file} is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Take the file from the model’s folder again; a web page saved under its name is a common mistake.',
      { cause },
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LosslightError(
      'bad-tokenizer',
      `${file} holds no JSON object.`,
      'Take the file from the model’s folder.',
    );
  }
  return value;
}

/** Offsets by bytes hold for byte-level decoders without a normalizer that changes the text. */
function requireByteLevel(tokenizer: object): void {
  const { decoder, normalizer } = tokenizer as {
    decoder?: { type?: string; decoders?: { type?: string }[] } | null;
    normalizer?: { type?: string } | null;
  };
  const types = [decoder?.type, ...(decoder?.decoders ?? []).map((d) => d.type)];
  if (!types.includes('ByteLevel')) {
    throw new LosslightError(
      'unsupported-tokenizer',
      `This tokenizer’s decoder is ${decoder?.type ?? 'absent'}; offsets are known for byte-level BPE only.`,
      'Use a model with a byte-level tokenizer (Llama 3, Qwen, SmolLM, GPT-2 and most newer models).',
    );
  }
  if (normalizer && normalizer.type !== 'NFC') {
    throw new LosslightError(
      'unsupported-tokenizer',
      `This tokenizer normalizes text (${normalizer.type ?? 'unknown'}) before splitting it, so offsets are not known.`,
      'Use a model whose tokenizer.json has no normalizer, or NFC.',
    );
  }
}

function badOffsets(text: string, at: number): LosslightError {
  return new LosslightError(
    'bad-offsets',
    `The tokens do not spell the text from character ${at} on (“${text.slice(at, at + 24)}”).`,
    'The tokenizer changes the text before it splits it. Write the text in normal form (NFC), or use another tokenizer.',
  );
}

function tokenText(token: string | { content: string } | null | undefined): string {
  return typeof token === 'string' ? token : (token?.content ?? '');
}

function templateOf({ chat_template: template }: TokenizerConfig): string | undefined {
  if (!Array.isArray(template)) return template;
  return (template.find((t) => t.name === 'default') ?? template[0])?.template;
}
