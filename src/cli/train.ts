/**
 * @file `losslight train`: a supervised run on a file of conversations, and the tuned model as a folder.
 */
import { LosslightError } from '../errors';
import type { Adaptation, Engine } from '../model/engine';
import { savedModel } from '../model/save-model';
import type { SavedDtype } from '../model/safetensors-write';
import { STRATEGIES } from '../sequence/strategy';
import type { TrainingSequence } from '../sequence/types';
import { checkSetting, TRAIN_SETTINGS } from '../settings/train';
import { TrainingLoop } from '../train/loop';
import type { StepReport, TrainSettings } from '../worker/protocol';
import { UsageError, type Flags, type Given } from './arguments';
import type { Command } from './command';
import { DATA_FLAGS } from './data';
import { ENGINE_FLAGS, openEngine } from './engine';
import { EDITS_FLAG, openEdits, openPolicy } from './inputs';
import type { Io } from './io';
import { expectWritableFolder, saveModelFolder } from './model-folder';
import { readNumber } from './numbers';
import { LENGTH_FLAGS, readTruncation } from './sequence-rows';
import { readTrainingData } from './training-data';

/** What shells expect of a program that an interrupt has ended: 128 + SIGINT. */
const INTERRUPTED = 130;

/** `batchSize` → `--batch-size`. */
const flagOf = (key: string) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const SETTING_FLAGS: Flags = Object.fromEntries(
  TRAIN_SETTINGS.map(({ key, help, default: usual }) => [
    flagOf(key),
    { value: 'N', about: `${help} ${usual} without it.` },
  ]),
);
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
    ...SETTING_FLAGS,
    '--packing': { about: 'short sequences share rows, without seeing each other' },
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
    const settings = readSettings(given);
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
      const { sequences, conversations, left } = await readTrainingData(
        given,
        io,
        inspector,
        policy,
        edits,
        {
          strategy,
          maxLength: Math.min(settings.maxLength, engine.contextLength),
          ...(truncate && { truncate }),
        },
        engine.vocabularySize,
      );
      io.warn(
        `${conversations} conversations, ${sequences.length} sequences, ${engine.trainedCount} parameters trained on ${computes}`,
      );
      const { state, steps } = await runTraining(engine, sequences, settings, io, out, given.has('--json'));
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
      io.warn(`${out} is written: the model after step ${steps} of ${settings.steps}.`);
      if (state === 'stopped') return INTERRUPTED;
      return left > 0 ? 1 : 0;
    } finally {
      engine.dispose();
      await dispose();
    }
  },
};

/**
 * The run, a line for each step; an interrupt ends it after the step that is under way.
 *
 * @throws LosslightError why it failed, saying that nothing is written.
 */
async function runTraining(
  engine: Engine,
  sequences: readonly TrainingSequence[],
  settings: TrainSettings,
  io: Io,
  out: string,
  json: boolean,
): Promise<{ state: TrainingLoop['state']; steps: number }> {
  let failure: unknown;
  let steps = 0;
  let printed: Promise<void> = Promise.resolve();
  const loop = new TrainingLoop(engine, sequences, settings, {
    onStep: (report) => {
      steps = report.step;
      const line = json ? `${JSON.stringify(report)}\n` : stepLine(report, settings.steps);
      printed = printed.then(() => io.print(line));
    },
    onState: (state, error) => {
      if (state === 'failed') failure = error;
    },
  });
  io.hold?.(() => {
    io.warn(`Interrupted: ${out} is written after this step. Once more ends it at once, and all is lost.`);
    loop.stop();
  });
  await loop.run(false);
  await printed;
  if (loop.state !== 'failed') return { state: loop.state, steps };
  if (!(failure instanceof LosslightError)) throw failure;
  const { code, message } = failure;
  // What a page would say: there is nothing to be reset here.
  const remedy = code.startsWith('non-finite-')
    ? 'Lower the learning rate, or look for extreme weights of tokens.'
    : failure.remedy;
  const place = `Step ${steps + 1} of ${settings.steps}`;
  throw new LosslightError(code, `${place}: ${message} Nothing is written to ${out}.`, remedy, {
    cause: failure,
  });
}

function stepLine(
  { step, loss, gradientNorm, trainedTokens, milliseconds, learningRate }: StepReport,
  steps: number,
): string {
  const rate = (1000 * trainedTokens) / milliseconds;
  return (
    `step ${step} of ${steps}  loss ${loss.toFixed(4)}  gradient norm ${gradientNorm.toFixed(3)}  ` +
    `learning rate ${learningRate.toPrecision(3)}  ${trainedTokens} trained tokens, ${rate.toFixed(0)} a second\n`
  );
}

function readSettings(given: Given): TrainSettings {
  const values = TRAIN_SETTINGS.map((setting) => {
    const flag = flagOf(setting.key);
    const text = given.one(flag);
    if (text === undefined) return [setting.key, setting.default] as const;
    const checked = checkSetting(setting, text);
    if (checked.error !== undefined) throw new UsageError(`${flag} is “${text}”: ${checked.error}`);
    return [setting.key, checked.value] as const;
  });
  const settings = Object.fromEntries(values) as unknown as TrainSettings;
  // In the table 0 switches clipping off; to the loop that is no limit.
  const clipNorm = settings.clipNorm === 0 ? Infinity : settings.clipNorm;
  return { ...settings, clipNorm, packing: given.has('--packing') };
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
