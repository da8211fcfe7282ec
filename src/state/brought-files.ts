/**
 * @file Files that a person brings, in any mixture: those of a model's folder by their names, and conversations.
 */
import { MODEL_FILES, MORE_TEMPLATES } from '../tokenizer/model-files';

/** A file with its path below what was dropped or picked; only its name where it came alone. */
export interface BroughtFile {
  path: string;
  file: File;
}

/** Files of a model's folder. */
export interface ModelPiece {
  /** The folder's name, where there was one. */
  folder: string | undefined;
  /** By the name that the file has in a model's folder. */
  files: ReadonlyMap<string, File>;
  /** Files of weights that can be loaded, by their names: safetensors and their index. */
  weights: ReadonlyMap<string, File>;
  /** Files of weights in other forms, or in other folders. */
  unreadWeights: readonly string[];
  /** Files of a tokenizer in another form than tokenizer.json. */
  unread: readonly string[];
}

export interface SortedFiles {
  model: ModelPiece | undefined;
  data: readonly File[];
  /** Files of a folder that are neither. */
  ignored: readonly string[];
}

const MODEL_NAMES = new Set(MODEL_FILES);
const WEIGHTS = /\.(?:safetensors|bin|gguf|pth?|onnx|h5|msgpack|ckpt)$|\.safetensors\.index\.json$/i;
const SAFETENSORS = /\.safetensors(?:\.index\.json)?$/i;
const OTHER_TOKENIZERS =
  /^(?:vocab\.(?:json|txt)|merges\.txt|added_tokens\.json|.*\.tiktoken|(?:tokenizer|spiece|sentencepiece).*\.model)$/i;
const DATA = /\.(?:jsonl?|ndjson|csv|tsv|txt|md|gz)$/i;
/** In a model's folder other JSON and text belongs to the model. */
const DATA_BESIDE_MODEL = /\.(?:jsonl|ndjson|csv|tsv|gz)$/i;

const partsOf = (path: string) => path.split('/').filter(Boolean);
const nameOf = (path: string) => partsOf(path).at(-1) ?? path;
const folderOf = (path: string) => partsOf(path).slice(0, -1).join('/');
const isModelName = (path: string) => MODEL_NAMES.has(nameOf(path)) || path.endsWith('.jinja');

/** Divides files into a model's and conversations. A file by itself is one or the other; of a folder some are neither. */
export function sortFiles(brought: readonly BroughtFile[]): SortedFiles {
  const root = rootOf(brought);
  const files = new Map<string, File>();
  const weights = new Map<string, File>();
  const unreadWeights: string[] = [];
  const unread: string[] = [];
  const data: File[] = [];
  const ignored: string[] = [];
  for (const { path, file } of brought) {
    const name = nameOf(path);
    const folder = folderOf(path);
    const standard = folder === root ? standardName(name) : insideOf(folder, root, name);
    if (SAFETENSORS.test(name) && folder === (root ?? '')) weights.set(name, file);
    else if (WEIGHTS.test(name)) unreadWeights.push(name);
    else if (OTHER_TOKENIZERS.test(name)) unread.push(name);
    else if (standard !== undefined && !files.has(standard)) files.set(standard, file);
    else if (!folder || (root === undefined ? DATA : DATA_BESIDE_MODEL).test(name)) data.push(file);
    else ignored.push(path);
  }
  const some = files.size + weights.size + unreadWeights.length + unread.length > 0;
  const folder = root === undefined ? undefined : partsOf(root).at(-1);
  const model = some ? { folder, files, weights, unreadWeights, unread } : undefined;
  return { model, data, ignored };
}

/** The folder nearest to the top that has a tokenizer.json, or else any of a model's files, or weights; '' is the top itself. */
function rootOf(brought: readonly BroughtFile[]): string | undefined {
  const depth = (path: string) => partsOf(path).length;
  const nearest = (paths: string[]) => paths.sort((a, b) => depth(a) - depth(b))[0];
  const paths = brought.map(({ path }) => path).filter(isModelName);
  const found =
    nearest(paths.filter((path) => nameOf(path) === 'tokenizer.json')) ??
    nearest(paths.filter((path) => !folderOf(path).endsWith(MORE_TEMPLATES.slice(0, -1)))) ??
    nearest(paths);
  if (found !== undefined) return folderOf(found);
  // A folder of weights alone, to go with files that were brought before.
  const weights = nearest(brought.map(({ path }) => path).filter((path) => SAFETENSORS.test(nameOf(path))));
  return weights === undefined ? undefined : folderOf(weights);
}

function standardName(name: string): string | undefined {
  if (MODEL_NAMES.has(name)) return name;
  // A template under a name of its own, `llama3.jinja`.
  return name.endsWith('.jinja') ? 'chat_template.jinja' : undefined;
}

/** The name of a template in the folder of further templates. */
function insideOf(folder: string, root: string | undefined, name: string): string | undefined {
  if (root === undefined || !name.endsWith('.jinja')) return undefined;
  const inside = `${root ? `${root}/` : ''}${MORE_TEMPLATES}`;
  return `${folder}/` === inside ? MORE_TEMPLATES + name : undefined;
}
