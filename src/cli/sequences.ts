/**
 * @file `losslight sequences`: what each way to divide conversations trains, how often, at what cost, and where training
 * shows the model what inference never will.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { shapeFromConfig, type ModelShape } from '../sequence/flops';
import { STRATEGIES } from '../sequence/strategy';
import type { StrategyReport } from '../sequence/strategy-report';
import { StrategySummary, type StrategyTotals } from '../sequence/strategy-totals';
import type { Given } from './arguments';
import type { Command } from './command';
import { DATA_FLAGS, readConversations, type Tally } from './data';
import { EDITS_FLAG, openEdits, openPolicy, openTokenizer, readText, TOKENIZER_FLAGS } from './inputs';
import type { Io } from './io';
import { oneLine, pad, painter, placeOf, visible, type Paint } from './paint';
import { LENGTH_FLAGS, readLength } from './sequence-rows';
import { Weigher } from './weigh';

export const sequences: Command = {
  name: 'sequences',
  about: 'Compares the ways to divide conversations into training sequences.',
  flags: {
    ...TOKENIZER_FLAGS,
    ...DATA_FLAGS,
    '--policy': { value: 'NAME|FILE', about: 'the name of a policy, or a JSON file; “default” without it' },
    ...EDITS_FLAG,
    ...LENGTH_FLAGS,
    '--json': { about: 'one JSON object a line' },
  },
  details:
    `${STRATEGIES.map(({ name, about }) => `${name}: ${about}`).join(' ')} ` +
    'The cost is the number of operations of training, against whole conversations; where the folder of the tokenizer has no ' +
    'config.json to know the model by, it is the number of tokens. With --json there is a line for each record, with source and reports (one a ' +
    'strategy), and a last line with totals.',
  async run(given, io) {
    const inspector = await openTokenizer(io, given.one('--tokenizer') ?? '');
    const policy = await openPolicy(io, given.one('--policy') ?? 'default');
    const weigher = new Weigher(inspector, [policy], await openEdits(io, given.one('--edits')), io);
    const shape = await openShape(given, io);
    const options = { ...readLength(given), ...(shape && { shape }) };
    const json = given.has('--json');
    const several = given.all('--data').length > 1;
    const tally: Tally = { records: 0, left: 0 };
    const summary = new StrategySummary();
    const examples = new Examples();
    for await (const conversation of readConversations(given, io, tally, inspector)) {
      const { file, line, record } = conversation.source;
      try {
        const edits = weigher.editsOf(conversation);
        const reports = inspector.compare(conversation, policy, { ...options, edits });
        summary.add(reports);
        weigher.dropped += reports[0]?.notes.filter(({ edit }) => edit === 'dropped').length ?? 0;
        examples.add(conversation, reports, several);
        if (json) await io.print(`${JSON.stringify({ source: record, reports })}\n`);
      } catch (error) {
        if (!(error instanceof LosslightError)) throw error;
        tally.left++;
        io.warn(oneLine(`${file}:${line}: error: record ${record}: ${error.message} ${error.remedy}`));
      }
    }
    const totals = summary.totals();
    await io.print(
      json
        ? `${JSON.stringify({ conversations: summary.conversations, totals })}\n`
        : summaryText(summary.conversations, totals, shape !== undefined, painter(io.colour)) +
            examples.text(painter(io.colour)),
    );
    return tally.left + weigher.finish() > 0 ? 1 : 0;
  },
};

/** The shape of the model in the tokenizer's folder, where it has a config.json that tells. */
async function openShape(given: Given, io: Io): Promise<ModelShape | undefined> {
  const text = await readText(io, `${(given.one('--tokenizer') ?? '').replace(/[/\\]+$/, '')}/config.json`);
  if (text === undefined) return undefined;
  try {
    return shapeFromConfig(JSON.parse(text));
  } catch {
    return undefined; // the cost is then told in tokens, and the heading says so
  }
}

/** The tables: sums, then weights by turn. */
export function summaryText(
  conversations: number,
  totals: readonly StrategyTotals[],
  shaped: boolean,
  paint: Paint,
): string {
  const heads = ['sequences', 'tokens', 'longest', 'trained', 'cost', 'never', 'once', 'more', 'unlike'];
  const rows = totals.map((t) => [
    t.strategy,
    t.sequences,
    t.tokens,
    t.longest,
    t.trainedTokens,
    t.relativeCost === null ? '–' : `${t.relativeCost.toFixed(2)}×`,
    t.untrained,
    t.trainedOnce,
    t.trainedMore,
    t.otherContexts,
  ]);
  const turns = Math.max(0, ...totals.map((t) => t.turns.length));
  const shown = Math.min(turns, MOST_TURNS);
  const numbers = (values: (number | null)[]) =>
    values.slice(0, shown).map((value) => (value === null ? '–' : value.toFixed(2)));
  const weights = totals.flatMap((t) => [
    [t.strategy, 'times trained', ...numbers(t.turns.map(({ times }) => times))],
    ['', 'weight, mean over tokens', ...numbers(t.turns.map(({ effective }) => effective.tokenMean))],
    ['', 'weight, mean over sequences', ...numbers(t.turns.map(({ effective }) => effective.sampleMean))],
  ]);
  const counted = `${conversations} ${conversations === 1 ? 'conversation' : 'conversations'}`;
  return [
    paint(counted, 1),
    ...table([['', ...heads], ...rows], 1, paint),
    `cost: ${shaped ? 'operations of training' : 'tokens'} against whole conversations. never, once, more: assistant messages by how`,
    'often they are trained. unlike: times that a message is trained on tokens which inference never has.',
    '',
    paint(
      'How often a turn is trained, and how much its tokens count (1.00: as if each message were trained once)',
      1,
    ),
    ...table([['', '', ...Array.from({ length: shown }, (_, i) => `turn ${i + 1}`)], ...weights], 2, paint),
    ...(turns > shown ? [`Turns after the ${shown}th are left out here; --json has them.`] : []),
    '',
  ].join('\n');
}

const MOST_TURNS = 8;

/** Rows of cells, the first `left` of them aligned left. The first row is the heading. */
function table(rows: readonly (readonly (string | number)[])[], left: number, paint: Paint): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, c) =>
    Math.max(...rows.map((row) => String(row[c] ?? '').length)),
  );
  return rows.map((row, i) => {
    const line = row
      .map((cell, c) => pad(String(cell), widths[c] ?? 0, c < left ? 'right' : 'left'))
      .join('  ')
      .trimEnd();
    return i === 0 ? paint(line, 2) : line;
  });
}

const MOST_EXAMPLES = 3;

/** A few places for each strategy where a training context is not that of inference. */
class Examples {
  readonly #found = new Map<string, { lines: string[]; count: number }>();

  add({ source }: Conversation, reports: readonly StrategyReport[], several: boolean): void {
    for (const { strategy, differences } of reports) {
      const entry = this.#found.get(strategy) ?? { lines: [], count: 0 };
      this.#found.set(strategy, entry);
      entry.count += differences.length;
      for (const { sequence, message, character, text } of differences) {
        if (entry.lines.length >= MOST_EXAMPLES) break;
        const where = `${placeOf(source, several)}, sequence ${sequence}, message ${message}, from character ${character}`;
        entry.lines.push(`  ${where}: ${visible(text).replaceAll('·', ' ')}`);
      }
    }
  }

  text(paint: Paint): string {
    const parts = [...this.#found].filter(([, { count }]) => count > 0);
    if (parts.length === 0)
      return '\nEvery message is trained on exactly what the model sees and writes at inference.\n';
    const lines = parts.flatMap(([strategy, { lines: own, count }]) => [
      `${strategy}:`,
      ...own,
      ...(count > own.length ? [`  … and ${count - own.length} more; --json has them.`] : []),
    ]);
    return `\n${paint('Trained on what inference never has', 1)}\n${lines.join('\n')}\n`;
  }
}
