/**
 * @file How fast a model trains and writes on the machine at hand, by a short trial: for estimates of time alone.
 */
import type { Speed } from '../experiment/estimate';
import type { Engine } from '../model/engine';
import { toBatch } from '../sequence/batch';
import type { TrainingSequence } from '../sequence/types';
import { ADAM } from './recorded-steps';

/** Sizes of a usual step, and of a usual rollout. */
const ROWS = 8;
const LENGTH = 256;
const TEXTS = 16;
const PROMPT = 64;
const WRITTEN = 48;

/** A step and some texts, twice: the first makes ready. The model is as loaded afterwards. */
export async function measureSpeed(engine: Engine): Promise<Speed> {
  const ids = (count: number, from: number) =>
    Int32Array.from({ length: count }, (_, i) => (7 * i + from) % engine.vocabularySize);
  const sequences = Array.from({ length: ROWS }, (_, row): TrainingSequence => {
    const length = Math.min(LENGTH, engine.contextLength);
    return {
      ids: ids(length, row),
      weights: new Float32Array(length).fill(1),
      kind: new Uint8Array(length),
      positions: Int32Array.from({ length }, (__, i) => i),
      document: new Int32Array(length).fill(1),
      origin: { conversation: String(row) },
    };
  });
  const batch = toBatch(sequences);
  const adam = { ...ADAM, learningRate: 1e-6, weightDecay: 0, clipNorm: 1 };
  const step = async () => {
    await engine.step([batch], adam);
    return batch.rows * batch.length;
  };
  const write = async () => {
    const requests = Array.from({ length: TEXTS }, (_, i) => ({ prompt: ids(PROMPT, i) }));
    const options = { maxNewTokens: WRITTEN, temperature: 1, topP: 1, seed: 1, stopIds: [] };
    let tokens = 0;
    for await (const part of engine.generateMany(requests, options, 'tuned')) tokens += part.tokens.length;
    return tokens;
  };
  await engine.adapt({ kind: 'full' });
  const speed = { trained: await perSecond(step), generated: await perSecond(write) };
  await engine.reset();
  return speed;
}

async function perSecond(work: () => Promise<number>): Promise<number> {
  await work();
  const start = performance.now();
  const tokens = await work();
  return (1000 * tokens) / Math.max(1, performance.now() - start);
}
