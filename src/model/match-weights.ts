/**
 * @file Whether the tensors of a model's files are the parameters that its configuration asks for.
 */
import { LosslightError } from '../errors';
import type { ModelConfig } from './config';
import { canonicalName, headName, isBuffer, parameterShapes, tableName } from './parameter-names';

export interface MatchedWeights {
  /** Names of parameters, in the order of `parameterShapes`, each with the name that its tensor is stored under. */
  stored: ReadonlyMap<string, string>;
  /** The stored name of an output matrix beside an embedding table that is tied to it; both must hold the same numbers. */
  copy?: string;
}

/**
 * Fits the tensors of a model's files to its parameters: exactly those, each of its shape. Buffers that follow from the
 * configuration may be there too, and so may an output matrix that repeats a tied embedding table.
 *
 * @param declared stored tensors by their names
 * @throws LosslightError `bad-model`, naming the tensor.
 */
export function matchWeights(
  config: ModelConfig,
  declared: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): MatchedWeights {
  const names = new Map<string, string>();
  for (const stored of declared.keys()) {
    const name = canonicalName(config, stored);
    const other = names.get(name);
    if (other !== undefined) refuse(`The tensors “${other}” and “${stored}” are the same parameter.`);
    names.set(name, stored);
  }
  const shapeOf = (stored: string) => declared.get(stored)?.shape ?? [];
  const checkShape = (stored: string, shape: readonly number[]) => {
    const found = shapeOf(stored);
    if (found.join() === shape.join()) return;
    refuse(
      `Tensor “${stored}” has the shape [${found.join(', ')}]; config.json asks for [${shape.join(', ')}].`,
    );
  };
  const matched = new Map<string, string>();
  const shapes = parameterShapes(config);
  for (const [name, shape] of shapes) {
    const stored = names.get(name) ?? refuse(`The weights hold no tensor “${name}”.`);
    checkShape(stored, shape);
    matched.set(name, stored);
  }
  let copy: string | undefined;
  for (const [name, stored] of names) {
    if (matched.has(name) || isBuffer(config, name)) continue;
    if (!isHeadOfTied(config, name)) {
      refuse(`The weights hold a tensor “${stored}” that the model has no use for.`);
    }
    checkShape(stored, shapes.get(`${tableName(config)}.weight`) ?? []);
    copy = stored;
  }
  return copy === undefined ? { stored: matched } : { stored: matched, copy };
}

/** Whether a tensor is the output matrix of a model whose output is tied to its embedding table. */
function isHeadOfTied(config: ModelConfig, name: string): boolean {
  return config.tied && name === `${headName({ ...config, tied: false })}.weight`;
}

function refuse(message: string): never {
  throw new LosslightError(
    'bad-model',
    message,
    'config.json and the weights must come from the same model.',
  );
}
