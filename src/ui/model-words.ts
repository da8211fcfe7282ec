/**
 * @file What a model is, in words for people.
 */
import { model } from '$strings/model';
import type { BaseFormat, ModelDescription } from '../model/engine';

const FAMILIES: Readonly<Record<string, string>> = {
  llama: 'Llama',
  qwen2: 'Qwen2',
  qwen3: 'Qwen3',
  smollm3: 'SmolLM3',
  gemma3: 'Gemma 3',
  gpt2: 'GPT-2',
};

/** `qwen3` as its makers write it. */
export function familyName(family: string): string {
  return FAMILIES[family] ?? family;
}

/** `BF16, 1.2 GB in 2 files`. */
export function storedAs({ dtypes, fileBytes, files }: ModelDescription): string {
  return model.words.stored(dtypes, fileBytes, files);
}

/** What stands behind `storedAs` where weights are not kept as floats. */
export function keptAs(base: BaseFormat): string {
  return base === 'f32' ? '' : model.words.kept(FORMATS[base]);
}

const FORMATS: Readonly<Record<BaseFormat, string>> = { f32: 'F32', f16: 'F16', int8: 'int8', int4: 'int4' };
const BITS: Readonly<Record<Exclude<BaseFormat, 'f32'>, number>> = { f16: 16, int8: 8, int4: 4 };

/** The ways to keep a model's weights in memory, each with what it takes while the model is trained. */
export function waysToKeep({ memory }: ModelDescription): { base: BaseFormat; label: string }[] {
  return (['f32', 'f16', 'int8', 'int4'] as const).map((base) => ({
    base,
    label: model.words.wayToKeep(FORMATS[base], memory[base]),
  }));
}

/** What can be trained where weights are kept in that form. */
export function trainsHow(base: BaseFormat): string {
  return base === 'f32' ? model.words.allTrains : model.words.loraTrains(BITS[base]);
}
