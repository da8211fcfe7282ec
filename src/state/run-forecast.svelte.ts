/**
 * @file How long a run will about take, before its first step: a sample of its data gives the work, and what was measured on this
 * device the speed. Speeds of training are kept in the browser, so that the next visit knows them; before the first run they are
 * concluded from a short trial of how fast the model reads and writes.
 */
import type { ModelShape } from '../sequence/flops';
import { isDemonstration } from '../sequence/samples';
import type { TrainingSequence } from '../sequence/types';
import { isSamePair, usableSamples } from '../sequence/usable-samples';
import { ON_POLICY, type ObjectiveKind } from '../settings/objective';
import { sampleKindOf } from '../settings/sample-kind';
import type { DivisionSettings } from '../settings/train';
import type { EngineEvent, StepReport } from '../worker/protocol';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';
import type { DataList } from './data-list';
import { runTime, trainingPace, type Pace, type RunTime } from './run-time';
import { promptReading, readingAt, readingFlops, type RunPlanned, type RunSample } from './run-work';
import type { Session } from './session.svelte';
import { makeSequences, type SequenceOptions } from './train-sequences';
import { HELD_OUT_LIMIT } from './training';

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
  /** The reward from which RAFT keeps; absent of every other objective, and where rewards are composed. */
  keepFrom: number | undefined;
  /** Rewards are composed: what the records themselves say counts for nothing. */
  composed: boolean;
  /** Tokenizer and template. */
  opened: unknown;
}

/** The run whose steps are being timed. */
interface Timed {
  run: number;
  /** As it was when the run began: the form may be changed since. */
  planned: RunPlanned | undefined;
  /** When the present step began, and when all of its completions were written. */
  began: number;
  written: number | undefined;
  completions: number;
  tokens: number;
  /** Operations that were read beside the training, and milliseconds of both. */
  reading: number;
  time: number;
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
    const settings = train.settings && { ...train.settings, ...train.options };
    const objective = train.objective.settings;
    const { info } = model;
    const sample = this.#sample;
    if (!settings || !objective || !info || !sample) return undefined;
    const shape = this.#shape ?? { parameters: info.parameterCount, layers: 0, width: 0 };
    const recompute = train.memory?.recompute ?? train.options.recompute === 'always';
    return { settings, objective, trains: info.trained.adaptation.kind, recompute, shape, sample };
  });

  /** `unknown`: it is measured at the first step. Undefined while a run goes, and where there is nothing to tell. */
  readonly time = $derived.by((): RunTime | 'unknown' | undefined => {
    const planned = this.#planned;
    const key = this.#key;
    if (!planned || key === undefined || this.parts.train.active) return undefined;
    return runTime(planned, this.#paces[key] ?? {}, this.#trainedCount) ?? 'unknown';
  });

  /** What a sample would be made of now; undefined where there is nothing to make it of. Whatever keeps it from that is said elsewhere. */
  readonly wanted = $derived.by((): SampleSource | undefined => {
    const { model, data, mask, train, runScope } = this.parts;
    const { list, trainRows: rows } = data;
    const { kind, composes = false, settings } = train.objective;
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
      keepFrom: kind === 'raft' && !composes ? settings?.keepFrom : undefined,
      composed: composes,
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
      // What is labelled bad is not imitated.
      const taken = options.samples ? conversations : conversations.filter(isDemonstration);
      const { sequences } = await makeSequences(this.asking.text, taken, options);
      sample = sampleOf(sequences, conversations.length, source);
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
    this.#note({
      reading: (readingFlops(shape, [length]) / length) * reading,
      ...(writing > 0 && { writing }),
    });
    this.#keep();
  }

  /** Takes the time of a run's steps. */
  receive(event: EngineEvent): void {
    switch (event.type) {
      case 'run':
        if (event.state === 'running') {
          const before = this.#timed?.run === event.run ? this.#timed : undefined;
          const timed = before ?? begun(event.run, this.#planned);
          this.#timed = { ...timed, began: this.now(), written: undefined };
        } else {
          this.#keep();
          if (event.state !== 'paused') this.#timed = undefined;
          // A run that begins with single steps.
          else if (this.#timed?.run !== event.run) this.#timed = begun(event.run, this.#planned);
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
    const { began, written, completions, planned } = timed;
    timed.began = this.now();
    timed.written = undefined;
    const writing = written === undefined ? 0 : Math.max(0, written - began);
    if (!planned) return;
    const pace = this.#pace;
    // What is made ready in the first step is not made ready again; until there is a second one, it is better than nothing.
    if (timed.steps++ === 1) [timed.tokens, timed.reading, timed.time] = [0, 0, 0];
    // Prompts are read while the completions are written.
    const prompts = promptReading(planned);
    // All updates of a step are in its tokens already.
    timed.tokens += report.tokens;
    timed.reading += Math.max(0, readingAt(planned, report.step) - prompts);
    timed.time += Math.max(1, report.milliseconds - writing);
    const training = trainingPace(planned, timed.tokens, timed.time, timed.reading, pace.reading);
    const { completionTokens } = report.metrics ?? {};
    const asking = pace.reading ? (1000 * prompts) / pace.reading : 0;
    const drawing = Math.max(writing / 2, writing - asking);
    const wrote = writing && completionTokens ? (1000 * completionTokens * completions) / drawing : undefined;
    this.#note({
      ...(training && { [planned.trains]: training }),
      ...(training && planned.trains === 'lora' && { loraCount: this.#trainedCount }),
      ...(wrote && { wrote }),
    });
  }

  /** Numbers that are trained. */
  get #trainedCount(): number | undefined {
    return this.parts.model.info?.trained.trainedCount;
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

const begun = (run: number, planned: RunPlanned | undefined): Timed => ({
  ...{ run, planned, began: 0, written: undefined, completions: 0 },
  ...{ tokens: 0, reading: 0, time: 0, steps: 0 },
});

/** @param read conversations that the sample was made of */
function sampleOf(
  sequences: readonly TrainingSequence[],
  read: number,
  { list, rows, kind, keepFrom, composed, maxLength: limit }: SampleSource,
): RunSample {
  const known = sequences.map((sequence) => ({ sequence, trained: trainedTokens(sequence) }));
  // On policy what is recorded only stands for what will be written.
  const taken = ON_POLICY.includes(kind)
    ? sequences
    : usedOf(
        known.flatMap(({ sequence, trained }) => (trained ? sequence : [])),
        { kind, keepFrom, composed },
      );
  const turn = known.reduce((sum, { trained }) => sum + trained, 0) / Math.max(1, known.length);
  const each = taken.length / Math.max(1, read);
  return {
    lengths: taken.map(({ ids }) => ids.length),
    turn: turn || USUAL_TURN,
    sequences: Math.round(each * rows.length),
    heldOut: Math.round((ON_POLICY.includes(kind) ? 1 : each) * Math.min(list.heldOutCount, HELD_OUT_LIMIT)),
    limit,
    ...(kind === 'raft' && composed && { most: true }),
  };
}

const trainedTokens = ({ weights }: TrainingSequence): number =>
  weights.reduce((sum, weight) => sum + Number(weight !== 0), 0);

/** What a run on recorded data learns from; of DPO, whole pairs one after the other. */
function usedOf(
  sequences: readonly TrainingSequence[],
  { kind, keepFrom, composed }: Pick<SampleSource, 'kind' | 'keepFrom' | 'composed'>,
): TrainingSequence[] {
  const samples = sampleKindOf(kind);
  if (!samples || (samples === 'reward' && composed)) return [...sequences];
  const { kept } = usableSamples(sequences, samples, { ...(keepFrom !== undefined && { keepFrom }) });
  if (samples !== 'pair') return kept;
  return kept.flatMap((chosen) => {
    const { group, preference } = chosen.sample ?? {};
    const other =
      preference === 'chosen' &&
      kept.find(({ sample }) => sample?.group === group && sample?.preference === 'rejected');
    return other && !isSamePair(chosen, other) ? [chosen, other] : [];
  });
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
