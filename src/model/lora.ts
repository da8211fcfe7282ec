/**
 * @file LoRA on a model: which matrices it adapts, how its factors are named and what they begin with, all as in PEFT.
 * https://github.com/huggingface/peft
 */
import { LosslightError } from '../errors';
import type { LoraFactors } from '../ops/lora';
import type { Parameter } from '../plan/parameters';
import type { ModelConfig } from './config';
import type { LoraAdaptation } from './engine';
import { isTransposed, parameterShapes } from './parameter-names';
import { seededRandom } from './random';

/** What is trained where nobody said: as PEFT's own defaults, but on every projection. */
export const DEFAULT_LORA: LoraAdaptation = {
  kind: 'lora',
  rank: 8,
  alpha: 16,
  rsLora: false,
  targets: 'all-linear',
  seed: 0,
};

/** A matrix that LoRA can adapt. */
export interface Projection {
  /** As in the family's files, without “.weight”. */
  name: string;
  /** Width of what it is applied to, and of what it gives. */
  width: number;
  out: number;
}

/** All matrices within the layers: not the embedding, and not the output. */
export function projections(config: ModelConfig): Projection[] {
  const found: Projection[] = [];
  for (const [name, [rows = 0, columns]] of parameterShapes(config)) {
    if (columns === undefined || !/\.(layers|h)\.\d+\./.test(name)) continue;
    const [out, width] = isTransposed(config, name) ? [columns, rows] : [rows, columns];
    found.push({ name: name.replace(/\.weight$/, ''), width, out });
  }
  return found;
}

/** The ends of all projections' names, such as `q_proj`, each once. */
export function projectionEnds(config: ModelConfig): string[] {
  return [...new Set(projections(config).map(({ name }) => name.split('.').at(-1) ?? name))];
}

/**
 * The matrices that are adapted. A target fits a name that it equals or that ends in `.` and it, as in PEFT's
 * `target_modules`.
 *
 * @throws LosslightError `bad-adapter` where a setting makes no sense or a target fits nothing.
 */
export function adapted(config: ModelConfig, { rank, alpha, targets }: LoraAdaptation): Projection[] {
  if (!(Number.isSafeInteger(rank) && rank >= 1)) {
    refuse(`The rank of LoRA is ${rank}.`, 'Give a whole number from 1; 4 to 64 are usual.');
  }
  if (!(Number.isFinite(alpha) && alpha > 0)) {
    refuse(`LoRA's alpha is ${alpha}.`, 'Give a number above 0; once or twice the rank is usual.');
  }
  const all = projections(config);
  if (targets === 'all-linear') return all;
  const known = `This model has ${projectionEnds(config).join(', ')}.`;
  if (targets.length === 0) refuse('LoRA was given no projections to adapt.', known);
  const fits = (name: string, target: string) => name === target || name.endsWith(`.${target}`);
  for (const target of targets) {
    if (all.some(({ name }) => fits(name, target))) continue;
    refuse(`The model has no projection “${target}” that LoRA could adapt.`, known);
  }
  return all.filter(({ name }) => targets.some((target) => fits(name, target)));
}

function refuse(message: string, remedy: string): never {
  throw new LosslightError('bad-adapter', message, remedy);
}

/** PEFT's name of a factor, as in its files. */
export function factorName(projection: string, factor: 'A' | 'B'): string {
  return `base_model.model.${projection}.lora_${factor}.weight`;
}

/** Names and shapes of all factors, A [r, in] and B [out, r]. */
export function factorShapes(config: ModelConfig, adaptation: LoraAdaptation): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  for (const { name, width, out } of adapted(config, adaptation)) {
    shapes.set(factorName(name, 'A'), [adaptation.rank, width]);
    shapes.set(factorName(name, 'B'), [out, adaptation.rank]);
  }
  return shapes;
}

/** α / r, or α / √r in rsLoRA. */
export function loraScale({ rank, alpha, rsLora }: LoraAdaptation): number {
  return alpha / (rsLora ? Math.sqrt(rank) : rank);
}

/**
 * What a factor begins with: B with zeros, A with uniform numbers within ±1 / √in, which is PEFT's
 * `kaiming_uniform_(a=√5)`. Each factor draws from the seed and its own name, whatever else is adapted.
 */
export function initialFactor(seed: number, name: string, shape: readonly number[]): Float32Array {
  const [rows = 0, columns = 0] = shape;
  const values = new Float32Array(rows * columns);
  if (name.endsWith('.lora_B.weight')) return values;
  const random = seededRandom(seed + hash(name));
  const bound = 1 / Math.sqrt(columns);
  return values.map(() => bound * (2 * random() - 1));
}

/** FNV-1a over UTF-16 code units. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return state >>> 0;
}

/** The factors by the names of the matrices that they adapt. */
export function factorsOf(
  config: ModelConfig,
  adaptation: LoraAdaptation,
  parameters: ReadonlyMap<string, Parameter>,
): Map<string, LoraFactors> {
  const factor = (name: string, kind: 'A' | 'B') => {
    const found = parameters.get(factorName(name, kind));
    if (!found) throw new RangeError(`There is no “${factorName(name, kind)}”.`);
    return found.value;
  };
  const scale = loraScale(adaptation);
  return new Map(
    adapted(config, adaptation).map(({ name }) => [
      name,
      { a: factor(name, 'A'), b: factor(name, 'B'), scale },
    ]),
  );
}
