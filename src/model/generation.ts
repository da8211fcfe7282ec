/**
 * @file Generation of any number of texts: as many at a time as there are places, the next request in the place of each that
 * has ended. All of a prompt but its last token goes into the cache first; every drawing begins with the last token. What
 * several texts begin with is computed once, see generation-sharing.ts.
 */
import type { Executor } from '../plan/executor';
import { nextTask } from '../tensor/task';
import type { ModelConfig } from './config';
import type { Ending, GenerationPart, KeptWeights, ManyOptions, Which } from './engine';
import { placesFor, STEPS } from './generation-forecast';
import { GenerationRunner } from './generation-runner';
import { Sequence } from './generation-sequence';
import { PrefixSharing } from './generation-sharing';
import { RequestSource, type Requests } from './generation-source';
import { checkOptions } from './sample';
import type { WeightLease } from './weight-leases';

/** What generation needs of a model. */
export interface GenerationModel {
  readonly executor: Executor;
  readonly config: ModelConfig;
  lend(which: Which | KeptWeights): Promise<WeightLease>;
}

/** Readings of one token before a device draws several: somebody may be watching. */
const SHORT_READINGS = 4;
/** How long nothing else gets a turn. */
const TURN_MILLISECONDS = 30;

/** See `Engine.generateMany`. */
export async function* generateMany(
  model: GenerationModel,
  requests: Requests,
  options: ManyOptions,
  which: Which | KeptWeights,
  signal?: AbortSignal,
): AsyncGenerator<GenerationPart, void, void> {
  checkOptions(options);
  if (signal?.aborted) return;
  const lease = await model.lend(which);
  const run = new Generation(model, lease, requests, options);
  let stop: (() => void) | undefined;
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal?.addEventListener('abort', stop, { once: true });
  });
  let turn = performance.now();
  try {
    while (!signal?.aborted) {
      yield* await run.admit();
      if (signal?.aborted || run.finished) return;
      const work = run.work();
      if (work) yield* await work;
      else await Promise.race([aborted, run.change()]);
      if (performance.now() - turn < TURN_MILLISECONDS) continue;
      await nextTask();
      turn = performance.now();
    }
  } finally {
    if (stop) signal?.removeEventListener('abort', stop);
    run.dispose();
    lease.release();
    await run.source.close();
  }
}

/** What a text is extended to. */
interface Answer {
  come: boolean;
  text?: Int32Array | undefined;
  failure?: { error: unknown };
}

class Generation {
  readonly source: RequestSource;
  /** Texts that are being written. */
  readonly #writing = new Set<Sequence>();
  /** Texts that have ended and may be extended. */
  readonly #asking = new Map<Sequence, Answer>();
  readonly #answers = new Set<Promise<void>>();
  readonly #sharing: PrefixSharing | undefined;
  #runner: GenerationRunner | undefined;
  #free: number[] = [];
  #taken = 0;
  #readings = 0;

  constructor(
    readonly model: GenerationModel,
    readonly lease: WeightLease,
    readonly requests: Requests,
    readonly options: ManyOptions,
  ) {
    this.source = new RequestSource(requests);
    this.#sharing = options.sharing === false ? undefined : new PrefixSharing();
  }

  get finished(): boolean {
    return this.source.ended && this.#writing.size === 0 && this.#asking.size === 0;
  }

  /** Extended texts wait for the others, see `ManyOptions.reproducible`. */
  get #held(): boolean {
    if (!this.options.reproducible || this.model.executor.kind !== 'wgsl') return false;
    return this.#writing.size > 0 || this.#answers.size > 0;
  }

  /** Goes on with texts that were extended, and begins new ones where there is a place; gives what ends by that. */
  async admit(): Promise<GenerationPart[]> {
    const parts: GenerationPart[] = [];
    for (const [sequence, { come, text: answer, failure }] of this.#held ? [] : [...this.#asking]) {
      if (!come) continue;
      this.#asking.delete(sequence);
      if (failure) throw failure.error;
      const refusal = answer && this.#refused(() => sequence.proceed(answer));
      if (answer && !refusal) this.#begin(sequence);
      else parts.push(this.#close(sequence, refusal));
    }
    while (!this.#runner || this.#free.length > 0) {
      const request = this.source.take();
      if (!request) break;
      const number = this.#taken++;
      const slot = this.#free.at(-1) ?? 0;
      let made: Sequence | undefined;
      const error = this.#refused(
        () => (made = new Sequence(this.model.config, request, number, this.options, slot)),
      );
      if (!made) {
        parts.push({ request: number, tokens: [], done: true, ...(error && { error }) });
        continue;
      }
      this.#runner ??= this.#start(made.end);
      this.#free.pop();
      this.#begin(made);
    }
    const longest = Math.max(0, ...[...this.#writing].map(({ end }) => end));
    const used = [...this.#writing, ...this.#asking.keys()].map(({ slot }) => slot);
    const grows = this.#runner && longest > this.#runner.capacity;
    await this.#runner?.reserve(longest, used, this.options.longest);
    if (grows) this.#sharing?.keepOnly(used);
    return parts;
  }

  #begin(sequence: Sequence): void {
    this.#sharing?.look(sequence);
    this.#writing.add(sequence);
  }

  /** The next piece of work and what it gives; undefined where there is none until something changes. */
  work(): Promise<GenerationPart[]> | undefined {
    const runner = this.#runner;
    const sequences = [...this.#writing];
    if (!runner || sequences.length === 0) return undefined;
    const shares = this.#sharing?.take() ?? [];
    if (shares.length > 0) return runner.share(shares).then(() => []);
    const behind = sequences.filter((sequence) => sequence.behind > 0);
    if (behind.length === 0) return this.#draw(runner, sequences);
    return runner.fill(this.#sharing?.unhindered(behind) ?? behind).then(() => []);
  }

  /** Resolves when a request or an answer has come. */
  change(): Promise<void> {
    const arrival = this.source.ended || this.#free.length === 0 ? [] : [this.source.arrival()];
    return Promise.race([...(this.#runner ? arrival : [this.source.arrival()]), ...this.#answers]);
  }

  dispose(): void {
    this.#runner?.dispose();
  }

  /** What is wrong with a request, where something is. */
  #refused(work: () => void): Error | undefined {
    try {
      work();
      return undefined;
    } catch (error) {
      if (error instanceof Error) return error;
      throw error;
    }
  }

  #start(tokens: number): GenerationRunner {
    const { config, executor } = this.model;
    const { kind } = executor;
    const known = Array.isArray(this.requests) ? this.requests.length : Infinity;
    const longest = Array.isArray(this.requests)
      ? this.requests.reduce((most, request) => Math.max(most, this.#longest(request)), tokens)
      : tokens;
    const { sequences } = this.options;
    const writing = { texts: known, tokens: longest, ...(sequences !== undefined && { sequences }) };
    // As many as there is room for once the texts have grown, so that growing takes no more than was foreseen.
    const grown = Math.max(longest, this.options.longest ?? 0);
    const slots = placesFor(kind, config, { ...writing, tokens: grown });
    // The lowest first.
    this.#free = Array.from({ length: slots }, (_, i) => slots - 1 - i);
    return new GenerationRunner(executor, config, this.lease, slots, longest);
  }

  #longest({ prompt, options }: { prompt: Int32Array; options?: { maxNewTokens?: number } }): number {
    const most = prompt.length + (options?.maxNewTokens ?? this.options.maxNewTokens);
    return Math.min(this.model.config.contextLength, most);
  }

  async #draw(runner: GenerationRunner, sequences: Sequence[]): Promise<GenerationPart[]> {
    const most = Math.max(...sequences.map(({ end, length }) => end - length));
    const many = STEPS[this.model.executor.kind];
    const steps = this.#readings++ < SHORT_READINGS || most < many ? 1 : many;
    const drawn = await runner.draw(sequences, steps);
    return sequences.map((sequence, n) => {
      const tokens = drawn[n] ?? [];
      for (const [i, token] of tokens.entries()) {
        const ending = sequence.append(token);
        if (ending) return this.#end(sequence, tokens.slice(0, i + 1), ending);
      }
      return { request: sequence.number, tokens, done: false };
    });
  }

  #end(sequence: Sequence, tokens: GenerationPart['tokens'], ending: Ending): GenerationPart {
    this.#writing.delete(sequence);
    const { number: request } = sequence;
    const { extend } = sequence.request;
    if (!extend) {
      this.#sharing?.end(sequence);
      this.#free.push(sequence.slot);
      return { request, tokens, ending, done: true };
    }
    this.#ask(sequence, ending);
    return { request, tokens, ending, done: false };
  }

  #ask(sequence: Sequence, ending: Ending): void {
    const answer: Answer = { come: false };
    this.#asking.set(sequence, answer);
    const asked: Promise<void> = Promise.resolve(sequence.text)
      .then((text) => sequence.request.extend?.(text, ending))
      .then(
        (text) => (answer.text = text),
        (error: unknown) => (answer.failure = { error }),
      )
      .then(() => {
        answer.come = true;
        this.#answers.delete(asked);
      });
    this.#answers.add(asked);
  }

  #close(sequence: Sequence, error?: Error): GenerationPart {
    this.#sharing?.end(sequence);
    this.#free.push(sequence.slot);
    return { request: sequence.number, tokens: [], done: true, ...(error && { error }) };
  }
}
