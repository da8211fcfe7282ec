/**
 * @file What a run says of itself: what it will do, and, for who listens, where it is at each tenth.
 */
import { describe, expect, test } from 'vitest';
import { runOutlook, spokenRun, type OutlookFacts, type SpokenFacts } from '../../src/ui/run-outlook';

const train = (changes: object) =>
  ({
    status: 'idle',
    step: 0,
    steps: 0,
    settings: { steps: 30, epochs: 0 },
    objective: { kind: 'sft' },
    ...changes,
  }) as OutlookFacts['train'];
const full: OutlookFacts['trained'] = { adaptation: { kind: 'full' }, trainedCount: 2_260_000 };
const lora: OutlookFacts['trained'] = {
  adaptation: { kind: 'lora', rank: 8, alpha: 16, rsLora: false, targets: 'all-linear', seed: 0 },
  trainedCount: 65_536,
};

describe('what a run will do', () => {
  test.each([
    [{}, 12, full, 'SFT: 30 steps on 12 conversations. All 2.3 million parameters change.'],
    [{}, 1, undefined, 'SFT: 30 steps on 1 conversation.'],
    [
      { objective: { kind: 'grpo' } },
      64,
      lora,
      'GRPO: 30 steps on 64 conversations. 65,536 numbers beside the weights change (LoRA, rank 8).',
    ],
    [{ settings: { steps: 30, epochs: 1 } }, 9, undefined, 'SFT: once through 9 conversations.'],
    [{ settings: { steps: 30, epochs: 3 } }, 9, undefined, 'SFT: 3 times through 9 conversations.'],
    [
      { settings: { steps: 30, epochs: 5 }, objective: { kind: 'grpo', onPolicy: true } },
      9,
      undefined,
      'GRPO: 30 steps on 9 conversations.',
    ],
    [{ status: 'running', step: 3, steps: 30 }, 9, full, 'In progress: step 3 of 30.'],
    [{ status: 'paused', step: 3, steps: 30 }, 9, full, 'Paused after step 3 of 30.'],
    [{ status: 'finished', step: 30, steps: 30 }, 9, undefined, 'SFT: 30 steps on 9 conversations.'],
    [{ settings: undefined }, 9, full, ''],
    [{}, 0, full, ''],
  ])('%j on %i', (changes, conversations, trained, said) => {
    expect(runOutlook({ train: train(changes), conversations, trained })).toBe(said);
  });
});

/** All that is said over a run of that many steps, which arrive a few at a time. */
function said(steps: number, atOnce: number, reward = false): string[] {
  const all: string[] = [];
  const updates: { loss: number; metrics?: { reward?: number } }[] = [{ loss: 99 }];
  const say = (facts: Omit<SpokenFacts, 'updates' | 'steps'>) => {
    const text = spokenRun({ ...facts, steps, updates });
    if (text && text !== all.at(-1)) all.push(text);
  };
  say({ status: 'idle', step: 0 });
  say({ status: 'preparing', step: 0 });
  say({ status: 'running', step: 0 });
  for (let step = 1; step <= steps; step++) {
    updates.push({ loss: step / 100, ...(reward && { metrics: { reward: -step } }) });
    if (step % atOnce === 0 || step === steps) say({ status: 'running', step });
  }
  say({ status: 'finished', step: steps });
  return all;
}

describe('what is said aloud', () => {
  test('the beginning, each tenth, the end; the loss is that of the step which is named', () => {
    expect(said(200, 1)).toEqual([
      'Preparing the run.',
      'The run has begun: 200 steps.',
      ...[20, 40, 60, 80, 100, 120, 140, 160, 180, 200].map(
        (step) => `${step} of 200 steps done, loss ${(step / 100).toFixed(2)}.`,
      ),
      'The run has ended after 200 steps.',
    ]);
    // Several steps at once say no more, and nothing else of a step.
    expect(said(200, 7)).toHaveLength(13);
    expect(said(200, 7)).toContain('20 of 200 steps done, loss 0.20.');
    expect(said(10_000, 1)).toHaveLength(13);
  });

  test('of a short run each step; of a run on policy its reward; of one that goes on, what it adds', () => {
    expect(said(3, 1, true)).toEqual([
      'Preparing the run.',
      'The run has begun: 3 steps.',
      '1 of 3 steps done, mean reward −1.00.',
      '2 of 3 steps done, mean reward −2.00.',
      '3 of 3 steps done, mean reward −3.00.',
      'The run has ended after 3 steps.',
    ]);
    const updates = [{ loss: 1 }];
    expect(spokenRun({ status: 'paused', step: 1, steps: 3, updates })).toBe(
      'The run is paused after step 1 of 3.',
    );
    expect(spokenRun({ status: 'stopped', step: 1, steps: 3, updates })).toBe(
      'The run was stopped after 1 step.',
    );
    expect(spokenRun({ status: 'failed', step: 1, steps: 3, updates })).toBe('');
  });
});
