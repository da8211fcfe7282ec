/**
 * @file Trainer settings from a file: JSON (TrainingArguments, SFTConfig, a config of ours) or YAML (Axolotl,
 * LLaMA-Factory). Of YAML only what such files are made of is read: keys, plain or quoted values, sections by indent.
 */
import { LosslightError } from '../errors';
import { SETTING_ROWS, type SettingRow, type TrainerSettings } from './settings';

/** A setting that could not be read; the others were. */
export interface SettingProblem {
  file: string;
  /** Line in a YAML file; 1 in JSON. */
  line: number;
  field: string;
  reason: string;
  remedy: string;
}

export interface ReadSettings {
  settings: TrainerSettings;
  problems: SettingProblem[];
}

interface Entry {
  path: string;
  value: unknown;
  line: number;
}

/**
 * Reads the settings that lints know, under any of the names in `settings.ts`. All other fields are passed over: a file
 * of training arguments has a hundred that no lint reads.
 *
 * @throws LosslightError `bad-settings` where the file is neither JSON nor such YAML.
 */
export function readSettings(text: string, file: string): ReadSettings {
  const entries = new Map(entriesOf(text, file).map((entry) => [entry.path, entry]));
  const settings: Record<string, unknown> = {};
  const problems: SettingProblem[] = [];
  for (const row of SETTING_ROWS) {
    const found = [row.key, ...row.names]
      .map((name) => entries.get(name))
      .find((entry) => entry !== undefined);
    if (!found || found.value === null || found.value === '') continue;
    const read = valueOf(row, found.value);
    if ('value' in read) {
      if (read.value !== undefined) settings[row.key] = read.value;
    } else {
      problems.push({ file, line: found.line, field: found.path, reason: read.reason, remedy: read.remedy });
    }
  }
  return { settings, problems };
}

type Value = { value: unknown } | { reason: string; remedy: string };

function valueOf({ kind, choices, words, key }: SettingRow, given: unknown): Value {
  const text = typeof given === 'string' || typeof given === 'boolean' ? String(given) : undefined;
  const value = text !== undefined && words && Object.hasOwn(words, text) ? words[text] : given;
  const is = `it is ${JSON.stringify(given)}`;
  switch (kind) {
    case 'count':
      // -1 and 0 mean “no limit” in several trainers.
      if (value === -1 || value === 0) return { value: undefined };
      return typeof value === 'number' && Number.isInteger(value) && value > 0
        ? { value }
        : { reason: is, remedy: 'Write a whole number above 0.' };
    case 'boolean':
      return typeof value === 'boolean' ? { value } : { reason: is, remedy: 'Write true or false.' };
    case 'text':
      return typeof value === 'string' ? { value } : { reason: is, remedy: 'Write a text.' };
    case 'choice': {
      if (typeof value === 'string' && choices?.includes(value)) return { value };
      // An own class of collator says nothing about how it masks.
      if (key === 'padMask' && typeof value === 'string') return { value: undefined };
      return {
        reason: is,
        remedy: `Use one of ${[...(choices ?? []), ...Object.keys(words ?? {})].join(', ')}.`,
      };
    }
  }
}

function entriesOf(given: string, file: string): Entry[] {
  const text = given.startsWith('\uFEFF') ? given.slice(1) : given;
  if (/^\s*[[{]/.test(text)) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw bad(`${file} is not valid JSON: ${why}`, { cause });
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw bad(`${file} holds no JSON object.`);
    return flat(value as Record<string, unknown>, '');
  }
  return yamlEntries(text, file);
}

function flat(value: Record<string, unknown>, prefix: string): Entry[] {
  return Object.entries(value).flatMap(([key, item]): Entry[] => {
    const path = prefix + key;
    return typeof item === 'object' && item !== null && !Array.isArray(item)
      ? flat(item as Record<string, unknown>, `${path}.`)
      : [{ path, value: item, line: 1 }];
  });
}

function yamlEntries(text: string, file: string): Entry[] {
  const entries: Entry[] = [];
  /** Sections that are open, outermost first. */
  let sections: { indent: number; key: string }[] = [];
  /** Indent of the key whose block of text is being passed over. */
  let block: number | undefined;
  text.split(/\r?\n/).forEach((line, i) => {
    const content = line.trim();
    const indent = line.length - line.trimStart().length;
    if (block !== undefined && content && indent <= block) block = undefined;
    if (!content || content.startsWith('#') || content === '---' || block !== undefined) return;
    const match = /^("[^"]*"|'[^']*'|[\w.-]+)\s*:(?:\s+(.*))?$/.exec(content);
    if (!match) {
      if (content.startsWith('-') || indent > 0) return; // an entry of a list, which no setting here is
      throw bad(`${file}, line ${i + 1}: “${content.slice(0, 60)}” is neither “key: value” nor JSON.`);
    }
    sections = sections.filter((section) => section.indent < indent);
    const key = unquoted(match[1] ?? '');
    const given = (match[2] ?? '').trim();
    if (/^[|>][+-]?\d*$/.test(given)) block = indent;
    else if (given === '' || given.startsWith('#')) sections.push({ indent, key });
    else {
      const path = [...sections.map((section) => section.key), key].join('.');
      entries.push({ path, value: scalar(given), line: i + 1 });
    }
  });
  return entries;
}

function scalar(given: string): unknown {
  if (/^["']/.test(given)) return unquoted(given.replace(/(["'])\s+#.*$/, '$1'));
  const plain = given.replace(/\s+#.*$/, '').trim();
  if (/^(true|yes|on)$/i.test(plain)) return true;
  if (/^(false|no|off)$/i.test(plain)) return false;
  if (/^(null|~)$/i.test(plain)) return null;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : plain;
}

function unquoted(text: string): string {
  if (text.startsWith('"') && text.endsWith('"') && text.length > 1) {
    try {
      return JSON.parse(text) as string;
    } catch {
      return text.slice(1, -1);
    }
  }
  const single = text.startsWith("'") && text.endsWith("'") && text.length > 1;
  return single ? text.slice(1, -1).replaceAll("''", "'") : text;
}

function bad(message: string, options?: ErrorOptions): LosslightError {
  return new LosslightError(
    'bad-settings',
    message,
    'Give a JSON object or YAML of settings, such as {"max_length": 2048}.',
    options,
  );
}
