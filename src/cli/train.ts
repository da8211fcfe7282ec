/**
 * @file `losslight train`: a run on a file of conversations, and the tuned model as a folder.
 */
import type { Adaptation } from '../model/engine';
import { savedModel } from '../model/save-model';
import type { SavedDtype } from '../model/safetensors-write';
import type { RewardPart } from '../reward/types';
import type { SampleKind } from '../sequence/samples';
import { STRATEGIES } from '../sequence/strategy';
import { ON_POLICY } from '../settings/objective';
import { sampleKindOf } from '../settings/sample-kind';
import { UsageError, type Given } from './arguments';
import type { Command } from './command';
import { DATA_FLAGS } from './data';
import { ENGINE_FLAGS, openEngine } from './engine';
import { EDITS_FLAG, openEdits, openPolicy } from './inputs';
import type { Io } from './io';
import { expectWritableFolder, saveModelFolder } from './model-folder';
import { readNumber } from './numbers';
import { readPrompts } from './policy-data';
import { readRewardFile } from './reward-file';
import { LENGTH_FLAGS, readTruncation } from './sequence-rows';
import { readObjective, readRunSettings, SETTING_FLAGS } from './train-settings';
import { readTrainingData } from './training-data';
import { runTraining } from './training-run';

/** What shells expect of a program that an interrupt has ended: 128 + SIGINT. */
const INTERRUPTED = 130;

const DTYPES: readonly SavedDtype[] = ['F32', 'F16', 'BF16'];

export const train: Command = {
  name: 'train',
  about: 'Trains a model on conversations, as the page does, and writes the tuned model as a folder.',
  flags: {
    ...ENGINE_FLAGS,
    ...DATA_FLAGS,
    '--out': { value: 'DIR', about: 'the folder to write; it must not exist yet', required: true },
    '--policy': { value: 'NAME|FILE', about: 'the name of a policy, or a JSON file; “default” without it' },
    ...EDITS_FLAG,
    '--strategy': {
      value: 'NAME',
      about: `how conversations are divided: ${STRATEGIES.map(({ name }) => name).join(', ')}; whole without it`,
    },
    '--truncate': LENGTH_FLAGS['--truncate'],
    '--held-out': {
      value: 'FILE',
      about: 'conversations that are never trained: their loss is measured every few steps',
      many: true,
    },
    '--rewards': {
      value: 'FILE',
      about:
        'what completions are rewarded for: [{"id": "decision", "weight": 1}, …] as JSON, or the file that the page saves under Rewards; on policy those that the model writes to every user message of --data, else recorded ones, in place of the records’ own rewards',
    },
    ...SETTING_FLAGS,
    '--lora': {
      value: 'RANK',
      about:
        'train LoRA factors of that rank (alpha 2 × rank, all matrices of the layers) instead of everything; they are merged into what is written',
    },
    '--dtype': { value: 'F32|F16|BF16', about: 'of the weights that are written; F32 without it' },
    '--json': { about: 'a JSON line for each step instead of a line for people' },
  },
  details:
    'Settings, masks and the loop are those of the page. A line for each step goes to standard output. The folder that is written loads in transformers ' +
    'and in Losslight. An interrupt (Ctrl-C) ends the run after the step under way and writes what was trained until then, with exit status 130.',
  async run(given, io) {
    const objective = readObjective(given);
    const settings = readRunSettings(given, objective.kind);
    const samples = sampleKindOf(objective.kind);
    const writes = ON_POLICY.includes(objective.kind);
    const rewards = await readRewards(given, io, samples, writes);
    if (writes) refuseUnread(given);
    const dtype = readDtype(given);
    const adaptation = readAdaptation(given);
    const policy = await openPolicy(io, given.one('--policy') ?? 'default');
    const edits = await openEdits(io, given.one('--edits'));
    const strategy = readStrategy(given);
    const truncate = readTruncation(given);
    const out = given.one('--out') ?? '';
    // Now, not after hours of training.
    await expectWritableFolder(out);
    const { engine, inspector, folder, computes, dispose } = await openEngine(given, io);
    try {
      await engine.adapt(adaptation);
      const options = {
        strategy,
        maxLength: Math.min(settings.maxLength, engine.contextLength),
        ...(truncate && { truncate }),
        vocabularySize: engine.vocabularySize,
        samples,
        rewards,
      };
      const onPolicy = writes ? await readPrompts(given, io, inspector, rewards ?? []) : undefined;
      const recorded = onPolicy
        ? { sequences: [], conversations: onPolicy.conversations, left: onPolicy.left }
        : await readTrainingData(given, io, inspector, policy, edits, options);
      const { sequences, conversations, left } = recorded;
      const heldOut = given.has('--held-out')
        ? await readTrainingData(
            given,
            io,
            inspector,
            policy,
            {},
            {
              ...options,
              ...(writes && { rewards: undefined }),
              flag: '--held-out',
            },
          )
        : undefined;
      io.warn(
        `${conversations} conversations, ${onPolicy ? `${onPolicy.prompts.length} prompts` : `${sequences.length} sequences`}, ${engine.trainedCount} parameters trained on ${computes}`,
      );
      const loop = {
        sequences,
        heldOut: heldOut?.sequences,
        settings,
        objective,
        ...(onPolicy && { onPolicy }),
      };
      const { state, steps, planned, ending } = await runTraining(engine, loop, io, out, given.has('--json'));
      if (steps === 0) {
        io.warn(`Interrupted before the first step: ${out} is not written.`);
        return INTERRUPTED;
      }
      const saved = savedModel(
        {
          configText: folder.configText,
          shapes: engine.parameters,
          rows: engine.merged(),
          files: folder.files,
        },
        dtype,
      );
      await saveModelFolder(out, saved);
      io.warn(`${out} is written: the model after step ${ending?.restored?.step ?? steps} of ${planned}.`);
      if (state === 'stopped') return INTERRUPTED;
      return left + (heldOut?.left ?? 0) > 0 ? 1 : 0;
    } finally {
      engine.dispose();
      await dispose();
    }
  },
};

async function readRewards(
  given: Given,
  io: Io,
  samples: SampleKind | undefined,
  writes: boolean,
): Promise<RewardPart[] | undefined> {
  const file = given.one('--rewards');
  if (file === undefined && writes) {
    throw new UsageError(
      'On policy the model is rewarded for what it writes: give --rewards a JSON file such as [{"id": "decision", "weight": 1}].',
    );
  }
  if (file === undefined) return undefined;
  if (samples !== 'reward' && !writes) {
    const kinds = ['rwr', 'awr', 'raft', ...ON_POLICY].join(', ');
    throw new UsageError(
      `--rewards is for objectives that learn from rewards: give --objective one of ${kinds}.`,
    );
  }
  return readRewardFile(io, file);
}

/** Of the flags of a run, those that say how recorded data is gone through. */
const OF_RECORDED = ['--batch-size', '--epochs', '--accumulation', '--packing'];

function refuseUnread(given: Given): void {
  const found = OF_RECORDED.find((flag) => given.has(flag));
  if (found === undefined) return;
  throw new UsageError(
    `${found} is for recorded data: on policy give --prompts-per-step, --group-size and --steps.`,
  );
}

function readDtype(given: Given): SavedDtype {
  const text = given.one('--dtype') ?? 'F32';
  const dtype = DTYPES.find((known) => known === text.toUpperCase());
  if (!dtype) throw new UsageError(`--dtype is “${text}”: give ${DTYPES.join(', ')}.`);
  return dtype;
}

function readAdaptation(given: Given): Adaptation {
  if (!given.has('--lora')) return { kind: 'full' };
  const rank = readNumber(given, '--lora', 0, { min: 1, max: 1024, integer: true });
  return { kind: 'lora', rank, alpha: 2 * rank, rsLora: false, targets: 'all-linear', seed: 0 };
}

function readStrategy(given: Given) {
  const text = given.one('--strategy') ?? 'whole';
  const found = STRATEGIES.find(({ name }) => name === text);
  if (!found)
    throw new UsageError(`--strategy is “${text}”: give ${STRATEGIES.map(({ name }) => name).join(', ')}.`);
  return found.name;
}
