/**
 * @file Runs on recorded data with a model that stands still: what their steps handed to the engine, and what Compare says of it.
 */
import type { Conversation, Message } from '../../src/conversation/types';
import type { Json } from '../../src/conversation/types';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import type { Batch } from '../../src/sequence/types';
import type { Inspector } from '../../src/sequence/inspector';
import type { TrainingSequence } from '../../src/sequence/types';
import type { Engine } from '../../src/model/engine';
import { withRecordedRewards } from '../../src/rollout/recorded-reward';
import { DEFAULT_OBJECTIVE, type ObjectiveKind, type ObjectiveSettings } from '../../src/settings/objective';
import type { DivisionSettings } from '../../src/settings/train';
import type { RewardSource } from '../../src/state/reward-source';
import { runData } from '../../src/state/run-data';
import { makingOf, takenOf, trainedOf, type RunMaking } from '../../src/state/run-trained';
import type { KeptRun, RunMask } from '../../src/state/runs.svelte';
import { readRun, storeRun } from '../../src/state/stored-run';
import { StoredField } from '../../src/state/stored-fields';
import { TrainingLoop } from '../../src/train/loop';
import type { SettingsPatch, StepReport, TrainSettings } from '../../src/worker/protocol';
import type { TextService } from '../../src/worker/text-client';
import { inspector } from './mask-support';

export const user = (content: string): Message => ({ role: 'user', content });
export const says = (content: string): Message => ({ role: 'assistant', content });
/** Two turns, the second of which is the completion. */
export const turns = (id: string, last: string, more: Partial<Conversation> = {}): Conversation => ({
  id,
  messages: [user('One?'), says('First.'), user(`And ${id}?`), says(last)],
  completionFrom: 3,
  extra: {},
  source: { file: 'f', record: 0, line: 1 },
  ...more,
});

/** As the text worker answers with a model's tokenizer and template. */
export const answersAs = (inspector: Inspector): TextService =>
  ({
    sequences: ({
      conversations,
      policy,
      maxLength,
      edits,
      rewards,
      clock,
      ...how
    }: Parameters<TextService['sequences']>[0]) => {
      const scored = rewards && withRecordedRewards(inspector, conversations, rewards);
      const all = scored?.conversations ?? conversations;
      const now = clock === undefined ? undefined : new Date(clock);
      const made = inspector.sequences(all, policy, maxLength, edits, { ...how, now });
      return Promise.resolve({ ...made, problems: [...(scored?.problems ?? []), ...made.problems] });
    },
    inspect: ({ conversation }: { conversation: Conversation }) =>
      Promise.resolve({ conversation: conversation.id, ...inspector.inspect(conversation) }),
    another: () => Promise.resolve({ ...answersAs(inspector), dispose: () => {} }),
  }) as unknown as TextService;

export const text = answersAs(inspector);

export const MASK: RunMask = { policy: DEFAULT_POLICY, edits: {}, maxLength: 512 };
export const WHOLE: DivisionSettings = { strategy: 'whole', truncate: 'end' };
/** The trained tokens as text, without what the template puts around no thinking. */
const plain = (ids: readonly number[]) =>
  inspector.tokenizer
    .decode(ids)
    .replaceAll('<think>\n\n</think>\n\n', '')
    .replaceAll('<|im_end|>', ' ')
    .trim();
export const wordsOf = ({ ids, weights }: Pick<TrainingSequence, 'ids' | 'weights'>) =>
  plain([...ids].filter((_, i) => i > 0 && weights[i] !== 0));

/** The same of each row of a batch, where its weights stand beside the tokens that are predicted. */
function rowsOf({ rows, length, targets, weights }: Batch): string[] {
  return Array.from({ length: rows }, (_, row) => {
    const own = [...targets.subarray(row * length, (row + 1) * length)];
    return plain(own.filter((_, i) => weights[row * length + i] !== 0));
  }).filter((words) => words !== '');
}

/** A sequence and the places of its trained tokens, in ids: what words leave open. */
const exactly = (ids: ArrayLike<number>, trained: readonly number[]) =>
  `${Array.from(ids).join(' ')}: ${trained.join(' ')}`;
export const exactOf = ({ ids, weights }: Pick<TrainingSequence, 'ids' | 'weights'>) =>
  exactly(
    ids,
    [...weights].flatMap((weight, i) => (i > 0 && weight !== 0 ? [i] : [])),
  );

/** The same of each document of a batch of which anything is trained. */
function documentsOf({ rows, length, ids, weights, documents }: Batch): string[] {
  const found = new Map<string, { ids: number[]; trained: number[] }>();
  for (let at = 0; at < rows * length; at++) {
    const document = documents[at] ?? 0;
    if (document === 0) continue;
    const key = `${Math.floor(at / length)} ${document}`;
    const own = found.get(key) ?? { ids: [], trained: [] };
    found.set(key, own);
    own.ids.push(ids[at] ?? -1);
    // Weights stand beside the token before.
    if (weights[at] !== 0) own.trained.push(own.ids.length);
  }
  return [...found.values()].flatMap((own) => (own.trained.length ? exactly(own.ids, own.trained) : []));
}

/** A model of which every token is as probable as before, and what its steps were given. */
class StillEngine {
  readonly contextLength = 512;
  readonly steps: string[][] = [];
  readonly exact: string[][] = [];
  step(batches: Batch[]) {
    this.steps.push(batches.flatMap(rowsOf));
    this.exact.push(batches.flatMap(documentsOf));
    const logProbs = batches.map(({ weights }) => new Float32Array(weights.length).fill(-1));
    return Promise.resolve({ loss: 1, gradientNorm: 1, logProbs });
  }
  score = ({ ids }: Batch) => Promise.resolve(new Float32Array(ids.length).fill(-1));
}

const SETTINGS: TrainSettings = {
  ...{ steps: 1, epochs: 1, batchSize: 2, learningRate: 0.1, warmupSteps: 0, weightDecay: 0 },
  ...{ clipNorm: 1, seed: 1, maxLength: 512 },
};

export interface Trial {
  composed?: RewardSource;
  mask?: Partial<RunMask>;
  division?: DivisionSettings;
  settings?: Partial<TrainSettings>;
  objective?: Partial<ObjectiveSettings>;
  /** Settings that are changed after a step. */
  after?: Readonly<Record<number, SettingsPatch>>;
}

/** A whole run over conversations, and what can be asked of it. */
export async function runOf(kind: ObjectiveKind, all: readonly Conversation[], trial: Trial = {}) {
  const { composed, division = WHOLE, after = {} } = trial;
  const mask = { ...MASK, ...trial.mask };
  const settings = { ...SETTINGS, maxLength: mask.maxLength, ...trial.settings };
  const objective = { ...DEFAULT_OBJECTIVE, ...trial.objective, kind };
  const data = await runData(text, all, undefined, { ...mask, division, kind, composed });
  const engine = new StillEngine();
  const reports: StepReport[] = [];
  const failures: unknown[] = [];
  const loop = new TrainingLoop(
    engine as unknown as Engine,
    data.sequences,
    settings,
    {
      onStep: (report) => {
        reports.push(report);
        const patch = after[report.step];
        if (patch) loop.change(patch);
      },
      onState: (_, error) => {
        if (error !== undefined) failures.push(error);
      },
    },
    { objective },
  );
  await loop.run(false);
  if (failures.length) throw failures[0];
  const facts: KeptRun['facts'] = {
    ...{ settings, objective, division, mask, model: 'm', modelKey: 'm', engine: 'cpu', data: 'd' },
    adaptation: { kind: 'full' },
    rewards: composed?.parts ?? [],
    ...(composed && { composed: true }),
    conversations: data.conversations,
    taken: takenOf(data.sequences, composed !== undefined),
  };
  const run = {
    ...{ id: 1, name: 'Run', began: 0, facts, status: 'finished' as const, reports },
    ...{ parent: undefined, before: [], snapshots: [] },
  };
  // As a session file keeps it.
  const json = JSON.parse(JSON.stringify(storeRun(run))) as Json;
  const kept = readRun(new StoredField(json, 'run'));
  const making = (step = reports.length): RunMaking => makingOf(kept, step, () => mask);
  return {
    kept,
    making,
    /** What the engine was given up to a step, each text once. */
    trained: (step = reports.length) => [...new Set(engine.steps.slice(0, step).flat())].sort(),
    /** The same by ids and places, whole sequences. */
    trainedExactly: (step = reports.length) => [...new Set(engine.exact.slice(0, step).flat())].sort(),
    /** What Compare says of conversations. */
    said: async (shown: readonly Conversation[] = all, step?: number) => {
      const found = await trainedOf(text, shown, making(step));
      const of = (standing: string) =>
        found.sequences.filter(({ origin }) => found.standing.get(origin.conversation) === standing);
      return {
        found,
        taken: [...new Set(of('taken').map(wordsOf))].sort(),
        takenExactly: [...new Set(of('taken').map(exactOf))].sort(),
        standing: Object.fromEntries(found.standing),
        reasons: Object.fromEntries(found.problems.map(({ conversation, reason }) => [conversation, reason])),
      };
    },
  };
}
