/**
 * @file The memory of a generation: keys and values of all tokens of several sequences, one place (slot) each, and the tables
 * from which positions get their rotary angles. All of one capacity, which grows when a longer text comes.
 */
import type { LayerCache } from '../ops/cached-attention';
import type { Rotation } from '../ops/rope';
import { PlanBuilder } from '../plan/builder';
import { copy } from '../plan/copy';
import type { Executor } from '../plan/executor';
import { makeTensor, type LogicalBuffer, type Tensor } from '../plan/tensor';
import type { ModelConfig } from './config';
import { makeRotations, rotationsAt } from './decoder-inputs';

/** Capacities are multiples of this, so that a slot's part begins where a binding may begin. */
const STEP = 64;
/** Most bytes of all caches together, by default. */
const CACHE_BYTES = 2 ** 28;
/** Most bytes of one tensor: what every WebGPU device binds. */
const TENSOR_BYTES = 2 ** 27;

export interface GenerationCache {
  readonly slots: number;
  /** Tokens of a slot. */
  readonly capacity: number;
  /** One a layer. */
  readonly layers: readonly LayerCache[];
  /** Cosines and sines of the positions 0 … capacity − 1, for each of the configuration's `ropes`. */
  readonly tables: readonly Rotation[];
}

/** The capacity that texts of so many tokens need. */
export function capacityFor(tokens: number): number {
  return Math.ceil(tokens / STEP) * STEP;
}

/** How many slots of this capacity there may be: as many as are wanted, but no more than fit into `bytes`; at least one. */
export function slotsFor(config: ModelConfig, wanted: number, capacity: number, bytes = CACHE_BYTES): number {
  const tensor = 4 * capacity * config.keyValueHeads * config.headSize;
  const most = Math.min(bytes / (2 * tensor * config.layers), TENSOR_BYTES / tensor);
  return Math.max(1, Math.min(wanted, Math.floor(most)));
}

/** Lays out a cache; an executor gives it memory when it is first used. */
export function makeCache(config: ModelConfig, slots: number, capacity: number): GenerationCache {
  const shape = [slots, capacity, config.keyValueHeads * config.headSize];
  const tensor = (what: string, layer: number) => makeTensor(`${what} of layer ${layer}`, shape, 'input');
  const layers = Array.from({ length: config.layers }, (_, layer) => ({
    keys: tensor('keys', layer),
    values: tensor('values', layer),
  }));
  return { slots, capacity, layers, tables: makeRotations(config, capacity) };
}

/** Writes the tables. */
export function fillTables(
  executor: Executor,
  config: ModelConfig,
  { capacity, tables }: GenerationCache,
): void {
  const values = rotationsAt(
    config,
    Int32Array.from({ length: capacity }, (_, position) => position),
  );
  tables.forEach(({ cos, sin }, i) => {
    const found = values[i];
    if (!found) return;
    executor.write(cos, found.cos);
    executor.write(sin, found.sin);
  });
}

/**
 * A cache of a larger capacity with what these slots hold. The smaller one's memory is given back tensor by tensor, so that
 * the two are never held whole; where it fails, neither holds any.
 *
 * @param used slots whose content is needed
 */
export async function growCache(
  executor: Executor,
  config: ModelConfig,
  from: GenerationCache,
  capacity: number,
  used: readonly number[],
): Promise<GenerationCache> {
  const to = makeCache(config, from.slots, capacity);
  const width = config.keyValueHeads * config.headSize;
  try {
    for (const [layer, source] of from.layers.entries()) {
      const target = to.layers[layer];
      if (!target) continue;
      for (const kind of ['keys', 'values'] as const) {
        if (used.length > 0) await copySlots(executor, [source[kind], from], [target[kind], to], used, width);
        executor.release([source[kind].buffer]);
      }
    }
    executor.release(cacheBuffers(from));
    fillTables(executor, config, to);
    return to;
  } catch (error) {
    executor.release([...cacheBuffers(from), ...cacheBuffers(to)]);
    throw error;
  }
}

/** Copies what slots hold in one tensor of a cache to the same slots of a larger one; `width` numbers a token. */
async function copySlots(
  executor: Executor,
  [source, from]: readonly [Tensor, GenerationCache],
  [target, to]: readonly [Tensor, GenerationCache],
  used: readonly number[],
  width: number,
): Promise<void> {
  const part = ({ buffer }: Tensor, slot: number, rows: number): Tensor => ({
    buffer,
    offset: slot * rows * width,
    shape: [from.capacity * width],
  });
  const builder = new PlanBuilder();
  for (const slot of used)
    builder.append(copy(part(source, slot, from.capacity), part(target, slot, to.capacity)));
  const plan = await executor.prepare(builder.finish());
  try {
    await plan.run();
  } finally {
    plan.dispose();
  }
}

/** Everything that a cache holds memory for. */
export function cacheBuffers({ layers, tables }: GenerationCache): LogicalBuffer[] {
  const tensors = [...layers.flatMap(({ keys, values }) => [keys, values]), ...tables.flatMap(Object.values)];
  return (tensors as Tensor[]).map(({ buffer }) => buffer);
}
