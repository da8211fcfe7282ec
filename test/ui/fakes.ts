/**
 * @file Stand-ins for the two workers, for tests of the page and for looking at it without them. The text client is
 * the real one, and what answers it does the real work, in the page; the engine is a small simulation that serves the typed protocol. Never shipped.
 */
import type { Inspector } from '../../src/sequence/inspector';
import { tallyAll } from '../../src/sequence/tally';
import { memorySink } from '../../src/conversation/byte-source';
import { LosslightError } from '../../src/errors';
import type { GeneratedToken, ModelDescription } from '../../src/model/engine';
import type { EngineService } from '../../src/worker/engine-client';
import type {
  EngineEvent,
  ErrorReport,
  FileEvent,
  FileRequests,
  MeasuredPace,
  MemoryChoice,
  ModelInfo,
  RunState,
  SequencePredictions,
  SettingChange,
  StepReport,
  TextRequests,
  TrainSettings,
} from '../../src/worker/protocol';
import type { WorkerLike } from '../../src/worker/client';
import { FileClient } from '../../src/worker/file-client';
import { fileHandlers } from '../../src/worker/file-handlers';
import { serve, type Handlers } from '../../src/worker/host';
import { countMessagesFrom } from '../../src/strings/en/numbers';
import { checkHandlers } from '../../src/worker/text-checks';
import { rolloutHandlers } from '../../src/worker/text-rollouts';
import { TextClient } from '../../src/worker/text-client';
import type { TrainingSequence } from '../../src/sequence/types';
import type { OpenRequest } from '../../src/sequence/open-model';
import { checkTemplate } from '../../src/template/locate-error';
import { TRAINABLE_KINDS } from '../../src/mask/policy';
import { SEGMENT_KINDS } from '../../src/template/rendered';
import { changesOf } from '../../src/settings/changes';
import { fakeMetrics, fakeRollouts, tokenizePrompts, type TokenizedPrompt } from './fake-rollouts';

type Name = keyof TextRequests | 'import';

/** The text worker's side, run in the page: it answers over a real message channel, one spawned after another. */
class FakeTextHost {
  /** Makes requests of that name fail. */
  readonly failures = new Map<Name, ErrorReport>();
  readonly #holds = new Map<Name, Promise<void>>();
  #inspector: Inspector | undefined;

  /** Requests of that name wait until the returned function is called. */
  hold(name: Name): () => void {
    let release = () => {};
    this.#holds.set(name, new Promise((resolve) => (release = resolve)));
    return () => {
      this.#holds.delete(name);
      release();
    };
  }

  spawn(): WorkerLike {
    const { port1, port2 } = new MessageChannel();
    port2.start();
    // As the worker does when it begins; each test file is a page of its own, so that no other counts like that.
    countMessagesFrom(1);
    serve<TextRequests>(port2, {
      hello: () => null,
      open: (request) => this.#answer('open', () => this.#open(request)),
      checkTemplate: ({ source }) => this.#answer('checkTemplate', () => checkTemplate(source) ?? null),
      previewTemplate: ({ source, conversation }) =>
        this.#answer('previewTemplate', () => this.#opened().preview(source, conversation)),
      traceTemplate: ({ conversation }) =>
        this.#answer('traceTemplate', () => {
          const pieces = this.#opened().trace(conversation);
          return pieces ? { source: this.#opened().template.source, pieces } : null;
        }),
      inspect: ({ conversation }) =>
        this.#answer('inspect', () => ({
          conversation: conversation.id,
          ...this.#opened().inspect(conversation),
        })),
      weigh: ({ conversation, policy }) =>
        this.#answer('weigh', () => this.#opened().weigh(conversation, policy)),
      sequences: ({ conversations, policy, maxLength, edits, strategy, truncate, samples }) =>
        this.#answer('sequences', () =>
          this.#opened().sequences(conversations, policy, maxLength, edits, { strategy, truncate, samples }),
        ),
      tally: ({ conversations, policy, limit, edits }) =>
        this.#answer('tally', () => tallyAll(this.#opened(), conversations, policy, limit, edits)),
      prompt: ({ conversation, upTo }) =>
        this.#answer('prompt', () => this.#opened().prompt(conversation, upTo)),
      decode: ({ ids }) =>
        this.#answer('decode', () => {
          const { tokenizer } = this.#opened();
          return { tokens: tokenizer.pieces(ids), text: tokenizer.decode(ids) };
        }),
      ...this.#checks(),
      ...rolloutHandlers(() => this.#opened()),
    });
    return workerOf(port1);
  }

  #checks() {
    const { compare, compareAll, divide, lint, lintAll, lintReport } = checkHandlers(() => this.#opened());
    type Checks = Pick<
      Handlers<TextRequests>,
      'compare' | 'compareAll' | 'divide' | 'lint' | 'lintAll' | 'lintReport'
    >;
    const checks: Checks = {
      compare: (request, id) => this.#answer('compare', () => compare(request, id)),
      compareAll: (request, id) => this.#answer('compareAll', () => compareAll(request, id)),
      divide: (request, id) => this.#answer('divide', () => divide(request, id)),
      lint: (request, id) => this.#answer('lint', () => lint(request, id)),
      lintAll: (request, id) => this.#answer('lintAll', () => lintAll(request, id)),
      lintReport: (request, id) => this.#answer('lintReport', () => lintReport(request, id)),
    };
    return checks;
  }

  /** A file host, in the page as well; what it unpacks stays in memory. */
  spawnFiles(): WorkerLike {
    const { port1, port2 } = new MessageChannel();
    port2.start();
    const emit = (event: FileEvent) => port2.postMessage({ event });
    const handlers = fileHandlers(emit, async (name) => ({ sink: memorySink(name), inMemory: true }));
    serve<FileRequests, FileEvent>(port2, {
      ...handlers,
      open: (request, id) => this.#answer('import', async () => handlers.open(request, id)),
    });
    return workerOf(port1);
  }

  async #answer<T>(name: Name, answer: () => T | Promise<T>): Promise<T> {
    await this.#holds.get(name);
    const failure = this.failures.get(name);
    if (failure) throw new LosslightError(failure.code, failure.message, failure.remedy);
    return answer();
  }

  async #open(request: OpenRequest) {
    const { openModel } = await import('../../src/sequence/open-model');
    const { inspector, opened } = openModel(request);
    this.#inspector = inspector;
    return opened;
  }

  #opened(): Inspector {
    if (!this.#inspector) throw new LosslightError('not-open', 'No tokenizer is open.', 'Open one.');
    return this.#inspector;
  }
}

function workerOf(port: MessagePort): WorkerLike {
  return {
    postMessage: (message) => port.postMessage(message),
    terminate: () => port.close(),
    addEventListener: (type: string, listener: (event: never) => void) => {
      if (type !== 'message') return;
      port.addEventListener('message', (event) => listener(event as never));
      port.start();
    },
  };
}

/** The real client, with its queue and its retirement; only the worker behind it is not one. */
export class FakeText extends TextClient {
  constructor(readonly host = new FakeTextHost()) {
    // The page is busy with the worker's work as well, so that a deadline would measure both.
    super(
      () => host.spawn(),
      {
        open: 60_000,
        inspect: 60_000,
        previewTemplate: 60_000,
        traceTemplate: 60_000,
        sequences: 60_000,
        tally: 60_000,
        compare: 60_000,
        compareAll: 60_000,
        divide: 60_000,
        lint: 60_000,
        lintAll: 60_000,
      },
      new FileClient(() => host.spawnFiles()),
    );
  }

  get failures() {
    return this.host.failures;
  }

  hold(name: Name): () => void {
    return this.host.hold(name);
  }
}

export const FAKE_MODEL: ModelDescription = {
  family: 'llama',
  parameterCount: 1_771_392,
  vocabularySize: 872,
  contextLength: 1024,
  dtypes: ['F16'],
  files: 1,
  fileBytes: 3_542_784,
  memory: { f32: 35_427_840, f16: 4_500_000, int8: 3_000_000, int4: 2_200_000 },
};

export const FAKE_INFO: ModelInfo = {
  model: FAKE_MODEL,
  parameterCount: 1_771_392,
  vocabularySize: 872,
  contextLength: 1024,
  baseFormat: 'f32',
  trained: { adaptation: { kind: 'full' }, trainedCount: 1_771_392 },
  projections: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
  engine: {
    kind: 'wgsl',
    reason: 'The GPU computes: a short test ran 9.0 times as fast there as on the CPU.',
  },
  device: {
    vendor: 'example',
    architecture: 'simulated',
    description: 'Example GPU',
    software: false,
    features: [],
  },
};

/** A number in [0, 1) that depends on its arguments alone. */
function noise(a: number, b: number): number {
  const x = Math.sin(a * 12.9898 + b * 78.233) * 43758.5453;
  return x - Math.floor(x);
}

/** Five tokens a place, among them the one that came where it is among the first five. */
function fakePredictions(ids: Int32Array, logProbs: Float32Array): SequencePredictions {
  const made: SequencePredictions = {
    entropy: logProbs.map((logProb, i) => (i === 0 ? 0 : 0.2 - 0.6 * logProb)),
    ranks: logProbs.map((logProb, i) => (i === 0 ? 0 : 1 + Math.floor(-1.6 * logProb))),
    topIds: new Float32Array(5 * ids.length),
    topLogProbs: new Float32Array(5 * ids.length),
  };
  ids.forEach((id, i) => {
    if (i === 0) return;
    const place = (made.ranks[i] ?? 1) - 1;
    for (let k = 0; k < 5; k++) {
      made.topIds[5 * i + k] = k === place ? id : (id + 17 * (k + 1)) % 872;
      const first = place === 0 ? (logProbs[i] ?? 0) : -0.4;
      made.topLogProbs[5 * i + k] = k === place ? (logProbs[i] ?? 0) : first - 0.6 * k - 0.3;
    }
  });
  return made;
}

/** A model that starts at about 2.5 nats a trained token and learns a little with each step. */
export class FakeEngine implements EngineService {
  /** What a run is said to take. */
  memoryChoice: MemoryChoice | null = null;
  info = FAKE_INFO;
  loadError: ErrorReport | undefined;
  /** What `inspectModel` says of every folder, and then `load`. */
  described: ModelDescription = FAKE_MODEL;
  inspectError: ErrorReport | undefined;
  scoreError: ErrorReport | undefined;
  saveError: ErrorReport | undefined;
  /** Ends each generation that has two tokens or more. */
  generateError: ErrorReport | undefined;
  /** Milliseconds a step; 0 waits for `advance`. */
  stepTime = 0;
  /** Ids that `generate` writes. */
  script: number[] = [];
  /** Ids that the next generations write in place of that, one list each. */
  readonly scripts: number[][] = [];
  /** A generation that has so many tokens waits there until it is stopped, however long that takes. */
  restsAfter = Infinity;
  /** What generations were asked for. */
  readonly generated: Parameters<EngineService['generate']>[0][] = [];
  readonly calls: string[] = [];
  #listeners = new Set<(event: EngineEvent) => void>();
  #run = 0;
  #done = 0;
  #learnt = 0;
  #state: 'running' | 'paused' | 'over' = 'over';
  #settings: TrainSettings | undefined;
  #sequences: TrainingSequence[] = [];
  #holdLoad: Promise<void> = Promise.resolve();
  #cancelLoad = () => {};
  #stepping = false;
  #writing = new Set<AbortController>();

  /** What the last run was given. */
  get given(): readonly TrainingSequence[] {
    return this.#sequences;
  }

  /** The next `load` waits until the returned function is called. */
  holdLoad(): () => void {
    let release = () => {};
    this.#holdLoad = new Promise((resolve) => (release = resolve));
    return release;
  }

  emit(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  load: EngineService['load'] = async (place) => {
    this.calls.push('folder' in place ? `load ${place.folder}` : 'load');
    const isLocal = 'folder' in place;
    const info = isLocal ? { ...this.info, ...this.described, model: this.described } : this.info;
    const total = info.model.fileBytes;
    this.emit({ type: 'progress', phase: isLocal ? 'read' : 'download', done: Math.round(total / 3), total });
    let cancel = () => {};
    const cancelled = new Promise<never>((_, reject) => {
      cancel = () => reject(new LosslightError('cancelled', 'Loading the model was cancelled.', 'Again.'));
    });
    this.#cancelLoad = cancel;
    await Promise.race([this.#holdLoad, cancelled]);
    if (this.loadError)
      throw new LosslightError(this.loadError.code, this.loadError.message, this.loadError.remedy);
    this.#learnt = 0;
    return info;
  };

  cancelLoad = async () => {
    this.calls.push('cancelLoad');
    this.#cancelLoad();
    return null;
  };

  inspectModel: EngineService['inspectModel'] = async () => {
    this.calls.push('inspectModel');
    if (this.inspectError) {
      const { code, message, remedy } = this.inspectError;
      throw new LosslightError(code, message, remedy);
    }
    return this.described;
  };

  score: EngineService['score'] = async ({ sequences, which, predictions }) => {
    this.calls.push(`score ${typeof which === 'string' ? which : 'kept'}`);
    if (this.scoreError)
      throw new LosslightError(this.scoreError.code, this.scoreError.message, this.scoreError.remedy);
    const learnt =
      typeof which === 'object'
        ? (which.values.get('learnt')?.[0] ?? 0)
        : which === 'tuned'
          ? this.#learnt
          : 0;
    const logProbs = sequences.map(({ ids, kind }) =>
      Float32Array.from(ids, (id, i) => {
        if (i === 0) return 0;
        const base = -6 * noise(id, i) ** 3 - 0.05;
        const name = SEGMENT_KINDS[kind[i] ?? 0];
        return TRAINABLE_KINDS.some((trainable) => trainable === name)
          ? base * 0.93 ** learnt
          : base * (1 + 0.004 * learnt * (noise(i, id) - 0.3));
      }),
    );
    const made = sequences.map(({ ids }, s) => fakePredictions(ids, logProbs[s] ?? new Float32Array()));
    return { logProbs, ...(predictions && { predictions: made }) };
  };

  /** Makes real tokens of the prompts of a run on policy. */
  text: FakeText | undefined;
  /** What the last run was asked to do. */
  asked: Parameters<EngineService['train']>[0] | undefined;
  changeError: ErrorReport | undefined;
  #prompts: TokenizedPrompt[] = [];
  #changed: SettingChange[] = [];

  train: EngineService['train'] = async (asked) => {
    const { sequences, settings, startPaused, prompts = [] } = asked;
    this.calls.push('train');
    this.#prompts = this.text ? await tokenizePrompts(this.text, prompts) : [];
    this.#run++;
    this.#done = 0;
    this.#changed = [];
    this.asked = asked;
    this.#settings = settings;
    this.#sequences = sequences;
    this.#state = startPaused ? 'paused' : 'running';
    if (!startPaused) this.#schedule();
    const run = this.#run;
    // After the reply, as the real host does.
    setTimeout(() => {
      if (run === this.#run && this.#state !== 'over') this.#change(this.#state);
    });
    return { run };
  };

  /** Of the latest run. */
  get settings(): TrainSettings | undefined {
    return this.#settings;
  }

  memory: EngineService['memory'] = async () => this.memoryChoice;

  /** What the trial of speeds says. */
  measuredPace: MeasuredPace | null = null;
  pace: EngineService['pace'] = async () => this.measuredPace;

  control: EngineService['control'] = async ({ action }) => {
    this.calls.push(action);
    if (action === 'step') this.advance();
    else if (action === 'pause') this.#change('paused');
    else if (action === 'stop') this.#change('stopped');
    else {
      this.#change('running');
      this.#schedule();
    }
    return null;
  };

  answer: EngineService['answer'] = async () => null;

  adapt: EngineService['adapt'] = async ({ adaptation }) => {
    this.calls.push(`adapt ${adaptation.kind}`);
    if (this.#state !== 'over') this.#change('stopped');
    this.#learnt = 0;
    const trainedCount = adaptation.kind === 'full' ? this.info.parameterCount : 4096 * adaptation.rank;
    return { adaptation, trainedCount };
  };

  save: EngineService['save'] = async ({ form, folder }) => {
    this.calls.push(`save ${form} ${folder}`);
    if (this.saveError)
      throw new LosslightError(this.saveError.code, this.saveError.message, this.saveError.remedy);
    return new Blob([form]);
  };

  change: EngineService['change'] = async ({ patch }) => {
    this.calls.push(`change ${Object.keys(patch).join(' ')}`);
    if (this.changeError) {
      const { code, message, remedy } = this.changeError;
      throw new LosslightError(code, message, remedy);
    }
    const before = { ...this.asked?.objective, ...this.#settings };
    this.#changed = changesOf(before, patch);
    if (this.#settings) this.#settings = { ...this.#settings, ...patch };
    return null;
  };

  snapshot: EngineService['snapshot'] = async () => {
    this.calls.push('snapshot');
    return { values: new Map([['learnt', Float32Array.of(this.#learnt)]]) };
  };

  restore: EngineService['restore'] = async ({ values }) => {
    this.calls.push('restore');
    if (this.#state !== 'over') this.#change('stopped');
    this.#learnt = values.get('learnt')?.[0] ?? 0;
    return null;
  };

  reset = async () => {
    this.calls.push('reset');
    for (const writing of this.#writing) writing.abort();
    if (this.#state !== 'over') this.#change('stopped');
    this.#learnt = 0;
    return null;
  };

  generate: EngineService['generate'] = async (request, onToken, signal) => {
    const { which, options } = request;
    this.generated.push(request);
    this.calls.push(`generate ${typeof which === 'string' ? which : 'kept'}`);
    const tokens: GeneratedToken[] = [];
    if (signal?.aborted) return { tokens };
    const own = new AbortController();
    this.#writing.add(own);
    try {
      for (const id of (this.scripts.shift() ?? this.script).slice(0, options.maxNewTokens)) {
        const stopped = () => signal?.aborted || own.signal.aborted;
        do await new Promise((resolve) => setTimeout(resolve, 2));
        while (tokens.length >= this.restsAfter && !stopped());
        if (this.generateError && tokens.length >= 2) {
          const { code, message, remedy } = this.generateError;
          throw new LosslightError(code, message, remedy);
        }
        if (stopped()) break;
        const token = { id, logProb: -2 * noise(id, which === 'base' ? 1 : 2) };
        tokens.push(token);
        onToken(token);
      }
    } finally {
      this.#writing.delete(own);
    }
    return { tokens };
  };

  loseDevice = async () => {
    this.#state = 'over';
    const error = { code: 'device-lost', message: 'The GPU device was lost.', remedy: 'Restart the engine.' };
    this.emit({ type: 'fatal', error });
    return null;
  };

  listen(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  restart(): void {
    this.calls.push('restart');
    this.#state = 'over';
    this.#learnt = 0;
  }

  /** One step, as long as a run is under way. */
  advance(): void {
    const settings = this.#settings;
    if (!settings || this.#state === 'over') return;
    this.#done++;
    this.#learnt++;
    const objective = this.asked?.objective;
    const rollouts =
      objective && this.#prompts.length
        ? fakeRollouts(this.#prompts, objective, this.asked?.rewards ?? [], this.#done, noise)
        : [];
    if (rollouts.length) this.emit({ type: 'rollouts', run: this.#run, step: this.#done, rollouts });
    const changed = this.#changed.splice(0);
    const heldOut = this.asked?.heldOut && this.#done % 5 === 0;
    const report: StepReport = {
      ...this.#report(settings),
      ...((rollouts.length || heldOut) && {
        metrics: {
          ...(rollouts.length && fakeMetrics(rollouts, this.#done)),
          ...(heldOut && { heldOutLoss: 2.2 * 0.96 ** this.#learnt + 0.3 }),
        },
      }),
      ...(changed.length && { changed }),
    };
    this.emit({ type: 'step', run: this.#run, report });
    if (this.#done >= settings.steps) this.#change('finished');
  }

  #change(state: Exclude<RunState, 'failed'>): void {
    this.#state = state === 'finished' || state === 'stopped' ? 'over' : state;
    this.emit({ type: 'run', run: this.#run, state });
  }

  #schedule(): void {
    if (!this.stepTime || this.#stepping) return;
    this.#stepping = true;
    setTimeout(() => {
      this.#stepping = false;
      if (this.#state !== 'running') return;
      this.advance();
      this.#schedule();
    }, this.stepTime);
  }

  #report(settings: TrainSettings): StepReport {
    const loss = 2.1 * 0.93 ** this.#learnt + 0.15 + 0.2 * noise(this.#learnt, 3);
    const lossByKind: StepReport['lossByKind'] = {};
    let tokens = 0;
    let trainedTokens = 0;
    for (const { ids, weights, kind } of this.#sequences.slice(0, settings.batchSize)) {
      tokens += ids.length;
      for (let i = 1; i < ids.length; i++) {
        if (!weights[i]) continue;
        trainedTokens++;
        const name = SEGMENT_KINDS[kind[i] ?? 0];
        if (name)
          lossByKind[name] ??=
            loss * (0.6 + 0.25 * (kind[i] ?? 0) * 0.4) + 0.1 * noise(this.#learnt, kind[i] ?? 0);
      }
    }
    return {
      step: this.#done,
      loss,
      lossByKind,
      learningRate: settings.learningRate * Math.min(1, this.#done / Math.max(1, settings.warmupSteps)),
      gradientNorm: 1.5 * 0.95 ** this.#learnt + 0.2,
      tokens,
      trainedTokens,
      milliseconds: this.stepTime || 120,
      // It takes the same sequences at each step.
      ...(this.#sequences.length > 0 && {
        firstTrained: this.#done > 1 ? [] : [...this.#sequences.slice(0, settings.batchSize).keys()],
      }),
    };
  }
}
