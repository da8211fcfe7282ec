/**
 * @file Golden values of losses beside the plain one: PyTorch's, and TRL's where it computes them.
 */
import { readFileSync } from 'node:fs';
import type { TokenLoss } from '../../src/model/engine';
import { decodeTensor, parseSafetensors } from '../../src/model/safetensors';
import type { Batch, PolicyTerms } from '../../src/sequence/types';
import { batchOf, readGolden } from './plan-llama-golden';

interface Expected {
  losses: Record<string, TokenLoss>;
  /** advantage, old, reference, clipLow, clipHigh, kl, loss, slope; each at a log-probability of −2. */
  borders: [number, number, number, number, number, number, number, number][];
  logits: Record<string, Record<string, number>>;
  llama: Record<string, { loss: number }> & { weights: number[]; norm: number };
}

function readTensors(name: string) {
  const { tensors } = parseSafetensors(readFileSync(`test/golden/policy/${name}.safetensors`));
  const find = (key: string) => {
    const tensor = tensors.get(key);
    if (!tensor) throw new Error(`There is no golden “${key}”.`);
    return tensor;
  };
  return {
    names: [...tensors.keys()],
    floats: (key: string) => decodeTensor(find(key)),
    ints: (key: string) => new Int32Array(Uint8Array.from(find(key).bytes).buffer),
  };
}

export const expectedPolicy = JSON.parse(
  readFileSync('test/golden/policy/expected.json').toString(),
) as Expected;

const policyIn = ({ floats }: ReturnType<typeof readTensors>): PolicyTerms => ({
  advantages: floats('advantages'),
  oldLogProbs: floats('oldLogProbs'),
  referenceLogProbs: floats('referenceLogProbs'),
});

/** Rows of logits with their targets, weights and policy terms. */
export function readLogits() {
  const found = readTensors('logits');
  const policy = policyIn(found);
  return { ...found, policy, logits: found.floats('logits'), targets: found.ints('targets') };
}

/** The tied golden Llama, and a batch with policy terms and weights from 0. */
export function readPolicyLlama() {
  const golden = readGolden('tied');
  const found = readTensors('llama');
  const { weights, norm } = expectedPolicy.llama;
  const batch: Batch = {
    ...batchOf(golden, 'mixed'),
    weights: Float32Array.from(weights),
    norm,
    policy: policyIn(found),
  };
  const gradients = (loss: string) =>
    new Map([...golden.weights.keys()].map((name) => [name, found.floats(`${loss}/${name}`)]));
  return { golden, batch, gradients };
}
