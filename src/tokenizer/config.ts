/**
 * @file The two JSON files of a tokenizer as objects, and the fields of tokenizer_config.json that are read.
 */
import { LosslightError } from '../errors';
import type { TextOptions } from './offsets';

/** The parts of tokenizer_config.json that are read. */
export interface TokenizerConfig extends TextOptions {
  chat_template?: string | { name: string; template: string }[];
  bos_token?: string | { content: string } | null;
  eos_token?: string | { content: string } | null;
  pad_token?: string | { content: string } | null;
}

/** @throws LosslightError `bad-tokenizer` where the text is not JSON, or no object. */
export function parseObject(json: string, file: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new LosslightError(
      'bad-tokenizer',
      `${file} is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Take the file from the model’s folder again; a web page saved under its name is a common mistake.',
      { cause },
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LosslightError(
      'bad-tokenizer',
      `${file} holds no JSON object.`,
      'Take the file from the model’s folder.',
    );
  }
  return value;
}

/** The text of a special token, which the file gives as a string or an object; empty where there is none. */
export function tokenText(token: string | { content: string } | null | undefined): string {
  return typeof token === 'string' ? token : (token?.content ?? '');
}

/** The chat template: the one named `default` where there are several. */
export function templateOf({ chat_template: template }: TokenizerConfig): string | undefined {
  if (!Array.isArray(template)) return template;
  return (template.find((t) => t.name === 'default') ?? template[0])?.template;
}
