/**
 * @file How fast texts are written: a model of some shape with random weights on one executor, so many texts at once. Runs in Node
 * and in a page.
 */
import { parseConfig } from '../../../src/model/config';
import { parameterShapes } from '../../../src/model/parameter-names';
import { PlannedEngine } from '../../../src/model/planned-engine';
import { seededRandom } from '../../../src/model/random';
import { CpuExecutor } from '../../../src/plan/cpu-executor';
import type { Executor } from '../../../src/plan/executor';
import { sizeOf } from '../../../src/plan/tensor';
import { WgslExecutor } from '../../../src/plan/wgsl-executor';
import { openDevice } from '../../../src/tensor/device';

export interface DecodeRequest {
  executor: 'cpu' | 'wgsl';
  /** `config.json` of a Llama. */
  config: Record<string, unknown>;
  /** Texts at once, one measurement each. */
  batches: number[];
  /** Tokens of each prompt, and new tokens of each text. */
  prompt: number;
  tokens: number;
  /** Texts of the same prompt; 1 by default. */
  group?: number;
  /** The best of so many runs counts: others use the machine too. */
  runs: number;
  /** Of the CPU executor. */
  threads: number;
}

/** Tokens a second. */
export interface DecodeRow {
  batch: number;
  /** Of the prompts. */
  prompt: number;
  /** New ones, of all texts together. */
  decode: number;
  /** New ones where the whole text is computed anew for each, in the middle of the text. */
  uncached: number;
}

export interface DecodeResult {
  /** What computes. */
  device: string;
  /** Which time counts. */
  clock: 'processor' | 'wall';
  parameters: number;
  rows: DecodeRow[];
}

const SCALE = 0.05;

/**
 * Milliseconds: the processor's time of this process where it has one thread and that can be asked for, which what else runs
 * on the machine lengthens little; else time as it passes.
 */
let now: () => number = () => performance.now();

interface NodeProcess {
  cpuUsage(): { user: number; system: number };
}

function clockOf({ executor, threads }: DecodeRequest): { now: () => number; clock: DecodeResult['clock'] } {
  const { process } = globalThis as { process?: NodeProcess };
  if (executor !== 'cpu' || threads > 1 || !process) return { now: () => performance.now(), clock: 'wall' };
  return {
    now: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    clock: 'processor',
  };
}

async function open(request: DecodeRequest): Promise<{ executor: Executor; device: string }> {
  if (request.executor === 'cpu') {
    const executor = await CpuExecutor.create({ threads: request.threads });
    return { executor, device: `CPU, threads: ${executor.threads}` };
  }
  const target = await openDevice();
  return { executor: new WgslExecutor(target), device: JSON.stringify(target.description) };
}

async function load(executor: Executor, fields: DecodeRequest['config']): Promise<PlannedEngine> {
  const config = parseConfig(JSON.stringify(fields));
  const random = seededRandom(1);
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of parameterShapes(config)) {
    const middle = shape.length > 1 ? 0 : 1;
    weights.set(
      name,
      Float32Array.from({ length: sizeOf(shape) }, () => middle + SCALE * (2 * random() - 1)),
    );
  }
  return PlannedEngine.load(executor, config, weights);
}

/** Seconds until the first tokens come, and from there to the last. */
async function write(
  engine: PlannedEngine,
  batch: number,
  { prompt, tokens, group = 1 }: DecodeRequest,
): Promise<{ first: number; rest: number }> {
  const requests = Array.from({ length: batch }, (_, text) => ({
    prompt: Int32Array.from(
      { length: prompt },
      (__, i) => (7 * i + 31 * Math.floor(text / group)) % engine.vocabularySize,
    ),
  }));
  const options = { maxNewTokens: tokens, temperature: 0, topP: 1, seed: 1, stopIds: [], sequences: batch };
  const start = now();
  let first: number | undefined;
  for await (const { tokens: made } of engine.generateMany(requests, options, 'base')) {
    if (made.length > 0) first ??= now();
  }
  const end = now();
  return { first: ((first ?? end) - start) / 1000, rest: (end - (first ?? end)) / 1000 };
}

/** Seconds for a token of every text without a cache. */
async function passOver(engine: PlannedEngine, rows: number, length: number): Promise<number> {
  const size = rows * length;
  const start = now();
  await engine.logits(
    {
      ...{ rows, length, norm: 1, kind: new Uint8Array(size) },
      ids: Int32Array.from({ length: size }, (_, i) => (7 * i) % engine.vocabularySize),
      targets: new Int32Array(size),
      weights: new Float32Array(size),
      positions: Int32Array.from({ length: size }, (_, i) => i % length),
      documents: new Int32Array(size).fill(1),
    },
    'base',
  );
  return (now() - start) / 1000;
}

/** Measures one shape on one executor. */
export async function measure(request: DecodeRequest): Promise<DecodeResult> {
  const { prompt, tokens, runs } = request;
  const { executor, device } = await open(request);
  const found = clockOf(request);
  now = found.now;
  const engine = await load(executor, request.config);
  const rows: DecodeRow[] = [];
  for (const batch of request.batches) {
    const best = { first: Infinity, rest: Infinity, pass: Infinity };
    for (let run = 0; run < runs; run++) {
      const { first, rest } = await write(engine, batch, request);
      best.first = Math.min(best.first, first);
      best.rest = Math.min(best.rest, rest);
      best.pass = Math.min(best.pass, await passOver(engine, batch, prompt + Math.floor(tokens / 2)));
    }
    rows.push({
      batch,
      prompt: (batch * prompt) / best.first,
      decode: (batch * (tokens - 1)) / best.rest,
      uncached: batch / best.pass,
    });
  }
  const parameters = [...engine.parameters.values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
  engine.dispose();
  executor.dispose();
  return { device, clock: found.clock, parameters, rows };
}
