/**
 * @file How long a run will about take, before its first step: a sample of its data gives the work, and what was measured on this
 * device the speed. Speeds of training are kept in the browser, so that the next visit knows them; before the first run they are
 * concluded from a short trial of how fast the model reads and writes.
 */
import type { ModelShape } from '../sequence/flops';
import type { TrainingSequence } from '../sequence/types';
import { ON_POLICY, type ObjectiveKind } from '../settings/objective';
import { sampleKindOf } from '../settings/sample-kind';
import type { DivisionSettings } from '../settings/train';
import type { EngineEvent, StepReport } from '../worker/protocol';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';
import type { DataList } from './data-list';
import {
  readingFlops,
  runTime,
  stepWork,
  trainingPace,
  type Pace,
  type RunPlanned,
  type RunSample,
  type RunTime,
} from './run-time';
import type { Session } from './session.svelte';
import { makeSequences, type SequenceOptions } from './train-sequences';

export type ForecastParts = Pick<Session, 'model' | 'data' | 'mask' | 'train' | 'runScope' | 'modelKey'>;
type Kept = Pick<Storage, 'getItem' | 'setItem'>;

export interface ForecastServices {
  text: Pick<TextService, 'sequences'>;
  engine: Pick<EngineService, 'pace'>;
  readShape: () => Promise<ModelShape | undefined>;
}

export const PACE_KEY = 'losslight.pace';
/** Devices and models of which speeds are kept; the oldest go first. */
const MOST_KEPT = 12;
/** Conversations of the sample: lengths differ, and each has to be rendered. */
const SAMPLED = 16;
/** Tokens of a written turn where the data shows none. */
const USUAL_TURN = 64;
/** What answers one user message, as on policy. */
const TURNS: DivisionSettings = { strategy: 'prefixes-last', truncate: 'end' };

/** What a sample is made of. */
interface SampleSource extends Omit<SequenceOptions, 'samples' | 'rewards' | 'clock'> {
  list: DataList;
  rows: readonly number[];
  kind: ObjectiveKind;
  /** Tokenizer and template. */
  opened: unknown;
}

/** The run whose steps are being timed. */
interface Timed {
  run: number;
  /** When the present step began, and when all of its completions were written. */
  began: number;
  written: number | undefined;
  completions: number;
  tokens: number;
  training: number;
  steps: number;
}

export class RunForecast {
  #shape = $state.raw<ModelShape | undefined>();
  #sample = $state.raw<RunSample | undefined>();
  /** What the present sample was made of. */
  #sampled: readonly unknown[] = [];
  #asked = 0;
  #paces = $state.raw<Readonly<Record<string, Pace>>>({});
  #timed: Timed | undefined;
  /** Keys of what was tried out in this visit. */
  readonly #tried = new Set<string>();

  constructor(
    private readonly parts: ForecastParts,
    private readonly asking: ForecastServices,
    private readonly storage?: Kept,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#paces = readPaces(storage);
  }

  /** What tells speeds of this device, this engine and this model from others. */
  readonly #key = $derived.by(() => {
    const { model, modelKey } = this.parts;
    const { info } = model;
    if (!info) return undefined;
    const cores = globalThis.navigator?.hardwareConcurrency ?? 1;
    return [info.engine.kind, info.device?.description ?? `${cores} cores`, modelKey].join(' | ');
  });

  /** What a run that begins now does; undefined where nothing is known of it yet, or a setting is wrong. */
  readonly #planned = $derived.by(() => {
    const { model, train } = this.parts;
    const { settings } = train;
    const objective = train.objective.settings;
    const { info } = model;
    const sample = this.#sample;
    if (!settings || !objective || !info || !sample) return undefined;
    const shape = this.#shape ?? { parameters: info.parameterCount, layers: 0, width: 0 };
    return { settings, objective, trains: info.trained.adaptation.kind, shape, sample };
  });

  /** `unknown`: it is measured at the first step. Undefined while a run goes, and where there is nothing to tell. */
  readonly time = $derived.by((): RunTime | 'unknown' | undefined => {
    const planned = this.#planned;
    const key = this.#key;
    if (!planned || key === undefined || this.parts.train.active) return undefined;
    return runTime(planned, this.#paces[key] ?? {}) ?? 'unknown';
  });

  /** What a sample would be made of now; undefined where there is nothing to make it of. Whatever keeps it from that is said elsewhere. */
  readonly wanted = $derived.by((): SampleSource | undefined => {
    const { model, data, mask, train, runScope } = this.parts;
    const { list, trainRows: rows } = data;
    const { kind } = train.objective;
    const ready = model.weights === 'ready' && model.tokenizer === 'ready' && model.weightsFit;
    if (!ready || model.misfit || train.active || runScope.mayNotEnd || !rows.length) return undefined;
    const division = ON_POLICY.includes(kind) ? TURNS : train.division;
    const { policy, edits } = mask;
    return {
      list,
      rows,
      policy,
      edits: edits.book,
      division,
      maxLength: runScope.limit,
      kind,
      opened: model.opened,
    };
  });

  /** Looks at the data, where it, its mask or its division is another than the last time. */
  async foresee(source: SampleSource | undefined): Promise<void> {
    if (!source) return;
    const key = Object.values(source);
    if (key.every((part, i) => part === this.#sampled[i])) return this.#try();
    this.#sampled = key;
    const asked = ++this.#asked;
    const { list, rows: all, kind, policy, edits, division, maxLength } = source;
    let sample: RunSample | undefined;
    try {
      this.#shape = await this.asking.readShape();
      const conversations = await list.read(spread(all, SAMPLED));
      const options = { policy, edits, division, maxLength, samples: sampleKindOf(kind) };
      const { sequences } = await makeSequences(this.asking.text, conversations, options);
      sample = sampleOf(sequences, all.length / Math.max(1, conversations.length), list.heldOutCount);
    } catch {
      sample = undefined;
    }
    if (asked !== this.#asked) return;
    this.#sample = sample;
    if (sample) await this.#try();
  }

  /** How fast the model reads and writes, where nobody has measured that here yet: once a visit at most. */
  async #try(): Promise<void> {
    const key = this.#key;
    const info = this.parts.model.info;
    if (!info || key === undefined || this.#tried.has(key) || this.#pace.reading) return;
    this.#tried.add(key);
    const measured = await this.asking.engine.pace().catch(() => null);
    if (!measured || key !== this.#key || !(measured.reading > 0)) return;
    const { length, reading, writing } = measured;
    const shape = this.#shape ?? { parameters: info.parameterCount, layers: 0, width: 0 };
    const known = this.#pace.writing;
    this.#note({
      reading: (readingFlops(shape, [length]) / length) * reading,
      ...(known === undefined && writing > 0 && { writing }),
    });
    this.#keep();
  }

  /** Takes the time of a run's steps. */
  receive(event: EngineEvent): void {
    switch (event.type) {
      case 'run':
        if (event.state === 'running') {
          const before = this.#timed?.run === event.run ? this.#timed : undefined;
          this.#timed = { ...(before ?? begun(event.run)), began: this.now(), written: undefined };
        } else {
          this.#keep();
          if (event.state !== 'paused') this.#timed = undefined;
        }
        return;
      case 'writing':
        if (this.#timed?.run !== event.run) return;
        // Writing begins a step: what came before it, such as making the first one ready or a pause, was no work of it.
        if (event.done === 0) this.#timed.began = this.now();
        if (event.done < event.total) return;
        this.#timed.written ??= this.now();
        this.#timed.completions = event.total;
        return;
      case 'step':
        if (this.#timed?.run === event.run) this.#step(this.#timed, event.report);
        return;
      default:
    }
  }

  #step(timed: Timed, report: StepReport): void {
    const planned = this.#planned;
    const { began, written, completions } = timed;
    timed.began = this.now();
    timed.written = undefined;
    const writing = written === undefined ? 0 : Math.max(0, written - began);
    // What is made ready in the first step is not made ready again; until there is a second one, it is better than nothing.
    if (timed.steps++ === 1) [timed.tokens, timed.training] = [0, 0];
    // All updates of a step are in its tokens already.
    timed.tokens += report.tokens;
    timed.training += Math.max(1, report.milliseconds - writing - this.#readingOf(planned));
    if (!planned) return;
    const pace = trainingPace(planned, timed.tokens, timed.training);
    const { completionTokens } = report.metrics ?? {};
    const wrote = writing && completionTokens ? (1000 * completionTokens * completions) / writing : undefined;
    this.#note({ ...(pace && { [planned.trains]: pace }), ...(wrote && { writing: wrote }) });
  }

  /** Milliseconds that the step's reading took, as far as its speed is known: it is told beside the training. */
  #readingOf(planned: RunPlanned | undefined): number {
    const { reading } = this.#pace;
    const work = planned && stepWork(planned);
    return work && reading ? (1000 * work.reading) / reading : 0;
  }

  get #pace(): Pace {
    return (this.#key !== undefined && this.#paces[this.#key]) || {};
  }

  #note(measured: Pace): void {
    const key = this.#key;
    if (key === undefined) return;
    const { [key]: before, ...others } = this.#paces;
    // The newest stands last.
    this.#paces = { ...others, [key]: { ...before, ...measured } };
  }

  #keep(): void {
    try {
      const newest = Object.entries(this.#paces).slice(-MOST_KEPT);
      this.storage?.setItem(PACE_KEY, JSON.stringify(Object.fromEntries(newest)));
    } catch {
      // A storage that is full keeps nothing: the next visit measures anew.
    }
  }
}

const begun = (run: number): Timed => ({
  ...{ run, began: 0, written: undefined, completions: 0 },
  ...{ tokens: 0, training: 0, steps: 0 },
});

/** @param share conversations of the run for each of the sample */
function sampleOf(sequences: readonly TrainingSequence[], share: number, heldOut: number): RunSample {
  const trained = sequences.map(({ weights }) =>
    weights.reduce((sum, weight) => sum + Number(weight !== 0), 0),
  );
  const turn = trained.reduce((sum, count) => sum + count, 0) / Math.max(1, trained.length);
  return {
    lengths: sequences.map(({ ids }) => ids.length),
    turn: turn || USUAL_TURN,
    sequences: Math.round(sequences.length * share),
    heldOut: Math.min(heldOut, 200),
  };
}

/** At most so many of them, from all over. */
function spread(rows: readonly number[], most: number): number[] {
  const count = Math.min(most, rows.length);
  return Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)] ?? 0);
}

/** What was kept, as far as it is what it should be: anybody can write there. */
function readPaces(storage: Kept | undefined): Record<string, Pace> {
  const paces: Record<string, Pace> = {};
  try {
    const kept: unknown = JSON.parse(storage?.getItem(PACE_KEY) ?? '{}');
    for (const [key, pace] of Object.entries(kept ?? {}).slice(-MOST_KEPT)) {
      const speeds = Object.entries(pace as object).filter(
        ([, speed]) => typeof speed === 'number' && Number.isFinite(speed) && speed > 0,
      );
      paces[key] = Object.fromEntries(speeds) as Pace;
    }
  } catch {
    return {};
  }
  return paces;
}
