/**
 * @file The thread's roles as JSON: `[{role: "assistant_think", content: "…"}, …]`, bare or in a record.
 */
import type { Draft, RecordFormat } from './draft';
import { judged } from './preference';
import { messageList, readFrame } from './record-frame';
import type { Reporter } from './report';
import { SourceText, type Cursor } from './source-text';
import {
  assembleThread,
  isThreadRole,
  reportUnknownRole,
  ROLES_REMEDY,
  THREAD_ROLES,
  type ThreadEntry,
} from './thread-roles';
import { warnUnknown } from './tool-calls';

const RESULT_KEYS = ['tool_call_id', 'name'];

export const thread: RecordFormat = {
  id: 'thread',
  name: 'thread roles',
  claims: (root) =>
    messageList(root)
      ?.items()
      .some((item) => isThreadRole(item.get('role')?.string ?? '')) ?? false,
  read(root: Cursor, report: Reporter): Draft | undefined {
    const frame = readFrame(root, report);
    if (!frame) return undefined;
    const entries = frame.messages
      .items()
      .map((item) => readEntry(item, report))
      .filter((entry) => entry !== undefined);
    const { messages, origins } = assembleThread(entries, report);
    if (report.failed) return undefined;
    return judged(root, { messages, origins, ...frame.fields }, report);
  },
};

function readEntry(item: Cursor, report: Reporter): ThreadEntry | undefined {
  if (item.node.kind !== 'object') {
    report.error(
      item,
      `the step is ${item.describe()}, not an object`,
      'Write {"role": "…", "content": "…"}.',
    );
    return undefined;
  }
  const role = item.get('role');
  if (role?.string === undefined) {
    report.error(role ?? item, 'the step has no role', ROLES_REMEDY);
    return undefined;
  }
  if (!THREAD_ROLES.includes(role.string)) {
    reportUnknownRole(role, role.string, report);
    return undefined;
  }
  const isCall = role.string === 'assistant_tool';
  const isResult = !isCall && /^(?:tool|tool_result|assistant_tool_result|observation)$/.test(role.string);
  warnUnknown(item, ['role', 'content', ...(isResult ? RESULT_KEYS : [])], report);
  const content = item.get('content');
  if (!content) {
    report.error(
      item,
      `the step ${role.string} has no content`,
      'Add its text as `content`; "" if it is empty.',
    );
    return undefined;
  }
  const place = { field: content.field, line: content.line };
  const base = { role: role.string, ...place };
  if (content.string !== undefined) {
    const text = new SourceText(content.string, content.line, true);
    return { ...base, content: text, ...(isResult && resultFields(item, report)) };
  }
  if (isCall) return { ...base, content: new SourceText('', content.line, true), call: content };
  report.error(
    content,
    `the content is ${content.describe()}, not a string`,
    'Write the content as a string.',
  );
  return undefined;
}

function resultFields(item: Cursor, report: Reporter): Pick<ThreadEntry, 'toolCallId' | 'name'> {
  const [id, name] = RESULT_KEYS.map((key) => {
    const value = item.get(key);
    if (value && value.string === undefined) {
      report.error(value, `${key} is ${value.describe()}, not a string`, 'Write it in quotes.');
    }
    return value?.string;
  });
  return { ...(id !== undefined && { toolCallId: id }), ...(name !== undefined && { name }) };
}
