/**
 * @file Training sequences to a batch: the one place where weights shift from tokens to the predictions of them.
 */
import { POLICY_TERMS, type Batch, type PolicyTerms, type TrainingSequence } from './types';

/**
 * Σ |weight| over all tokens that are predicted: the norm of supervised training, taken over everything whose gradients
 * are accumulated into one step. The first token of a document is never predicted, so its weight does not count.
 */
export function absoluteWeight(sequences: readonly TrainingSequence[]): number {
  let sum = 0;
  for (const sequence of sequences) {
    for (let i = 1; i < sequence.ids.length; i++) {
      if (isPredicted(sequence, i)) sum += Math.abs(sequence.weights[i] ?? 0);
    }
  }
  return sum;
}

/**
 * One row a sequence, as long as the longest, padded at the right with document 0.
 *
 * `targets[b, t]` is `ids[t + 1]` of sequence b and `weights[b, t]` its weight, where both tokens are of one document;
 * at the last token of a document and in padding both are 0. `kind[b, t]` is the segment of the target. What a policy loss
 * takes of each token moves to its target just as the weight does.
 *
 * @param norm what the loss is divided by; over the whole accumulated batch where this is only a part of it
 * @throws RangeError where there is no sequence, one is empty or has arrays of different lengths, or some have policy terms
 * and others have none.
 */
export function toBatch(sequences: readonly TrainingSequence[], norm = absoluteWeight(sequences)): Batch {
  if (sequences.length === 0) throw new RangeError('A batch needs at least one sequence.');
  for (const sequence of sequences) checkLengths(sequence);
  const lacking = sequences.find(({ policy }) => !policy);
  if (lacking && sequences.some(({ policy }) => policy)) {
    throw new RangeError(
      `The sequence of conversation ${lacking.origin.conversation} has no advantages, and others of its batch have.`,
    );
  }
  const rows = sequences.length;
  const length = Math.max(...sequences.map(({ ids }) => ids.length));
  const size = rows * length;
  const batch: Batch = {
    rows,
    length,
    ids: new Int32Array(size),
    targets: new Int32Array(size),
    weights: new Float32Array(size),
    positions: new Int32Array(size),
    documents: new Int32Array(size),
    kind: new Uint8Array(size),
    norm,
  };
  if (sequences.some(({ policy }) => policy)) batch.policy = emptyTerms(size);
  sequences.forEach((sequence, row) => {
    const start = row * length;
    batch.ids.set(sequence.ids, start);
    batch.positions.set(sequence.positions, start);
    batch.documents.set(sequence.document, start);
    for (let i = 1; i < sequence.ids.length; i++) {
      if (!isPredicted(sequence, i)) continue;
      batch.targets[start + i - 1] = sequence.ids[i] ?? 0;
      batch.weights[start + i - 1] = sequence.weights[i] ?? 0;
      batch.kind[start + i - 1] = sequence.kind[i] ?? 0;
      for (const name of POLICY_TERMS) {
        const [from, to] = [sequence.policy?.[name], batch.policy?.[name]];
        if (to) to[start + i - 1] = from?.[i] ?? 0;
      }
    }
  });
  return batch;
}

/**
 * Takes values of a batch's targets, [rows · length] or that many times some width, back to the tokens that were predicted:
 * one array a sequence, with 0 at the first token of each document, which nothing predicts.
 */
export function toTokens(
  values: Float32Array,
  batch: Batch,
  sequences: readonly TrainingSequence[],
): Float32Array[] {
  const width = values.length / (batch.rows * batch.length);
  return sequences.map((sequence, row) => {
    const result = new Float32Array(sequence.ids.length * width);
    for (let i = 1; i < sequence.ids.length; i++) {
      if (!isPredicted(sequence, i)) continue;
      const from = (row * batch.length + i - 1) * width;
      result.set(values.subarray(from, from + width), i * width);
    }
    return result;
  });
}

/** The first `length` tokens of a sequence; the sequence itself where it is no longer. */
export function cut(sequence: TrainingSequence, length: number): TrainingSequence {
  if (sequence.ids.length <= length) return sequence;
  return {
    ...sequence,
    ids: sequence.ids.slice(0, length),
    weights: sequence.weights.slice(0, length),
    kind: sequence.kind.slice(0, length),
    positions: sequence.positions.slice(0, length),
    document: sequence.document.slice(0, length),
    ...(sequence.policy && { policy: mapTerms(sequence.policy, (values) => values.slice(0, length)) }),
  };
}

/** Terms of so many tokens, all 0. */
export function emptyTerms(length: number): PolicyTerms {
  const zeros = () => new Float32Array(length);
  return { advantages: zeros(), oldLogProbs: zeros(), referenceLogProbs: zeros() };
}

/** The same terms, each array put through `change`. */
function mapTerms(terms: PolicyTerms, change: (values: Float32Array) => Float32Array): PolicyTerms {
  const { advantages, oldLogProbs, referenceLogProbs } = terms;
  return {
    advantages: change(advantages),
    oldLogProbs: change(oldLogProbs),
    referenceLogProbs: change(referenceLogProbs),
  };
}

/** Whether token i follows another of its own document, and so is predicted from it. */
function isPredicted({ document }: TrainingSequence, i: number): boolean {
  return i > 0 && document[i] !== 0 && document[i] === document[i - 1];
}

function checkLengths({ ids, weights, kind, positions, document, policy, origin }: TrainingSequence): void {
  const terms = policy ? POLICY_TERMS.map((name) => policy[name]) : [];
  const lengths = [ids, weights, kind, positions, document, ...terms].map((array) => array.length);
  if (ids.length === 0 || new Set(lengths).size > 1) {
    throw new RangeError(
      `The sequence of conversation ${origin.conversation} has arrays of ${lengths.join(', ')}.`,
    );
  }
}
