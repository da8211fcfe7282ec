/**
 * @file Stand-ins for the two workers, for tests of the page and for looking at it without them. The text service does
 * the real work, in the page; the engine is a small simulation that serves the typed protocol. Never shipped.
 */
import type { Inspector } from '../../src/sequence/inspector';
import { importFiles } from '../../src/conversation/import';
import { LosslightError } from '../../src/errors';
import type { GeneratedToken } from '../../src/model/engine';
import type { EngineService } from '../../src/worker/engine-client';
import type {
  EngineEvent,
  ErrorReport,
  ModelInfo,
  StepReport,
  TrainSettings,
} from '../../src/worker/protocol';
import type { TextService } from '../../src/worker/text-client';
import type { TrainingSequence } from '../../src/sequence/types';
import { SEGMENT_KINDS } from '../../src/template/rendered';

export class FakeText implements TextService {
  #inspector: Inspector | undefined;
  /** Makes the next request of that name fail. */
  readonly failures = new Map<keyof TextService, ErrorReport>();

  #ready(name: keyof TextService): Inspector {
    const failure = this.failures.get(name);
    if (failure) throw new LosslightError(failure.code, failure.message, failure.remedy);
    if (!this.#inspector) throw new LosslightError('not-open', 'No tokenizer is open.', 'Open one.');
    return this.#inspector;
  }

  open: TextService['open'] = async ({ files }) => {
    const { Inspector } = await import('../../src/sequence/inspector');
    const inspector = new Inspector(files.tokenizerJson, files.tokenizerConfigJson, files.chatTemplate);
    this.#inspector = inspector;
    return { vocabularySize: inspector.tokenizer.vocabularySize, endOfTurnIds: inspector.endOfTurnIds };
  };
  import: TextService['import'] = async ({ files }) => {
    const failure = this.failures.get('import');
    if (failure) throw new LosslightError(failure.code, failure.message, failure.remedy);
    return importFiles(files);
  };
  inspect: TextService['inspect'] = async ({ conversation }) => ({
    conversation: conversation.id,
    ...this.#ready('inspect').inspect(conversation),
  });
  sequences: TextService['sequences'] = async ({ conversations, policy, maxLength }) =>
    this.#ready('sequences').sequences(conversations, policy, maxLength);
  prompt: TextService['prompt'] = async ({ conversation, upTo }) =>
    this.#ready('prompt').prompt(conversation, upTo);
  decode: TextService['decode'] = async ({ ids }) => {
    const { tokenizer } = this.#ready('decode');
    return { tokens: tokenizer.pieces(ids), text: tokenizer.decode(ids) };
  };
  dispose(): void {
    this.#inspector = undefined;
  }
}

export const FAKE_INFO: ModelInfo = {
  parameterCount: 1_771_392,
  vocabularySize: 872,
  contextLength: 1024,
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

/** A model that starts at about 2.5 nats a trained token and learns a little with each step. */
export class FakeEngine implements EngineService {
  info = FAKE_INFO;
  loadError: ErrorReport | undefined;
  /** Milliseconds a step; 0 waits for `advance`. */
  stepTime = 0;
  /** Ids that `generate` writes. */
  script: number[] = [];
  readonly calls: string[] = [];
  #listeners = new Set<(event: EngineEvent) => void>();
  #run = 0;
  #done = 0;
  #learnt = 0;
  #state: 'running' | 'paused' | 'over' = 'over';
  #settings: TrainSettings | undefined;
  #sequences: TrainingSequence[] = [];
  #holdLoad: Promise<void> = Promise.resolve();
  #stepping = false;

  /** The next `load` waits until the returned function is called. */
  holdLoad(): () => void {
    let release = () => {};
    this.#holdLoad = new Promise((resolve) => (release = resolve));
    return release;
  }

  emit(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  load = async () => {
    this.calls.push('load');
    this.emit({ type: 'progress', phase: 'download', done: 1_200_000, total: 3_546_440 });
    await this.#holdLoad;
    if (this.loadError)
      throw new LosslightError(this.loadError.code, this.loadError.message, this.loadError.remedy);
    return this.info;
  };

  score: EngineService['score'] = async ({ sequences, which }) => {
    this.calls.push(`score ${which}`);
    const learnt = which === 'tuned' ? this.#learnt : 0;
    return {
      logProbs: sequences.map(({ ids, weights }) =>
        Float32Array.from(ids, (id, i) => {
          if (i === 0) return 0;
          const base = -6 * noise(id, i) ** 3 - 0.05;
          return weights[i] ? base * 0.93 ** learnt : base * (1 + 0.004 * learnt * (noise(i, id) - 0.3));
        }),
      ),
    };
  };

  train: EngineService['train'] = async ({ sequences, settings, startPaused }) => {
    this.calls.push('train');
    this.#run++;
    this.#done = 0;
    this.#settings = settings;
    this.#sequences = sequences;
    this.#state = startPaused ? 'paused' : 'running';
    if (!startPaused) this.#schedule();
    return { run: this.#run };
  };

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

  reset = async () => {
    this.calls.push('reset');
    this.#state = 'over';
    this.#learnt = 0;
    return null;
  };

  generate: EngineService['generate'] = async ({ which, options }, onToken, signal) => {
    this.calls.push(`generate ${which}`);
    const tokens: GeneratedToken[] = [];
    for (const id of this.script.slice(0, options.maxNewTokens)) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (signal?.aborted) break;
      const token = { id, logProb: -2 * noise(id, which === 'base' ? 1 : 2) };
      tokens.push(token);
      onToken(token);
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

  /** One step, whatever the state. */
  advance(): void {
    const settings = this.#settings;
    if (!settings) return;
    this.#done++;
    this.#learnt++;
    this.emit({ type: 'step', run: this.#run, report: this.#report(settings) });
    if (this.#done >= settings.steps) this.#change('finished');
  }

  #change(state: 'running' | 'paused' | 'finished' | 'stopped'): void {
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
    };
  }
}
