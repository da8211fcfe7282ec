/**
 * @file `losslight lint`: what people get wrong in silence, found before the first step.
 */
import { lintFields } from '../lint/export';
import { DatasetLinter, lintRollouts, lintRows, sorted, type LintOptions } from '../lint/lint';
import type { ReadRecords, RecordProblem } from '../lint/json-lines';
import { readRollouts } from '../lint/rollout-file';
import { readRows } from '../lint/row-file';
import type { TrainerSettings } from '../lint/settings';
import { readSettings } from '../lint/settings-file';
import { lintNamed } from '../lint/catalogue';
import { SEVERITIES, type Finding, type Place, type Severity } from '../lint/types';
import type { Inspector } from '../sequence/inspector';
import { strategyNamed } from '../sequence/strategy';
import { UsageError, type Given } from './arguments';
import type { Command } from './command';
import { DATA_FLAGS, readConversations, type Tally } from './data';
import { EDITS_FLAG, openEdits, openPolicy, openTokenizer, readText, TOKENIZER_FLAGS } from './inputs';
import type { Io } from './io';
import { oneLine, painter, placeOf, visible, type Paint } from './paint';
import { LENGTH_FLAGS, readTruncation } from './sequence-rows';
import { Weigher } from './weigh';

/** Findings of one lint that are printed without `--all`. */
const SHOWN = 5;

const COLOURS: Record<Severity, number> = { error: 31, warning: 33, info: 36 };

export const lint: Command = {
  name: 'lint',
  about:
    'Finds what people get wrong in silence: in conversations, masks, trainer settings, rollouts and packed rows.',
  flags: {
    ...TOKENIZER_FLAGS,
    ...DATA_FLAGS,
    '--data': { ...DATA_FLAGS['--data'], required: false },
    '--policy': { value: 'NAME|FILE', about: 'the name of a policy, or a JSON file; “default” without it' },
    ...EDITS_FLAG,
    '--settings': {
      value: 'FILE',
      about:
        'settings of the trainer: TrainingArguments or SFTConfig as JSON, a YAML of Axolotl or LLaMA-Factory',
    },
    '--max-length': { value: 'N', about: 'the most tokens of a sequence; goes before the settings' },
    '--truncate': LENGTH_FLAGS['--truncate'],
    '--sequences': {
      value: 'STRATEGY',
      about: 'how a conversation becomes training sequences, as in “losslight masks”; whole without it',
    },
    '--rollouts': {
      value: 'FILE',
      about:
        'recorded rollouts, JSON Lines with prompt_ids, completion_ids and, if known, completion or messages',
      many: true,
    },
    '--packed': {
      value: 'FILE',
      about:
        'rows of tokens, JSON Lines with input_ids and, if known, labels, position_ids, attention_mask, documents',
      many: true,
    },
    '--max-warnings': { value: 'N', about: 'warnings that are no failure; any number without it' },
    '--all': { about: `print every finding, not the first ${SHOWN} of each kind` },
    '--json': { about: 'one JSON object a line, for every finding' },
  },
  details:
    'Errors come first, then warnings, then what is worth knowing. A place is the record (from 0), the message (from 0) and ' +
    'characters of the rendered text. Exit status: 1 where there is an error, more warnings than --max-warnings, or a record ' +
    'or an edit that had to be left out; so it fits a CI job. With --json a line has lint, severity, text, and where they are known file, ' +
    'source (the record), line, message, field, start and end (characters), tokens (from, to), records (how many show the ' +
    'same) and fix (kind, title and the change).',
  async run(given, io) {
    const inputs = ['--data', '--rollouts', '--packed', '--settings'];
    if (!inputs.some((flag) => given.has(flag))) {
      throw new UsageError(
        'There is nothing to lint: give --data FILE, or --rollouts, --packed or --settings.',
      );
    }
    const mostWarnings = readCount(given, '--max-warnings', 0);
    const inspector = await openTokenizer(io, given.one('--tokenizer') ?? '');
    const policy = await openPolicy(io, given.one('--policy') ?? 'default');
    if (given.has('--edits') && !given.has('--data'))
      throw new UsageError('--edits are weights of conversations: give --data FILE too.');
    const weigher = new Weigher(inspector, [policy], await openEdits(io, given.one('--edits')), io);
    const tally: Tally = { records: 0, left: 0 };
    const options: LintOptions = { policy, settings: await openSettings(given, io, tally) };
    const findings = sorted([
      ...(await inData(given, io, inspector, options, tally, weigher)),
      ...(await inFiles(given, io, '--rollouts', tally, readRollouts, (list) =>
        lintRollouts(inspector, list, options),
      )),
      ...(await inFiles(given, io, '--packed', tally, readRows, (list) =>
        lintRows(inspector, list, options),
      )),
    ]);
    const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
    // Those of import and of rendering are printed as warnings, so they count as such.
    const warnings = count('warning') + (tally.warnings ?? 0);
    if (given.has('--json')) {
      for (const finding of findings) await io.print(`${JSON.stringify(lintFields(finding))}\n`);
    } else {
      const several = inputs.reduce((sum, flag) => sum + given.all(flag).length, 0) > 1;
      await printFindings(findings, io, several, given.has('--all') ? Infinity : SHOWN);
      const counts = [
        counted(count('error'), 'error'),
        counted(warnings, 'warning'),
        `${count('info')} to know`,
      ];
      await io.print(`${counts.join(', ')}, in ${counted(tally.records - tally.left, 'record')}.\n`);
    }
    const left = tally.left + weigher.finish();
    return count('error') > 0 || warnings > mostWarnings || left > 0 ? 1 : 0;
  },
};

async function inData(
  given: Given,
  io: Io,
  inspector: Inspector,
  options: LintOptions,
  tally: Tally,
  weigher: Weigher,
): Promise<Finding[]> {
  const linter = new DatasetLinter(inspector, options);
  if (given.has('--data')) {
    for await (const conversation of readConversations(given, io, tally, inspector))
      linter.add(conversation, weigher.handWeighed(conversation));
  }
  const { findings, notes, refused } = linter.report();
  tally.warnings = (tally.warnings ?? 0) + notes.length;
  for (const { note, records, source } of notes) {
    const where = `record ${source.record}${note.message < 0 ? '' : `, message ${note.message}`}`;
    const alike = records > 1 ? ` (The same in ${records} records.)` : '';
    io.warn(oneLine(`${source.file}:${source.line}: warning: ${where}: ${note.text}${alike}`));
  }
  for (const { source, reason, remedy } of refused) {
    io.warn(oneLine(`${source.file}:${source.line}: error: record ${source.record}: ${reason} ${remedy}`));
    tally.left++;
  }
  return findings;
}

async function inFiles<T>(
  given: Given,
  io: Io,
  flag: '--rollouts' | '--packed',
  tally: Tally,
  read: (text: string, file: string) => ReadRecords<T>,
  find: (records: readonly T[]) => Finding[],
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const file of given.all(flag)) {
    const text = await readText(io, file);
    if (text === undefined) throw new UsageError(`${file} is not there: give ${flag} a file that is.`);
    const { records, problems } = read(text, file);
    for (const problem of problems) io.warn(describe(problem, 'error'));
    tally.records += records.length + problems.length;
    tally.left += problems.length;
    found.push(...find(records));
  }
  return found;
}

/** A setting that cannot be read counts as something left out. */
async function openSettings(given: Given, io: Io, tally: Tally): Promise<TrainerSettings> {
  const file = given.one('--settings');
  let settings: TrainerSettings = {};
  if (file !== undefined) {
    const text = await readText(io, file);
    if (text === undefined) throw new UsageError(`${file} is not there: give --settings a file of settings.`);
    const read = readSettings(text, file);
    for (const problem of read.problems) io.warn(describe(problem, 'error'));
    if (read.problems.length > 0) {
      tally.records++;
      tally.left++;
    }
    settings = read.settings;
  }
  const maxLength = given.has('--max-length') ? readCount(given, '--max-length', 1) : undefined;
  const name = given.one('--sequences');
  const strategy = name === undefined ? undefined : strategyNamed(name)?.name;
  if (name !== undefined && strategy === undefined) {
    throw new UsageError(`“${name}” is no strategy: “losslight masks --help” lists them.`);
  }
  const truncation = readTruncation(given);
  return {
    ...settings,
    ...(maxLength !== undefined && { maxLength }),
    ...(truncation && { truncation }),
    ...(strategy && { strategy }),
  };
}

/** @returns Infinity where the flag was not given */
function readCount(given: Given, flag: string, least: number): number {
  const text = given.one(flag);
  if (text === undefined) return Infinity;
  const value = Number(text);
  if (!(/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least)) {
    throw new UsageError(`${flag} is “${text}”: give a whole number from ${least}.`);
  }
  return value;
}

async function printFindings(
  findings: readonly Finding[],
  io: Io,
  several: boolean,
  most: number,
): Promise<void> {
  const paint = painter(io.colour);
  for (const severity of SEVERITIES) {
    const of = findings.filter((finding) => finding.severity === severity);
    for (const id of new Set(of.map((finding) => finding.lint))) {
      const own = of.filter((finding) => finding.lint === id);
      const { title = id, why = '', sources = [] } = lintNamed(id) ?? {};
      const from = sources.length > 0 ? ` (${sources.join(', ')})` : '';
      const head = `${paint(severity, 1, COLOURS[severity])} ${paint(`${title} [${id}]`, 1)}`;
      const lines = own.slice(0, most).map((finding) => findingText(finding, several, paint));
      const rest = own.length > most ? `  and ${own.length - most} more; --all prints them.\n` : '';
      await io.print(`${head}\n  ${why}${paint(from, 2)}\n${lines.join('')}${rest}\n`);
    }
  }
}

function findingText({ message, place, fix, records }: Finding, several: boolean, paint: Paint): string {
  const where = placeText(place, several);
  const alike = records !== undefined && records > 1 ? ` (the same in ${records} records)` : '';
  const title = fix ? `      fix: ${safe(fix.title)}\n` : '';
  return `  ${where ? `${paint(where, 4)}: ` : ''}${safe(message)}${alike}\n${title}`;
}

/** On one line, without what could command a terminal: messages quote data. */
const safe = (text: string) => visible(oneLine(text)).replaceAll('·', ' ');

function placeText({ source, message, characters, tokens }: Place, several: boolean): string {
  const parts = [
    source && placeOf(source, several),
    message !== undefined && `message ${message}`,
    characters
      ? `characters ${characters.start}–${characters.end}`
      : tokens &&
        `token${tokens.end - tokens.start > 1 ? `s ${tokens.start}–${tokens.end - 1}` : ` ${tokens.start}`}`,
  ];
  return parts.filter(Boolean).join(', ');
}

function describe(
  { file, line, field, reason, remedy }: RecordProblem | Omit<RecordProblem, 'record'>,
  severity: string,
) {
  return oneLine(`${file}:${line}: ${severity}: ${field ? `${field}: ` : ''}${reason}. ${remedy}`);
}

const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
