/**
 * @file How fast a model trains and writes on the machine at hand, by a short trial: for estimates of time alone.
 */
import type { Speed } from '../experiment/estimate';
import type { Engine } from '../model/engine';
import { toBatch } from '../sequence/batch';
import { ADAM } from './recorded-steps';
import { trialIds, trialSequences } from './trial-data';

/** Sizes of a usual step, and of a usual rollout. */
const ROWS = 8;
const LENGTH = 256;
const TEXTS = 16;
const PROMPT = 64;
const WRITTEN = 48;

/** A step and some texts, twice: the first makes ready. The model is as loaded afterwards. */
export async function measureSpeed(engine: Engine): Promise<Speed> {
  const batch = toBatch(trialSequences(engine, ROWS, LENGTH));
  const adam = { ...ADAM, learningRate: 1e-6, weightDecay: 0, clipNorm: 1 };
  const step = async () => {
    await engine.step([batch], adam);
    return batch.rows * batch.length;
  };
  const write = async () => {
    const requests = Array.from({ length: TEXTS }, (_, i) => ({ prompt: trialIds(engine, PROMPT, i) }));
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
