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
 * @throws LosslightError `bad-tokenizer` where nothing in it can be used, or a file is no text.
 */
export async function readPiece(piece: ModelPiece, before: Own): Promise<Own> {
  const { unread, weights } = piece;
  if (!piece.files.size) {
    const [first = ''] = unread.length ? unread : weights;
    throw new LosslightError(
      'bad-tokenizer',
      unread.length
        ? `${first} is a tokenizer in a form that is not read here.`
        : `${first} holds weights, which are not read here.`,
      unread.length
        ? 'Bring tokenizer.json instead; saving the tokenizer with save_pretrained in transformers writes it.'
        : 'Bring tokenizer.json, tokenizer_config.json or chat_template.jinja of the model.',
    );
  }
  const read = await Promise.all(
    [...piece.files].map(async ([name, file]) => [name, await textOf(name, file)]),
  );
  const brought = Object.fromEntries(read) as ModelFiles;
  const isNew = brought['tokenizer.json'] !== undefined && before.files['tokenizer.json'] !== undefined;
  const files = isNew ? brought : { ...before.files, ...brought };
  if (files['tokenizer.json'] === undefined && !templatesOf(files).length) {
    throw new LosslightError(
      'bad-tokenizer',
      `${Object.keys(brought).join(', ')}: without tokenizer.json or a chat template there is nothing to use.`,
      'Bring tokenizer.json with it, or chat_template.jinja, or the model’s whole folder.',
    );
  }
  return { files, folder: piece.folder || (isNew ? undefined : before.folder) };
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
export function describe({ files }: Own, { weights, unread }: ModelPiece): string[] {
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
  } else {
    notes.push(
      'There is no tokenizer.json: your template is used with the shipped tokenizer, so the weights still fit.',
    );
    if (has('tokenizer_config.json')) notes.push('Of tokenizer_config.json only the chat template is used.');
  }
  if (weights.length) {
    const files = weights.length === 1 ? (weights[0] ?? '') : `${weights.length} files of weights`;
    notes.push(`${files} ${weights.length === 1 ? 'was' : 'were'} not read: masks need no weights.`);
  }
  if (unread.length && !has('tokenizer.json')) notes.push(`${unread.join(', ')} cannot be read here.`);
  return notes;
}
