/**
 * @file LoRA adapters as PEFT's two files, `adapter_model.safetensors` and `adapter_config.json`. PEFT itself takes a file
 * with other names without a word and leaves the model as it was; here everything that does not fit is refused by name.
 */
import type { ModelConfig } from './config';
import { allFinite } from './elements';
import type { LoraAdaptation } from './engine';
import { factorName, factorShapes, projections, type Projection } from './lora';
import { readAdapterConfig, refuseAdapter, writeAdapterConfig, type AdapterConfig } from './peft-config';
import { decodeTensor, parseSafetensors, type StoredTensor } from './safetensors';
import { safetensorsFile } from './safetensors-write';

export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';
export const ADAPTER_CONFIG = 'adapter_config.json';

const PREFIX = 'base_model.model.';

/** An adapter's files, by the names above. */
export interface AdapterFiles {
  [ADAPTER_WEIGHTS]: Uint8Array<ArrayBuffer>;
  [ADAPTER_CONFIG]: string;
}

/** An adapter for `Engine.adapt` and `Engine.write`. */
export interface Adapter {
  adaptation: LoraAdaptation;
  /** Factors by PEFT's names. */
  values: ReadonlyMap<string, Float32Array>;
  /** Share of inputs that were dropped while it was trained; more training here drops none. */
  dropout: number;
}

/**
 * An adapter as PEFT writes it, in F32: F16 would cost 1e-4 of the logits.
 *
 * @param values factors by PEFT's names, as `Engine.read` gives them
 * @param base name or address of the model that the adapter belongs to
 * @throws RangeError where a factor is missing or of another size.
 */
export function writeAdapter(
  config: ModelConfig,
  adaptation: LoraAdaptation,
  values: ReadonlyMap<string, Float32Array>,
  base: string,
): AdapterFiles {
  const tensors = new Map(
    [...factorShapes(config, adaptation)].map(([name, shape]) => [
      name,
      { shape, values: values.get(name) ?? new Float32Array() },
    ]),
  );
  return {
    [ADAPTER_WEIGHTS]: safetensorsFile(tensors),
    [ADAPTER_CONFIG]: writeAdapterConfig(config, adaptation, base),
  };
}

/**
 * Reads an adapter for a model.
 *
 * @throws LosslightError `bad-adapter`, naming file and tensor or field, where anything does not fit the model; `bad-model`
 * where the file is no safetensors file.
 */
export function readAdapter(config: ModelConfig, configText: string, file: Uint8Array): Adapter {
  const settings = readAdapterConfig(config, configText);
  const { tensors } = parseSafetensors(file, ADAPTER_WEIGHTS);
  const known = new Map(projections(config).map((projection) => [projection.name, projection]));
  const found = new Map<string, Projection>();
  for (const name of tensors.keys()) {
    const projection = projectionOf(name, known);
    found.set(projection.name, projection);
  }
  const [first] = found.keys();
  if (first === undefined) refuse('holds no tensors.');
  checkTargets(settings, [...found.keys()]);
  const values = new Map<string, Float32Array>();
  for (const { name, width, out } of found.values()) {
    for (const [factor, shape] of [
      ['A', [settings.rank, width]],
      ['B', [out, settings.rank]],
    ] as const) {
      const full = factorName(name, factor);
      values.set(full, valuesOf(full, tensors.get(full), shape));
    }
  }
  const { rank, alpha, rsLora, dropout } = settings;
  const targets = found.size === known.size ? 'all-linear' : [...found.keys()];
  return { adaptation: { kind: 'lora', rank, alpha, rsLora, targets, seed: 0 }, values, dropout };
}

function refuse(message: string, remedy = 'Check that the adapter belongs to this model.'): never {
  refuseAdapter(`${ADAPTER_WEIGHTS} ${message}`, remedy);
}

/** The matrix that a tensor of the file is a factor for. */
function projectionOf(name: string, known: ReadonlyMap<string, Projection>): Projection {
  if (!name.startsWith(PREFIX)) {
    const remedy = 'PEFT would load such a file and change nothing. Save it again with save_pretrained.';
    refuse(`holds “${name}”, which does not begin with “${PREFIX}”.`, remedy);
  }
  const [, projection = '', rest = ''] = /^(.*?)\.(lora_.*)$/.exec(name.slice(PREFIX.length)) ?? [];
  if (rest !== 'lora_A.weight' && rest !== 'lora_B.weight') {
    const remedy = 'Only the factors of plain LoRA can be loaded; save it again with save_pretrained.';
    refuse(`holds “${name}”, which is not named as a factor of LoRA.`, remedy);
  }
  const found = known.get(projection);
  if (!found) refuse(`adapts “${projection}”, which this model does not have, or which LoRA cannot adapt.`);
  return found;
}

/** What the configuration names and what the file holds must be the same; else part of the adapter is missing. */
function checkTargets({ targets }: AdapterConfig, found: readonly string[]): void {
  if (!targets) return;
  const fits = (name: string, target: string) => name === target || name.endsWith(`.${target}`);
  for (const target of targets) {
    if (!found.some((name) => fits(name, target))) {
      refuse(`holds nothing for “${target}”, which ${ADAPTER_CONFIG} names in target_modules.`);
    }
  }
  for (const name of found) {
    if (!targets.some((target) => fits(name, target))) {
      refuse(`adapts “${name}”, which ${ADAPTER_CONFIG} does not name in target_modules.`);
    }
  }
}

function valuesOf(name: string, stored: StoredTensor | undefined, shape: readonly number[]): Float32Array {
  if (!stored)
    refuse(`lacks “${name}”, the other factor of a pair.`, 'The file is incomplete; export it again.');
  if (stored.shape.join() !== shape.join()) {
    refuse(`holds “${name}” of [${stored.shape.join(', ')}]; model and rank ask for [${shape.join(', ')}].`);
  }
  const values = decodeTensor(stored);
  if (!allFinite(values)) {
    const remedy = 'The file is damaged, or the adapter was exported from a failed run.';
    refuse(`holds a number in “${name}” that is not finite.`, remedy);
  }
  return values;
}
