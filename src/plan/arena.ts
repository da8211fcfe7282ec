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
   */
  take(sizes: readonly number[]): { blocks: Block[]; release: () => void } {
    const order = sizes.map((_, i) => i).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
    const taken = new Map<number, Entry<Block>>();
    const used = new Set<Entry<Block>>();
    for (const i of order) {
      const bytes = sizes[i] ?? 0;
      const fitting = this.#blocks.filter((entry) => !used.has(entry) && entry.bytes >= bytes);
      let entry = fitting.sort((a, b) => a.bytes - b.bytes)[0];
      if (!entry) {
        entry = { block: this.create(bytes), bytes, users: 0 };
        this.#blocks.push(entry);
      }
      entry.users++;
      used.add(entry);
      taken.set(i, entry);
    }
    const blocks = sizes.map((_, i) => (taken.get(i) as Entry<Block>).block);
    return { blocks, release: once(() => this.#release([...used])) };
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
