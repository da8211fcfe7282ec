/**
 * @file The weights of a model's folder, one file or several, read strictly and in pieces: first the headers, then the
 * tensors in the order of the files, so that a model is never twice in memory.
 */
import { LosslightError } from '../errors';
import { readText, type ModelFolder } from './byte-file';
import { parseIndex, type WeightMap } from './safetensors-index';
import { openWeightFile, type WeightFile } from './weight-file';
import { FileWeights } from './weight-pieces';

/** A tensor as its file declares it. */
export interface DeclaredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The file that it is in. */
  readonly file: string;
  readonly bytes: number;
}

/** Elements of a tensor that follow one another: whole rows of its first dimension, or all of it. */
export interface WeightPiece {
  readonly name: string;
  readonly shape: readonly number[];
  /** The row of the first dimension that the values begin with. */
  readonly firstRow: number;
  /** Good until the next piece is asked for. */
  readonly values: Float32Array;
}

export interface ReadOptions {
  /** Most elements of a piece, unless one row has more. Without it every tensor comes whole. */
  pieceElements?: number;
  signal?: AbortSignal;
  /** Gets the bytes of weights read so far, and all of the files'. */
  onBytes?(done: number, total: number): void;
  /** Makes the memory that pieces come in; for counting. */
  allocate?(elements: number): Float32Array;
}

export interface WeightSource {
  /** By name, in the order of the files and of their data. */
  readonly tensors: ReadonlyMap<string, DeclaredTensor>;
  /** Names of the files. */
  readonly files: readonly string[];
  /** Bytes of all tensors. */
  readonly bytes: number;
  /**
   * Reads tensors one after the other, in the order that they are stored in. May be called again.
   *
   * @param wanted names; others are passed over
   * @throws LosslightError `bad-model` for a file that is cut off or a dtype that cannot be decoded; `cancelled`;
   * `download-failed` or `unreadable-file` where bytes do not come.
   */
  inOrder(wanted: Iterable<string>, options?: ReadOptions): AsyncGenerator<WeightPiece, void, void>;
  /** Ends downloads that are under way. */
  close(): void;
}

const WEIGHTS = 'model.safetensors';
const INDEX = `${WEIGHTS}.index.json`;
/** Bytes of the largest index that is read; a model of 300 layers has 1 MB. */
const MOST_INDEX = 50_000_000;
/**
 * Opens the weights of a folder: model.safetensors or, where there is none, the files that model.safetensors.index.json
 * names. Reads headers alone.
 *
 * @throws LosslightError `bad-model`, naming file, tensor and reason: no weights, a malformed header or index, a tensor in
 * another file than the index says, or in several.
 */
export async function openWeights(folder: ModelFolder, signal?: AbortSignal): Promise<WeightSource> {
  const single = await folder.file(WEIGHTS, signal);
  if (single) {
    const file = await openWeightFile(single, true, signal);
    return new FileWeights([file]);
  }
  const index = await folder.file(INDEX, signal);
  if (!index) {
    throw new LosslightError(
      'bad-model',
      `${folder.name} has neither ${WEIGHTS} nor ${INDEX}.`,
      'Only weights in safetensors files can be loaded; saving a model with save_pretrained in transformers writes them.',
    );
  }
  const map = parseIndex(await readText(index, MOST_INDEX, signal), INDEX);
  const files: WeightFile[] = [];
  for (const name of new Set(map.values())) {
    const shard = await folder.file(name, signal);
    if (!shard) {
      const message = `${INDEX} names the file ${name}, which is not there.`;
      throw new LosslightError('bad-model', message, 'Bring all files of the model, in one folder.');
    }
    files.push(await openWeightFile(shard, false, signal));
  }
  checkIndex(map, files);
  return new FileWeights(files);
}

/** Each tensor once, in the file that the index says, and none besides. */
function checkIndex(map: WeightMap, files: readonly WeightFile[]): void {
  const refuse = (message: string): never => {
    throw new LosslightError(
      'bad-model',
      message,
      `${INDEX} and the files that it names must come from the same model.`,
    );
  };
  const places = new Map<string, string>();
  for (const { file, entries } of files) {
    for (const { name } of entries) {
      const other = places.get(name);
      if (other !== undefined) refuse(`Tensor “${name}” is in ${other} and in ${file.name}.`);
      places.set(name, file.name);
      const said = map.get(name);
      if (said === undefined) refuse(`${file.name} holds a tensor “${name}” that ${INDEX} does not name.`);
    }
  }
  for (const [name, said] of map) {
    const place = places.get(name);
    if (place === undefined) refuse(`${INDEX} names a tensor “${name}” in ${said}, which does not hold it.`);
    if (place !== said) refuse(`Tensor “${name}” is in ${place}; ${INDEX} says in ${said}.`);
  }
}
