/**
 * @file The training sequences of conversations by a strategy, cut and packed as the flags say, for printing.
 */
import { LosslightError } from '../errors';
import type { Conversation } from '../conversation/types';
import type { MaskPolicy } from '../mask/policy';
import type { DivideOptions } from '../sequence/divide';
import type { SequenceNote, SequenceView } from '../sequence/division';
import type { Inspector } from '../sequence/inspector';
import { packOrder, packed } from '../sequence/pack';
import { STRATEGIES, strategyNamed } from '../sequence/strategy';
import { TRUNCATIONS, type Truncation } from '../sequence/truncate';
import type { TrainingSequence } from '../sequence/types';
import type { Encoded } from '../tokenizer/encoded';
import { UsageError, type Flags, type Given } from './arguments';
import { readConversations, type Tally } from './data';
import type { Io } from './io';
import { oneLine, placeOf } from './paint';
import { SequenceLints } from './sequence-lints';
import type { WeighedConversation, Weigher } from './weigh';

export const LENGTH_FLAGS = {
  '--max-length': { value: 'N', about: 'the most tokens of a sequence' },
  '--truncate': {
    value: 'HOW',
    about:
      'what to do with a longer one: cut its end (the default), cut its start, or leave out whole turns at its end (turns)',
  },
} as const satisfies Flags;

export const SEQUENCE_FLAGS = {
  '--sequences': {
    value: 'STRATEGY',
    about: `how a conversation becomes training sequences: ${STRATEGIES.map(({ name }) => name).join(', ')}; “losslight sequences” compares them`,
  },
  ...LENGTH_FLAGS,
  '--pack': {
    value: 'N',
    about: 'put sequences together in rows of at most N tokens, where they do not see each other',
  },
} as const satisfies Flags;

/** Whether any flag asks for more than the conversations as they are. */
export function asksForSequences(given: Given): boolean {
  return Object.keys(SEQUENCE_FLAGS).some((flag) => given.has(flag));
}

/** @throws UsageError where `--truncate` names no way to cut. */
export function readTruncation(given: Given): Truncation | undefined {
  const how = given.one('--truncate');
  const truncate = TRUNCATIONS.find((known) => known === how);
  if (how !== undefined && !truncate)
    throw new UsageError(`“${how}” is no way to cut: give --truncate one of ${TRUNCATIONS.join(', ')}.`);
  return truncate;
}

/** @throws UsageError where a flag has no value that it can have. */
export function readLength(given: Given): Pick<DivideOptions, 'maxLength' | 'truncate'> {
  const truncate = readTruncation(given);
  const maxLength = readCount(given, '--max-length');
  if (truncate && maxLength === undefined && !given.has('--pack'))
    throw new UsageError('--truncate needs a length: give --max-length too.');
  return { ...(maxLength !== undefined && { maxLength }), ...(truncate && { truncate }) };
}

/** A row of tokens to print. */
export interface PrintedRow extends WeighedConversation {
  /** What the heading calls it. */
  place: string;
  /** What a JSON line says of it besides its tokens. */
  fields: Record<string, unknown>;
}

/**
 * All sequences with a trained token, conversation by conversation; packed, once all are read. What is left out or cut
 * goes to standard error.
 *
 * @throws UsageError as `readConversations`, and where a flag has no value that it can have.
 */
export async function* sequenceRows(
  given: Given,
  io: Io,
  tools: { inspector: Inspector; policy: MaskPolicy; weigher: Weigher; tally: Tally },
): AsyncGenerator<PrintedRow, void, undefined> {
  const { inspector, policy, weigher, tally } = tools;
  const name = given.one('--sequences') ?? 'whole';
  const strategy = strategyNamed(name)?.name;
  if (!strategy) {
    const names = STRATEGIES.map((known) => known.name).join(', ');
    throw new UsageError(`“${name}” is no strategy: give --sequences one of ${names}.`);
  }
  const capacity = readCount(given, '--pack');
  const length = readLength(given);
  // A sequence that is longer than a row could not be packed.
  const maxLength = Math.min(length.maxLength ?? Infinity, capacity ?? Infinity);
  const several = given.all('--data').length > 1;
  const settings = {
    strategy,
    ...(Number.isFinite(maxLength) && { maxLength }),
    ...(length.truncate && { truncation: length.truncate }),
  };
  const lints = given.has('--json') ? new SequenceLints(inspector, { policy, settings }) : undefined;
  const parts: Part[] = [];
  for await (const conversation of readConversations(given, io, tally, inspector)) {
    const options = { ...length, strategy, maxLength, edits: weigher.editsOf(conversation) };
    const views = divided(inspector, conversation, policy, options, io, weigher);
    if (views.length === 0) tally.left++;
    else lints?.find(conversation, options.edits);
    const made = views.map((view) => ({ conversation, view }));
    if (capacity === undefined)
      for (const part of made) yield linted(alone(part, inspector, several), [part], lints);
    else parts.push(...made);
  }
  if (capacity === undefined) return;
  const order = packOrder(
    parts.map(({ view }) => view.sequence.ids.length),
    capacity,
  );
  for (const [row, indices] of order.entries()) {
    const own = indices.flatMap((i) => parts[i] ?? []);
    yield linted(together(row, own, inspector, several), own, lints);
  }
}

/** The row with what lints say of its conversations. */
function linted(row: PrintedRow, parts: readonly Part[], lints: SequenceLints | undefined): PrintedRow {
  const of = parts.map(({ conversation, view }) => ({ conversation, origin: view.sequence.origin }));
  return lints ? { ...row, fields: { ...row.fields, lints: lints.of(of) } } : row;
}

interface Part {
  conversation: Conversation;
  view: SequenceView;
}

/** The trained sequences of a conversation, none where the template refuses it; standard error tells what is amiss. */
export function divided(
  inspector: Inspector,
  conversation: Conversation,
  policy: MaskPolicy,
  options: DivideOptions,
  io: Io,
  weigher: Weigher,
): SequenceView[] {
  const { file, line, record } = conversation.source;
  const tell = (severity: string, text: string) => io.warn(oneLine(`${file}:${line}: ${severity}: ${text}`));
  try {
    const { sequences, notes } = inspector.divide(conversation, policy, options);
    for (const note of [...inspector.views(conversation).whole.rendered.notes, ...notes]) {
      if (note.severity === 'warning') tell('warning', `record ${record}${noteText(note)}`);
    }
    weigher.dropped += notes.filter(({ edit }) => edit === 'dropped').length;
    const trained = sequences.filter(({ sequence: { weights } }) => weights.some((w, i) => i > 0 && w !== 0));
    if (trained.length === 0)
      tell('warning', `record ${record} is left out: no sequence has a trained token.`);
    return trained;
  } catch (error) {
    if (!(error instanceof LosslightError)) throw error;
    tell('error', `record ${record}: ${error.message} ${error.remedy}`);
    return [];
  }
}

function noteText({ message, sequence, text }: Pick<SequenceNote, 'message' | 'sequence' | 'text'>): string {
  return `${sequence === undefined ? '' : `, sequence ${sequence}`}${message < 0 ? '' : `, message ${message}`}: ${text}`;
}

function alone({ conversation, view }: Part, inspector: Inspector, several: boolean): PrintedRow {
  const { sequence, rendered, encoded } = view;
  const number = sequence.origin.sequence ?? 0;
  return {
    conversation,
    text: rendered.text,
    encoded,
    pieces: inspector.tokenizer.pieces(encoded.ids),
    weights: [sequence.weights],
    place: `${placeOf(conversation.source, several)}, sequence ${number}`,
    fields: { sequence: number, ...places(sequence) },
  };
}

/** A packed row. Its text is that of its sequences, one after another, and offsets point into that. */
function together(row: number, parts: readonly Part[], inspector: Inspector, several: boolean): PrintedRow {
  const joined = packed(parts.map(({ view }) => view.sequence));
  const encoded: Encoded = {
    ids: joined.ids,
    kind: joined.kind,
    start: new Int32Array(joined.ids.length),
    end: new Int32Array(joined.ids.length),
    message: new Int32Array(joined.ids.length),
    generated: new Uint8Array(joined.ids.length),
  };
  let text = '';
  let at = 0;
  for (const { view } of parts) {
    const before = text.length;
    encoded.start.set(
      view.encoded.start.map((character) => character + before),
      at,
    );
    encoded.end.set(
      view.encoded.end.map((character) => character + before),
      at,
    );
    encoded.message.set(view.encoded.message, at);
    encoded.generated.set(view.encoded.generated, at);
    text += view.rendered.text;
    at += view.encoded.ids.length;
  }
  const [first] = parts;
  if (!first) throw new RangeError('A packed row needs a sequence.');
  const sources = parts.map(({ conversation: { source }, view }) => ({
    ...(several && { file: source.file }),
    source: source.record,
    sequence: view.sequence.origin.sequence ?? 0,
  }));
  const which = parts.map(
    ({ conversation, view }) =>
      `${placeOf(conversation.source, several)} sequence ${view.sequence.origin.sequence ?? 0}`,
  );
  return {
    conversation: first.conversation,
    text,
    encoded,
    pieces: inspector.tokenizer.pieces(encoded.ids),
    weights: [joined.weights],
    place: `row ${row}: ${which.join('; ')}`,
    fields: { sequence: row, sources, ...places(joined) },
  };
}

const places = ({ positions, document }: TrainingSequence) => ({
  positions: Array.from(positions),
  documents: Array.from(document),
});

function readCount(given: Given, flag: string): number | undefined {
  const text = given.one(flag);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= 2))
    throw new UsageError(`${flag} is “${text}”: give a whole number from 2.`);
  return value;
}
