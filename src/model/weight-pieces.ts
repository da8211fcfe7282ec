/**
 * @file Reads the tensors of safetensors files in the order of their bytes, as 32-bit floats, in memory that is used again.
 */
import { LosslightError } from '../errors';
import { stopIfAborted } from './byte-file';
import { decodeElements, elementBytes } from './elements';
import { refuser, type TensorEntry } from './safetensors-header';
import type { WeightFile } from './weight-file';
import type { DeclaredTensor, ReadOptions, WeightPiece, WeightSource } from './weight-source';

/** Bytes that are decoded at a time. */
const DECODE_CHUNK = 2 ** 20;

/** Of files whose headers have been read and agree. */
export class FileWeights implements WeightSource {
  readonly tensors: ReadonlyMap<string, DeclaredTensor>;
  readonly bytes: number;
  readonly #files: readonly WeightFile[];

  constructor(files: readonly WeightFile[]) {
    this.#files = files;
    this.tensors = new Map(
      files.flatMap(({ file, entries }) =>
        entries.map(({ name, dtype, shape, begin, end }) => [
          name,
          { dtype, shape, file: file.name, bytes: end - begin },
        ]),
      ),
    );
    this.bytes = files.reduce((sum, { entries }) => sum + lengthOf(entries), 0);
  }

  get files(): readonly string[] {
    return this.#files.map(({ file }) => file.name);
  }

  async *inOrder(
    wanted: Iterable<string>,
    options: ReadOptions = {},
  ): AsyncGenerator<WeightPiece, void, void> {
    const names = new Set(wanted);
    for (const name of names) {
      const tensor = this.tensors.get(name);
      if (!tensor) throw new RangeError(`The files hold no tensor “${name}”.`);
      elementBytes(name, tensor.dtype);
    }
    const memory = new PieceMemory(options.allocate);
    let before = 0;
    for (const open of this.#files) {
      const onBytes = (done: number) => options.onBytes?.(before + done, this.bytes);
      yield* piecesOf(open, names, memory, options, onBytes);
      before += lengthOf(open.entries);
      onBytes(0);
    }
  }

  close(): void {
    for (const open of this.#files) {
      open.reader?.close();
      open.reader = undefined;
    }
  }
}

const lengthOf = (entries: readonly TensorEntry[]) => entries.at(-1)?.end ?? 0;

async function* piecesOf(
  open: WeightFile,
  wanted: ReadonlySet<string>,
  memory: PieceMemory,
  { pieceElements = Infinity, signal }: ReadOptions,
  onBytes: (done: number) => void,
): AsyncGenerator<WeightPiece, void, void> {
  stopIfAborted(signal);
  const { file, entries, start } = open;
  if (!entries.some(({ name }) => wanted.has(name))) return;
  const reader = open.reader ?? (await file.open(start, signal));
  open.reader = undefined;
  // The reader that read the header knows nothing of this signal.
  const end = () => reader.close();
  signal?.addEventListener('abort', end, { once: true });
  try {
    for (const { name, dtype, shape, begin, end: until } of entries) {
      if (!wanted.has(name)) {
        await reader.skip(until - begin);
        onBytes(until);
        continue;
      }
      const size = elementBytes(name, dtype);
      const all = (until - begin) / size;
      const row = all / Math.max(1, shape[0] ?? 1);
      const most = row > 0 ? Math.min(all, Math.max(1, Math.floor(pieceElements / row)) * row) : 0;
      // A tensor without elements comes too: who waits for it must see it.
      for (let at = 0; at < all || at === 0; at += Math.max(1, most)) {
        const values = memory.take(Math.min(most, all - at));
        for (let done = 0; done < values.length;) {
          const part = values.subarray(done, done + DECODE_CHUNK / size);
          const bytes = memory.bytes.subarray(0, part.length * size);
          const had = await reader.read(bytes);
          stopIfAborted(signal);
          if (had < bytes.length) throw cutOff(file.name, name);
          decodeElements(name, dtype, bytes, part);
          done += part.length;
          onBytes(begin + (at + done) * size);
        }
        yield { name, shape, firstRow: row > 0 ? at / row : 0, values };
        stopIfAborted(signal);
      }
    }
    // Where the length was not known, only the end shows that nothing follows.
    if (reader.size === undefined && (await reader.read(new Uint8Array(1))) > 0) {
      refuser(file.name)('bytes at its end belong to no tensor.');
    }
  } finally {
    signal?.removeEventListener('abort', end);
    reader.close();
  }
}

function cutOff(file: string, tensor: string): LosslightError {
  return new LosslightError(
    'bad-model',
    `${file} ends in the middle of tensor “${tensor}”.`,
    'Download or export the file again; it is incomplete.',
  );
}

/** The memory that pieces come in: as much as the largest of them takes, used again for each. */
class PieceMemory {
  /** For elements as they are stored. */
  readonly bytes = new Uint8Array(DECODE_CHUNK);
  #values: Float32Array = new Float32Array();

  constructor(
    readonly allocate: (elements: number) => Float32Array = (elements) => new Float32Array(elements),
  ) {}

  take(elements: number): Float32Array {
    if (this.#values.length < elements) {
      // Given up before the larger one is made, so that the two are not there together.
      this.#values = new Float32Array();
      this.#values = this.allocate(elements);
    }
    return this.#values.subarray(0, elements);
  }
}
