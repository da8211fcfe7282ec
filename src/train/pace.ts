/**
 * @file How fast a model reads and writes on the machine at hand, by a trial of some tenths of a second that changes nothing: before
 * anything was trained, a run's time is told from that.
 */
import type { Engine } from '../model/engine';
import { toBatch } from '../sequence/batch';
import type { MeasuredPace } from '../worker/protocol';
import { trialIds, trialSequences } from './trial-data';

/** About a small step, and the beginning of a rollout. */
const ROWS = 3;
const LENGTH = 256;
const TEXTS = 16;
const PROMPT = 16;
const WRITTEN = 24;

/** Milliseconds after which a first pass is taken as it is: it made plans and memory ready as well, but on a slow device that is little. */
const LONG = 1000;

/**
 * Each twice: the first time makes plans and memory ready.
 *
 * @returns null where the signal came first
 */
export async function measurePace(engine: Engine, signal?: AbortSignal): Promise<MeasuredPace | null> {
  const length = Math.min(LENGTH, engine.contextLength);
  const batch = toBatch(trialSequences(engine, ROWS, LENGTH));
  const read = async () => {
    await engine.score(batch, 'tuned');
    return ROWS * length;
  };
  const write = async () => {
    const requests = Array.from({ length: TEXTS }, (_, i) => ({ prompt: trialIds(engine, PROMPT, i) }));
    const options = { maxNewTokens: WRITTEN, temperature: 1, topP: 1, seed: 1, stopIds: [] };
    let tokens = 0;
    for await (const part of engine.generateMany(requests, options, 'tuned', signal))
      tokens += part.tokens.length;
    return tokens;
  };
  const reading = await perSecond(read, signal);
  const writing = await perSecond(write, signal);
  return signal?.aborted ? null : { length, reading, writing };
}

async function perSecond(work: () => Promise<number>, signal: AbortSignal | undefined): Promise<number> {
  let speed = 0;
  for (let pass = 0; pass < 2 && !signal?.aborted; pass++) {
    const start = performance.now();
    const tokens = await work();
    const milliseconds = Math.max(0.1, performance.now() - start);
    speed = (1000 * tokens) / milliseconds;
    if (milliseconds > LONG) break;
  }
  return speed;
}
