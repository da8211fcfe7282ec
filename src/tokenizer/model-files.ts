/**
 * @file The files of a model's folder that decide its tokens and its template, by the names that they have there, and how
 * they go together: as transformers reads them.
 */
import { LosslightError } from '../errors';
import { parseObject, type TokenizerConfig, tokenText } from './config';

/** A chat template by its name. */
export interface NamedTemplate {
  /** `default`, or another name that the folder gives: `tool_use`, `rag`. */
  name: string;
  source: string;
  /** The file that it was in. */
  file: string;
}

/** Contents of files by name. */
export type ModelFiles = Readonly<Partial<Record<string, string>>>;

/** The files of text in a model's folder that say how it is used, besides further templates. */
export const MODEL_FILES: readonly string[] = [
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'chat_template.json',
  'special_tokens_map.json',
  'generation_config.json',
  'config.json',
];

/** Further templates of a folder, each `NAME.jinja`. */
export const MORE_TEMPLATES = 'additional_chat_templates/';

/**
 * The templates of a folder, the one named `default` first where there is one. As in transformers, chat_template.jinja
 * (and what stands beside it) wins over chat_template.json, and that over tokenizer_config.json.
 *
 * @throws LosslightError `bad-tokenizer` or `bad-template` where a file is not what it should be.
 */
export function templatesOf(files: ModelFiles): NamedTemplate[] {
  const jinja = Object.entries(files).flatMap(([file, source = '']) => {
    if (file === 'chat_template.jinja') return [{ name: 'default', source, file }];
    const more = file.startsWith(MORE_TEMPLATES) && file.endsWith('.jinja');
    return more ? [{ name: file.slice(MORE_TEMPLATES.length, -'.jinja'.length), source, file }] : [];
  });
  const found = jinja.length
    ? jinja
    : (['chat_template.json', 'tokenizer_config.json']
        .map((file) => inJson(files[file], file))
        .find((templates) => templates.length) ?? []);
  return found.sort((a, b) => Number(b.name === 'default') - Number(a.name === 'default'));
}

function inJson(json: string | undefined, file: string): NamedTemplate[] {
  if (json === undefined) return [];
  const { chat_template: value } = parseObject(json, file) as { chat_template?: unknown };
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return [{ name: 'default', source: value, file }];
  if (!Array.isArray(value)) throw badTemplates(file);
  return value.map((entry: unknown) => {
    const { name, template } = (entry ?? {}) as { name?: unknown; template?: unknown };
    if (typeof name !== 'string' || typeof template !== 'string') throw badTemplates(file);
    return { name, source: template, file };
  });
}

function badTemplates(file: string): LosslightError {
  return new LosslightError(
    'bad-template',
    `${file}: chat_template is neither a text nor a list of templates with name and template.`,
    'Take the file from the model’s folder again.',
  );
}

/** The tokens that special_tokens_map.json names and tokenizer_config.json does not, put into the latter. */
export function withSpecialTokens(files: ModelFiles): string {
  const config = files['tokenizer_config.json'] ?? '{}';
  const map = files['special_tokens_map.json'];
  if (map === undefined) return config;
  const named = parseObject(map, 'special_tokens_map.json') as TokenizerConfig;
  const own = parseObject(config, 'tokenizer_config.json') as TokenizerConfig;
  const added: TokenizerConfig = {};
  for (const key of ['bos_token', 'eos_token', 'pad_token'] as const) {
    if (!tokenText(own[key]) && tokenText(named[key])) added[key] = named[key];
  }
  return Object.keys(added).length ? JSON.stringify({ ...own, ...added }) : config;
}

/** Ids at which generation stops by generation_config.json or, without it, config.json; none where neither says. */
export function stopIdsOf(files: ModelFiles): number[] {
  for (const file of ['generation_config.json', 'config.json']) {
    const json = files[file];
    if (json === undefined) continue;
    const { eos_token_id: ids } = parseObject(json, file) as { eos_token_id?: unknown };
    const list: unknown[] = Array.isArray(ids) ? ids : [ids];
    const whole = list.filter((id): id is number => Number.isInteger(id) && Number(id) >= 0);
    if (whole.length) return whole;
  }
  return [];
}
