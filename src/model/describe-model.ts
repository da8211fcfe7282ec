/**
 * @file What a model's folder holds and what it will take, before its weights are read.
 */
import { FROZEN_FORMATS, frozenBytes, frozenLayout, type FrozenFormat } from '../ops/frozen-format';
import type { ModelConfig } from './config';
import type { BaseFormat, ModelDescription } from './engine';
import { DEFAULT_LORA, factorShapes } from './lora';
import type { OpenedFolder } from './model-folder';
import { parameterShapes } from './parameter-names';

/** Bytes of a number that is trained: itself, its gradient and two moments, all F32. */
const TRAINED = 4 * 4;
/** Bytes of a number as it was loaded, F32. */
const LOADED = 4;

/** Counts parameters and bytes; nothing is read. */
export function describeModel({ config, source }: OpenedFolder): ModelDescription {
  const parameterCount = countOf(parameterShapes(config));
  return {
    family: config.family,
    parameterCount,
    vocabularySize: config.vocabularySize,
    contextLength: config.contextLength,
    dtypes: [...new Set(Array.from(source.tensors.values(), ({ dtype }) => dtype))].sort(),
    files: source.files.length,
    fileBytes: source.bytes,
    memory: memoryOf(config),
  };
}

/**
 * Bytes that parameters take while a model is trained, by how the weights are kept: all of them trained as F32, or LoRA's
 * usual factors beside packed ones.
 */
export function memoryOf(config: ModelConfig): Record<BaseFormat, number> {
  const packed = FROZEN_FORMATS.map((format) => [format, loraBytes(config, format)] as const);
  return {
    f32: countOf(parameterShapes(config)) * (LOADED + TRAINED),
    ...(Object.fromEntries(packed) as Record<FrozenFormat, number>),
  };
}

/** Bytes of packed matrices, of vectors as F32, and of LoRA's usual factors. */
function loraBytes(config: ModelConfig, format: FrozenFormat): number {
  let bytes = countOf(factorShapes(config, DEFAULT_LORA)) * TRAINED;
  for (const shape of parameterShapes(config).values()) {
    const [rows = 0, columns] = shape;
    bytes += columns === undefined ? rows * LOADED : frozenBytes(frozenLayout(format, [rows, columns]));
  }
  return bytes;
}

function countOf(shapes: ReadonlyMap<string, readonly number[]>): number {
  let count = 0;
  for (const shape of shapes.values()) count += shape.reduce((product, size) => product * size, 1);
  return count;
}
