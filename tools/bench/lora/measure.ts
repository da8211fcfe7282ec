/**
 * @file A LoRA step on random weights of a real model's shape, which are made piece by piece: its memory, as it was planned
 * and as it was used, and its time.
 */
import { makeConfig, type ModelConfig } from '../../../src/model/config';
import type { WeightPiece } from '../../../src/model/base-weights';
import type { BaseFormat } from '../../../src/model/engine';
import { DEFAULT_LORA } from '../../../src/model/lora';
import { parameterShapes } from '../../../src/model/parameter-names';
import { PlannedModel } from '../../../src/model/planned-model';
import { CpuExecutor } from '../../../src/plan/cpu-executor';
import { activationBytes } from '../../../src/plan/memory';
import { sizeOf } from '../../../src/plan/tensor';
import type { Batch } from '../../../src/sequence/types';

export interface Request {
  shape: string;
  base: BaseFormat;
  tokens: number;
  rank: number;
  steps: number;
  threads?: number;
}

export interface Measured extends Request {
  parameters: number;
  trained: number;
  threads: number;
  /** Bytes: planned, by what they are for; held by the executor; of all its memory; of the process. */
  planned: { base: number; trained: number; activations: number; inputs: number; total: number };
  held: number;
  memory: number;
  resident: number;
  loadSeconds: number;
  /** Milliseconds of each step after the first, which also warms up. */
  milliseconds: number[];
  losses: number[];
}

const qwen = { contextLength: 32_768, vocabularySize: 151_936, normEpsilon: 1e-6, headSize: 128 } as const;
const qwenBiases = { queryKeyValue: true, output: false, feedForward: false } as const;

/** Shapes of models as their config.json has them. */
export const SHAPES: Readonly<Record<string, ModelConfig>> = {
  'SmolLM2-135M': makeConfig({
    ...{ vocabularySize: 49_152, hiddenSize: 576, intermediateSize: 1536, layers: 30, heads: 9 },
    ...{ keyValueHeads: 3, contextLength: 8192 },
  }),
  'Qwen2.5-0.5B': makeConfig({
    ...{ ...qwen, headSize: 64, family: 'qwen2', biases: qwenBiases },
    ...{ hiddenSize: 896, intermediateSize: 4864, layers: 24, heads: 14, keyValueHeads: 2 },
  }),
  'Qwen2.5-1.5B': makeConfig({
    ...{ ...qwen, family: 'qwen2', biases: qwenBiases },
    ...{ hiddenSize: 1536, intermediateSize: 8960, layers: 28, heads: 12, keyValueHeads: 2 },
  }),
  'Qwen2.5-3B': makeConfig({
    ...{ ...qwen, family: 'qwen2', biases: qwenBiases },
    ...{ hiddenSize: 2048, intermediateSize: 11_008, layers: 36, heads: 16, keyValueHeads: 2 },
  }),
  'Qwen3-4B': makeConfig({
    ...{ ...qwen, family: 'qwen3', queryKeyNorm: true },
    ...{ hiddenSize: 2560, intermediateSize: 9728, layers: 36, heads: 32, keyValueHeads: 8 },
  }),
};

/** Elements of a piece: 8 MiB. */
const PIECE = 2 ** 21;

/** Numbers of a trained model's size: 1 for norms, else uniform ones within ±0.04. Each piece is good until the next. */
async function* randomWeights(config: ModelConfig): AsyncGenerator<WeightPiece> {
  const buffer = new Float32Array(PIECE);
  let state = 1;
  for (const [name, shape] of parameterShapes(config)) {
    const [rows = 1] = shape;
    const columns = sizeOf(shape) / rows;
    const most = Math.max(1, Math.floor(PIECE / columns));
    for (let firstRow = 0; firstRow < rows; firstRow += most) {
      const values = buffer.subarray(0, Math.min(most, rows - firstRow) * columns);
      if (shape.length === 1) values.fill(name.endsWith('.bias') ? 0 : 1);
      else {
        for (let i = 0; i < values.length; i++) {
          state ^= state << 13;
          state ^= state >>> 17;
          state ^= state << 5;
          values[i] = state * (0.04 / 2 ** 31);
        }
      }
      yield { name, firstRow, values };
    }
  }
}

/** A row of tokens that predict one another. */
function batchOf(config: ModelConfig, tokens: number): Batch {
  const ids = Int32Array.from({ length: tokens }, (_, i) => (i * 7919) % config.vocabularySize);
  return {
    rows: 1,
    length: tokens,
    ids,
    targets: ids.map((_, i) => ids[(i + 1) % tokens] ?? 0),
    weights: new Float32Array(tokens).fill(1),
    positions: ids.map((_, i) => i),
    documents: new Int32Array(tokens).fill(1),
    kind: new Uint8Array(tokens),
    norm: tokens,
  };
}

export async function measure(request: Request): Promise<Measured> {
  const { shape, base, tokens, rank, steps } = request;
  const config = SHAPES[shape];
  if (!config) throw new RangeError(`There is no shape “${shape}”: ${Object.keys(SHAPES).join(', ')}.`);
  const executor = await CpuExecutor.create({ threads: request.threads ?? 'measured' });
  const start = performance.now();
  const model = await PlannedModel.create(executor, config, randomWeights(config), {
    base,
    adaptation: { ...DEFAULT_LORA, rank, alpha: 2 * rank },
    recompute: true,
  });
  const loadSeconds = (performance.now() - start) / 1000;
  const plan = model.memoryOf(1, tokens, 'train');
  const factors = [...model.state.trained.values()].map(({ value }) => sizeOf(value.shape));
  const trained = factors.reduce((sum, size) => sum + size, 0);
  const { kept } = plan;
  const planned = {
    base: kept.parameter - 4 * trained,
    // Values, gradients and two moments.
    trained: 16 * trained,
    activations: activationBytes(plan),
    inputs: kept.input + kept.output,
  };
  const settings = {
    learningRate: 1e-3,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
    clipNorm: 1,
  };
  const batch = batchOf(config, tokens);
  const milliseconds: number[] = [];
  const losses: number[] = [];
  for (let step = 0; step <= steps; step++) {
    const began = performance.now();
    losses.push((await model.step([batch], settings)).loss);
    if (step > 0) milliseconds.push(performance.now() - began);
  }
  return {
    ...request,
    parameters: [...parameterShapes(config).values()].reduce((sum, size) => sum + sizeOf(size), 0),
    trained,
    threads: executor.threads,
    planned: { ...planned, total: Object.values(planned).reduce((sum, bytes) => sum + bytes, 0) },
    held: executor.bytes,
    memory: executor.memoryBytes,
    resident: process.memoryUsage().rss,
    loadSeconds,
    milliseconds,
    losses,
  };
}
