/**
 * @file What a template writes differently of the messages that two renderings share, by message and segment.
 */
import { changeNotes as words } from '$strings/core-change-notes';
import { SEGMENT_KINDS, type Rendered, type SegmentKind } from '../template/rendered';

/** How `to` differs from `from` in one segment of one message. */
export interface FieldChange {
  /** Index of the message; -1 for what the template wrote by itself. */
  message: number;
  kind: SegmentKind;
  change: 'left out' | 'added' | 'changed';
  /** The text in either; '' where there is none. */
  from: string;
  to: string;
}

type Text = Pick<Rendered, 'text' | 'spans'>;

/** Segments of messages before `message` whose text is not the same in both, in the order of messages and segments. */
export function fieldChanges(from: Text, to: Text, message: number): FieldChange[] {
  const [a, b] = [segments(from, message), segments(to, message)];
  const changes: FieldChange[] = [];
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [one = '', other = ''] = [a.get(key), b.get(key)];
    if (one === other) continue;
    const [index = 0, kind = 0] = key.split('/').map(Number);
    const change = one === '' ? 'added' : other === '' ? 'left out' : 'changed';
    changes.push({ message: index, kind: SEGMENT_KINDS[kind] ?? 'scaffold', change, from: one, to: other });
  }
  const order = ({ message: index, kind }: FieldChange) =>
    index * SEGMENT_KINDS.length + SEGMENT_KINDS.indexOf(kind);
  return changes.sort((x, y) => order(x) - order(y));
}

/** The changes in words: `thinking of message 2 left out, end of turn of message 4 “<|end|>” for “<|return|>”`. */
export function describeChanges(changes: readonly FieldChange[]): string {
  const told = changes.slice(0, 3).map(({ message, kind, change, from, to }) => {
    const what = message < 0 ? words.own : words.segment(words.segments[kind], message);
    if (change === 'changed') return words.changed(what, short(to), short(from));
    return change === 'added' ? words.added(what) : words.leftOut(what);
  });
  return words.list(told, changes.length - told.length);
}

function short(text: string): string {
  const line = text.replaceAll('\n', '⏎');
  return [...line].length > 30 ? `${[...line].slice(0, 29).join('')}…` : line;
}

/** `message/kind` → all of its text. */
function segments({ text, spans }: Text, before: number): Map<string, string> {
  const found = new Map<string, string>();
  for (const { start, end, message, kind } of spans) {
    if (message >= before) continue;
    const key = `${message}/${SEGMENT_KINDS.indexOf(kind)}`;
    found.set(key, (found.get(key) ?? '') + text.slice(start, end));
  }
  return found;
}
