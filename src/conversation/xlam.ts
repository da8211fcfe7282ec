/**
 * @file xLAM and APIGen: `{query, tools, answers}`, tools and answers as lists or as JSON strings. An empty list of
 * answers says that no tool fits.
 */
import { readCallText } from './call-text';
import type { Draft, MessageOrigin, RecordFormat } from './draft';
import { messageList, readFields } from './record-frame';
import type { Reporter } from './report';
import { SourceText, type Cursor } from './source-text';
import { requireText } from './text-message';
import type { Json, Message, ToolSchema } from './types';

export const xlam: RecordFormat = {
  id: 'xlam',
  name: 'xLAM',
  claims: (root) =>
    !messageList(root) && root.get('query') !== undefined && root.get('answers') !== undefined,
  read(root, report) {
    const draft = readRecord(root, report);
    return report.failed ? undefined : draft;
  },
};

function readRecord(root: Cursor, report: Reporter): Draft | undefined {
  const [query, answers] = [root.get('query'), root.get('answers')];
  if (!query || !answers) {
    report.error(
      root,
      `the record has no ${query ? 'answers' : 'query'}`,
      'Write {"query": "…", "tools": […], "answers": […]}.',
    );
    return undefined;
  }
  const fields = readFields(root, ['query', 'answers'], report);
  const question = requireText(query, report);
  if (question === undefined) return undefined;
  const messages: Message[] = [{ role: 'user', content: question }];
  const origins: MessageOrigin[] = [{ field: query.field, line: query.line, calls: [] }];
  if (fields.tools) noteSchemas(fields.tools, root.get('tools') ?? root, report);

  const text = answers.string;
  const none =
    text === undefined
      ? answers.node.kind === 'array' && answers.items().length === 0
      : /^\s*\[\s*\]\s*$/.test(text);
  if (none) {
    // What the model should say instead is not in the data.
    fields.extra.answers = answers.json;
    const reason = 'no call is right here, and the answer in words is not in the data; none was made up';
    report.warn(
      answers,
      reason,
      'Add the answer that the model should learn, or use the record for rewards only.',
    );
  } else {
    const source = new SourceText(text ?? '', answers.line, true);
    const call = text === undefined ? answers : undefined;
    const calls = readCallText({ field: answers.field, content: source, ...(call && { call }) }, report);
    messages.push({ role: 'assistant', content: '', toolCalls: calls.map((placed) => placed.call) });
    origins.push({ field: answers.field, line: answers.line, calls: calls.map(({ place }) => place) });
  }
  return { messages, origins, ...fields };
}

/** xLAM writes parameters as `{name: {type: "str"}}`; a template prints them as they are. */
function noteSchemas(tools: readonly ToolSchema[], place: Cursor, report: Reporter): void {
  const bare = tools.find(
    ({ function: { parameters } }) => parameters !== undefined && !isSchema(parameters),
  );
  if (!bare) return;
  const reason = `the parameters of \`${bare.function.name}\` are no JSON Schema; they stay as they are`;
  report.warnOnce(
    place,
    reason,
    'Write {"type": "object", "properties": {…}} if your model was trained on that.',
  );
}

function isSchema(parameters: Json): boolean {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) return false;
  const { type } = parameters;
  return type === 'object' || Object.keys(parameters).length === 0;
}
