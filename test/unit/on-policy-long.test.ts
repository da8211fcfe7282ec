/**
 * @file Runs on policy that are long, or end in the middle: nothing is left behind in the engine, and the next run is what it
 * would have been.
 */
import { expect, test } from 'vitest';
import type { Engine } from '../../src/model/engine';
import { DEFAULT_OBJECTIVE } from '../../src/settings/objective';
import { PolicyLoop } from '../../src/train/policy-loop';
import { equalBits, idPrompts, RUN, runPolicy, tinyEngine, tokenTexts } from './policy-run';

const PROMPTS = [
  [5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
  [5, 6, 7, 8, 9, 10, 11, 12, 13],
  [21, 22],
];
const texts = () => tokenTexts(PROMPTS, (ids) => ids.filter((id) => id < 20).length);
const OBJECTIVE = { kind: 'grpo', prompts: 2, groupSize: 4, maxNewTokens: 6, updates: 2, kl: 0.05 } as const;

test('later steps hold no more memory than the first ones', async () => {
  const engine = await tinyEngine();
  const { reports, states } = await runPolicy(engine, texts(), idPrompts(3), { steps: 20 }, OBJECTIVE);
  expect(states).toEqual(['running', 'finished']);
  const held = reports.map(({ memoryBytes = NaN }) => memoryBytes);
  expect(held[0]).toBeGreaterThan(0);
  // All shapes have come by then.
  expect(Math.max(...held.slice(8))).toBe(held[7]);
  engine.dispose();
});

/** The engine, which tells of everything that it is asked and of every part that it writes. */
function watched(engine: Engine, tell: () => void): Engine {
  return new Proxy(engine, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name === 'generateMany') {
        return async function* (...given: Parameters<Engine['generateMany']>) {
          for await (const part of target.generateMany(...given)) {
            tell();
            yield part;
          }
        };
      }
      return (...given: unknown[]) => {
        tell();
        return Reflect.apply(value, target, given) as unknown;
      };
    },
  });
}

test('a run that is stopped at any moment leaves whole steps, and the next one goes as ever', async () => {
  const engine = await tinyEngine();
  const go = async (stopAt: number) => {
    await engine.reset();
    let [told, steps] = [0, 0];
    const loop: PolicyLoop = new PolicyLoop(
      watched(engine, () => {
        if (told++ === stopAt) loop.stop();
      }),
      texts(),
      idPrompts(3),
      { ...RUN, steps: 2 },
      { ...DEFAULT_OBJECTIVE, ...OBJECTIVE },
      { onStep: ({ step }) => (steps = step), onState: () => undefined },
    );
    await loop.run(false);
    return { told, steps, state: loop.state, weights: await engine.read(), bytes: engine.memoryBytes };
  };
  const whole = await go(Infinity);
  expect(whole).toMatchObject({ steps: 2, state: 'finished' });
  const found = new Map([[2, whole]]);
  for (let moment = 0; moment < whole.told; moment += 7) {
    const stopped = await go(moment);
    expect(stopped.bytes).toBe(whole.bytes);
    if (stopped.state !== 'stopped') continue;
    const same = found.get(stopped.steps);
    if (same) expect(equalBits(same.weights, stopped.weights)).toBe(true);
    found.set(stopped.steps, stopped);
  }
  // Stopped in its last step, a run has made that, too.
  expect([...found.keys()].sort()).toEqual([0, 1, 2]);
  const again = await go(Infinity);
  expect(equalBits(again.weights, whole.weights)).toBe(true);
  engine.dispose();
});
