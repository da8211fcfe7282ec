/**
 * @file What runs the plans of generation: puts tokens of several sequences into the caches, and draws the next tokens of
 * several sequences, with a plan for each number of rows that it meets.
 */
import { CHOICES, DRAWN, writeChoice } from '../ops/sampler';
import type { Executor, PreparedPlan } from '../plan/executor';
import { rowsOf, type Tensor } from '../plan/tensor';
import { nonFinite } from './check';
import type { ModelConfig } from './config';
import type { GeneratedToken } from './engine';
import {
  cacheBuffers,
  capacityFor,
  fillTables,
  growCache,
  makeCache,
  type GenerationCache,
} from './generation-cache';
import {
  planDraw,
  planFill,
  planShare,
  type DrawPlan,
  type FillPlan,
  type SharePlan,
  type TokenRows,
} from './generation-plan';
import type { Sequence } from './generation-sequence';
import type { CacheShare } from './generation-sharing';
import type { WeightLease } from './weight-leases';

/** Numbers of rows that there are plans for: few, and little is computed in vain. */
const ROWS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
/**
 * Tokens that are put into the cache in one run. On the CPU no more than products of few rows have, which give a row the same
 * bits whatever is beside it.
 */
export const FILL_TOKENS = { cpu: 64, wgsl: 256 };

/** Rows of the plan that so many rows are run by. */
export function rowsFor(count: number): number {
  return ROWS.find((rows) => rows >= count) ?? count;
}

type Made = FillPlan | DrawPlan | SharePlan;

interface Ready<P extends Made> {
  made: P;
  prepared: PreparedPlan;
}

export class GenerationRunner {
  #cache: GenerationCache;
  #plans = new Map<string, Ready<Made>>();
  #version = 0;

  constructor(
    readonly executor: Executor,
    readonly config: ModelConfig,
    readonly lease: WeightLease,
    slots: number,
    tokens: number,
  ) {
    this.#cache = makeCache(config, slots, capacityFor(tokens));
    fillTables(executor, config, this.#cache);
  }

  get capacity(): number {
    return this.#cache.capacity;
  }

  /**
   * Makes room for texts of so many tokens.
   *
   * @param used slots whose content is needed
   * @param expected tokens that no text is expected to go beyond
   */
  async reserve(
    tokens: number,
    used: readonly number[],
    expected = this.config.contextLength,
  ): Promise<void> {
    const { capacity } = this.#cache;
    if (tokens <= capacity) return;
    // Twice as much, so that it is not copied for every text that is a little longer.
    const most = tokens > expected ? this.config.contextLength : expected;
    const wanted = Math.max(tokens, Math.min(2 * capacity, most));
    // Their memory is needed for the growth.
    this.#dropPlans();
    this.#cache = await growCache(this.executor, this.config, this.#cache, capacityFor(wanted), used);
  }

  /** Puts what is behind of these sequences into the cache, as much of it as fits into one run. */
  async fill(sequences: readonly Sequence[]): Promise<void> {
    const [ids, positions, slots]: [number[], number[], number[]] = [[], [], []];
    const most = FILL_TOKENS[this.executor.kind];
    for (const sequence of sequences) {
      const first = sequence.cached;
      sequence.feed(most - ids.length).forEach((id, i) => {
        ids.push(id);
        positions.push(first + i);
        slots.push(sequence.slot);
      });
    }
    const count = rowsFor(ids.length);
    await this.lease.use(async (weights, version) => {
      const { made, prepared } = await this.#planFor(`fill ${count}`, version, () =>
        planFill(this.config, weights, this.#cache, count),
      );
      this.#writeRows(made.rows, count, { ids, positions, slots });
      await prepared.run();
    });
  }

  /** Copies tokens from one place of the cache to another. */
  async share(shares: readonly CacheShare[]): Promise<void> {
    const { slots } = this.#cache;
    const [from, begins, ends] = [
      new Int32Array(slots).fill(-1),
      new Int32Array(slots),
      new Int32Array(slots),
    ];
    for (const { from: origin, to, begin, end } of shares) {
      from[to] = origin;
      begins[to] = begin;
      ends[to] = end;
    }
    await this.lease.use(async (_, version) => {
      const { made, prepared } = await this.#planFor('share', version, () => planShare(this.#cache));
      this.executor.write(made.shares.from, from);
      this.executor.write(made.shares.begins, begins);
      this.executor.write(made.shares.ends, ends);
      await prepared.run();
    });
  }

  /**
   * Draws the next tokens of sequences that are not behind, up to `steps` for each.
   *
   * @returns the tokens of each sequence; it may end before them
   * @throws LosslightError `non-finite-logits`.
   */
  async draw(sequences: readonly Sequence[], steps: number): Promise<GeneratedToken[][]> {
    const count = rowsFor(sequences.length);
    const drawn = await this.lease.use(async (weights, version) => {
      const { made, prepared } = await this.#planFor(`draw ${count} × ${steps}`, version, () =>
        planDraw(this.config, weights, this.#cache, count, steps),
      );
      const [choices, draws] = [new Float32Array(count * CHOICES), new Int32Array(count * CHOICES)];
      const ends = new Int32Array(count);
      sequences.forEach((sequence, n) => {
        writeChoice(choices, draws, n, sequence.choice);
        ends[n] = sequence.end - 1;
      });
      this.#writeRows(made.rows, count, {
        ids: sequences.map(({ last }) => last),
        positions: sequences.map(({ cached }) => cached),
        slots: sequences.map(({ slot }) => slot),
      });
      this.executor.write(made.choices, choices);
      this.executor.write(made.draws, draws);
      this.executor.write(made.ends, ends);
      await prepared.run();
      return made.drawn;
    });
    const width = drawn.shape[1] ?? 0;
    const values = await this.executor.read(steps === 1 ? rowsOf(drawn, 0, 1) : drawn);
    return sequences.map(({ length, end }, n) =>
      Array.from({ length: Math.min(steps, end - length) }, (_, step) => {
        const [id = NaN, logProb = NaN, entropy = NaN] = values.subarray(step * width + n * DRAWN);
        if (!Number.isFinite(logProb)) throw nonFinite('logits');
        return { id, logProb, entropy };
      }),
    );
  }

  /** Gives its memory back; the lease stays the caller's. */
  dispose(): void {
    this.#dropPlans();
    this.executor.release(cacheBuffers(this.#cache));
  }

  #writeRows(
    rows: TokenRows,
    count: number,
    { ids, positions, slots }: { ids: number[]; positions: number[]; slots: number[] },
  ): void {
    const padded = (values: number[], padding: number) => {
      const all = new Int32Array(count).fill(padding);
      all.set(values);
      return all;
    };
    this.executor.write(rows.ids, padded(ids, 0));
    this.executor.write(rows.positions, padded(positions, 0));
    this.executor.write(rows.slots, padded(slots, -1));
  }

  async #planFor<P extends Made>(key: string, version: number, make: () => P): Promise<Ready<P>> {
    if (version !== this.#version) this.#dropPlans();
    this.#version = version;
    let found = this.#plans.get(key) as Ready<P> | undefined;
    if (!found) {
      const made = make();
      found = { made, prepared: await this.executor.prepare(made.plan) };
      this.#plans.set(key, found);
    }
    return found;
  }

  #dropPlans(): void {
    for (const { made, prepared } of this.#plans.values()) {
      prepared.dispose();
      this.executor.release(ownTensors(made).map(({ buffer }) => buffer));
    }
    this.#plans.clear();
  }
}

/** What a plan has for itself; caches and weights are others'. */
function ownTensors(made: Made): Tensor[] {
  if ('shares' in made) return Object.values(made.shares) as Tensor[];
  const { ids, positions, slots } = made.rows;
  const own = [ids, positions, slots];
  return 'drawn' in made ? [...own, made.ends, made.choices, made.draws, made.drawn] : own;
}
