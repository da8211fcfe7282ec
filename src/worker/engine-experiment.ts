/**
 * @file The experiment's worker: a model of its own, the runner that the command line has too, and results in the browser's storage.
 */
import { crcOf } from '../crc32';
import { digestOf } from '../experiment/digest';
import { LosslightError } from '../errors';
import { chartsOf } from '../experiment/chart';
import { fileNameOf, runsOf, type Experiment } from '../experiment/definition';
import { readLog } from '../experiment/log';
import { readExperiment } from '../experiment/read-definition';
import { reportMarkdown } from '../experiment/report';
import { resultsOf } from '../experiment/results';
import { loadEngine, openBackend } from '../model/backend';
import type { Engine } from '../model/engine';
import { httpFolder } from '../model/http-folder';
import { openModelFolder } from '../model/model-folder';
import { measureSpeed } from '../train/experiment-speed';
import { FILES, Interrupted, readText, type ExperimentHost } from '../train/experiment-host';
import { checkExperiment, readLogs, runExperiment } from '../train/experiment-run';
import { openModel } from '../sequence/open-model';
import type { Inspector } from '../sequence/inspector';
import { restoreFiles } from './engine-experiment-restore';
import { forgetStored, pageStore, storedKeys, type PageStore } from './engine-experiment-store';
import { cachedChoices } from './engine-tuned';
import { exclusively } from './experiment-lock';
import type {
  ExperimentEvent,
  ExperimentReport,
  ExperimentRequests,
  KeptExperiment,
  RunStatus,
} from './experiment-messages';
import { serve, type Handlers, type HostPort } from './host';

/** What a model's outcome depends on, in the order in which the command line takes their digest. */
const MODEL_FILES = [
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'tokenizer.json',
  'tokenizer_config.json',
];
const DEFINITION = 'definition.json';
/** Marks a file of `save`. */
const SAVED = 'losslightExperiment';

interface Loaded {
  url: string;
  engine: Engine;
  inspector: Inspector;
  model: string;
  computes: string;
}

interface Chosen {
  kept: KeptExperiment;
  experiment: Experiment;
  store: PageStore;
}

const port = self as unknown as HostPort<ExperimentEvent>;
const emit = (event: ExperimentEvent) => port.postMessage({ event });
let chosen: Chosen | undefined;
let loaded: Loaded | undefined;
let stopping: AbortController | undefined;

function expectChosen(): Chosen {
  if (!chosen) throw new LosslightError('no-experiment', 'No experiment is chosen.', 'Choose one first.');
  return chosen;
}

function expectIdle(): void {
  if (!stopping) return;
  throw new LosslightError('busy', 'The experiment is running.', 'Pause it first.');
}

async function choose(text: string, file: string): Promise<Chosen> {
  const experiment = readExperiment(text, file);
  const set = Object.entries(experiment.data).find(([, { kind }]) => kind === 'file');
  if (set) {
    throw new LosslightError(
      'bad-experiment',
      `${file}: data.${set[0]} is in a file, which the page cannot read by itself.`,
      'Use practice data, or run it on the command line: npx losslight experiment.',
    );
  }
  checkExperiment(experiment, {});
  const code = crcOf(new TextEncoder().encode(text)).toString(16).padStart(8, '0');
  const key = `${fileNameOf(experiment.name) || 'experiment'}-${code}`;
  return { kept: { key, name: experiment.name, text, file }, experiment, store: await pageStore(key) };
}

async function statusOf({ experiment, store }: Chosen): Promise<RunStatus[]> {
  const found: RunStatus[] = [];
  for (const { arm, seed } of runsOf(experiment)) {
    const log = readLog((await readText(store, FILES.log(arm.name, seed))) ?? '');
    found.push({
      arm: arm.name,
      seed,
      step: log?.steps.at(-1)?.step ?? 0,
      steps: arm.training?.budget.steps ?? 0,
      finished: log?.end !== undefined,
    });
  }
  return found;
}

async function load(url: string): Promise<Loaded> {
  if (loaded?.url === url) return loaded;
  loaded?.engine.dispose();
  loaded = undefined;
  const contents = await Promise.all(
    MODEL_FILES.map(async (name) => {
      const reply = await fetch(new URL(name, url));
      if (!reply.ok) {
        const remedy = 'Check the connection, and try again.';
        throw new LosslightError('download-failed', `${name} could not be loaded (${reply.status}).`, remedy);
      }
      return new Uint8Array(await reply.arrayBuffer());
    }),
  );
  const text = (name: string) => new TextDecoder().decode(contents[MODEL_FILES.indexOf(name)]);
  const files = Object.fromEntries(
    ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json'].map((name) => [name, text(name)]),
  );
  const { inspector } = openModel({ files });
  const backend = await openBackend(undefined, cachedChoices());
  const folder = await openModelFolder(httpFolder(url));
  try {
    const engine = await loadEngine(backend, folder.config, folder.source);
    const model = await digestOfModel(contents);
    return (loaded = { url, engine, inspector, model, computes: backend.reason });
  } finally {
    folder.source.close();
  }
}

/** SHA-256 as the command line has it. */
async function digestOfModel(contents: readonly Uint8Array[]): Promise<string> {
  const parts = MODEL_FILES.flatMap((name, i) => [`${name}\n`, contents[i] as Uint8Array<ArrayBuffer>]);
  return digestOf(new Uint8Array(await new Blob(parts).arrayBuffer()));
}

async function run(url: string): Promise<{ paused: boolean }> {
  const own = expectChosen();
  expectIdle();
  const { key, name } = own.kept;
  const controller = (stopping = new AbortController());
  try {
    return await exclusively(key, name, () => runChosen(url, own, controller.signal));
  } catch (error) {
    if (error instanceof Interrupted) return { paused: true };
    throw error;
  } finally {
    stopping = undefined;
  }
}

async function runChosen(
  url: string,
  { experiment, store, kept }: Chosen,
  signal: AbortSignal,
): Promise<{ paused: boolean }> {
  await store.write(DEFINITION, JSON.stringify(kept));
  const { engine, inspector, model, computes } = await load(url);
  const host: ExperimentHost = {
    ...{ engine, inspector, model, computes, store },
    conversations: () => Promise.reject(new RangeError('There are no files here.')),
    say: (line) => emit({ type: 'said', line }),
    logged: (arm, seed, line) => emit({ type: 'logged', arm, seed, line }),
    checkpointEvery: 60,
    signal,
  };
  await runExperiment(experiment, host);
  return { paused: false };
}

async function report(): Promise<ExperimentReport | null> {
  const { experiment, store } = expectChosen();
  if ((await store.read(FILES.questions)) === undefined) return null;
  const logs = await readLogs(experiment, store);
  const results = resultsOf(experiment, logs);
  if (results.final.length === 0) return null;
  const charts = chartsOf(experiment, logs);
  const listed = charts.map(({ name, title }) => ({ file: `charts/${name}.svg`, title }));
  return {
    markdown: reportMarkdown(results, listed),
    json: `${JSON.stringify(results, undefined, 1)}\n`,
    charts,
  };
}

/** Logs and questions: what a report needs, and what tells which runs are finished. */
async function save(): Promise<string> {
  const { store, kept } = expectChosen();
  const names = (await store.names()).filter((name) => name.startsWith('runs/') || /^\w+\.json$/.test(name));
  const files = await Promise.all(
    names.sort().map(async (name) => [name, await readText(store, name)] as const),
  );
  return `${JSON.stringify({ [SAVED]: 1, ...kept, files: Object.fromEntries(files) }, undefined, 1)}\n`;
}

async function restore(text: string): Promise<KeptExperiment> {
  let value: Partial<Record<string, unknown>> = {};
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    // Told below.
  }
  const { text: definition, file, files } = value;
  if (value[SAVED] !== 1 || typeof definition !== 'string' || typeof files !== 'object' || !files) {
    throw new LosslightError(
      'bad-experiment',
      'This file is no log of an experiment.',
      'Open a file that “Save the log” has written.',
    );
  }
  const next = await choose(definition, typeof file === 'string' ? file : 'the log');
  const { key, name } = next.kept;
  await exclusively(key, name, () => restoreFiles(next.store, files as Record<string, unknown>));
  chosen = next;
  return next.kept;
}

const handlers: Handlers<ExperimentRequests> = {
  async list() {
    const found: KeptExperiment[] = [];
    for (const key of await storedKeys()) {
      const text = await readText(await pageStore(key), DEFINITION);
      if (text !== undefined) found.push(JSON.parse(text) as KeptExperiment);
    }
    return found;
  },
  async open({ text, file }) {
    expectIdle();
    chosen = await choose(text, file);
    return statusOf(chosen);
  },
  async measure({ model }) {
    const { engine, computes } = await load(model);
    return { ...(await measureSpeed(engine)), computes };
  },
  run: ({ model }) => run(model),
  pause() {
    stopping?.abort();
    return null;
  },
  report,
  save,
  async restore({ text }) {
    expectIdle();
    return restore(text);
  },
  async clear() {
    expectIdle();
    const { kept } = expectChosen();
    await exclusively(kept.key, kept.name, () => forgetStored(kept.key));
    chosen = await choose(kept.text, kept.file);
    return null;
  },
};

serve<ExperimentRequests, ExperimentEvent>(port, handlers);
