/**
 * @file The blocks that plans keep activations in. Only one plan of an executor runs at a time, so plans for other
 * lengths use the blocks of those before them, where these are large enough.
 */

interface Entry<Block> {
  block: Block;
  bytes: number;
  /** Plans that use the block. */
  users: number;
}

export class Arena<Block> {
  readonly #blocks: Entry<Block>[] = [];

  constructor(
    readonly create: (bytes: number) => Block,
    readonly destroy: (block: Block) => void,
  ) {}

  /** Bytes of all blocks. */
  get bytes(): number {
    return this.#blocks.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * A block of its own for each of the sizes, in their order. Large sizes choose first, and take the smallest block that
   * is large enough.
   *
   * @throws what `create` throws; then none is taken.
   */
  take(sizes: readonly number[]): { blocks: Block[]; release: () => void } {
    const order = sizes.map((_, i) => i).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
    const taken = new Map<number, Entry<Block>>();
    const used = new Set<Entry<Block>>();
    try {
      for (const i of order) {
        const entry = this.#take(sizes[i] ?? 0, used);
        entry.users++;
        used.add(entry);
        taken.set(i, entry);
      }
    } catch (error) {
      this.#release([...used]);
      throw error;
    }
    const blocks = sizes.map((_, i) => (taken.get(i) as Entry<Block>).block);
    return { blocks, release: once(() => this.#release([...used])) };
  }

  /** Bytes of all blocks once blocks for each of these lists of sizes were taken too, one list after the other. */
  foresee(lists: readonly (readonly number[])[]): number {
    const twin = new Arena<undefined>(
      () => undefined,
      () => undefined,
    );
    for (const { bytes, users } of this.#blocks) twin.#blocks.push({ block: undefined, bytes, users });
    for (const sizes of lists) twin.take(sizes);
    return twin.bytes;
  }

  /** The smallest block that is large enough and not used here yet, or a new one. */
  #take(bytes: number, used: ReadonlySet<Entry<Block>>): Entry<Block> {
    const fitting = this.#blocks.filter((entry) => !used.has(entry) && entry.bytes >= bytes);
    const [found] = fitting.sort((a, b) => a.bytes - b.bytes);
    if (found) return found;
    const made = { block: this.create(bytes), bytes, users: 0 };
    this.#blocks.push(made);
    return made;
  }

  #release(entries: Entry<Block>[]): void {
    for (const entry of entries) {
      if (--entry.users > 0) continue;
      this.#blocks.splice(this.#blocks.indexOf(entry), 1);
      this.destroy(entry.block);
    }
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
