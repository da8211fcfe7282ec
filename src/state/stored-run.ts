/**
 * @file A run in a session file: what it began with and what it measured, field by field. Its weights stand beside it.
 */
import { stored } from '$strings/stored';
import type { Json } from '../conversation/types';
import { LosslightError } from '../errors';
import { importEdits } from '../mask/edit-file';
import { readPolicy } from '../mask/policy-file';
import { OBJECTIVES, DEFAULT_OBJECTIVE, type ObjectiveSettings } from '../settings/objective';
import { OBJECTIVE_SETTINGS, objectiveProblem } from '../settings/objective-table';
import { isChangeable } from '../settings/changes';
import {
  checkSetting,
  DEFAULT_OPTIONS,
  RECOMPUTE_LABELS,
  SCHEDULES,
  TRAIN_SETTINGS,
  TRUNCATION_LABELS,
  type DivisionSettings,
} from '../settings/train';
import type { RewardPart } from '../reward/types';
import { STRATEGIES } from '../sequence/strategy';
import { SEGMENT_KINDS } from '../template/rendered';
import type { Adaptation } from '../model/engine';
import type { SettingChange, StepMetrics, StepReport, TrainSettings } from '../worker/protocol';
import type { TakenConversation } from './run-trained';
import type { KeptRun, RunFacts, RunMask, RunPoint } from './runs.svelte';
import type { StoredField } from './stored-fields';
import { toStored } from './stored-fields';

const words = stored.fields;

/** A run without weights, and without what was measured before it, which its parent has. */
export type StoredRun = Omit<KeptRun, 'snapshots' | 'before'>;

const MOST_STEPS = 100_000;
const MOST_TAKEN = 1_000_000;
const ENDED = ['finished', 'stopped', 'failed'] as const;

export function storeRun({ snapshots: _, before: __, ...run }: KeptRun): Json {
  // One in progress is not going on where the file is opened.
  const ended = ENDED.some((status) => status === run.status);
  return toStored({ ...run, status: ended ? run.status : 'stopped' });
}

/** @throws LosslightError `bad-content`, which names the field. */
export function readRun(field: StoredField): StoredRun {
  return {
    id: field.get('id').whole(1),
    name: field.get('name').name(),
    began: field.get('began').whole(0),
    facts: readFacts(field.get('facts')),
    status: field.get('status').choice(ENDED),
    reports: field.get('reports').items(MOST_STEPS).map(readReport),
    parent: field.maybe('parent', readPoint),
  };
}

export function readPoint(field: StoredField): RunPoint {
  return { run: field.get('run').whole(1), step: field.get('step').whole(0) };
}

function readFacts(field: StoredField): RunFacts {
  const mask = field.maybe('mask', readMask);
  const composed = field.maybe('composed', (inner) => inner.boolean());
  const taken = field.maybe('taken', (inner) => inner.items(MOST_TAKEN).map(readTaken));
  return {
    settings: readTrainSettings(field.get('settings')),
    objective: readObjective(field.get('objective')),
    rewards: field.get('rewards').items(100).map(readPart),
    division: readDivision(field.get('division')),
    ...(composed && { composed }),
    ...(mask && { mask }),
    model: field.get('model').name(),
    modelKey: field.get('modelKey').text(1_000),
    adaptation: readAdaptation(field.get('adaptation')),
    engine: field.get('engine').choice(['cpu', 'wgsl', 'oracle']),
    conversations: field.get('conversations').whole(0),
    data: field.get('data').text(100),
    ...(taken && { taken }),
  };
}

function readTaken(field: StoredField): TakenConversation {
  const reward = field.maybe('reward', (inner) => inner.measured());
  const [id, digest] = [field.get('id').name(1_000), field.get('digest').text(100)];
  const places = field.maybe('places', readPlaces);
  return { id, digest, ...(places && { places }), ...(reward !== undefined && { reward }) };
}

function readTrainSettings(field: StoredField): TrainSettings {
  const numbers = TRAIN_SETTINGS.flatMap((row) => {
    const inner = field.get(row.key);
    if (inner.absent) return [];
    const value = inner.measured();
    // Where clipping is off, the engine has Infinity and the form has 0.
    const { error } = checkSetting(row, String(row.key === 'clipNorm' && value === Infinity ? 0 : value));
    return error ? inner.refuse(words.wrong(error)) : [[row.key, value] as const];
  });
  const defaults = Object.fromEntries(TRAIN_SETTINGS.map((row) => [row.key, row.default]));
  const recompute = field.maybe('recompute', (inner) =>
    inner.choice(Object.keys(RECOMPUTE_LABELS) as (keyof typeof RECOMPUTE_LABELS)[]),
  );
  return {
    ...DEFAULT_OPTIONS,
    ...(defaults as unknown as TrainSettings),
    ...(Object.fromEntries(numbers) as Partial<TrainSettings>),
    schedule: field.maybe('schedule', (inner) => inner.choice(SCHEDULES)) ?? DEFAULT_OPTIONS.schedule,
    recompute: recompute ?? DEFAULT_OPTIONS.recompute,
    packing: field.maybe('packing', (inner) => inner.boolean()) ?? DEFAULT_OPTIONS.packing,
  };
}

function readObjective(field: StoredField): ObjectiveSettings {
  const values = OBJECTIVE_SETTINGS.flatMap((row) => {
    const inner = field.get(row.key);
    if (inner.absent) return [];
    const { value } = inner;
    const isRight = typeof value === typeof DEFAULT_OBJECTIVE[row.key];
    const problem = isRight ? objectiveProblem(row, String(value)) : words.otherKind;
    return problem === undefined ? [[row.key, value] as const] : inner.refuse(words.wrong(problem));
  });
  const kind = field.get('kind').choice(OBJECTIVES);
  // Runs of before it could be measured did not.
  const before = { ...DEFAULT_OBJECTIVE, measureKl: false };
  return { ...before, ...(Object.fromEntries(values) as Partial<ObjectiveSettings>), kind };
}

function readPart(field: StoredField): RewardPart {
  const options = field.maybe('options', (inner) =>
    Object.fromEntries(inner.entries(100).map(([key, value]) => [key, value.finite()])),
  );
  return {
    id: field.get('id').name(100),
    weight: field.get('weight').finite(),
    ...(options && { options }),
  };
}

function readDivision(field: StoredField): DivisionSettings {
  return {
    strategy: field.get('strategy').choice(STRATEGIES.map(({ name }) => name)),
    truncate: field
      .get('truncate')
      .choice(Object.keys(TRUNCATION_LABELS) as (keyof typeof TRUNCATION_LABELS)[]),
  };
}

function readMask(field: StoredField): RunMask {
  const clock = field.maybe('clock', readClock);
  return {
    policy: within(field.get('policy'), (policy) => readPolicy(JSON.stringify(policy))),
    edits: within(field.get('edits'), (conversations) =>
      importEdits(JSON.stringify({ losslightEdits: 1, conversations })),
    ),
    maxLength: field.get('maxLength').whole(1),
    ...(clock !== undefined && { clock }),
  };
}

function readClock(field: StoredField): string {
  const text = field.text(30);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
  return isTime ? text : field.refuse(stored.fields.time);
}

/** What another reader refuses is refused by the name of the field. */
function within<T>(field: StoredField, read: (value: Json) => T): T {
  try {
    return read(field.object());
  } catch (error) {
    return field.refuse(error instanceof LosslightError ? error.message : String(error));
  }
}

function readAdaptation(field: StoredField): Adaptation {
  if (field.get('kind').choice(['full', 'lora']) === 'full') return { kind: 'full' };
  const targets = field.get('targets');
  return {
    kind: 'lora',
    rank: field.get('rank').whole(1, 100_000),
    alpha: field.get('alpha').finite(1e-9, 1e9),
    rsLora: field.get('rsLora').boolean(),
    targets:
      targets.value === 'all-linear' ? 'all-linear' : targets.items(1_000).map((inner) => inner.name()),
    seed: field.get('seed').whole(0),
  };
}

function readReport(field: StoredField): StepReport {
  const byKind = Object.fromEntries(
    field
      .get('lossByKind')
      .entries(100)
      .filter(([kind]) => SEGMENT_KINDS.some((known) => known === kind))
      .map(([kind, loss]) => [kind, loss.measured()]),
  ) as StepReport['lossByKind'];
  const memoryBytes = field.maybe('memoryBytes', (inner) => inner.measured());
  const recomputed = field.maybe('recomputed', (inner) => inner.boolean());
  const metrics = field.maybe('metrics', readMetrics);
  const changed = field.maybe('changed', (inner) => inner.items(1_000).flatMap(readChange));
  const [firstTrained, firstWeightless] = [
    field.maybe('firstTrained', readPlaces),
    field.maybe('firstWeightless', readPlaces),
  ];
  const number = (name: string) => field.get(name).measured();
  return {
    step: field.get('step').whole(1),
    loss: number('loss'),
    lossByKind: byKind,
    learningRate: number('learningRate'),
    gradientNorm: number('gradientNorm'),
    tokens: number('tokens'),
    trainedTokens: number('trainedTokens'),
    milliseconds: number('milliseconds'),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(recomputed !== undefined && { recomputed }),
    ...(metrics && { metrics }),
    ...(changed && { changed }),
    ...(firstTrained && { firstTrained }),
    ...(firstWeightless && { firstWeightless }),
  };
}

/** Of sequences, in the list that the run was given. */
function readPlaces(field: StoredField): number[] {
  return field.items(MOST_TAKEN).map((inner) => inner.whole(0));
}

/** All metrics are numbers, but for the parts of the reward. */
function readMetrics(field: StoredField): StepMetrics {
  const entries = field.entries(200).map(([name, inner]) => {
    if (name !== 'rewardParts') return [name, inner.measured()] as const;
    return [
      name,
      Object.fromEntries(inner.entries(100).map(([part, value]) => [part, value.measured()])),
    ] as const;
  });
  return Object.fromEntries(entries) as StepMetrics;
}

function readChange(field: StoredField): SettingChange[] {
  const key = field.get('key').name();
  const plain = (inner: StoredField) => {
    const { value } = inner;
    return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
      ? value
      : inner.refuse(words.plain);
  };
  return isChangeable(key) ? [{ key, from: field.maybe('from', plain), to: plain(field.get('to')) }] : [];
}
