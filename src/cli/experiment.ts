/**
 * @file `losslight experiment`: trains one model in several ways with several seeds, and reports how they compare.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { FormatId } from '../conversation/formats';
import type { Conversation } from '../conversation/types';
import { chartFiles } from '../experiment/chart';
import type { Experiment } from '../experiment/definition';
import { readExperiment } from '../experiment/read-definition';
import { reportMarkdown } from '../experiment/report';
import { resultsOf } from '../experiment/results';
import type { Inspector } from '../sequence/inspector';
import { Interrupted, type ExperimentHost } from '../train/experiment-host';
import { checkExperiment, readLogs, runExperiment } from '../train/experiment-run';
import { Given, UsageError } from './arguments';
import type { Command } from './command';
import { readConversations, type Tally } from './data';
import { ENGINE_FLAGS, openEngine } from './engine';
import { folderStore } from './experiment-store';
import { reading } from './inputs';
import type { Io } from './io';
import { runOwnReward } from './own-reward';

/** What shells expect of a program that an interrupt has ended: 128 + SIGINT. */
const INTERRUPTED = 130;

export const experiment: Command = {
  name: 'experiment',
  about:
    'Runs an experiment: one model, trained in several ways with several seeds, and a report that compares them.',
  flags: {
    '--file': {
      value: 'FILE',
      about: 'the experiment, see experiments/README.md; the name alone will do',
      required: true,
      alone: true,
    },
    '--out': {
      value: 'DIR',
      about: 'the folder for its outcome; where it holds some of it, the rest is run',
      required: true,
    },
    '--report': { about: 'write the report of what is finished, and run nothing' },
    '--seeds': {
      value: 'LIST',
      about: 'run these of its seeds alone, as in 1,3; processes with different seeds may share a folder',
    },
    '--allow-code': {
      about: 'run rewards in JavaScript that the file brings; they can do whatever you can do',
    },
    ...ENGINE_FLAGS,
    '--model': { ...ENGINE_FLAGS['--model'], about: 'another model than the file names', required: false },
  },
  details:
    'Every arm is trained once with each seed; every step and every measurement on the held-out questions is a line of JSON in the folder. It can be ended at ' +
    'any moment, by Ctrl-C or otherwise, and goes on when it is started again: what is finished is not run again, what was begun goes on from its last checkpoint, ' +
    'and the outcome is the same. Seeds are run one after the other, so that what is finished early compares all arms. At the end, and with --report, report.md, report.json and charts are written from what is finished.',
  async run(given, io) {
    const file = given.one('--file') ?? '';
    const bytes = await reading(file, () => io.read(file));
    if (!bytes) throw new UsageError(`${file} is not there: give the file of an experiment.`);
    const read = readExperiment(new TextDecoder().decode(bytes), file);
    const out = given.one('--out') ?? '';
    if (given.has('--report')) {
      const unfinished = await writeReport(read, out, io);
      return unfinished > 0 ? 1 : 0;
    }
    const allowed = given.has('--allow-code') ? { ownReward: runOwnReward } : {};
    // Now, not after the model is loaded.
    checkExperiment(read, allowed);
    await expectFiles(read, file);
    const seeds = readSeeds(given, read.seeds);
    const model = given.one('--model') ?? path.resolve(path.dirname(file), read.model);
    const ended = await runAll(
      read,
      path.dirname(file),
      out,
      model,
      { ...allowed, ...(seeds && { seeds }) },
      given,
      io,
    );
    await writeReport(read, out, io);
    return ended ? INTERRUPTED : 0;
  },
};

/** @throws UsageError where a file of data is missing: better now than after the arms before it. */
async function expectFiles({ data }: Experiment, file: string): Promise<void> {
  for (const [name, set] of Object.entries(data)) {
    if (set.kind !== 'file') continue;
    const place = path.resolve(path.dirname(file), set.path);
    await access(place).catch(() => {
      throw new UsageError(
        `${file}: data.${name}.file: ${place} is not there: give the path as it is from the folder of ${file}.`,
      );
    });
  }
}

/**
 * The seeds to be run; undefined for all of the file's.
 *
 * @throws UsageError where one is none of the file's.
 */
function readSeeds(given: Given, known: readonly number[]): number[] | undefined {
  const list = given.one('--seeds');
  if (list === undefined) return undefined;
  return list.split(',').map((text) => {
    const seed = text.trim() === '' ? NaN : Number(text);
    if (known.includes(seed)) return seed;
    throw new UsageError(`--seeds: “${text}” is no seed of the experiment: give some of ${known.join(',')}.`);
  });
}

/** @returns whether it was interrupted */
async function runAll(
  read: Experiment,
  folder: string,
  out: string,
  model: string,
  more: Pick<ExperimentHost, 'ownReward' | 'seeds'>,
  given: Given,
  io: Io,
): Promise<boolean> {
  const { engine, inspector, computes, dispose } = await openEngine(given, io, model);
  const stopping = new AbortController();
  io.hold?.(() => {
    io.warn(
      'Interrupted: the run ends after the step under way, and goes on from there when the experiment is started again.',
    );
    stopping.abort();
  });
  try {
    await runExperiment(read, {
      engine,
      inspector,
      computes,
      model: (await digestOf(model)) + (await digestOfData(read, folder)),
      store: folderStore(out),
      conversations: (name, format) => conversationsIn(path.resolve(folder, name), format, inspector, io),
      ...more,
      processorSeconds: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      },
      say: (line) => io.warn(`${new Date().toISOString().slice(11, 19)} ${line}`),
      signal: stopping.signal,
    });
    return false;
  } catch (error) {
    if (error instanceof Interrupted) return true;
    throw error;
  } finally {
    engine.dispose();
    await dispose();
  }
}

/** Writes the report of what is finished; gives the number of runs that are not. */
async function writeReport(read: Experiment, out: string, io: Io): Promise<number> {
  const store = folderStore(out);
  const logs = await readLogs(read, store);
  const results = resultsOf(read, logs);
  const charts = chartFiles(read, logs);
  for (const { file, svg } of charts) await store.write(`charts/${file}`, svg);
  const listed = charts.map(({ file, title }) => ({ file: `charts/${file}`, title }));
  await store.write('report.json', `${JSON.stringify(results, undefined, 1)}\n`);
  await store.write('report.md', reportMarkdown(results, listed));
  const { length } = results.unfinished;
  const left = length === 0 ? '' : ` ${length} ${length === 1 ? 'run is' : 'runs are'} not finished.`;
  await io.print(`${path.join(out, 'report.md')} is written.${left}\n`);
  return length;
}

async function conversationsIn(
  file: string,
  format: FormatId | undefined,
  inspector: Inspector,
  io: Io,
): Promise<Conversation[]> {
  const flags = new Map([['--data', [file]], ...(format ? [['--format', [format]] as const] : [])]);
  const tally: Tally = { records: 0, left: 0 };
  const conversations: Conversation[] = [];
  for await (const conversation of readConversations(new Given(flags), io, tally, inspector))
    conversations.push(conversation);
  return conversations;
}

/** SHA-256 of each file of data, since a definition holds only its path; nothing where there is none. */
export async function digestOfData({ data }: Pick<Experiment, 'data'>, folder: string): Promise<string> {
  const found: string[] = [];
  for (const [name, set] of Object.entries(data)) {
    if (set.kind !== 'file') continue;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path.resolve(folder, set.path))) hash.update(chunk as Buffer);
    found.push(` ${name}: ${hash.digest('hex')}`);
  }
  return found.join('');
}

/** SHA-256 of what a model's outcome depends on: configuration, weights, tokenizer and templates. */
async function digestOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /\.(?:json|jinja|safetensors)$/.test(name)).sort();
  const hash = createHash('sha256');
  for (const name of names) {
    hash.update(`${name}\n`);
    for await (const chunk of createReadStream(path.join(folder, name))) hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
