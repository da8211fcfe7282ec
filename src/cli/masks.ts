/**
 * @file `losslight masks`: each training sequence as a JSON line or as a table.
 */
import { maskObject, segmentsOf, shortest } from '../mask/mask-export';
import type { Command } from './command';
import { DATA_FLAGS, readConversations, type Tally } from './data';
import { EDITS_FLAG, openEdits, openPolicy, openTokenizer, TOKENIZER_FLAGS } from './inputs';
import { codesOf, pad, painter, placeOf, visible, type Paint } from './paint';
import { asksForSequences, SEQUENCE_FLAGS, sequenceRows } from './sequence-rows';
import { Weigher, type WeighedConversation } from './weigh';

export const masks: Command = {
  name: 'masks',
  about: 'Prints ids, tokens, segments and weights of each training sequence.',
  flags: {
    ...TOKENIZER_FLAGS,
    ...DATA_FLAGS,
    '--policy': { value: 'NAME|FILE', about: 'the name of a policy, or a JSON file; “default” without it' },
    ...EDITS_FLAG,
    ...SEQUENCE_FLAGS,
    '--json': { about: 'one JSON object a line' },
  },
  details:
    'With --json a line has source (record number from 0), ids, tokens, start and end (UTF-16 offsets into text), segments, ' +
    'messages (−1: none), weights and text. With a flag of sequences it also has sequence (from 0 in its record; of a packed row, from 0), ' +
    'positions and documents, lints (what “losslight lint” finds in its messages), and a packed row sources, one for each document.',
  async run(given, io) {
    const inspector = await openTokenizer(io, given.one('--tokenizer') ?? '');
    const policy = await openPolicy(io, given.one('--policy') ?? 'default');
    const weigher = new Weigher(inspector, [policy], await openEdits(io, given.one('--edits')), io);
    const json = given.has('--json');
    const several = given.all('--data').length > 1;
    const paint = painter(io.colour && !json);
    const tally: Tally = { records: 0, left: 0 };
    if (asksForSequences(given)) {
      for await (const row of sequenceRows(given, io, { inspector, policy, weigher, tally })) {
        await io.print(json ? sequenceJson(row, row.fields) : sequenceTable(row, paint, several, row.place));
      }
      return tally.left + weigher.finish() > 0 ? 1 : 0;
    }
    for await (const conversation of readConversations(given, io, tally, inspector)) {
      const weighed = weigher.weigh(conversation);
      if (!weighed) tally.left++;
      else await io.print(json ? sequenceJson(weighed) : sequenceTable(weighed, paint, several));
    }
    return tally.left + weigher.finish() > 0 ? 1 : 0;
  },
};

/**
 * One line of JSON: `source` (record number from 0), `ids`, `tokens`, `start` and `end` (UTF-16 offsets into `text`),
 * `segments`, `messages` (−1: none), `weights`, `text`.
 */
export function sequenceJson(
  { conversation, text, encoded, pieces, weights }: WeighedConversation,
  fields: Record<string, unknown> = {},
): string {
  const line = maskObject(conversation.source.record, {
    text,
    encoded,
    pieces,
    weights: weights[0] ?? new Float32Array(),
  });
  return `${JSON.stringify({ ...line, ...fields })}\n`;
}

/** A table, one token a line. Trained tokens begin with `▌`, and are bold and underlined where there are colours. */
export function sequenceTable(
  sequence: WeighedConversation,
  paint: Paint,
  several = false,
  place = placeOf(sequence.conversation.source, several),
): string {
  const { encoded, pieces } = sequence;
  const weights = sequence.weights[0] ?? new Float32Array();
  const shown = pieces.map(visible);
  const width = Math.min(24, Math.max(5, ...shown.map((piece) => [...piece].length)));
  const title = `${place}: ${trainedText(weights)}`;
  const head = `  ${pad('weight', 8, 'left')} ${pad('id', 7, 'left')}  ${pad('token', width)}  ${pad('segment', 8)}  message`;
  const rows = segmentsOf(encoded).map((segment, i) => {
    const weight = weights[i] ?? 0;
    const trained = weight !== 0;
    const message = encoded.message[i] ?? -1;
    const token = shown[i] ?? '';
    const painted = paint(token, ...codesOf(segment, trained)) + pad('', width - [...token].length);
    return (
      `${trained ? '▌' : ' '} ${pad(String(shortest(weight)), 8, 'left')} ${pad(String(encoded.ids[i]), 7, 'left')}  ` +
      `${painted}  ${pad(segment, 8)}  ${message < 0 ? '' : message}`.trimEnd()
    );
  });
  return `${[paint(title, 1), paint(head, 2), ...rows].join('\n')}\n\n`;
}

/** `3 of 20 tokens are trained`; weights below zero are told apart, because they teach the model not to write a token. */
export function trainedText(weights: Float32Array): string {
  const trained = weights.filter((weight) => weight > 0).length;
  const away = weights.filter((weight) => weight < 0).length;
  const all = `${weights.length} ${weights.length === 1 ? 'token' : 'tokens'}`;
  return away > 0
    ? `${trained} trained, ${away} trained away from, of ${all}`
    : `${trained} of ${all} are trained`;
}
