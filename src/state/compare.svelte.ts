/**
 * @file Two models against each other: log-probabilities of the chosen conversation, and what both write after the same prompt.
 */
import { compare as words } from '$strings/compare';
import type { Conversation } from '../conversation/types';
import type { GeneratedToken } from '../model/engine';
import type { TrainingSequence } from '../sequence/types';
import type { Encoded } from '../tokenizer/encoded';
import type { EngineService } from '../worker/engine-client';
import type { ErrorReport, SequencePredictions } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import type { ComparedModel, ComparePair, Side } from './compare-pair.svelte';
import { toReport } from './errors';
import { generateShown } from './generate-shown';
import { generationOptions, initialDrafts, type GenerationDrafts } from './generation-options';
import { MeasuredScores } from './measured-scores.svelte';
import { TrainedScores, type MeasuredBy, type TrainedChange } from './trained-scores.svelte';

/** What one of the two models wrote. `shown` has one string a token, whitespace and special tokens as they are. */
export interface Generation {
  /** `failed`: an error ended it; `skipped`: it never began. */
  state: 'waiting' | 'running' | 'done' | 'stopped' | 'failed' | 'skipped';
  tokens: readonly GeneratedToken[];
  shown: readonly string[];
  /** True where the last token ended the turn. */
  ended: boolean;
}

/** A conversation and its tokens. */
export interface Tokenized {
  source: Conversation;
  encoded: Encoded;
}

const SIDES: readonly Side[] = ['base', 'tuned'];

export class CompareState {
  readonly #scored = new MeasuredScores();
  readonly #trained: TrainedScores;
  #scoring = $state(false);
  #unscored = $state.raw<{ conversation: Conversation; error: ErrorReport } | undefined>();
  #generations = $state.raw<Readonly<Record<Side, Generation>> | undefined>();
  /** Who wrote them. */
  #writers = $state.raw<Readonly<Record<Side, ComparedModel>> | undefined>();
  #prompt = $state.raw<string | undefined>();
  #generating = $state(false);
  #generateError = $state.raw<ErrorReport | undefined>();
  drafts = $state.raw<GenerationDrafts>(initialDrafts());
  /** The number of new tokens that was suggested last. */
  #suggested = this.drafts.maxNewTokens;
  #abort: AbortController | undefined;
  /** Counts calls of `forget`. */
  #era = 0;
  /** Counts changes of the tuned weights, so that a score of older ones is not kept. */
  #version = $state(0);
  #written = $state(0);
  #scores: Promise<void> = Promise.resolve();

  constructor(
    private readonly text: TextService,
    private readonly engine: EngineService,
    readonly pair: ComparePair,
  ) {
    this.#trained = new TrainedScores(text, engine);
  }

  /**
   * Log-probabilities of a conversation under the original and the tuned model, one a token; the first is 0 and means nothing. Cut to
   * the model's context.
   */
  scoresOf(conversation: Conversation | undefined): { base?: Float32Array; tuned?: Float32Array } {
    const of = (id: Side) => this.#scored.get(id, conversation)?.logProbs;
    return { base: of('base'), tuned: of('tuned') };
  }
  /** What each of them predicted at each of its tokens, likewise. */
  predictionsOf(conversation: Conversation | undefined): {
    base?: SequencePredictions;
    tuned?: SequencePredictions;
  } {
    const of = (id: Side) => this.#scored.get(id, conversation)?.predictions;
    return { base: of('base'), tuned: of('tuned') };
  }
  /** Both of the two models that are compared, with their names where they are not those two. */
  comparedOf(conversation: Conversation | undefined): {
    base?: Float32Array;
    tuned?: Float32Array;
    predicted: { base?: SequencePredictions; tuned?: SequencePredictions };
    names?: Readonly<Record<Side, string>>;
  } {
    const { base, tuned } = this.pair.models;
    const [before, after] = [base, tuned].map(({ id }) => this.#scored.get(id, conversation));
    return {
      base: before?.logProbs,
      tuned: after?.logProbs,
      predicted: { base: before?.predictions, tuned: after?.predictions },
      ...(!this.pair.usual && { names: { base: base.name, tuned: tuned.name } }),
    };
  }
  /** What changed in what a run trains of a conversation, by segment; undefined until that was measured. */
  trainedChangeOf(conversation: Conversation | undefined, by: MeasuredBy): TrainedChange | undefined {
    return this.#trained.changeOf(conversation, by, this.pair.models);
  }
  get scoring() {
    return this.#scoring;
  }
  /** Why a conversation could not be scored; undefined where it was, or where that has not been tried. */
  scoreErrorOf(conversation: Conversation | undefined): ErrorReport | undefined {
    return this.#unscored?.conversation === conversation ? this.#unscored?.error : undefined;
  }
  get generations() {
    return this.#generations;
  }
  /** Names of those that wrote. */
  get writers(): Readonly<Record<Side, string>> {
    const { base, tuned } = this.#writers ?? this.pair.models;
    return { base: base.name, tuned: tuned.name };
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
    const writers = this.#writers;
    const byTuned = writers && SIDES.some((side) => writers[side].weights === 'tuned');
    return this.#generations !== undefined && byTuned === true && this.#written !== this.#version;
  }

  /** The tuned weights are others now. */
  weightsChanged(): void {
    this.#version++;
    this.#scored.clear('tuned');
    this.#trained.clear('tuned');
  }

  /** The engine, or the tokenizer, and all that was measured with it are gone. */
  forget(): void {
    this.#era++;
    this.weightsChanged();
    this.#scored.clear();
    this.#trained.clear();
    this.#unscored = undefined;
    this.clearGenerations();
  }

  /** What was written belongs to another conversation. */
  clearGenerations(): void {
    this.#abort?.abort();
    // What still arrives is nobody's.
    this.#abort = undefined;
    this.#generations = undefined;
    this.#prompt = undefined;
    this.#generateError = undefined;
  }

  /**
   * Scores a conversation, up to the model's context, under the two models that are compared, each once: whole, as it is shown, and
   * in the sequences that a run makes of it.
   */
  score(tokenized: Tokenized, contextLength: number, by?: MeasuredBy): Promise<void> {
    // One after the other, so that what the first has measured is not asked for again.
    const era = this.#era;
    this.#scores = this.#scores.then(async () => {
      await this.#scoreOne(tokenized, contextLength, era);
      if (by && !this.pair.same && era === this.#era && !this.scoreErrorOf(tokenized.source))
        await this.#scoreTrained(tokenized, contextLength, era, by);
    });
    return this.#scores;
  }

  async #scoreTrained(
    { source, encoded }: Tokenized,
    contextLength: number,
    era: number,
    by: MeasuredBy,
  ): Promise<void> {
    const version = this.#version;
    const { models } = this.pair;
    const whole = {
      ids: encoded.ids.subarray(0, contextLength),
      of: ({ id }: ComparedModel) => this.#scored.get(id, source),
    };
    const wanted = ({ weights }: ComparedModel) =>
      era === this.#era && (weights !== 'tuned' || version === this.#version);
    this.#scoring = true;
    try {
      const asked = SIDES.map((side) => models[side]);
      await this.#trained.measure(source, by, asked, whole, wanted);
    } catch (error) {
      if (era === this.#era) this.#unscored = { conversation: source, error: toReport(error) };
    } finally {
      this.#scoring = false;
    }
  }

  async #scoreOne({ source, encoded }: Tokenized, contextLength: number, era: number): Promise<void> {
    if (era !== this.#era) return;
    if (this.scoreErrorOf(source)) this.#unscored = undefined;
    const { models } = this.pair;
    const missing = SIDES.filter((side) => side === 'base' || !this.pair.same).flatMap((side) =>
      this.#scored.get(models[side].id, source) ? [] : models[side],
    );
    if (!missing.length || !encoded.ids.length) return;
    const version = this.#version;
    const sequences = [scoringSequence(source, encoded, contextLength)];
    this.#scoring = true;
    try {
      for (const { id, weights: which } of missing) {
        const asked = { sequences, which, predictions: true };
        const { logProbs: scored, predictions: all } = await this.engine.score(asked);
        const [logProbs, predictions] = [scored[0], all?.[0]];
        // Of another tokenizer, they would be shown beside the wrong tokens.
        if (era !== this.#era) return;
        if (!logProbs) continue;
        if (which === 'tuned' && version !== this.#version) continue;
        this.#scored.set(id, source, { logProbs, ...(predictions && { predictions }) });
      }
    } catch (error) {
      if (era !== this.#era) return;
      this.#unscored = { conversation: source, error: toReport(error) };
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
    const models = (this.#writers = this.pair.models);
    const abort = (this.#abort = new AbortController());
    const wanted = () => this.#abort === abort;
    try {
      const { ids, text } = await this.text.prompt({ conversation, upTo });
      if (!wanted()) return;
      this.#prompt = text;
      const room = contextLength - ids.length;
      if (room < 1) {
        this.#generateError = {
          code: 'prompt-too-long',
          message: words.write.tooLong(ids.length, contextLength),
          remedy: words.write.tooLongRemedy,
        };
        return;
      }
      const maxNewTokens = Math.min(options.maxNewTokens, room);
      for (const side of SIDES) {
        if (abort.signal.aborted) break;
        const which = models[side].weights;
        await this.#generateOne(
          side,
          { prompt: ids, options: { ...options, maxNewTokens, stopIds }, which },
          abort,
        );
      }
    } catch (error) {
      if (wanted()) this.#generateError = toReport(error);
    } finally {
      this.#generating = false;
      if (wanted()) {
        this.#endUnfinished(abort.signal.aborted);
        this.#abort = undefined;
      }
    }
  }

  /** How many new tokens suit the turn that is to be written; a number that was typed stays. */
  suggestNewTokens(tokens: number): void {
    const { drafts } = this;
    const text = String(tokens);
    if (drafts.maxNewTokens !== this.#suggested || text === this.#suggested) return;
    this.#suggested = text;
    this.drafts = { ...drafts, maxNewTokens: text };
  }

  stopGenerating(): void {
    this.#abort?.abort();
  }

  /** None is left as if it were still at work. */
  #endUnfinished(stopped: boolean): void {
    const present = this.#generations;
    if (!present) return;
    const ended = (generation: Generation): Generation => {
      if (generation.state === 'waiting') return { ...generation, state: 'skipped' };
      if (generation.state === 'running') return { ...generation, state: stopped ? 'stopped' : 'failed' };
      return generation;
    };
    this.#generations = { base: ended(present.base), tuned: ended(present.tuned) };
  }

  async #generateOne(
    side: Side,
    request: Parameters<EngineService['generate']>[0],
    abort: AbortController,
  ): Promise<void> {
    const { signal } = abort;
    const put = (change: Partial<Generation>) => {
      const present = this.#generations;
      if (present && this.#abort === abort)
        this.#generations = { ...present, [side]: { ...present[side], ...change } };
    };
    put({ state: 'running' });
    const all = await generateShown(this.text, this.engine, request, put, signal);
    put(all);
    const ended = request.options.stopIds.includes(all.tokens.at(-1)?.id ?? -1);
    put({ state: signal.aborted ? 'stopped' : 'done', ended });
  }
}

/** A conversation as the engine scores it: whole, up to the context, every token like the next. */
function scoringSequence(source: Conversation, encoded: Encoded, contextLength: number): TrainingSequence {
  const length = Math.min(encoded.ids.length, contextLength);
  return {
    ids: encoded.ids.slice(0, length),
    weights: new Float32Array(length).fill(1),
    kind: encoded.kind.slice(0, length),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: source.id },
  };
}

function emptyGeneration(): Generation {
  return { state: 'waiting', tokens: [], shown: [], ended: false };
}
