/**
 * @file A person's own weights: what is handed to the engine, and what was said of them before they are loaded.
 */
import { ownFiles as words } from '$strings/own-files';
import type { BaseFormat, ModelDescription } from '../model/engine';
import type { ErrorReport, ModelFilesPlace } from '../worker/protocol';
import type { Own } from './own-files';

/** Weights that were brought and could be loaded, as far as is known. */
export interface WeightsOffer {
  /** The files that it is about: another map, another offer. */
  weights: ReadonlyMap<string, File>;
  /** Their folder's name, where there is one; for showing. */
  name: string;
  place: ModelFilesPlace;
  /** The tokenizer.json that they go with; undefined for the shipped one. */
  tokenizer: string | undefined;
  /** Text of the config.json that says what they are. */
  config: string | undefined;
  /** Undefined while their headers are read. */
  description?: ModelDescription;
  /** Why they cannot be loaded. */
  error?: ErrorReport;
}

/** Whose weights are loaded, or being loaded: the shipped ones, or a person's. */
export type WeightsOwner = { own?: undefined } | { own: WeightsOffer; base: BaseFormat };

/** The weights among a person's files; undefined where there are none. */
export function offerOf({ files, weights, folder }: Own): WeightsOffer | undefined {
  if (!weights?.size) return undefined;
  const blobs = [...weights].map(([name, blob]) => ({ name, blob }));
  const config = files['config.json'];
  return {
    weights,
    name: folder ?? words.unnamed,
    tokenizer: files['tokenizer.json'],
    config,
    place: {
      folder: folder ?? words.unnamedFolder,
      files: config === undefined ? blobs : [...blobs, { name: 'config.json', blob: new Blob([config]) }],
    },
  };
}
