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
 * the largest, which grows, else a new one.
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
  const slots: number[] = [];
  const slotOf = new Map<LogicalBuffer, number>();
  const free = new Set<number>();
  for (let i = 0; i < operations.length; i++) {
    for (const buffer of (starting[i] ?? []).sort((a, b) => b.elements - a.elements)) {
      const bytes = buffer.elements * BYTES;
      const slot = choose(free, slots, bytes) ?? slots.push(0) - 1;
      free.delete(slot);
      slots[slot] = Math.max(slots[slot] ?? 0, bytes);
      slotOf.set(buffer, slot);
    }
    for (const buffer of ending[i] ?? []) {
      const slot = slotOf.get(buffer);
      if (slot !== undefined) free.add(slot);
    }
  }
  const kept = { parameter: 0, gradient: 0, moment: 0, input: 0, output: 0 };
  for (const { role, elements } of buffers) if (role !== 'activation') kept[role] += elements * BYTES;
  return { slots, slotOf, kept, unshared: lives.reduce((sum, [{ elements }]) => sum + elements * BYTES, 0) };
}

function choose(free: ReadonlySet<number>, slots: readonly number[], bytes: number): number | undefined {
  let best: number | undefined;
  let largest: number | undefined;
  for (const slot of free) {
    const size = slots[slot] ?? 0;
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
