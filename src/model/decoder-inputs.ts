/**
 * @file What a planned decoder is given before a run, and how a batch becomes that.
 */
import { documentRanges } from '../ops/attention';
import { sortSegments, type Segments } from '../ops/embedding';
import type { LossForm } from '../ops/loss';
import type { Rotation } from '../ops/rope';
import { ropeFrequencies, rotationTables } from '../ops/rope-tables';
import { LOSS_SETTINGS, policySettings, shapedSettings, TERMS } from '../ops/token-loss';
import type { Plan } from '../plan/builder';
import type { Executor } from '../plan/executor';
import { makeTensor, type Dtype, type Tensor } from '../plan/tensor';
import type { Batch } from '../sequence/types';
import { PLAIN_LOSS } from './batch-loss';
import type { ModelConfig } from './config';
import type { TokenInputs } from './decoder-layers';
import type { StepOptions } from './engine';
import { makeNoiseInputs, noiseValues } from './embedding-noise';
import { widenRows } from './padding';

/** What is written before a run; all [N] but where it says otherwise. */
export interface DecoderInputs extends TokenInputs {
  segments: Segments<Tensor>;
  positionSegments?: Segments<Tensor>;
  /** What each token looks at, and is looked at by; see `documentRanges`. */
  first: Tensor;
  last: Tensor;
  targets: Tensor;
  /** Weights of the targets, divided by the norm. */
  weights: Tensor;
  /** [LOSS_SETTINGS], where the loss is not the plain one; see `shapedSettings` and `policySettings`. */
  lossSettings?: Tensor;
  /** [N, TERMS], of a policy loss. */
  terms?: Tensor;
}

export interface InputOptions {
  /** Which loss, where it is not the plain one. */
  loss?: LossForm['kind'];
  /** NEFTune's noise on the embeddings. */
  noise?: boolean;
}

/** Inputs for so many tokens. */
export function makeInputs(
  config: ModelConfig,
  tokens: number,
  { loss, noise = false }: InputOptions = {},
): DecoderInputs {
  const input = (name: string, dtype: Dtype, shape = [tokens]) => makeTensor(name, shape, 'input', dtype);
  const segments = (of: string): Segments<Tensor> => ({
    order: input(`order of ${of}`, 'i32'),
    starts: input(`starts of ${of}`, 'i32', [tokens + 1]),
    rows: input(`rows of ${of}`, 'i32'),
  });
  return {
    ids: input('ids', 'i32'),
    rotations: makeRotations(config, tokens),
    ...(config.learnedPositions
      ? { positions: input('positions', 'i32'), positionSegments: segments('positions') }
      : {}),
    first: input('first', 'i32'),
    last: input('last', 'i32'),
    segments: segments('ids'),
    targets: input('targets', 'i32'),
    weights: input('weights', 'f32'),
    ...(loss && { lossSettings: input('settings of the loss', 'f32', [LOSS_SETTINGS]) }),
    ...(loss === 'policy' && { terms: input('policy terms', 'f32', [tokens, TERMS]) }),
    ...(noise && { noise: makeNoiseInputs(tokens) }),
  };
}

/** Inputs for cosines and sines of so many tokens, [tokens, h / 2], one pair for each of the model's `ropes`. */
export function makeRotations({ ropes, headSize }: ModelConfig, tokens: number): Rotation[] {
  const input = (name: string) => makeTensor(name, [tokens, headSize / 2], 'input');
  return ropes.map(() => ({ cos: input('cos'), sin: input('sin') }));
}

/** Values for `makeRotations` at these positions. */
export function rotationsAt(
  { ropes, headSize }: ModelConfig,
  positions: Int32Array,
): { cos: Float32Array; sin: Float32Array }[] {
  return ropes.map((parameters) => rotationTables(positions, ropeFrequencies(parameters, headSize)));
}

/**
 * Writes a batch into the inputs of a plan.
 *
 * @param length what the batch's rows are padded to
 * @param step what the plan was made for: its loss, and the batch's first row among all rows of the step
 * @throws LosslightError `bad-batch` where a document is interrupted by another one.
 */
export function writeInputs(
  executor: Executor,
  config: ModelConfig,
  { plan, inputs }: { plan: Plan; inputs: DecoderInputs },
  batch: Batch,
  length: number,
  { loss = PLAIN_LOSS, neftune, firstRow = 0 }: StepOptions & { firstRow?: number } = {},
): void {
  const widen = <T extends Int32Array | Float32Array>(values: T, made: T): T =>
    widenRows(batch, length, values, made);
  const ints = (values: Int32Array) => widen(values, new Int32Array(batch.rows * length));
  const ids = ints(batch.ids);
  const documents = ints(batch.documents);
  const { first, last } = documentRanges(documents, batch.rows, length);
  const positions = ints(batch.positions);
  const rotations = rotationsAt(config, positions);
  // Scores have no norm.
  const weights = batch.weights.map((weight) => (batch.norm > 0 ? weight / batch.norm : 0));
  const pairs: [Tensor, Int32Array | Float32Array][] = [
    [inputs.ids, ids],
    [inputs.first, first],
    [inputs.last, last],
    [inputs.targets, ints(batch.targets)],
    [inputs.weights, widen(weights, new Float32Array(batch.rows * length))],
  ];
  if (inputs.lossSettings) {
    const settings =
      loss.kind === 'policy' ? policySettings(loss) : shapedSettings(loss, config.vocabularySize);
    pairs.push([inputs.lossSettings, settings]);
  }
  if (inputs.terms) pairs.push([inputs.terms, sideBySide(batch, length)]);
  if (inputs.noise && neftune) {
    const shape = { rows: batch.rows, length, documents, firstRow, width: config.hiddenSize };
    pairs.push(...noiseValues(inputs.noise, shape, neftune));
  }
  const addSegments = (to: Segments<Tensor>, numbers: Int32Array) => {
    const { order, starts, rows } = sortSegments(numbers, (n) => documents[n] !== 0);
    pairs.push([to.order, order], [to.starts, starts], [to.rows, rows]);
  };
  addSegments(inputs.segments, ids);
  if (inputs.positions) pairs.push([inputs.positions, positions]);
  if (inputs.positionSegments) addSegments(inputs.positionSegments, positions);
  inputs.rotations.forEach(({ cos, sin }, i) => {
    const values = rotations[i];
    if (values) pairs.push([cos, values.cos], [sin, values.sin]);
  });
  // A plan that only scores has no use for some of them.
  const used = new Set(plan.buffers);
  for (const [tensor, values] of pairs) if (used.has(tensor.buffer)) executor.write(tensor, values);
}

/** A batch's policy terms, [rows · length, TERMS]; zeros where it has none, and in padding. */
function sideBySide({ rows, length: from, policy }: Batch, length: number): Float32Array {
  const made = new Float32Array(rows * length * TERMS);
  if (!policy) return made;
  const terms = [policy.advantages, policy.oldLogProbs, policy.referenceLogProbs];
  for (let n = 0; n < rows * from; n++) {
    const token = Math.floor(n / from) * length + (n % from);
    terms.forEach((values, i) => (made[token * TERMS + i] = values[n] ?? 0));
  }
  return made;
}
