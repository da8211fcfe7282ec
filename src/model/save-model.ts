/**
 * @file A model as a Hugging Face folder: its weights as they are now, config.json with the dtype that they are saved in, and
 * the files of its tokenizer and template as they were.
 */
import { LosslightError } from '../errors';
import { writeSafetensors, type RowsToSave, type SavedDtype } from './safetensors-write';
import { StrictJson, type Refuse } from './strict-json';

/** A file to be written, chunk by chunk; a chunk is good until the next one is asked for. */
export interface SavedFile {
  name: string;
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export interface ModelToSave {
  /** config.json of the model that was loaded. */
  configText: string;
  /** Of all parameters, in the order that `rows` come in. */
  shapes: ReadonlyMap<string, readonly number[]>;
  /** As `Engine.merged` gives them. */
  rows: Iterable<RowsToSave> | AsyncIterable<RowsToSave>;
  /** Texts of the tokenizer, the template and the settings of generation, by their names. */
  files: Readonly<Partial<Record<string, string>>>;
}

/** How transformers names what weights are saved in. */
const TORCH: Readonly<Record<SavedDtype, string>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/**
 * The files of the folder, in the order to write them: the weights last, so that a folder with weights is whole.
 *
 * @throws LosslightError `bad-model` where config.json cannot be read; what `writeSafetensors` throws, while it writes.
 */
export function savedModel(
  { configText, shapes, rows, files }: ModelToSave,
  dtype: SavedDtype = 'F32',
): SavedFile[] {
  const saved: SavedFile[] = [];
  const add = (name: string, text: string) => saved.push({ name, chunks: [new TextEncoder().encode(text)] });
  for (const [name, text] of Object.entries(files)) {
    if (text !== undefined && name !== 'config.json') add(name, text);
  }
  add('config.json', configWithDtype(configText, dtype));
  const tensors = Array.from(shapes, ([name, shape]) => ({ name, shape }));
  saved.push({ name: 'model.safetensors', chunks: writeSafetensors(tensors, rows, { dtype }) });
  return saved;
}

/**
 * config.json with the dtype of the weights: transformers loads them in the one that is written there, whatever the file
 * holds. All else stays letter by letter: Python tells `1.0` from `1`.
 *
 * @throws LosslightError `bad-model` where the text is no strict JSON.
 */
export function configWithDtype(text: string, dtype: SavedDtype): string {
  const refuse: Refuse = (reason) => {
    throw new LosslightError(
      'bad-model',
      `config.json cannot be saved again: ${reason}`,
      'Correct it, and load the model again.',
    );
  };
  const json = new StrictJson(text, refuse);
  const places: { start: number; end: number }[] = [];
  let any = false;
  json.object('config.json', (key) => {
    any = true;
    const start = json.at;
    json.anything(`“${key}”`);
    // Version 5 of transformers writes `dtype`, version 4 wrote `torch_dtype`.
    if (key === 'dtype' || key === 'torch_dtype') places.push({ start, end: json.at });
  });
  json.end();
  const value = ` "${TORCH[dtype]}"`;
  if (places.length === 0) {
    const brace = text.indexOf('{') + 1;
    return `${text.slice(0, brace)}\n  "torch_dtype":${value}${any ? ',' : '\n'}${text.slice(brace)}`;
  }
  let changed = text;
  for (const { start, end } of places.reverse()) {
    changed = changed.slice(0, start) + value + changed.slice(end);
  }
  return changed;
}
