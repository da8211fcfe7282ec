/**
 * @file What computes on this machine: one of the engines with what it runs on, and in one sentence why that one.
 */
import { LosslightError } from '../errors';
import { KernelTuner } from '../ops/tune-kernels';
import { readTunedChoices, toTunedChoices, deviceIdentity, type TunedMemory } from '../ops/tuned-choices';
import { CpuExecutor } from '../plan/cpu-executor';
import { describeThreads } from '../plan/cpu-threads';
import type { Executor } from '../plan/executor';
import { WgslExecutor } from '../plan/wgsl-executor';
import { openDevice, type TensorDevice } from '../tensor/device';
import { useDevice } from '../tensor/tfjs';
import { loadCancelled } from './byte-file';
import { chooseExecutor } from './choose-executor';
import { compileAhead } from './compile-ahead';
import type { ModelConfig } from './config';
import { memoryOf } from './describe-model';
import type { Adaptation, BaseFormat, Engine, EngineKind } from './engine';
import { OracleEngine } from './oracle';
import { PlannedEngine } from './planned-engine';
import type { ParameterOptions } from './planned-parameters';
import { loadWeights, type LoadOptions } from './load-weights';
import type { WeightPiece, WeightSource } from './weight-source';

export interface LoadEngineOptions
  extends Pick<LoadOptions, 'signal' | 'onBytes' | 'onParameters'>, ParameterOptions {
  /** Kernels compiled so far, and all of them: while weights are read, and again of what the model needs beyond that. */
  onCompile?(done: number, total: number): void;
}

/** Bytes that may wait to be taken by a device. */
const MOST_WAITING = 64 * 2 ** 20;

export interface Backend {
  readonly kind: EngineKind;
  /** A sentence for people: what computes, and why. */
  readonly reason: string;
  /** The GPU device that it computes on; none on the CPU. */
  readonly target?: TensorDevice;
  /** Of the plans; the oracle has none. */
  readonly executor?: Executor;
  /** What is fastest on the device, as far as it was measured; none on the CPU and on software devices. */
  readonly tuner?: KernelTuner;
}

/**
 * Opens what was asked for, or chooses: the CPU where there is no GPU or only one in software, which is the same
 * processor by a detour; else the faster one in a short test.
 *
 * @param memory where a GPU's tuned choices are kept between visits
 * @throws LosslightError `webgpu-missing` or `gpu-error` where a GPU was asked for and there is none.
 */
export async function openBackend(wanted?: EngineKind, memory?: TunedMemory): Promise<Backend> {
  if (wanted === 'cpu') return cpuBackend('The CPU computes, because this page’s address asks for it.');
  if (wanted) {
    const target = await openDevice();
    if (wanted === 'wgsl') {
      return wgslBackend(target, 'The GPU computes, because this page’s address asks for it.', memory);
    }
    await useDevice(target);
    const reason = 'The readable decoder computes on the GPU, because this page’s address asks for it.';
    return { kind: 'oracle', reason, target };
  }

  let target: TensorDevice;
  try {
    target = await openDevice();
  } catch (error) {
    if (!(error instanceof LosslightError)) throw error;
    return cpuBackend(`The CPU computes: there is no GPU to be used. ${error.message}`);
  }
  if (target.description.software) {
    target.device.destroy();
    return cpuBackend('The CPU computes: the only GPU here is one in software, which runs on the CPU too.');
  }
  const { executor, reason } = await chooseExecutor(target);
  if (executor.kind === 'wgsl') {
    executor.dispose();
    return wgslBackend(target, reason, memory);
  }
  target.device.destroy();
  return { kind: 'cpu', reason, executor };
}

/**
 * Reads the weights of a model, piece by piece, to where the backend computes. Of a model that cannot be loaded, or whose
 * loading is cancelled, nothing is left.
 *
 * @throws LosslightError `bad-model` where weights and config do not fit or a weight is not finite; `cancelled`; else
 * whatever kept the files from being read or the backend from being set up.
 */
export async function loadEngine(
  { target, executor }: Backend,
  config: ModelConfig,
  source: WeightSource,
  { onCompile, base, adaptation, ...options }: LoadEngineOptions = {},
): Promise<Engine> {
  let engine: Engine;
  if (executor) {
    let ahead = true;
    void compileAhead(executor, config, (done, total) => {
      if (ahead) onCompile?.(done, total);
    });
    // It counts what is still to be compiled, whoever began with it: two counts at once would contradict each other.
    const compiles = (done: number, total: number) => {
      ahead = false;
      onCompile?.(done, total);
    };
    const pieces = withPauses(loadWeights(config, source, options), target);
    try {
      engine = await PlannedEngine.load(executor, config, pieces, compiles, { base, adaptation });
    } catch (error) {
      throw isLackOfMemory(error) ? outOfMemory(config, base, error) : error;
    } finally {
      ahead = false;
    }
  } else {
    if (!target) throw new RangeError('A backend needs an executor or a device.');
    const tensors = loadWeights(config, source, { ...options, pieceElements: Infinity });
    checkOracle(base, adaptation);
    engine = await OracleEngine.load(target, config, tensors);
  }
  // What compiles cannot be interrupted; what it made is given up.
  if (options.signal?.aborted) {
    engine.dispose();
    throw loadCancelled();
  }
  return engine;
}

/** What engines of JavaScript throw where memory cannot grow; each in its own words. */
function isLackOfMemory(error: unknown): boolean {
  return error instanceof RangeError && /memory|allocation|array length|arraybuffer/i.test(error.message);
}

function outOfMemory(config: ModelConfig, base: BaseFormat = 'f32', cause: unknown): LosslightError {
  const megabytes = (memoryOf(config)[base] / 1e6).toFixed(1);
  return new LosslightError(
    'out-of-memory',
    `The model does not fit into memory: with its weights as ${base} it takes ${megabytes} MB, beside what is there already.`,
    'Keep its weights in a smaller form, close other tabs, or choose a smaller model.',
    { cause },
  );
}

/** The readable decoder keeps and trains 32-bit floats. */
function checkOracle(base: BaseFormat = 'f32', adaptation: Adaptation = { kind: 'full' }): void {
  if (base === 'f32' && adaptation.kind === 'full') return;
  throw new LosslightError(
    'unsupported',
    'The readable decoder trains all parameters as 32-bit floats; it has neither LoRA nor packed weights.',
    'Leave “engine=oracle” out of the page’s address.',
  );
}

/** Waits for the device after every so many bytes: what is written to it waits in memory until it is taken. */
async function* withPauses(
  pieces: AsyncIterable<WeightPiece>,
  target: TensorDevice | undefined,
): AsyncGenerator<WeightPiece, void, void> {
  let written = 0;
  for await (const piece of pieces) {
    yield piece;
    written += piece.values.byteLength;
    if (!target || written < MOST_WAITING) continue;
    written = 0;
    target.device.queue.submit([]);
    await target.device.queue.onSubmittedWorkDone();
    target.health.check();
  }
}

/**
 * The other executor, for a model that could not be set up on this one, which is given up.
 *
 * @param cause why not
 * @throws `cause` where the other one cannot be opened.
 */
export async function otherBackend(failed: Backend, cause: unknown, memory?: TunedMemory): Promise<Backend> {
  const detail = cause instanceof Error ? cause.message : String(cause);
  closeBackend(failed);
  if (failed.kind !== 'cpu') {
    return cpuBackend(`The CPU computes: the GPU could not be set up. ${detail}`);
  }
  try {
    return await wgslBackend(
      await openDevice(),
      `The GPU computes: the CPU could not be set up for this model. ${detail}`,
      memory,
    );
  } catch {
    throw cause;
  }
}

/** Gives up memory and device. */
export function closeBackend({ executor, target }: Backend): void {
  executor?.dispose();
  target?.device.destroy();
}

async function cpuBackend(reason: string): Promise<Backend> {
  const executor = await CpuExecutor.create({ threads: 'measured' });
  return { kind: 'cpu', reason: `${reason} ${describeThreads(executor.threads)}`, executor };
}

/**
 * A device with an executor. A real GPU is tuned as its plans are compiled, from what was found on visits before; on a
 * software device measuring would take longer than it ever saves.
 */
export async function wgslBackend(
  target: TensorDevice,
  reason: string,
  memory?: TunedMemory,
): Promise<Backend> {
  if (target.description.software)
    return { kind: 'wgsl', reason, target, executor: new WgslExecutor(target) };
  const kept = await memory?.load(deviceIdentity(target));
  const tuner = new KernelTuner(target, readTunedChoices(target, kept), {
    onChoices: (kernels) => void memory?.save(toTunedChoices(target, kernels)),
  });
  return { kind: 'wgsl', reason, target, executor: new WgslExecutor(target, {}, tuner), tuner };
}
