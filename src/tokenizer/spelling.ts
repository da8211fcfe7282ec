/**
 * @file What a token writes: its bytes, and the text of many, as the decoder of a tokenizer.json has it.
 */
import { type Decoder, ReplaceDecoder } from '@huggingface/tokenizers';
import { bytesOfToken } from './byte-level';

/** The fields of a decoder in tokenizer.json that are read here. */
export interface DecoderJson {
  type: string;
  decoders?: DecoderJson[];
  pattern?: { String?: string; Regex?: string };
  content?: string;
  start?: number;
  stop?: number;
  replacement?: string;
  prepend_scheme?: 'always' | 'first' | 'never';
  /** The older name of `prepend_scheme`: false means `never`. */
  add_prefix_space?: boolean;
  prefix?: string;
  suffix?: string;
}

const utf8 = new TextEncoder();

/** Bytes and text of tokens, by the decoder. */
export class Speller {
  readonly #steps: readonly DecoderJson[];
  readonly #replacers = new Map<DecoderJson, Decoder>();
  readonly #byteLevel: boolean;
  readonly #byteFallback: boolean;

  /** @param added contents of the added tokens, which a byte-level decoder leaves as they are */
  constructor(
    decoder: DecoderJson | null,
    private readonly added: { has(token: string): boolean },
  ) {
    this.#steps = flat(decoder);
    for (const step of this.#steps) {
      if (step.type !== 'Replace') continue;
      const { pattern = { String: '' }, content = '' } = step;
      this.#replacers.set(step, new ReplaceDecoder({ type: 'Replace', pattern, content }));
    }
    this.#byteLevel = this.#steps.some(({ type }) => type === 'ByteLevel');
    this.#byteFallback = this.#steps.some(({ type }) => type === 'ByteFallback');
  }

  /** The bytes that a token writes within a text, whatever stands before it. */
  bytesOf(token: string): Uint8Array {
    if (this.#byteLevel)
      return (this.added.has(token) ? undefined : bytesOfToken(token)) ?? utf8.encode(token);
    if (this.#byteFallback && /^<0x[0-9A-F]{2}>$/.test(token))
      return Uint8Array.of(parseInt(token.slice(3, 5), 16));
    return utf8.encode(this.#textOf(token));
  }

  /**
   * The text of tokens in a row. A decoder that takes away a space at the start of the text (SentencePiece puts it
   * there) does so here. Bytes that are no UTF-8 become U+FFFD.
   */
  decode(tokens: readonly string[]): string {
    const bytes = tokens.map((token) => this.bytesOf(token));
    const length = bytes.reduce((sum, { length: n }) => sum + n, 0);
    const all = new Uint8Array(length);
    let at = 0;
    for (const part of bytes) {
      all.set(part, at);
      at += part.length;
    }
    return this.#trimmed(new TextDecoder('utf-8', { ignoreBOM: true }).decode(all), tokens[0] ?? '');
  }

  /** A token's text, step by step; steps on the whole text leave it as it is. */
  #textOf(token: string): string {
    let text = token;
    for (const step of this.#steps) {
      if (step.type === 'Fuse') break;
      if (step.type === 'Replace') text = this.#replacers.get(step)?.decode_chain([text])[0] ?? text;
      else if (step.type === 'Metaspace') text = text.replaceAll(step.replacement ?? '▁', ' ');
      else if (step.type === 'Strip') text = strip(text, step);
      else if (step.type === 'WordPiece')
        text = text.startsWith(step.prefix ?? '##') ? text.slice((step.prefix ?? '##').length) : ` ${text}`;
      else if (step.type === 'BPEDecoder') text = text.replaceAll(step.suffix ?? '</w>', ' ');
    }
    return this.#steps.length ? text : ` ${text}`;
  }

  #trimmed(text: string, first: string): string {
    let fused = false;
    let out = text;
    for (const step of this.#steps) {
      if (step.type === 'Fuse') fused = true;
      else if (step.type === 'Strip' && fused) out = strip(out, step);
      else if (step.type === 'Metaspace' && !keepsFirst(step) && first.startsWith(step.replacement ?? '▁')) {
        out = out.replace(/^ /, '');
      } else if (step.type === 'WordPiece') out = out.replace(/^ /, '');
      else if (step.type === 'BPEDecoder') out = out.replace(/ $/, '');
    }
    return this.#steps.length ? out : out.replace(/^ /, '');
  }
}

const keepsFirst = ({ prepend_scheme, add_prefix_space }: DecoderJson) =>
  prepend_scheme === undefined ? add_prefix_space === false : prepend_scheme === 'never';

const flat = (json: DecoderJson | null): DecoderJson[] =>
  !json ? [] : json.type === 'Sequence' ? (json.decoders ?? []).flatMap(flat) : [json];

/** Without up to `start` and `stop` times `content` at the two ends. */
function strip(text: string, { content = ' ', start = 0, stop = 0 }: DecoderJson): string {
  let from = 0;
  let to = text.length;
  while (content && from < start * content.length && text.startsWith(content, from)) from += content.length;
  for (let i = 0; content && i < stop && to - content.length >= from && text.endsWith(content, to); i++)
    to -= content.length;
  return text.slice(from, to);
}
