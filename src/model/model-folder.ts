/**
 * @file A Hugging Face model's folder: its configuration and its weights, checked against each other before any number is
 * read.
 */
import { LosslightError } from '../errors';
import { readText, type ModelFolder } from './byte-file';
import { parseConfig, type ModelConfig } from './config';
import { elementBytes } from './elements';
import { matchWeights } from './match-weights';
import { openWeights, type WeightSource } from './weight-source';

const CONFIG = 'config.json';
/** Bytes of the largest config.json that is read. */
const MOST_CONFIG = 10_000_000;

export interface OpenedFolder {
  config: ModelConfig;
  /** config.json as it is. */
  configText: string;
  source: WeightSource;
}

/**
 * Reads config.json, then the headers of the weights. The configuration is checked before weights are asked for.
 *
 * @throws LosslightError `bad-model`, naming file, field or tensor, where the model cannot be used: not supported,
 * quantized, malformed, not all there; `download-failed`, `unreadable-file` or `cancelled`.
 */
export async function openModelFolder(folder: ModelFolder, signal?: AbortSignal): Promise<OpenedFolder> {
  const file = await folder.file(CONFIG, signal);
  if (!file) {
    throw new LosslightError(
      'bad-model',
      `${folder.name} has no ${CONFIG}, which says how the weights are to be used.`,
      'Bring the model’s whole folder.',
    );
  }
  const configText = await readText(file, MOST_CONFIG, signal);
  const config = parseConfig(configText);
  const source = await openWeights(folder, signal);
  try {
    const { stored } = matchWeights(config, source.tensors);
    for (const name of stored.values()) elementBytes(name, source.tensors.get(name)?.dtype ?? '');
  } catch (error) {
    source.close();
    throw error;
  }
  return { config, configText, source };
}
