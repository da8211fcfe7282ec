/**
 * @file `losslight diff`: where two policies weigh tokens differently.
 */
import type { Conversation } from '../conversation/types';
import { diffWeights, type SegmentDiff, type WeightDiff } from '../mask/diff';
import { shortest } from '../mask/mask-export';
import { SEGMENT_KINDS } from '../template/rendered';
import { UsageError } from './arguments';
import type { Command } from './command';
import { DATA_FLAGS, readConversations, type Tally } from './data';
import { EDITS_FLAG, openEdits, openPolicy, openTokenizer, TOKENIZER_FLAGS } from './inputs';
import { pad, painter, placeOf, visible, type Paint } from './paint';
import { Weigher } from './weigh';

export const diff: Command = {
  name: 'diff',
  about: 'Shows the tokens that two policies weigh differently.',
  flags: {
    ...TOKENIZER_FLAGS,
    ...DATA_FLAGS,
    '--policy': {
      value: 'NAME|FILE',
      about: 'the name of a policy, or a JSON file; give two, A and B',
      required: true,
      many: true,
    },
    ...EDITS_FLAG,
    '--json': { about: 'one JSON object a line' },
  },
  details:
    'With --json a line has source (record number from 0), differing (tokens), runs (tokens start to end, segment, message, ' +
    'weights a and b) and segments (of each: tokens, trained and trained away from under A and B, differing).',
  async run(given, io) {
    const [a, b, third] = given.all('--policy');
    if (a === undefined || b === undefined || third !== undefined) {
      const count = given.all('--policy').length;
      throw new UsageError(`“losslight diff” compares two policies, not ${count}: give --policy twice.`);
    }
    const inspector = await openTokenizer(io, given.one('--tokenizer') ?? '');
    const policies = await Promise.all([a, b].map((name) => openPolicy(io, name)));
    const weigher = new Weigher(inspector, policies, await openEdits(io, given.one('--edits')), io);
    const json = given.has('--json');
    const several = given.all('--data').length > 1;
    const paint = painter(io.colour && !json);
    const tally: Tally = { records: 0, left: 0 };
    let segments: SegmentDiff[] = [];
    for await (const conversation of readConversations(given, io, tally, inspector)) {
      const weighed = weigher.weigh(conversation);
      if (!weighed) {
        tally.left++;
        continue;
      }
      const { encoded, pieces, weights } = weighed;
      const [weightsA = new Float32Array(), weightsB = weightsA] = weights;
      const found = diffWeights(encoded, weightsA, weightsB);
      segments = addSegments(segments, found.segments);
      await io.print(
        json ? diffJson(conversation, found) : diffText(conversation, found, pieces, paint, several),
      );
    }
    if (!json) {
      segments.sort((x, y) => SEGMENT_KINDS.indexOf(x.segment) - SEGMENT_KINDS.indexOf(y.segment));
      const compared = tally.records - tally.left;
      const title = `A is ${a}, B is ${b}; tokens of ${compared} ${compared === 1 ? 'record' : 'records'}:`;
      await io.print(`${title}\n${summaryText(segments, paint)}`);
    }
    return tally.left + weigher.finish() > 0 ? 1 : 0;
  },
};

/** One line of JSON: `source` (record number from 0), `differing` (tokens), `runs`, `segments`. */
export function diffJson(conversation: Conversation, { differing, runs, segments }: WeightDiff): string {
  return `${JSON.stringify({ source: conversation.source.record, differing, runs, segments })}\n`;
}

/** Each run of tokens with both weights; '' where the policies agree. */
export function diffText(
  conversation: Conversation,
  { differing, runs }: WeightDiff,
  pieces: readonly string[],
  paint: Paint,
  several = false,
): string {
  if (differing === 0) return '';
  const title = `${placeOf(conversation.source, several)}: ${differing} of ${pieces.length} tokens differ`;
  const lines = runs.map(({ start, end, segment, message, a, b }) => {
    const tokens = end - start > 1 ? `tokens ${start}–${end - 1}` : `token ${start}`;
    const text = visible(pieces.slice(start, end).join(''));
    const quote = [...text].length > 60 ? `${[...text].slice(0, 59).join('')}…` : text;
    const where = `${pad(tokens, 16)} ${pad(message < 0 ? '' : `message ${message}`, 11)} ${pad(segment, 8)}`;
    return `  ${where}  A ${paint(pad(String(shortest(a)), 6), 34)} B ${paint(pad(String(shortest(b)), 6), 33)} “${quote}”`;
  });
  return `${[paint(title, 1), ...lines].join('\n')}\n\n`;
}

const COUNTS = ['tokens', 'trainedA', 'trainedB', 'awayA', 'awayB', 'differing'] as const;

/** Sums over conversations, by segment. */
export function addSegments(sum: readonly SegmentDiff[], more: readonly SegmentDiff[]): SegmentDiff[] {
  const merged = sum.map((entry) => ({ ...entry }));
  for (const entry of more) {
    const own = merged.find(({ segment }) => segment === entry.segment);
    if (!own) {
      merged.push({ ...entry });
      continue;
    }
    for (const count of COUNTS) own[count] += entry[count];
  }
  return merged;
}

/** A table of segments. Tokens with weights below zero have columns of their own, where there are any. */
export function summaryText(segments: readonly SegmentDiff[], paint: Paint): string {
  const away = segments.some(({ awayA, awayB }) => awayA + awayB > 0);
  const row = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, i) => (i === 0 ? pad(String(cell), 10) : pad(String(cell), 12, 'left')))
      .join('')
      .trimEnd();
  const head = [
    'segment',
    'tokens',
    'trained A',
    'trained B',
    ...(away ? ['away A', 'away B'] : []),
    'differing',
  ];
  const lines = segments.map(({ segment, tokens, trainedA, trainedB, awayA, awayB, differing }) =>
    row([segment, tokens, trainedA - awayA, trainedB - awayB, ...(away ? [awayA, awayB] : []), differing]),
  );
  const note = away ? '\n“away”: the weight is negative, so the model is trained away from the token.' : '';
  return `${[paint(row(head), 1), ...lines].join('\n')}${note}\n`;
}
