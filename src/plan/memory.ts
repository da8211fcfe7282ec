/**
 * @file Which activations share memory: a buffer lives from the first operation that touches it to the last, and whole
 * blocks are used again after that. Whole blocks, because WebGPU forbids that a dispatch binds one buffer for reading
 * and, at another offset, for writing.
 */
import type { Operation } from './operation';
import type { LogicalBuffer, Role } from './tensor';

const BYTES = 4;

export interface MemoryPlan {
  /** Bytes of each block of memory for activations. */
  readonly slots: readonly number[];
  /** Which block an activation is in. */
  readonly slotOf: ReadonlyMap<LogicalBuffer, number>;
  /** Bytes of everything that is kept between runs, by what it is for. */
  readonly kept: Readonly<Record<Exclude<Role, 'activation'>, number>>;
  /** Bytes that all activations would take side by side. */
  readonly unshared: number;
  /** Bytes of working memory on the CPU, which all operations share. */
  readonly cpuScratch: number;
}

/** First and last operation that touches a buffer. */
interface Life {
  first: number;
  last: number;
}

function livesOf(operations: readonly Operation[]): Map<LogicalBuffer, Life> {
  const lives = new Map<LogicalBuffer, Life>();
  operations.forEach(({ reads, writes }, i) => {
    for (const { buffer } of [...reads, ...writes]) {
      if (buffer.role !== 'activation') continue;
      const life = lives.get(buffer);
      if (life) life.last = i;
      else lives.set(buffer, { first: i, last: i });
    }
  });
  return lives;
}

/**
 * Gives each activation a block, in the order of the list: of those that are free the smallest that is large enough, else
 * the largest, which grows, else a new one. How much larger than a buffer its block may be is tried in a few ways, of which
 * the one that takes least is kept.
 */
export function assignSlots(
  operations: readonly Operation[],
  buffers: ReadonlySet<LogicalBuffer>,
): MemoryPlan {
  const lives = [...livesOf(operations)];
  const starting = operations.map((): LogicalBuffer[] => []);
  const ending = operations.map((): LogicalBuffer[] => []);
  for (const [buffer, { first, last }] of lives) {
    starting[first]?.push(buffer);
    ending[last]?.push(buffer);
  }
  // What lives long in a block much larger than itself wastes it, as where layers are computed again; what must not share
  // takes more blocks. Neither is better for all plans.
  const [{ slots, slotOf }] = WASTES.map((waste) => shareBlocks(starting, ending, waste)).sort(
    (a, b) => a.bytes - b.bytes,
  ) as [Sharing];
  const kept = { parameter: 0, gradient: 0, moment: 0, input: 0, output: 0 };
  for (const { role, elements } of buffers) if (role !== 'activation') kept[role] += elements * BYTES;
  const unshared = lives.reduce((sum, [{ elements }]) => sum + elements * BYTES, 0);
  const cpuScratch = BYTES * Math.max(1, ...operations.map((operation) => operation.cpuScratch ?? 0));
  return { slots, slotOf, kept, unshared, cpuScratch };
}

/** How many times as large as a buffer its block may be, in the ways to share blocks that are tried. */
const WASTES = [Infinity, 4, 2, 1.25] as const;

interface Sharing {
  slots: number[];
  slotOf: Map<LogicalBuffer, number>;
  /** Of all blocks. */
  bytes: number;
}

/** @param starting, ending buffers whose lives begin, and end, with each operation */
function shareBlocks(
  starting: readonly LogicalBuffer[][],
  ending: readonly LogicalBuffer[][],
  waste: number,
): Sharing {
  const slots: number[] = [];
  const slotOf = new Map<LogicalBuffer, number>();
  const free = new Set<number>();
  for (let i = 0; i < starting.length; i++) {
    for (const buffer of (starting[i] ?? []).sort((a, b) => b.elements - a.elements)) {
      const bytes = buffer.elements * BYTES;
      const slot = choose(free, slots, bytes, waste) ?? slots.push(0) - 1;
      free.delete(slot);
      slots[slot] = Math.max(slots[slot] ?? 0, bytes);
      slotOf.set(buffer, slot);
    }
    for (const buffer of ending[i] ?? []) {
      const slot = slotOf.get(buffer);
      if (slot !== undefined) free.add(slot);
    }
  }
  return { slots, slotOf, bytes: slots.reduce((sum, bytes) => sum + bytes, 0) };
}

function choose(
  free: ReadonlySet<number>,
  slots: readonly number[],
  bytes: number,
  waste: number,
): number | undefined {
  let best: number | undefined;
  let largest: number | undefined;
  for (const slot of free) {
    const size = slots[slot] ?? 0;
    if (size > waste * bytes) continue;
    if (size >= bytes && (best === undefined || size < (slots[best] ?? 0))) best = slot;
    if (largest === undefined || size > (slots[largest] ?? 0)) largest = slot;
  }
  return best ?? largest;
}

/** Bytes of activations while a plan runs. */
export function activationBytes({ slots }: MemoryPlan): number {
  return slots.reduce((sum, bytes) => sum + bytes, 0);
}

/** Bytes that a plan needs in all, its uniforms left aside. */
export function predictedBytes(memory: MemoryPlan): number {
  return Object.values(memory.kept).reduce((sum, bytes) => sum + bytes, activationBytes(memory));
}

/** Bytes by role of what is kept already, and of what else these plans keep; no activations yet. */
export function keptBytes(
  kept: ReadonlyMap<LogicalBuffer, number>,
  plans: readonly { readonly buffers: readonly LogicalBuffer[] }[],
  bytesOf: (buffer: LogicalBuffer) => number,
): Record<Role, number> {
  const held = { parameter: 0, gradient: 0, moment: 0, input: 0, output: 0, activation: 0 };
  for (const [{ role }, bytes] of kept) held[role] += bytes;
  const more = new Set(plans.flatMap(({ buffers }) => buffers));
  for (const buffer of more) {
    if (buffer.role !== 'activation' && !kept.has(buffer)) held[buffer.role] += bytesOf(buffer);
  }
  return held;
}

/** @throws RangeError naming the operation and the activation that nothing wrote before it is read. */
export function checkOrder(operations: readonly Operation[]): void {
  const written = new Set<LogicalBuffer>();
  for (const { name, reads, writes } of operations) {
    for (const { buffer } of reads) {
      if (buffer.role === 'activation' && !written.has(buffer)) {
        throw new RangeError(`“${name}” reads “${buffer.name}”, which no operation before it writes.`);
      }
    }
    for (const { buffer } of writes) written.add(buffer);
  }
}
