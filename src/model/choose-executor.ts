/**
 * @file Which executor a machine gets: both compute a small step of training a few times, and the faster one is taken.
 * That is the only fair question: a GPU may be a software one, or one that is slow to be given work.
 */
import { LosslightError } from '../errors';
import { CpuExecutor } from '../plan/cpu-executor';
import { describeThreads } from '../plan/cpu-threads';
import type { Executor } from '../plan/executor';
import { makePools } from '../plan/parameters';
import { WgslExecutor } from '../plan/wgsl-executor';
import type { TensorDevice } from '../tensor/device';
import { makeConfig } from './config';
import { planDecoder } from './decoder-plan';
import { parameterShapes } from './parameter-names';
import { planWeights } from './plan-weights';

/** About as small as models get that people train, so that the measurement is short. */
const MODEL = makeConfig({
  vocabularySize: 512,
  hiddenSize: 128,
  intermediateSize: 256,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  contextLength: 128,
});
const TOKENS = 128;
/** Timed runs, after one that is not; the shortest counts. */
const RUNS = 3;

export interface Choice {
  executor: Executor;
  /** A sentence for people: which one, and why. */
  reason: string;
  /** Milliseconds of the small step on each that was tried. */
  milliseconds: { cpu?: number; wgsl?: number };
}

/**
 * Measures and chooses. What is not chosen is given up. A GPU that fails is not chosen.
 *
 * @param target the device, if there is one
 */
export async function chooseExecutor(target: TensorDevice | undefined): Promise<Choice> {
  const cpu = await CpuExecutor.create({ threads: 'measured' });
  if (!target) {
    return { executor: cpu, reason: 'The CPU computes: there is no GPU to be used here.', milliseconds: {} };
  }
  const wgsl = new WgslExecutor(target);
  let milliseconds: { cpu: number; wgsl: number };
  try {
    milliseconds = { cpu: await measure(cpu), wgsl: await measure(wgsl) };
  } catch (error) {
    if (!(error instanceof LosslightError)) throw error;
    wgsl.dispose();
    const reason = `The CPU computes: the GPU failed a short test. ${error.message}`;
    return { executor: cpu, reason, milliseconds: {} };
  }
  const gpu = target.description.software ? 'the software GPU' : 'the GPU';
  const [executor, other, names, ratio] =
    milliseconds.wgsl < milliseconds.cpu
      ? ([wgsl, cpu, [gpu, 'the CPU'], milliseconds.cpu / milliseconds.wgsl] as const)
      : ([cpu, wgsl, ['the CPU', gpu], milliseconds.wgsl / milliseconds.cpu] as const);
  other.dispose();
  const [name = '', slower = ''] = names;
  const reason = `${name[0]?.toUpperCase() ?? ''}${name.slice(1)} computes: a short test ran ${ratio.toFixed(1)} times as fast there as on ${slower}.`;
  const threads = executor.kind === 'cpu' ? ` ${describeThreads(cpu.threads)}` : '';
  return { executor, reason: reason + threads, milliseconds };
}

/** Milliseconds of a small step, forward and backward, including that it is known to be done. */
async function measure(executor: Executor): Promise<number> {
  const { parameters } = makePools(parameterShapes(MODEL));
  const { plan, inputs, logProbs } = planDecoder(MODEL, planWeights(MODEL, parameters), TOKENS, {
    trains: true,
  });
  // All else may be zeros: how long it takes does not depend on the numbers.
  executor.write(inputs.last, new Int32Array(TOKENS).fill(TOKENS - 1));
  const prepared = await executor.prepare(plan);
  let best = Infinity;
  for (let run = 0; run <= RUNS; run++) {
    const start = performance.now();
    await prepared.run();
    await executor.read(logProbs);
    if (run > 0) best = Math.min(best, performance.now() - start);
  }
  prepared.dispose();
  executor.release(plan.buffers.filter(({ role }) => role !== 'activation'));
  return best;
}
