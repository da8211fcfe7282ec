/**
 * @file A person's own tokenizer and template: their files read, and put together with what ships.
 */
import { ownFiles as words } from '$strings/own-files';
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

const { errors } = words;

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
      unread.length ? errors.tokenizerForm(first) : errors.weightsForm(first),
      unread.length ? errors.tokenizerFormRemedy : errors.weightsFormRemedy,
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
      errors.noConfig([...weights.keys()][0] ?? ''),
      errors.noConfigRemedy,
    );
  }
  if (files['tokenizer.json'] === undefined && !templatesOf(files).length && !weights?.size) {
    throw new LosslightError('bad-tokenizer', errors.nothing(Object.keys(brought)), errors.nothingRemedy);
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
      errors.tooLarge(name, megabytes, MOST_BYTES / 1e6),
      errors.tooLargeRemedy,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
  } catch (cause) {
    throw new LosslightError('bad-tokenizer', errors.notText(name), errors.notTextRemedy, { cause });
  }
}

/**
 * What to open: the person's tokenizer where there is one, else the shipped one; the person's template, or else the
 * shipped one's.
 *
 * @throws LosslightError where a file that holds a template is not what it should be.
 */
export function combine(shipped: ModelFiles, { files, templateName, edited }: Own): OpenRequest {
  const template = edited === undefined ? undefined : { source: edited, from: words.writtenHere };
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
  const said = words.notes;
  const has = (name: string) => files[name] !== undefined;
  if (has('tokenizer.json')) {
    if (!has('tokenizer_config.json')) {
      notes.push(said.noTokenizerConfig);
    }
    if (!templatesOf(files).length) {
      notes.push(said.noTemplate);
    }
  } else if (!templatesOf(files).length) {
    notes.push(said.weightsOnly);
  } else {
    notes.push(said.templateOnly);
    if (has('tokenizer_config.json')) notes.push(said.configForTemplate);
  }
  if (unreadWeights.length && !weights.size) {
    const [first = '', ...more] = unreadWeights;
    notes.push(more.length ? said.moreWeightsUnread(first, more.length) : said.weightsUnread(first));
  }
  if (unread.length && !has('tokenizer.json')) notes.push(said.unread(unread));
  return notes;
}
