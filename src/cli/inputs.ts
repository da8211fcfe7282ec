/**
 * @file What a command reads besides conversations: the tokenizer's folder, policies, hand edits.
 */
import { importEdits, type EditBook } from '../mask/edit-file';
import type { MaskPolicy } from '../mask/policy';
import { readPolicy } from '../mask/policy-file';
import { PRESETS, presetNamed } from '../mask/presets';
import { Inspector } from '../sequence/inspector';
import { UsageError, type Flags } from './arguments';
import type { Io } from './io';

/** Flags of every command that renders and tokenizes. */
export const TOKENIZER_FLAGS = {
  '--tokenizer': {
    value: 'DIR',
    about:
      'a folder with tokenizer.json, and a chat template in chat_template.jinja or tokenizer_config.json; no weights are needed',
    required: true,
  },
} as const satisfies Flags;

export const EDITS_FLAG = {
  '--edits': { value: 'FILE', about: 'weights set by hand, as the page exports them' },
} as const satisfies Flags;

/**
 * The tokenizer and template of a model's folder; weights are not looked at. Where ids may differ from those of Python's
 * library, standard error says how.
 *
 * @throws UsageError where a file is missing or unreadable; LosslightError where it is not what it should be.
 */
export async function openTokenizer(io: Io, folder: string): Promise<Inspector> {
  const path = (name: string) => `${folder.replace(/[/\\]+$/, '')}/${name}`;
  const [tokenizer, config, template] = await Promise.all(
    ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'].map((name) =>
      readText(io, path(name)),
    ),
  );
  if (tokenizer === undefined) {
    throw new UsageError(
      `${path('tokenizer.json')} is not there: give --tokenizer the folder of a model that has it.`,
    );
  }
  // The largest tokenizer.json known has 33 million characters.
  io.watch?.(path('tokenizer.json'), 1000 + tokenizer.length / 1000);
  const inspector = new Inspector(tokenizer, config ?? '{}', template);
  for (const difference of inspector.tokenizer.differences) {
    io.warn(`${path('tokenizer.json')}: warning: ids may differ from Python's. ${difference}`);
  }
  io.watch?.();
  return inspector;
}

/**
 * A preset by its name, or a policy file.
 *
 * @throws UsageError where it is neither; LosslightError `bad-policy` where the file is no policy.
 */
export async function openPolicy(io: Io, nameOrFile: string): Promise<MaskPolicy> {
  const preset = presetNamed(nameOrFile);
  if (preset) return preset.policy;
  const text = await readText(io, nameOrFile);
  if (text !== undefined) return readPolicy(text);
  const names = PRESETS.map(({ name }) => name).join(', ');
  throw new UsageError(
    `“${nameOrFile}” is neither a preset nor a file: give --policy a JSON file or one of ${names}.`,
  );
}

/**
 * Hand edits as the page exports them; none where no file is given.
 *
 * @throws UsageError where the file is missing; LosslightError `bad-edits` where it is no such file.
 */
export async function openEdits(io: Io, file: string | undefined): Promise<EditBook> {
  if (file === undefined) return {};
  const text = await readText(io, file);
  if (text === undefined) throw new UsageError(`${file} is not there: give --edits a file of edits.`);
  return importEdits(text);
}

/**
 * A text file; undefined where there is none.
 *
 * @throws UsageError where it cannot be read or is not UTF-8.
 */
export async function readText(io: Io, path: string): Promise<string | undefined> {
  const bytes = await reading(path, () => io.read(path));
  try {
    return bytes && new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${path} is not UTF-8 text: save it as UTF-8.`);
  }
}

/**
 * What `read` gives.
 *
 * @throws UsageError where a file cannot be read.
 */
export async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${path} cannot be read (${why}): give a file that can.`);
  }
}
