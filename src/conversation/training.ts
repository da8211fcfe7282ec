/**
 * @file Axolotl's fields on a message: `train`, and `train_detail` by characters.
 *
 * Axolotl counts characters as Python does, in code points, and its `end_offset` is the last character of a range
 * (`prompt_strategies/chat_template.py`); ours count UTF-16 code units, and the end is exclusive.
 */
import { jsonObject } from './json';
import type { Reporter } from './report';
import type { Cursor } from './source-text';
import { warnUnknown } from './tool-calls';
import type { CharacterRange, Json, Message } from './types';

export const TRAINING_KEYS = ['train', 'train_detail'] as const;

const FORM =
  'Write a range as {"begin_offset": 0, "end_offset": 4, "train": true}, its last character included.';

/** Whether a message says anything that only Axolotl's format has. */
export function hasTraining(item: Cursor): boolean {
  return TRAINING_KEYS.some((key) => item.get(key));
}

export function hasDetail(item: Cursor): boolean {
  return item.get('train_detail') !== undefined;
}

/** Sets the message's weight from `train`, and its detail from `train_detail`. Its content must be read already. */
export function readTraining(item: Cursor, message: Message, report: Reporter): void {
  const train = item.get('train');
  if (train) {
    const { node } = train;
    if (node.kind === 'boolean' && message.weight === undefined) message.weight = node.value ? 1 : 0;
    else if (node.kind !== 'boolean') {
      report.error(train, `train is ${train.describe()}, not true or false`, 'Write true or false.');
    } else if (node.value !== (message.weight !== 0)) {
      report.error(train, 'the message has a weight that disagrees with train', 'Keep one of the two.');
    }
  }
  const given = item.get('train_detail');
  if (!given) return;
  if (given.node.kind !== 'array') {
    report.error(given, `train_detail is ${given.describe()}, not a list`, FORM);
    return;
  }
  const offsets = codePointOffsets(message.content);
  const read = given.items().map((range) => readRange(range, offsets, report));
  const ranges = read.filter((range) => range !== undefined);
  if (ranges.length < read.length) return;
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  if (sorted.some((range, i) => range.start < (sorted[i - 1]?.end ?? 0))) {
    report.error(given, 'two ranges of train_detail overlap', 'Let each character be in one range only.');
    return;
  }
  message.detail = ranges;
}

function readRange(item: Cursor, offsets: number[], report: Reporter): CharacterRange | undefined {
  const length = offsets.length - 1;
  const begin = readOffset(item, 'begin_offset', report);
  const last = readOffset(item, 'end_offset', report);
  const train = item.get('train')?.node;
  const weight = item.get('weight')?.node;
  if (begin === undefined || last === undefined) return undefined;
  if (train?.kind !== 'boolean') {
    report.error(item, 'the range does not say whether it is trained', FORM);
    return undefined;
  }
  if (weight && (weight.kind !== 'number' || (weight.value !== 0) !== train.value)) {
    report.error(item, "the range's weight disagrees with train, or is no number", 'Keep only train.');
    return undefined;
  }
  if (last < begin || last >= length) {
    const reason =
      last < begin
        ? `the range ends at ${last}, before it begins`
        : `the range ends at ${last}, and the content has ${length} characters`;
    report.error(item, reason, FORM);
    return undefined;
  }
  warnUnknown(item, ['begin_offset', 'end_offset', 'train', 'weight'], report);
  const value = weight?.kind === 'number' ? weight.value : train.value ? 1 : 0;
  return { start: offsets[begin] ?? 0, end: offsets[last + 1] ?? 0, weight: value };
}

function readOffset(item: Cursor, key: string, report: Reporter): number | undefined {
  const given = item.get(key);
  const value = given?.node.kind === 'number' ? given.node.value : -1;
  if (Number.isInteger(value) && value >= 0) return value;
  report.error(given ?? item, `${key} is not a whole number from 0`, FORM);
  return undefined;
}

/** Ranges as Axolotl writes them; a weight that is neither 0 nor 1 stands beside `train`, which Axolotl reads alone. */
export function toTrainDetail(content: string, detail: readonly CharacterRange[]): Json[] {
  const points = new Map(codePointOffsets(content).map((offset, point) => [offset, point]));
  return detail.map(({ start, end, weight }) =>
    jsonObject([
      // A range by hand may cut a surrogate pair; code points cannot, so it takes the whole character.
      ['begin_offset', points.get(start) ?? points.get(start - 1) ?? 0],
      ['end_offset', (points.get(end) ?? points.get(end + 1) ?? points.size) - 1],
      ['train', weight !== 0],
      ...(weight === 0 || weight === 1 ? [] : ([['weight', weight]] as const)),
    ]),
  );
}

/** UTF-16 offset of each code point, and of the end. */
function codePointOffsets(text: string): number[] {
  const offsets: number[] = [];
  let at = 0;
  for (const character of text) {
    offsets.push(at);
    at += character.length;
  }
  offsets.push(at);
  return offsets;
}
