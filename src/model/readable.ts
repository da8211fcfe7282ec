/**
 * @file Which models the readable decoder computes: Llama as it was first, so that it stays short enough to read in class.
 */
import { LosslightError } from '../errors';
import type { ModelConfig } from './config';

/** @throws LosslightError `unsupported`, naming what decoder.ts does not do. */
export function checkReadable({ family, biases, activation }: ModelConfig): void {
  const more =
    family !== 'llama'
      ? `this one is of the family ${family}`
      : Object.values(biases).some(Boolean)
        ? 'this one has biases'
        : activation !== 'silu'
          ? `this one's activation is ${activation}`
          : undefined;
  if (more === undefined) return;
  throw new LosslightError(
    'unsupported',
    `The readable decoder computes Llama models without biases only; ${more}.`,
    'Leave “engine=oracle” out of the page’s address.',
  );
}
