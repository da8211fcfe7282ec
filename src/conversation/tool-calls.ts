/**
 * @file Reads one call of a tool from JSON: OpenAI's nested form and the flat one.
 */
import { onlySpace, toJson } from './json';
import { scanJson } from './json-scanner';
import { reportNotes } from './notes';
import { listed, type Reporter } from './report';
import { SourceText, type Cursor } from './source-text';
import type { Json, ToolCall } from './types';

/** Names that a format gives to the parts of a flat call, most usual first. */
export interface CallKeys {
  name: readonly string[];
  arguments: readonly string[];
}

export const OPENAI_CALL_KEYS: CallKeys = { name: ['name'], arguments: ['arguments'] };

const FORM =
  'Write a call as {"id": "…", "type": "function", "function": {"name": "…", "arguments": "{…}"}}; ' +
  'without arguments as "{}".';

/**
 * A call written `{id, type, function: {name, arguments}}` or flat `{id, name, arguments}`; arguments are an object or
 * its JSON text. The raw text of the arguments is kept exactly as written. Undefined after an error was reported.
 */
export function readCall(
  call: Cursor,
  report: Reporter,
  keys: CallKeys = OPENAI_CALL_KEYS,
  remedy = FORM,
): ToolCall | undefined {
  if (call.node.kind !== 'object') {
    report.error(call, `the call is ${call.describe()}, not an object`, remedy);
    return undefined;
  }
  const type = call.get('type');
  if (type && type.string !== 'function') {
    report.error(type, 'only calls of type "function" can be rendered', remedy);
    return undefined;
  }
  const body = call.get('function') ?? call;
  const nested = body !== call;
  const names = nested ? OPENAI_CALL_KEYS : keys;
  const name = first(body, names.name);
  if (!name?.string) {
    report.error(name ?? body, 'the call does not name its tool', remedy);
    return undefined;
  }
  const id = call.get('id');
  if (id && id.string === undefined) {
    report.error(id, `the call's id is ${id.describe()}, not a string`, 'Write the id in quotes.');
    return undefined;
  }
  const given = first(body, names.arguments);
  if (!given) {
    report.error(body, `the call of \`${name.string}\` has no arguments`, remedy);
    return undefined;
  }
  const parsed = readArguments(given, name.string, report, remedy);
  if (!parsed) return undefined;
  warnUnknown(
    call,
    nested ? ['id', 'type', 'function'] : ['id', 'type', lastKey(name), lastKey(given)],
    report,
  );
  if (nested) warnUnknown(body, ['name', 'arguments'], report);
  return { ...(id?.string !== undefined && { id: id.string }), name: name.string, ...parsed };
}

/** A warning that names the fields of an object which are not null and not in the list: nothing is dropped in silence. */
export function warnUnknown(object: Cursor, known: readonly string[], report: Reporter): void {
  const unknown = object
    .fields()
    .filter(([key, value]) => value.node.kind !== 'null' && !known.includes(key))
    .map(([key]) => key);
  if (unknown.length === 0) return;
  const [field, verb] = unknown.length === 1 ? ['field', 'is'] : ['fields', 'are'];
  const reason = `the ${field} ${listed(unknown)} ${verb} not used and will not be exported`;
  report.warn(
    object.get(unknown[0] ?? '') ?? object,
    reason,
    'Remove it, or move it to the record to keep it.',
  );
}

/** Arguments that are an object, or its JSON text; undefined after an error was reported. */
export function readArguments(
  given: Cursor,
  name: string,
  report: Reporter,
  remedy: string,
): Pick<ToolCall, 'arguments' | 'rawArguments'> | undefined {
  const text = given.string;
  if (text === undefined) {
    const value = given.json;
    if (isObject(value)) return { arguments: value, rawArguments: given.raw };
    report.error(given, `the arguments of \`${name}\` are ${given.describe()}, not an object`, remedy);
    return undefined;
  }
  if (text === '') {
    report.warn(given, `the arguments of \`${name}\` are an empty text, read as no arguments`, 'Write "{}".');
    return { arguments: {}, rawArguments: '' };
  }
  const scan = scanJson(text);
  if (!scan.ok || !onlySpace(text, scan.next)) {
    const detail = scan.ok
      ? `more text follows at character ${scan.next + 1}`
      : `${scan.error.reason} at character ${scan.error.offset + 1}`;
    report.error(
      given,
      `the arguments of \`${name}\` are not valid JSON: ${detail}`,
      'Correct the JSON text.',
    );
    return undefined;
  }
  const value = toJson(scan.node);
  if (!isObject(value)) {
    const twice = typeof value === 'string' && value.trimStart().startsWith('{');
    const what = twice ? 'encoded as JSON twice' : 'JSON, but not an object';
    report.error(
      given,
      `the arguments of \`${name}\` are ${what}`,
      'Write an object, such as {"city": "Oslo"}.',
    );
    return undefined;
  }
  reportNotes(scan.notes, new SourceText(text, given.line, true), report, given.path);
  return { arguments: value, rawArguments: text };
}

function first(object: Cursor, keys: readonly string[]): Cursor | undefined {
  return keys.map((key) => object.get(key)).find((value) => value !== undefined);
}

function lastKey(cursor: Cursor): string {
  return String(cursor.path.at(-1));
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
