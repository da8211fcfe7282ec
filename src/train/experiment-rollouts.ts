/**
 * @file Rewarded completions as a file: a line that says what they are and what they took, then one line a completion, with
 * the tokens themselves.
 */
import { costOf, type Cost } from '../experiment/log';
import type { TrainingSequence } from '../sequence/types';

export interface StoredCompletion {
  /** Completions of the same prompt have the same one. */
  group: string;
  id: string;
  /** Absent where it could not be told. */
  reward: number | undefined;
  problem?: string;
  /** What the model wrote, for reading. */
  text: string;
  tokens: number;
  sequences: TrainingSequence[];
}

export interface Rollouts {
  /** What they depend on. */
  definition: string;
  cost: Cost;
  completions: StoredCompletion[];
}

interface StoredSequence {
  ids: number[];
  /** One character a token: trained or not; its segment, as a number of base 36. */
  trained: string;
  kind: string;
}

export function writeRollouts({ definition, cost, completions }: Rollouts): string {
  const head = JSON.stringify({ type: 'rollouts', count: completions.length, definition, ...cost });
  const lines = completions.map(({ sequences, ...rest }) =>
    JSON.stringify({ ...rest, sequences: sequences.map(stored) }),
  );
  return [head, ...lines].map((line) => `${line}\n`).join('');
}

/** @returns undefined where the file is not one of ours or not whole. */
export function readRollouts(text: string): Rollouts | undefined {
  try {
    const [head, ...lines] = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);
    const { type, count, definition, ...cost } = head as {
      type: string;
      count: number;
      definition: string;
    } & Cost;
    if (type !== 'rollouts' || lines.length !== count) return undefined;
    const completions = (
      lines as (Omit<StoredCompletion, 'sequences'> & { sequences: StoredSequence[] })[]
    ).map((line) => ({ ...line, sequences: line.sequences.map((sequence) => restored(sequence, line.id)) }));
    return { definition, cost: costOf(cost), completions };
  } catch {
    return undefined;
  }
}

const stored = ({ ids, weights, kind }: TrainingSequence): StoredSequence => ({
  ids: [...ids],
  trained: Array.from(weights, (weight) => (weight === 0 ? '0' : '1')).join(''),
  kind: Array.from(kind, (code) => code.toString(36)).join(''),
});

function restored({ ids, trained, kind }: StoredSequence, conversation: string): TrainingSequence {
  const { length } = ids;
  if (trained.length !== length || kind.length !== length)
    throw new RangeError(`${conversation} has ${length} tokens and ${trained.length} weights.`);
  return {
    ids: Int32Array.from(ids),
    weights: Float32Array.from(trained, Number),
    kind: Uint8Array.from(kind, (code) => parseInt(code, 36)),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation },
  };
}
