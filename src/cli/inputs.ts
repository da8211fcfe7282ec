/**
 * @file What a command reads: the tokenizer's folder, the conversations, the policies.
 */
import { importBytes } from '../conversation/import-bytes';
import type { Conversation, ImportProblem } from '../conversation/types';
import type { MaskPolicy } from '../mask/policy';
import { readPolicy } from '../mask/policy-file';
import { PRESETS, presetNamed } from '../mask/presets';
import { Inspector } from '../sequence/inspector';
import { UsageError } from './arguments';
import type { Io } from './io';

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
  const inspector = new Inspector(tokenizer, config ?? '{}', template);
  for (const difference of inspector.tokenizer.differences) {
    io.warn(`${path('tokenizer.json')}: warning: ids may differ from Python's. ${difference}`);
  }
  return inspector;
}

/**
 * The good conversations of a file, packed by gzip or not; what is wrong with the others goes to standard error.
 *
 * @throws UsageError where there is no file or no good record in it.
 */
export async function readConversations(
  io: Io,
  path: string,
): Promise<{ conversations: Conversation[]; left: number }> {
  const bytes = await readBytes(io, path);
  if (!bytes) throw new UsageError(`${path} is not there: give --data a file of conversations.`);
  const { conversations, problems, records } = await importBytes([{ name: path, bytes }]);
  if (conversations.length === 0) {
    const [first] = problems.filter(({ severity }) => severity === 'error');
    const more = problems.length > 1 ? ` (The first of ${problems.length} problems.)` : '';
    throw new UsageError(
      first ? describe(first) + more : `${path} holds no conversation: give another file.`,
    );
  }
  for (const problem of problems) io.warn(describe(problem));
  return { conversations, left: records - conversations.length };
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

async function readText(io: Io, path: string): Promise<string | undefined> {
  const bytes = await readBytes(io, path);
  try {
    return bytes && new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${path} is not UTF-8 text: save it as UTF-8.`);
  }
}

async function readBytes(io: Io, path: string): Promise<Uint8Array | undefined> {
  try {
    return await io.read(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${path} cannot be read (${why}): give a file that can.`);
  }
}

function describe({ file, line, field, severity, reason, remedy }: ImportProblem): string {
  return `${file}:${line}: ${severity}: ${field ? `${field}: ` : ''}${reason}. ${remedy}`;
}
