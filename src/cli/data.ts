/**
 * @file The conversations that a command reads: one after another, what is wrong with the others on standard error.
 */
import { FORMATS, type FormatId } from '../conversation/formats';
import {
  indexRecords,
  problemsOf,
  readAll,
  type ByteSource,
  type RecordIndex,
  type StreamOptions,
} from '../conversation/stream-import';
import type { Conversation, ImportProblem } from '../conversation/types';
import type { Inspector } from '../sequence/inspector';
import { UsageError, type Flags, type Given } from './arguments';
import { reading } from './inputs';
import type { Io } from './io';

/** Flags of every command that reads conversations. */
export const DATA_FLAGS = {
  '--data': {
    value: 'FILE',
    about: 'a file of conversations in any format that the page reads, packed by gzip or not',
    required: true,
    many: true,
  },
  '--format': {
    value: 'FORMAT',
    about: `the format of the records, where it is not to be detected: ${FORMATS.map(({ id }) => id).join(', ')}`,
  },
  '--columns': {
    value: 'COLUMN=FIELD',
    about: 'for tables, which column is which field: Frage=instruction,Antwort=output, or a JSON object',
  },
} as const satisfies Flags;

/** How many records there were, how many of them were left out, and warnings about the others. */
export interface Tally {
  records: number;
  left: number;
  warnings?: number;
}

/** Milliseconds for a conversation, or for one rendering where it needs many: for an ordinary one many times what it takes. */
const deadlineOf = (conversation: Conversation): number =>
  900 + 20 * conversation.messages.length + JSON.stringify(conversation).length / 40;

/** Milliseconds after which a conversation that is still being rendered is given its time again. */
const AGAIN = 250;

/** Watches the work on one conversation. Each of its renderings has the whole time: of many messages there are many. */
function watch(io: Io, inspector: Pick<Inspector, 'beforeRendering'>, conversation: Conversation): void {
  const { file, line, record } = conversation.source;
  const milliseconds = deadlineOf(conversation);
  let last = -Infinity;
  const begin = () => {
    if (performance.now() - last < AGAIN) return;
    last = performance.now();
    io.watch?.(`${file}:${line}: record ${record}`, milliseconds);
  };
  begin();
  inspector.beforeRendering = begin;
}

/**
 * The good conversations of all files, in order, a few in memory at a time; `tally` counts while they are read. `inspector`
 * is the one that will render them, and `flag` the one that names the files.
 *
 * @throws UsageError where a flag or a file cannot be used, or no file holds a good record; LosslightError
 * `unreadable-file` where a file fails while it is read.
 */
export async function* readConversations(
  given: Given,
  io: Io,
  tally: Tally,
  inspector: Pick<Inspector, 'beforeRendering'>,
  flag = '--data',
): AsyncGenerator<Conversation, void, undefined> {
  const options = importOptions(given);
  const sources: ByteSource[] = [];
  const indexes: RecordIndex[] = [];
  try {
    for (const path of given.all(flag)) sources.push(await openData(io, path, flag));
    // Every file is looked through before anything is printed: small, because records stay in the files.
    for (const source of sources) {
      indexes.push(await indexRecords(source, { ...options, makeSink: (name) => io.makeSink(name) }));
    }
    if (indexes.every(({ counts }) => counts.good === 0)) throw await nothingGood(indexes);
    for (const index of indexes) {
      tally.records += index.records;
      tally.left += index.counts.bad;
      tally.warnings = (tally.warnings ?? 0) + index.problemCount.warnings;
      for (const problem of index.fileProblems) io.warn(describe(problem));
      for await (const { conversations, problems } of readAll(index)) {
        for (const problem of problems) io.warn(describe(problem));
        for (const conversation of conversations) {
          watch(io, inspector, conversation);
          yield conversation;
          inspector.beforeRendering = undefined;
          io.watch?.();
        }
      }
    }
  } finally {
    for (const index of indexes) await index.close();
    for (const source of sources) await source.close?.();
  }
}

async function openData(io: Io, path: string, flag: string): Promise<ByteSource> {
  const source = await reading(path, () => io.open(path));
  if (!source) throw new UsageError(`${path} is not there: give ${flag} a file of conversations.`);
  return source;
}

async function nothingGood(indexes: readonly RecordIndex[]): Promise<UsageError> {
  const count = indexes.reduce(
    (sum, { problemCount }) => sum + problemCount.errors + problemCount.warnings,
    0,
  );
  for (const index of indexes) {
    const { problems } = await problemsOf(index, { most: 1, severity: 'error' });
    const [first] = [...index.fileProblems.filter(({ severity }) => severity === 'error'), ...problems];
    if (first)
      return new UsageError(describe(first) + (count > 1 ? ` (The first of ${count} problems.)` : ''));
  }
  const files = indexes.map(({ file }) => file).join(', ');
  return new UsageError(`${files} holds no conversation: give another file.`);
}

function importOptions(given: Given): StreamOptions {
  const format = given.one('--format');
  if (format !== undefined && !FORMATS.some(({ id }) => id === format)) {
    const ids = FORMATS.map(({ id }) => id).join(', ');
    throw new UsageError(`“${format}” is no format: give --format one of ${ids}.`);
  }
  const columns = given.one('--columns');
  return {
    ...(format !== undefined && { format: format as FormatId }),
    ...(columns !== undefined && { columns: readColumns(columns) }),
  };
}

/** `a=b,c=d`, or the same as a JSON object where names hold commas. */
function readColumns(text: string): Record<string, string> {
  const bad = () =>
    new UsageError(`--columns is “${text}”: write COLUMN=FIELD,COLUMN=FIELD or a JSON object of strings.`);
  if (text.trimStart().startsWith('{')) {
    try {
      const value = JSON.parse(text) as Record<string, unknown>;
      const entries = Object.entries(value).map(([column, field]) => {
        if (typeof field !== 'string') throw bad();
        return [column, field] as const;
      });
      return Object.fromEntries(entries);
    } catch {
      throw bad();
    }
  }
  const pairs = text.split(',').map((pair) => {
    const equals = pair.lastIndexOf('=');
    const [column, field] = [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()];
    if (equals < 1 || !column || !field) throw bad();
    return [column, field] as const;
  });
  return Object.fromEntries(pairs);
}

function describe({ file, line, field, severity, reason, remedy }: ImportProblem): string {
  return `${file}:${line}: ${severity}: ${field ? `${field}: ` : ''}${reason}. ${remedy}`;
}
