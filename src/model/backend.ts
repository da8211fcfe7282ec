/**
 * @file What computes on this machine: one of the engines with what it runs on, and in one sentence why that one.
 */
import { LosslightError } from '../errors';
import { CpuExecutor } from '../plan/cpu-executor';
import type { Executor } from '../plan/executor';
import { WgslExecutor } from '../plan/wgsl-executor';
import { openDevice, type TensorDevice } from '../tensor/device';
import { useDevice } from '../tensor/tfjs';
import { chooseExecutor } from './choose-executor';
import type { ModelConfig } from './config';
import { decodeWeights } from './decode-weights';
import type { Engine, EngineKind } from './engine';
import { OracleEngine } from './oracle';
import { PlannedEngine } from './planned-engine';
import type { SafetensorsFile } from './safetensors';

export interface LoadListeners {
  /** Parameters (numbers) in memory so far, and all of them. */
  onUpload(done: number, total: number): void;
  /** Kernels compiled so far, and all of them. */
  onCompile(done: number, total: number): void;
}

export interface Backend {
  readonly kind: EngineKind;
  /** A sentence for people: what computes, and why. */
  readonly reason: string;
  /** The GPU device that it computes on; none on the CPU. */
  readonly target?: TensorDevice;
  /** Of the plans; the oracle has none. */
  readonly executor?: Executor;
}

/**
 * Opens what was asked for, or chooses: the CPU where there is no GPU or only one in software, which is the same
 * processor by a detour; else the faster one in a short test.
 *
 * @throws LosslightError `webgpu-missing` or `gpu-error` where a GPU was asked for and there is none.
 */
export async function openBackend(wanted?: EngineKind): Promise<Backend> {
  if (wanted === 'cpu') return cpuBackend('The CPU computes, because this page’s address asks for it.');
  if (wanted) {
    const target = await openDevice();
    if (wanted === 'wgsl') {
      return wgslBackend(target, 'The GPU computes, because this page’s address asks for it.');
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
  if (executor.kind === 'wgsl') return { kind: 'wgsl', reason, target, executor };
  target.device.destroy();
  return { kind: 'cpu', reason, executor };
}

/**
 * Decodes the weights of a file and puts them where the backend computes.
 *
 * @throws LosslightError `bad-model` where file and config do not fit or a weight is not finite; else whatever kept the
 * backend from being set up.
 */
export async function loadEngine(
  { target, executor }: Backend,
  config: ModelConfig,
  file: SafetensorsFile,
  { onUpload, onCompile }: LoadListeners,
): Promise<Engine> {
  if (executor) {
    const weights = decodeWeights(config, file, onUpload);
    return PlannedEngine.load(executor, config, weights, onCompile);
  }
  if (!target) throw new RangeError('A backend needs an executor or a device.');
  return OracleEngine.load(target, config, file, onUpload);
}

/**
 * The other executor, for a model that could not be set up on this one, which is given up.
 *
 * @param cause why not
 * @throws `cause` where the other one cannot be opened.
 */
export async function otherBackend(failed: Backend, cause: unknown): Promise<Backend> {
  const detail = cause instanceof Error ? cause.message : String(cause);
  closeBackend(failed);
  if (failed.kind !== 'cpu') {
    return cpuBackend(`The CPU computes: the GPU could not be set up. ${detail}`);
  }
  try {
    return wgslBackend(
      await openDevice(),
      `The GPU computes: the CPU could not be set up for this model. ${detail}`,
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
  return { kind: 'cpu', reason, executor: await CpuExecutor.create() };
}

function wgslBackend(target: TensorDevice, reason: string): Backend {
  return { kind: 'wgsl', reason, target, executor: new WgslExecutor(target) };
}
