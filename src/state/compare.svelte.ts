/**
 * @file Base against tuned: log-probabilities of the chosen conversation, and what both write after the same prompt.
 */
import type { Conversation } from '../conversation/types';
import { DEFAULT_POLICY, type MaskPolicy } from '../mask/policy';
import type { GeneratedToken, Which } from '../model/engine';
import { parseNumber } from '../settings/train';
import type { EngineService } from '../worker/engine-client';
import type { ErrorReport } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { toReport } from './errors';

/** What one of the two models wrote. `shown` has one string a token, whitespace and special tokens as they are. */
export interface Generation {
  state: 'waiting' | 'running' | 'done' | 'stopped';
  tokens: readonly GeneratedToken[];
  shown: readonly string[];
  /** True where the last token ended the turn. */
  ended: boolean;
}

export interface GenerationDrafts {
  maxNewTokens: string;
  temperature: string;
  seed: string;
}

const WHICH: readonly Which[] = ['base', 'tuned'];

export class CompareState {
  #base = $state.raw<ReadonlyMap<string, Float32Array>>(new Map());
  #tuned = $state.raw<ReadonlyMap<string, Float32Array>>(new Map());
  #scoring = $state(false);
  #scoreError = $state.raw<ErrorReport | undefined>();
  #generations = $state.raw<Readonly<Record<Which, Generation>> | undefined>();
  #prompt = $state.raw<string | undefined>();
  #generating = $state(false);
  #generateError = $state.raw<ErrorReport | undefined>();
  drafts = $state.raw<GenerationDrafts>({ maxNewTokens: '64', temperature: '0', seed: '1' });
  #abort: AbortController | undefined;
  /** Counts changes of the tuned weights, so that a score of older ones is not kept. */
  #version = $state(0);
  #written = $state(0);
  #scores: Promise<void> = Promise.resolve();

  constructor(
    private readonly text: TextService,
    private readonly engine: EngineService,
  ) {}

  /** Log-probabilities by conversation id, one a token; the first of each is 0 and means nothing. */
  get base() {
    return this.#base;
  }
  get tuned() {
    return this.#tuned;
  }
  get scoring() {
    return this.#scoring;
  }
  get scoreError() {
    return this.#scoreError;
  }
  get generations() {
    return this.#generations;
  }
  /** The text that both were given. */
  get prompt() {
    return this.#prompt;
  }
  get generating() {
    return this.#generating;
  }
  get generateError() {
    return this.#generateError;
  }

  /** True where the weights have changed since the texts were written. */
  get outdated() {
    return this.#generations !== undefined && this.#written !== this.#version;
  }

  /** The tuned weights are others now. */
  weightsChanged(): void {
    this.#version++;
    this.#tuned = new Map();
  }

  /** The engine and all that it measured are gone. */
  forget(): void {
    this.weightsChanged();
    this.#base = new Map();
    this.#scoreError = undefined;
    this.clearGenerations();
  }

  /** What was written belongs to another conversation. */
  clearGenerations(): void {
    this.#abort?.abort();
    this.#generations = undefined;
    this.#prompt = undefined;
    this.#generateError = undefined;
  }

  /** Scores a conversation: under the base weights once, and under the tuned ones where they differ. */
  score(conversation: Conversation, contextLength: number, tuned: boolean): Promise<void> {
    // One after the other, so that what the first has measured is not asked for again.
    this.#scores = this.#scores.then(() => this.#scoreOne(conversation, contextLength, tuned));
    return this.#scores;
  }

  async #scoreOne(conversation: Conversation, contextLength: number, tuned: boolean): Promise<void> {
    const missing = WHICH.filter((which) =>
      which === 'base' ? !this.#base.has(conversation.id) : tuned && !this.#tuned.has(conversation.id),
    );
    if (!missing.length) return;
    const version = this.#version;
    this.#scoring = true;
    this.#scoreError = undefined;
    try {
      const policy = structuredClone(DEFAULT_POLICY) as MaskPolicy;
      const request = { conversations: [conversation], policy, maxLength: contextLength };
      const { sequences, problems } = await this.text.sequences(request);
      if (!sequences.length) {
        const reason = problems[0]?.reason ?? 'it has no tokens';
        const remedy = 'Choose another conversation.';
        this.#scoreError = {
          code: 'not-scored',
          message: `This conversation was not scored: ${reason}`,
          remedy,
        };
        return;
      }
      for (const which of missing) {
        const { logProbs } = await this.engine.score({ sequences, which });
        const [values] = logProbs;
        if (!values) continue;
        if (which === 'base') this.#base = new Map(this.#base).set(conversation.id, values);
        else if (version === this.#version) this.#tuned = new Map(this.#tuned).set(conversation.id, values);
      }
    } catch (error) {
      this.#scoreError = toReport(error);
    } finally {
      this.#scoring = false;
    }
  }

  /** Both models continue the messages before `upTo`, one after the other, with the same seed. */
  async generate(
    conversation: Conversation,
    upTo: number,
    stopIds: number[],
    contextLength: number,
  ): Promise<void> {
    const options = generationOptions(this.drafts);
    if (!options || this.#generating) return;
    this.#generating = true;
    this.#generateError = undefined;
    this.#prompt = undefined;
    this.#written = this.#version;
    this.#generations = { base: emptyGeneration(), tuned: emptyGeneration() };
    const abort = (this.#abort = new AbortController());
    try {
      const { ids, text } = await this.text.prompt({ conversation, upTo });
      this.#prompt = text;
      const room = contextLength - ids.length;
      if (room < 1) {
        this.#generateError = {
          code: 'prompt-too-long',
          message: `The prompt has ${ids.length} tokens, and the model's context holds ${contextLength}.`,
          remedy: 'Choose an earlier turn or a shorter conversation.',
        };
        return;
      }
      const maxNewTokens = Math.min(options.maxNewTokens, room);
      for (const which of WHICH) {
        if (abort.signal.aborted) break;
        await this.#generateOne(which, ids, { ...options, maxNewTokens, topP: 1, stopIds }, abort.signal);
      }
    } catch (error) {
      this.#generateError = toReport(error);
    } finally {
      this.#generating = false;
      this.#abort = undefined;
    }
  }

  stopGenerating(): void {
    this.#abort?.abort();
  }

  async #generateOne(
    which: Which,
    prompt: Int32Array,
    options: Parameters<EngineService['generate']>[0]['options'],
    signal: AbortSignal,
  ): Promise<void> {
    let tokens: GeneratedToken[] = [];
    let decoding: Promise<void> | undefined;
    const put = (change: Partial<Generation>) => {
      const present = this.#generations;
      if (present) this.#generations = { ...present, [which]: { ...present[which], ...change } };
    };
    const decode = async () => {
      const part = [...tokens];
      const { tokens: shown } = await this.text.decode({ ids: part.map(({ id }) => id) });
      put({ tokens: part, shown });
    };
    put({ state: 'running' });
    const reply = await this.engine.generate(
      { prompt, options, which },
      (token) => {
        tokens = [...tokens, token];
        // One decoding at a time: a later one shows everything that arrived meanwhile.
        decoding ??= decode()
          .catch(() => {})
          .finally(() => (decoding = undefined));
      },
      signal,
    );
    await decoding;
    tokens = reply.tokens;
    await decode();
    const ended = options.stopIds.includes(tokens.at(-1)?.id ?? -1);
    put({ state: signal.aborted ? 'stopped' : 'done', ended });
  }
}

function emptyGeneration(): Generation {
  return { state: 'waiting', tokens: [], shown: [], ended: false };
}

/** What is wrong with a field, or undefined. */
export function generationProblem(key: keyof GenerationDrafts, text: string): string | undefined {
  const value = parseNumber(text);
  switch (key) {
    case 'maxNewTokens':
      return value !== undefined && Number.isInteger(value) && value >= 1 && value <= 4096
        ? undefined
        : 'New tokens must be a whole number between 1 and 4096.';
    case 'temperature':
      return value !== undefined && value >= 0 && value <= 5
        ? undefined
        : 'Temperature must be between 0 and 5.';
    case 'seed':
      return value !== undefined && Number.isInteger(value) && value >= 0 && value < 2 ** 32
        ? undefined
        : 'Seed must be a whole number between 0 and 4294967295.';
  }
}

/** The numbers of the form, or undefined where one is wrong. */
export function generationOptions(drafts: GenerationDrafts) {
  const keys = ['maxNewTokens', 'temperature', 'seed'] as const;
  if (keys.some((key) => generationProblem(key, drafts[key]))) return undefined;
  const [maxNewTokens = 1, temperature = 0, seed = 0] = keys.map((key) => parseNumber(drafts[key]));
  return { maxNewTokens, temperature, seed };
}
