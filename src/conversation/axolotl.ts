/**
 * @file Axolotl: chat messages or ShareGPT turns with `train` and `train_detail`, and the `segments` of its
 * `input_output` format.
 */
import { unzip, type Draft, type RecordFormat } from './draft';
import { hasRoles } from './openai';
import { readMessages } from './openai-message';
import { messageList, readFields, readFrame } from './record-frame';
import type { Reporter } from './report';
import { hasSpeakers, readShareGpt } from './share-gpt';
import type { Cursor } from './source-text';
import { warnUnknown } from './tool-calls';
import { hasTraining } from './training';
import type { CharacterRange } from './types';

const SEGMENT_FORM = 'Write a segment as {"label": true, "text": "…"}.';

export const axolotl: RecordFormat = {
  id: 'axolotl',
  name: 'Axolotl',
  claims(root) {
    const list = messageList(root);
    if (list) return list.items().some(hasTraining) && (hasRoles(list) || hasSpeakers(list));
    return (
      root
        .get('segments')
        ?.items()
        .some((segment) => segment.get('text')) ?? false
    );
  },
  read(root, report) {
    const list = messageList(root);
    const segments = list ? undefined : root.get('segments');
    if (segments) return readSegments(root, segments, report);
    if (hasSpeakers(list)) return readShareGpt(root, report, { training: true });
    const frame = readFrame(root, report);
    if (!frame) return undefined;
    const read = readMessages(frame.messages, report, { training: true });
    return report.failed ? undefined : { ...unzip(read), ...frame.fields };
  },
};

/**
 * Segments are text with the template already in it, and have no roles. They become one assistant message, which loses
 * nothing: its content is their text, and its detail their labels.
 */
function readSegments(root: Cursor, segments: Cursor, report: Reporter): Draft | undefined {
  const fields = readFields(root, ['segments'], report);
  if (segments.node.kind !== 'array' || segments.node.items.length === 0) {
    const what = segments.node.kind === 'array' ? 'an empty list' : `${segments.describe()}, not a list`;
    report.error(segments, `the segments are ${what}`, SEGMENT_FORM);
    return undefined;
  }
  let content = '';
  const detail: CharacterRange[] = [];
  for (const segment of segments.items()) {
    const text = segment.get('text')?.string;
    const label = segment.get('label')?.node;
    if (text === undefined || label?.kind !== 'boolean') {
      const missing = text === undefined ? 'has no text' : 'does not say whether it is trained';
      report.error(segment, `the segment ${missing}`, SEGMENT_FORM);
      continue;
    }
    warnUnknown(segment, ['text', 'label'], report);
    const start = content.length;
    content += text;
    if (text !== '') detail.push({ start, end: content.length, weight: label.value ? 1 : 0 });
  }
  if (report.failed) return undefined;
  const reason =
    'segments have no roles, so all of them are one assistant message; a template adds its own header and end to it';
  const remedy = 'Bring the conversation as messages with `train_detail` to use a template.';
  report.warnOnce(segments, reason, remedy);
  return {
    messages: [{ role: 'assistant', content, ...(detail.length > 0 && { detail }) }],
    origins: [{ field: segments.field, line: segments.line, calls: [] }],
    ...fields,
  };
}
