/**
 * @file A model on disk with what computes it: the GPU where Node has one (by the package `webgpu`) and it is the faster
 * one, else the CPU.
 */
import { LosslightError } from '../errors';
import { chooseExecutor } from '../model/choose-executor';
import { loadWeights } from '../model/load-weights';
import { PlannedEngine } from '../model/planned-engine';
import { CpuExecutor } from '../plan/cpu-executor';
import type { Executor } from '../plan/executor';
import { WgslExecutor } from '../plan/wgsl-executor';
import { openModel } from '../sequence/open-model';
import type { Inspector } from '../sequence/inspector';
import { openDevice, type TensorDevice } from '../tensor/device';
import { UsageError, type Flags, type Given } from './arguments';
import type { Io } from './io';
import { openModelFolder, type ModelOnDisk } from './model-folder';

export const ENGINE_FLAGS = {
  '--model': {
    value: 'DIR',
    about: 'a model’s folder: config.json, safetensors, tokenizer.json and a chat template',
    required: true,
  },
  '--engine': {
    value: 'cpu|wgsl',
    about:
      'what computes; otherwise the GPU, where Node has one by the package “webgpu” and it is the faster one, else the CPU',
  },
  '--threads': { value: 'N', about: 'threads of the CPU; otherwise as many as a short test finds faster' },
} as const satisfies Flags;

export interface LoadedModel {
  engine: PlannedEngine;
  inspector: Inspector;
  folder: ModelOnDisk;
  /** What computes, for people. */
  computes: string;
  dispose(): Promise<void>;
}

/**
 * Opens a model's folder and loads its weights.
 *
 * @throws UsageError where a flag makes no sense; LosslightError what the folder, its tokenizer and the device are refused for.
 */
export async function openEngine(
  given: Given,
  io: Io,
  path = given.one('--model') ?? '',
): Promise<LoadedModel> {
  const kind = given.one('--engine');
  if (kind !== undefined && kind !== 'cpu' && kind !== 'wgsl') {
    throw new UsageError(`--engine is “${kind}”: give cpu or wgsl.`);
  }
  const folder = await openModelFolder(path);
  try {
    io.watch?.(`${path}/tokenizer.json`, 30_000);
    const { inspector, opened } = openModel({ files: folder.files });
    io.watch?.();
    for (const difference of opened.differences) {
      io.warn(`${path}/tokenizer.json: warning: ids may differ from Python's. ${difference}`);
    }
    const { executor, computes } = await openExecutor(kind, readThreads(given));
    const dispose = async () => {
      executor.dispose();
      await folder.close();
    };
    try {
      const engine = await PlannedEngine.load(
        executor,
        folder.config,
        loadWeights(folder.config, folder.source),
      );
      return { engine, inspector, folder, computes, dispose };
    } catch (error) {
      executor.dispose();
      throw error;
    }
  } catch (error) {
    await folder.close();
    throw error;
  }
}

function readThreads(given: Given): number | 'measured' {
  const text = given.one('--threads');
  if (text === undefined) return 'measured';
  if (!/^[1-9]\d?$/.test(text)) throw new UsageError(`--threads is “${text}”: give a whole number from 1.`);
  return Number(text);
}

async function openExecutor(
  kind: 'cpu' | 'wgsl' | undefined,
  threads: number | 'measured',
): Promise<{ executor: Executor; computes: string }> {
  const target = kind === 'cpu' ? undefined : await openGpu(kind === 'wgsl');
  if (target && kind === 'wgsl') {
    return { executor: new WgslExecutor(target), computes: `the GPU (${nameOf(target)})` };
  }
  if (target && !target.description.software) {
    const { executor } = await chooseExecutor(target);
    if (executor.kind === 'wgsl') return { executor, computes: `the GPU (${nameOf(target)})` };
    executor.dispose();
  }
  target?.device.destroy();
  const executor = await CpuExecutor.create({ threads });
  const { threads: count } = executor;
  return { executor, computes: `the CPU, ${count} ${count === 1 ? 'thread' : 'threads'}` };
}

const nameOf = ({ description }: TensorDevice) => description.description || description.vendor;

/** The GPU by the package `webgpu`; undefined where there is none and nobody asked for it. */
async function openGpu(wanted: boolean): Promise<TensorDevice | undefined> {
  // In a variable: the package is no part of this program, and is used where somebody has installed it.
  const name = 'webgpu';
  let dawn: { create(flags: string[]): GPU; globals: object };
  try {
    dawn = (await import(/* @vite-ignore */ name)) as typeof dawn;
  } catch (cause) {
    if (!wanted) return undefined;
    const remedy = 'Install it with “npm install webgpu”, or leave --engine out.';
    throw new LosslightError('webgpu-missing', 'The package “webgpu” is not installed.', remedy, { cause });
  }
  Object.assign(globalThis, dawn.globals);
  try {
    return await openDevice(dawn.create([]));
  } catch (error) {
    if (wanted || !(error instanceof LosslightError)) throw error;
    return undefined;
  }
}
