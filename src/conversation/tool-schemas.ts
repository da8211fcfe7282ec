/**
 * @file Reads the tools that a record offers: a list, or the same list as a JSON string, or a list of JSON strings.
 */
import { exactText } from './exact-json';
import { onlySpace, toJson, type JsonNode } from './json';
import { scanJson } from './json-scanner';
import { reportNotes } from './notes';
import type { Reporter } from './report';
import { Cursor, SourceText } from './source-text';
import type { ToolSchema } from './types';

const FORM = 'Write a tool as {"type": "function", "function": {"name": "…", "parameters": {…}}}.';

/**
 * Tools in OpenAI's form, or bare `{name, description, parameters}`, which is wrapped. Fields that we do not know, such
 * as `strict` or `return`, stay where they are, because templates print a tool whole; nulls beside them are left out.
 */
export function readTools(tools: Cursor, report: Reporter): ToolSchema[] | undefined {
  const list = tools.string === undefined ? tools : parseText(tools, tools.string, report);
  if (!list) return undefined;
  if (list.node.kind !== 'array') {
    report.error(tools, `the tools are ${list.describe()}, not a list`, 'Put the tools into a list.');
    return undefined;
  }
  return list
    .items()
    .map((tool) => (tool.string === undefined ? tool : parseText(tool, tool.string, report)))
    .map((tool) => tool && readTool(tool, report))
    .filter((tool) => tool !== undefined);
}

function parseText(tools: Cursor, text: string, report: Reporter): Cursor | undefined {
  const source = new SourceText(text, tools.line, true);
  const scan = scanJson(text);
  if (!scan.ok || !onlySpace(text, scan.next)) {
    const detail = scan.ok
      ? `more text follows at character ${scan.next + 1}`
      : `${scan.error.reason} at character ${scan.error.offset + 1}`;
    const reason = `the tools are a string that is not valid JSON: ${detail}`;
    report.error(tools, reason, 'Correct the JSON in it.');
    return undefined;
  }
  reportNotes(scan.notes, source, report, tools.path);
  return new Cursor(scan.node, source, tools.path);
}

function readTool(tool: Cursor, report: Reporter): ToolSchema | undefined {
  if (tool.node.kind !== 'object') {
    report.error(tool, `the tool is ${tool.describe()}, not an object`, FORM);
    return undefined;
  }
  const type = tool.get('type');
  const wrapped = tool.get('function');
  const definition = wrapped ?? tool;
  if (wrapped && type && type.string !== 'function') {
    report.error(type, 'only tools of type "function" can be rendered', FORM);
    return undefined;
  }
  const name = definition.get('name');
  if (definition.node.kind !== 'object' || !name?.string) {
    report.error(name ?? definition, 'the tool has no name', FORM);
    return undefined;
  }
  const description = definition.get('description');
  if (description && description.string === undefined) {
    report.error(description, `the description is ${description.describe()}, not a string`, FORM);
    return undefined;
  }
  if (tool.get('exactText')) {
    report.error(tool, 'the tool has a field `exactText`, whose name is reserved', 'Rename the field.');
    return undefined;
  }
  const parameters = definition.get('parameters');
  if (parameters && parameters.node.kind !== 'object') {
    const remedy = 'Write the parameters as a JSON Schema, {"type": "object", "properties": {…}}.';
    report.error(parameters, `the parameters are ${parameters.describe()}, not an object`, remedy);
    return undefined;
  }
  const node = wrap(wrapped ? present(tool) : new Map(), present(definition), tool.node);
  const text = exactText(node);
  const schema = toJson(node);
  // What was checked above makes it one; further fields stay.
  return { ...(schema as object as ToolSchema), ...(text !== undefined && { exactText: text }) };
}

/** A tool in OpenAI's form: its outer fields, and its definition as `function`. */
function wrap(
  outer: Map<string, JsonNode>,
  definition: Map<string, JsonNode>,
  { start, end }: JsonNode,
): JsonNode {
  outer.set('type', { kind: 'string', value: 'function', start, end });
  outer.set('function', { kind: 'object', entries: definition, start, end });
  return { kind: 'object', entries: outer, start, end };
}

/** The fields of an object without those that are null, in their order. */
function present(object: Cursor): Map<string, JsonNode> {
  return new Map(
    object.fields().flatMap(([key, { node }]) => (node.kind === 'null' ? [] : [[key, node] as const])),
  );
}
