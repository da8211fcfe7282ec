/**
 * @file Checks on what is about to be computed. WebGPU reads zeros beyond a table and says nothing, so an id or a position
 * out of range must be stopped here.
 */
import { LosslightError } from '../errors';
import type { Batch } from '../sequence/types';
import type { ModelConfig } from './config';
import type { AdamWSettings, StepOptions } from './engine';

const REPORT = 'This is a mistake in the program; please report it with the file that led to it.';

/**
 * @throws LosslightError `bad-batch` for arrays of the wrong size, ids outside the vocabulary or negative positions;
 * `too-long` where a document does not fit into the model's context.
 */
export function checkBatch(batch: Batch, config: ModelConfig): void {
  const { rows, length } = batch;
  if (!(Number.isSafeInteger(rows) && Number.isSafeInteger(length) && rows > 0 && length > 0)) {
    throw new LosslightError(
      'bad-batch',
      `A batch of ${rows} × ${length} tokens cannot be computed.`,
      REPORT,
    );
  }
  for (const name of ['ids', 'targets', 'weights', 'positions', 'documents'] as const) {
    if (batch[name].length !== rows * length) {
      const message = `The batch has ${batch[name].length} ${name} for ${rows} × ${length} tokens.`;
      throw new LosslightError('bad-batch', message, REPORT);
    }
  }
  checkIds(batch.ids, config);
  checkIds(batch.targets, config);
  for (const position of batch.positions) {
    if (position < 0)
      throw new LosslightError('bad-batch', `The batch holds the position ${position}.`, REPORT);
    checkLength(position + 1, config);
  }
}

/** @throws LosslightError `bad-batch` where an id is not in the vocabulary. */
function checkIds(ids: Iterable<number>, config: ModelConfig): void {
  for (const id of ids) {
    if (!Number.isInteger(id) || id < 0 || id >= config.vocabularySize) {
      throw new LosslightError(
        'bad-batch',
        `The token id ${id} is not in the model's vocabulary of ${config.vocabularySize} tokens.`,
        'The tokenizer must belong to the model; load both from the same folder.',
      );
    }
  }
}

/** @throws LosslightError `too-long` where `length` tokens do not fit into the model's context. */
function checkLength(length: number, config: ModelConfig): void {
  if (length <= config.contextLength) return;
  throw new LosslightError(
    'too-long',
    `The sequence has ${length} tokens or more; the model was made for at most ${config.contextLength}.`,
    'Shorten the conversation, or cut sequences at a smaller maximum length.',
  );
}

/**
 * What must hold before a loss is taken, over micro-batches that are accumulated.
 *
 * @throws LosslightError `non-finite-weight`; `zero-norm`; `bad-batch` where there is no batch or the norms differ.
 */
export function checkObjective(batches: readonly Batch[]): void {
  const norm = batches[0]?.norm;
  if (norm === undefined) throw new LosslightError('bad-batch', 'A step needs at least one batch.', REPORT);
  for (const batch of batches) {
    const odd = batch.weights.find((weight) => !Number.isFinite(weight));
    if (odd !== undefined) {
      const remedy = 'Look for a reward, an advantage or a weight that is not a number.';
      throw new LosslightError('non-finite-weight', `A token has the weight ${odd}.`, remedy);
    }
    if (!Object.is(batch.norm, norm)) {
      const message = `Batches of one step carry different norms, ${norm} and ${batch.norm}.`;
      throw new LosslightError('bad-batch', message, REPORT);
    }
  }
  if (!(norm > 0 && Number.isFinite(norm))) {
    throw new LosslightError(
      'zero-norm',
      `The loss cannot be normalized: its norm is ${norm}, because no token of the batch is trained.`,
      'Switch on at least one segment that occurs in the conversations, with a weight other than 0.',
    );
  }
}

/**
 * What must hold of a step's options and of what its batches say to them.
 *
 * @throws LosslightError `bad-settings`, naming the option; `policy-missing` where a policy loss meets a batch without
 * advantages; `non-finite-advantage`; `negative-weight`, since a policy loss takes the sign from the advantage; `bad-batch`.
 */
export function checkStepOptions(
  { loss, neftune, temperature = 1 }: StepOptions,
  batches: readonly Batch[],
): void {
  checkTemperature(temperature);
  const from0 = (value: number) => value >= 0;
  if (neftune) {
    const { alpha, seed } = neftune;
    expect('neftune.alpha', alpha, from0(alpha) && Number.isFinite(alpha), 'a finite number from 0');
    expect('neftune.seed', seed, Number.isSafeInteger(seed), 'a whole number');
  }
  if (loss?.kind === 'nll') {
    const { labelSmoothing = 0 } = loss;
    const fits = labelSmoothing >= 0 && labelSmoothing < 1;
    expect('labelSmoothing', labelSmoothing, fits, 'at least 0 and below 1');
  }
  if (loss?.kind !== 'policy') return;
  const { clipLow, clipHigh, kl } = loss;
  const limit = 'a number from 0, or Infinity for no limit';
  expect('clipLow', clipLow, from0(clipLow), limit);
  expect('clipHigh', clipHigh, from0(clipHigh), limit);
  expect('kl', kl, from0(kl) && Number.isFinite(kl), 'a finite number from 0');
  for (const batch of batches) checkPolicy(batch);
}

/** @throws LosslightError `bad-settings` where logits cannot be divided by it. */
export function checkTemperature(temperature: number): void {
  const fits = temperature > 0 && Number.isFinite(temperature);
  expect('temperature', temperature, fits, 'a finite number above 0');
}

function expect(name: string, value: number, holds: boolean, rule: string): void {
  if (!holds) throw new LosslightError('bad-settings', `${name} is ${value}.`, `Choose ${rule}.`);
}

function checkPolicy({ rows, length, weights, policy }: Batch): void {
  if (!policy) {
    throw new LosslightError(
      'policy-missing',
      'A policy loss needs the advantage and the old log-probability of every token, and the batch has none.',
      REPORT,
    );
  }
  for (const name of ['advantages', 'oldLogProbs', 'referenceLogProbs'] as const) {
    if (policy[name].length !== rows * length) {
      const message = `The batch has ${policy[name].length} ${name} for ${rows} × ${length} tokens.`;
      throw new LosslightError('bad-batch', message, REPORT);
    }
    const odd = policy[name].find((value) => !Number.isFinite(value));
    if (odd === undefined) continue;
    const remedy = 'Look for a reward that is not a number.';
    throw new LosslightError('non-finite-advantage', `A token has ${odd} among its ${name}.`, remedy);
  }
  const negative = weights.find((weight) => weight < 0);
  if (negative === undefined) return;
  throw new LosslightError(
    'negative-weight',
    `A token has the weight ${negative}; with a policy loss weights begin at 0, and the sign is the advantage's.`,
    'Choose a mask without negative weights for this objective.',
  );
}

/** @throws LosslightError `bad-batch` or `too-long` where nothing can follow the prompt. */
export function checkPrompt(prompt: Int32Array, config: ModelConfig): void {
  if (prompt.length === 0) {
    throw new LosslightError('bad-batch', 'The prompt is empty.', 'Generate from at least one token.');
  }
  checkIds(prompt, config);
  checkLength(prompt.length + 1, config);
}

/** What is read back from the device and must be finite. */
export type Quantity = 'loss' | 'gradient' | 'logits' | 'log-probabilities' | 'parameters';

/** The error for a result that is not finite; its code is `non-finite-` and what it was. */
export function nonFinite(what: Quantity): LosslightError {
  return new LosslightError(
    `non-finite-${what}`,
    `The ${what} came out as something that is not a finite number; the parameters were left as they were.`,
    'Reset to the original weights, then lower the learning rate or look for extreme weights of tokens.',
  );
}

/** @throws LosslightError `bad-settings`, naming the setting that is out of its range. */
export function checkSettings(settings: AdamWSettings): void {
  const rules: [keyof AdamWSettings, boolean, string][] = [
    [
      'learningRate',
      settings.learningRate >= 0 && Number.isFinite(settings.learningRate),
      'a finite number from 0',
    ],
    ['beta1', settings.beta1 >= 0 && settings.beta1 < 1, 'at least 0 and below 1'],
    ['beta2', settings.beta2 >= 0 && settings.beta2 < 1, 'at least 0 and below 1'],
    ['epsilon', settings.epsilon > 0 && Number.isFinite(settings.epsilon), 'a positive number'],
    [
      'weightDecay',
      settings.weightDecay >= 0 && Number.isFinite(settings.weightDecay),
      'a finite number from 0',
    ],
    ['clipNorm', settings.clipNorm > 0, 'a positive number, or Infinity for no clipping'],
  ];
  for (const [name, valid, rule] of rules) {
    if (!valid) {
      throw new LosslightError('bad-settings', `${name} is ${settings[name]}.`, `Choose ${rule}.`);
    }
  }
}
