/**
 * @file One text that is being written: what it has, how much of it is in the cache, and when it ends.
 */
import type { Choice } from '../ops/sampler';
import { checkPrompt } from './check';
import type { ModelConfig } from './config';
import type { Ending, GeneratedToken, GenerateOptions, GenerationRequest } from './engine';
import { checkOptions } from './sample';

export class Sequence {
  readonly options: GenerateOptions;
  readonly choice: Choice;
  readonly #stops: ReadonlySet<number>;
  #text: Int32Array;
  #length = 0;
  #cached = 0;
  /** The length at which it ends: the limit of new tokens, or the context. */
  #end = 0;

  /**
   * @param number of the request
   * @param slot where its keys and values are kept
   * @throws LosslightError `bad-settings`, `bad-batch` or `too-long` where options or prompt are of no use.
   */
  constructor(
    readonly config: ModelConfig,
    readonly request: GenerationRequest,
    readonly number: number,
    options: GenerateOptions,
    readonly slot: number,
  ) {
    this.options = { ...options, ...request.options };
    checkOptions(this.options);
    const { temperature, topP, topK, minP, seed } = this.options;
    const stream = request.options?.seed === undefined ? number : 0;
    this.choice = { temperature, topP, topK, minP, seed, stream };
    this.#stops = new Set(this.options.stopIds);
    this.#text = new Int32Array();
    this.proceed(request.prompt);
  }

  /** Tokens so far. */
  get length(): number {
    return this.#length;
  }

  /** The most tokens that it may come to. */
  get end(): number {
    return this.#end;
  }

  /** Tokens whose keys and values are in the cache. */
  get cached(): number {
    return this.#cached;
  }

  /** Tokens that must be put into the cache before the next one can be drawn from the last. */
  get behind(): number {
    return this.#length - 1 - this.#cached;
  }

  get text(): Int32Array {
    return this.#text.slice(0, this.#length);
  }

  /**
   * The whole text from here on; what it has in common with the text so far stays in the cache.
   *
   * @throws LosslightError `bad-batch` or `too-long` where nothing can follow it.
   */
  proceed(text: Int32Array): void {
    checkPrompt(text, this.config);
    const most = Math.min(this.#cached, text.length - 1);
    let common = 0;
    while (common < most && text[common] === this.#text[common]) common++;
    this.#cached = common;
    this.#end = Math.min(this.config.contextLength, text.length + this.options.maxNewTokens);
    this.#text = new Int32Array(this.#end);
    this.#text.set(text);
    this.#length = text.length;
  }

  /** How many tokens both begin with, no more than `most`, nor than can be of use to the other before its last token. */
  commonWith(other: Sequence, most: number): number {
    const end = Math.min(most, this.#length, other.#length - 1);
    let common = 0;
    while (common < end && this.#text[common] === other.#text[common]) common++;
    return common;
  }

  /** So many of its first tokens are in the cache, from wherever they came. */
  adopt(cached: number): void {
    this.#cached = cached;
  }

  /** The next tokens for the cache, no more than `most`, which count as being there from now on. */
  feed(most: number): Int32Array {
    const from = this.#cached;
    this.#cached = Math.min(from + most, this.#length - 1);
    return this.#text.slice(from, this.#cached);
  }

  /** The token from which the next one is drawn. */
  get last(): number {
    return this.#text[this.#length - 1] ?? 0;
  }

  /** Adds a token that was drawn from the last; gives why the text ends with it, where it does. */
  append({ id }: GeneratedToken): Ending | undefined {
    this.#cached = this.#length;
    this.#text[this.#length++] = id;
    if (this.#stops.has(id)) return 'stop';
    if (this.#length < this.#end) return undefined;
    return this.#length === this.config.contextLength ? 'context' : 'limit';
  }
}
