/**
 * @file The shape of a model from its config.json, for estimates of what training costs.
 */
import { shapeFromConfig, type ModelShape } from '../sequence/flops';
import type { ModelState, ReadText } from './model.svelte';

/** Undefined where the file is missing, cannot be read, or describes no decoder: an estimate is no reason to complain. */
export async function modelShape(url: string, readText: ReadText): Promise<ModelShape | undefined> {
  try {
    const text = await readText(url);
    return text === undefined ? undefined : shapeFromConfig(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * The shape of the model that is loaded.
 *
 * @param config address of the shipped model's configuration
 */
export async function loadedShape(
  { weightsFit, ownConfig }: Pick<ModelState, 'weightsFit' | 'ownConfig'>,
  config: string,
  readText: ReadText,
): Promise<ModelShape | undefined> {
  if (!weightsFit) return undefined;
  return modelShape(config, ownConfig === undefined ? readText : async () => ownConfig);
}
