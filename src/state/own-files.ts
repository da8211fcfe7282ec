/**
 * @file A person's own tokenizer and template: their files read, and put together with what ships.
 */
import { LosslightError } from '../errors';
import type { OpenRequest } from '../sequence/open-model';
import { MORE_TEMPLATES, type ModelFiles, templatesOf } from '../tokenizer/model-files';
import type { ModelPiece } from './brought-files';

/** What of the model is the person's own. */
export interface Own {
  files: ModelFiles;
  /** Files of weights by their names; the same map as long as none is brought. */
  weights?: ReadonlyMap<string, File>;
  /** The folder that the files came from. */
  folder?: string;
  /** Which of several templates is used. */
  templateName?: string;
  /** A template written on the page, which replaces those of the files. */
  edited?: string;
}

/** Characters of the largest file that is read; the largest tokenizer.json known has 33 million. */
const MOST_BYTES = 100_000_000;

/**
 * What is one's own after `piece` was brought: its files, with those brought before where it has no tokenizer.json that
 * begins a new model.
 *
 * @throws LosslightError `bad-tokenizer` or `bad-model` where nothing in it can be used, or a file is no text.
 */
export async function readPiece(piece: ModelPiece, before: Own): Promise<Own> {
  const { unread, unreadWeights } = piece;
  if (!piece.files.size && !piece.weights.size) {
    const [first = ''] = unread.length ? unread : unreadWeights;
    throw new LosslightError(
      'bad-tokenizer',
      unread.length
        ? `${first} is a tokenizer in a form that is not read here.`
        : `${first} holds weights in a form that is not read here.`,
      unread.length
        ? 'Bring tokenizer.json instead; saving the tokenizer with save_pretrained in transformers writes it.'
        : 'Bring the model as safetensors files, as save_pretrained in transformers writes them, with config.json.',
    );
  }
  const read = await Promise.all(
    [...piece.files].map(async ([name, file]) => [name, await textOf(name, file)]),
  );
  const brought = Object.fromEntries(read) as ModelFiles;
  const isNew = brought['tokenizer.json'] !== undefined && before.files['tokenizer.json'] !== undefined;
  const files = isNew ? brought : { ...before.files, ...brought };
  const weights = weightsAfter(piece.weights, isNew ? undefined : before.weights);
  if (weights?.size && files['config.json'] === undefined && files['tokenizer.json'] === undefined) {
    throw new LosslightError(
      'bad-model',
      `${[...weights.keys()][0] ?? ''} holds weights; what they are used with is said in config.json, which is not there.`,
      'Bring config.json with it, or the model’s whole folder.',
    );
  }
  if (files['tokenizer.json'] === undefined && !templatesOf(files).length && !weights?.size) {
    throw new LosslightError(
      'bad-tokenizer',
      `${Object.keys(brought).join(', ')}: without tokenizer.json or a chat template there is nothing to use.`,
      'Bring tokenizer.json with it, or chat_template.jinja, or the model’s whole folder.',
    );
  }
  return { files, weights, folder: piece.folder || (isNew ? undefined : before.folder) };
}

/** Shards of a model may come one after the other; model.safetensors or an index begins anew. */
function weightsAfter(
  brought: ReadonlyMap<string, File>,
  before: ReadonlyMap<string, File> | undefined,
): ReadonlyMap<string, File> | undefined {
  if (!brought.size) return before;
  const isNew = brought.has('model.safetensors') || brought.has('model.safetensors.index.json');
  return isNew || !before ? brought : new Map([...before, ...brought]);
}

async function textOf(name: string, file: File): Promise<string> {
  if (file.size > MOST_BYTES) {
    const megabytes = Math.round(file.size / 1e6);
    throw new LosslightError(
      'too-large',
      `${name} has ${megabytes} MB; at most ${MOST_BYTES / 1e6} are read.`,
      'Bring the file that the model came with.',
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
  } catch (cause) {
    throw new LosslightError(
      'bad-tokenizer',
      `${name} is not UTF-8 text, or cannot be read.`,
      'Take the file from the model’s folder again.',
      { cause },
    );
  }
}

/**
 * What to open: the person's tokenizer where there is one, else the shipped one; the person's template, or else the
 * shipped one's.
 *
 * @throws LosslightError where a file that holds a template is not what it should be.
 */
export function combine(shipped: ModelFiles, { files, templateName, edited }: Own): OpenRequest {
  const template = edited === undefined ? undefined : { source: edited, from: 'written here' };
  const own = templatesOf(files);
  if (files['tokenizer.json'] !== undefined) {
    const [borrowed] = own.length ? [] : templatesOf(shipped);
    const jinja = borrowed && { 'chat_template.jinja': borrowed.source };
    return { files: { ...files, ...jinja }, templateName, template };
  }
  const named = own.map(({ name, source }) => [
    name === 'default' ? 'chat_template.jinja' : `${MORE_TEMPLATES}${name}.jinja`,
    source,
  ]);
  return { files: { ...shipped, ...(Object.fromEntries(named) as ModelFiles) }, templateName, template };
}

/** What was made of files that were brought, a sentence each. */
export function describe({ files }: Own, { weights, unreadWeights, unread }: ModelPiece): string[] {
  const notes: string[] = [];
  const has = (name: string) => files[name] !== undefined;
  if (has('tokenizer.json')) {
    if (!has('tokenizer_config.json')) {
      notes.push('There is no tokenizer_config.json: which tokens begin and end a text is not known.');
    }
    if (!templatesOf(files).length) {
      notes.push(
        'There is no chat template in these files: the pocket model’s is used. Drop chat_template.jinja or tokenizer_config.json to use your own.',
      );
    }
  } else if (!templatesOf(files).length) {
    notes.push('There is no tokenizer.json: your weights go with the shipped tokenizer.');
  } else {
    notes.push(
      'There is no tokenizer.json: your template is used with the shipped tokenizer, so the weights still fit.',
    );
    if (has('tokenizer_config.json')) notes.push('Of tokenizer_config.json only the chat template is used.');
  }
  if (unreadWeights.length && !weights.size) {
    const [first = '', ...more] = unreadWeights;
    const what = more.length ? `${first} and ${more.length} more files` : first;
    notes.push(`${what} cannot be loaded: weights are read from safetensors files. Masks need none.`);
  }
  if (unread.length && !has('tokenizer.json')) notes.push(`${unread.join(', ')} cannot be read here.`);
  return notes;
}
