/**
 * @file The weights with which an arm leaves off and another begins. They take much room and are often cleared away, or never
 * were on this machine; then the arm is made again, each step compared with its log, so that what follows is the same.
 */
import { digestOf, isOf } from '../experiment/digest';
import { LosslightError } from '../errors';
import type { Experiment } from '../experiment/definition';
import { costOf, readLog, type LoggedRun, type LogLine, type StepLine } from '../experiment/log';
import { decodeTensor, parseSafetensors } from '../model/safetensors';
import { safetensorsFile } from '../model/safetensors-write';
import { runArm } from './experiment-arm';
import { FILES, readText, type ExperimentHost, type ExperimentStore } from './experiment-host';

type Weights = ReadonlyMap<string, Float32Array>;

/** @returns the digest of the file. */
export async function writeWeights(
  store: ExperimentStore,
  arm: string,
  seed: number,
  values: Weights,
): Promise<string> {
  const bytes = fileOf(values);
  await store.write(FILES.weights(arm, seed), bytes);
  return digestOf(bytes);
}

/**
 * The weights of a finished arm: those that are kept, where they are the ones that its log tells of, else made again. Its log
 * stays as it is.
 *
 * @throws Interrupted; LosslightError `other-weights` where the arm, made again, is not the one of the log; what training fails
 * with.
 */
export async function weightsOf(
  experiment: Experiment,
  name: string,
  seed: number,
  host: ExperimentHost,
): Promise<Weights> {
  const { store, say } = host;
  const file = FILES.log(name, seed);
  const log = readLog((await readText(store, file)) ?? '');
  if (!log?.end) throw new RangeError(`${file} is not finished.`);
  const bytes = await store.read(FILES.weights(name, seed));
  const expected = log.end.weights;
  if (bytes && (expected === undefined || (await isOf(expected, bytes.slice())))) return valuesOf(bytes);
  const why = bytes ? 'are not those of its log' : 'are not there';
  say(`${name}, seed ${seed}: its weights ${why}; it is made again, and compared with its log`);
  const values = await makeAgain(experiment, name, seed, log, host);
  const made = fileOf(values);
  if (expected !== undefined && !(await isOf(expected, made)))
    throw otherWeights(name, seed, log, 'its weights differ', host);
  await writeWeights(store, name, seed, values);
  const proof =
    expected === undefined
      ? 'every step is that of the log'
      : `digest ${expected.slice(0, 12)} as in the log`;
  say(`${name}, seed ${seed}: its weights are there again: ${proof}`);
  return values;
}

async function makeAgain(
  experiment: Experiment,
  name: string,
  seed: number,
  log: LoggedRun,
  host: ExperimentHost,
): Promise<Weights> {
  const arm = experiment.arms.find((candidate) => candidate.name === name);
  const training = arm?.training;
  if (!training) throw new RangeError(`“${name}” trains nothing.`);
  const from = experiment.arms.find((candidate) => candidate.name === arm.from);
  const weights = from?.training && (await weightsOf(experiment, from.name, seed, host));
  const steps = [...log.steps];
  const end = await runArm(
    experiment,
    {
      ...{ arm, seed, training, again: log.end as NonNullable<LoggedRun['end']> },
      before: costOf(log.begin),
      ...(weights && { weights }),
      first: '',
      // Nothing is measured anew: measuring changes no weights.
      evaluate: () => Promise.resolve(''),
      keep: () => Promise.resolve(),
      log: async (...lines) => {
        for (const line of lines) if (line.type === 'step') expectSame(line, steps.shift());
      },
    },
    host,
  );
  if (end.step !== log.end?.step) throw otherWeights(name, seed, log, `it ends after step ${end.step}`, host);
  return host.engine.read();

  function expectSame(found: StepLine, logged: StepLine | undefined): void {
    if (logged && outcomeOf(found) === outcomeOf(logged)) return;
    const what = logged
      ? `at step ${found.step} its loss is ${found.loss} and was ${logged.loss}`
      : `it has no step ${found.step}`;
    throw otherWeights(name, seed, log, what, host);
  }
}

/** What must be the same to the last bit. Through JSON, as in the log. */
const outcomeOf = ({ step, loss, gradientNorm, learningRate, generated, trained }: StepLine): string =>
  JSON.stringify({ step, loss, gradientNorm, learningRate, generated, trained } satisfies Partial<LogLine>);

function otherWeights(
  name: string,
  seed: number,
  { begin }: LoggedRun,
  what: string,
  { computes }: ExperimentHost,
): LosslightError {
  return new LosslightError(
    'other-weights',
    `“${name}” with seed ${seed} was made again for its weights, and came out differently than its log says: ${what}. ` +
      `Logged: ${begin.computes}. Now: ${computes}.`,
    `Go on where the log was written, or take ${FILES.log(name, seed)} and the logs of all that begins with it away, so that they are run anew.`,
  );
}

function fileOf(values: Weights): Uint8Array<ArrayBuffer> {
  const tensors = new Map([...values].map(([name, own]) => [name, { shape: [own.length], values: own }]));
  return safetensorsFile(tensors).slice();
}

function valuesOf(bytes: Uint8Array): Weights {
  const { tensors } = parseSafetensors(bytes);
  return new Map([...tensors].map(([tensor, stored]) => [tensor, decodeTensor(stored)]));
}
