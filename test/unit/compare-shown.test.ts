/**
 * @file What Compare leads with after a run on policy, how many tokens a turn is given to be written again, and what is said of the
 * strip's numbers.
 */
import { expect, test } from 'vitest';
import { chatSources } from '../../src/state/chat-sources';
import type { KeptRun } from '../../src/state/runs.svelte';
import { NEW_TOKENS } from '../../src/state/generation-options';
import type { MeasuredBy } from '../../src/state/trained-scores.svelte';
import { turnRoom } from '../../src/state/turn-room';
import { scoreCaption, stripNote } from '../../src/ui/compare-words';
import { rewardChange } from '../../src/ui/reward-change';
import type { StepReport } from '../../src/worker/protocol';
import { conversationOf, inspector } from './mask-support';

const report = (reward: number, decision?: number) =>
  ({ metrics: { reward, ...(decision !== undefined && { decision }) } }) as StepReport;

test('reward and decisions, the first steps against the last', () => {
  expect(rewardChange([1, 1, 1, 1, 1, 9, 2, 2, 2, 2, 2].map((reward) => report(reward)))).toEqual({
    window: 5,
    steps: 11,
    reward: { before: 1, after: 2 },
  });
  expect(rewardChange([report(0, 0.5), report(1, 0.75)])).toEqual({
    window: 1,
    steps: 2,
    reward: { before: 0, after: 1 },
    decision: { before: 0.5, after: 0.75 },
  });
  // A step without a finite reward counts for nothing, and no run of one step has a beginning and an end.
  expect(rewardChange([report(NaN), report(1), report(1), report(1)])?.reward).toEqual({
    before: 1,
    after: 1,
  });
  expect(rewardChange([report(1)])).toBeUndefined();
  expect(rewardChange([{}, {}] as StepReport[])).toBeUndefined();
});

test('a turn is given what is recorded and more, at least 64, and no more than the context has', () => {
  const room = (content: string, context = 4096, reasoning?: string) => {
    const source = conversationOf(
      { role: 'user', content: 'Go on.' },
      { role: 'assistant', content, ...(reasoning && { reasoning }) },
      { role: 'user', content: 'Thanks.' },
      { role: 'assistant', content: 'Yes.' },
    );
    const { encoded } = inspector.inspect(source);
    const before = encoded.message.findIndex((message) => message === 1);
    return { room: turnRoom({ source, encoded }, 1, context), before };
  };
  expect(room('Yes.').room).toBe(NEW_TOKENS);
  const long = 'a word or two '.repeat(60);
  const own = inspector.tokenizer.encode(long).ids.length;
  expect(room(long).room).toBeGreaterThan(1.5 * own);
  // Thinking that the template leaves out of the past is written again, too.
  expect(room(long, 4096, 'because '.repeat(60)).room).toBeGreaterThan(room(long).room + 200);
  const { room: cut, before } = room(long, 100);
  expect(cut).toBe(100 - before);
});

test('where the weights stand is offered once, by the name of its run', () => {
  const run = { id: 2, name: 'GRPO', facts: { modelKey: 'm', adaptation: {} } };
  const runs = [{ ...run, snapshots: [20, 40].map((step) => ({ step, values: new Map() })) }];
  const labels = (head?: { run: number; step: number }) =>
    chatSources(runs as unknown as KeptRun[], 'm', 40, head).map(({ label }) => label);
  expect(labels({ run: 2, step: 40 })).toEqual(['Original', 'Tuned now: GRPO, step 40', 'GRPO, step 20']);
  expect(labels()).toEqual(['Original', 'Tuned now, step 40', 'GRPO, step 20', 'GRPO, step 40']);
});

test('what the numbers are of: a divided run’s sequences, a whole conversation, or text that was not trained', () => {
  const by = (kind: string, strategy: string) =>
    ({ run: { name: 'A', facts: { objective: { kind } } }, division: { strategy } }) as unknown as MeasuredBy;
  const of = { sequences: 3, asShown: false, kinds: [] };
  expect(scoreCaption(by('sft', 'fork'), of)).toMatch(
    /divided and masked as in A: Merge and fork, 3 sequences$/,
  );
  expect(scoreCaption(by('grpo', 'fork'), of)).toMatch(/A did not train them/);
  expect(stripNote(by('sft', 'fork'), of)).toMatch(
    /as it stands here\. A trained it in other .*Merge and fork/,
  );
  expect(stripNote(by('sft', 'fork'), { ...of, sequences: 1, asShown: true })).toBeUndefined();
  expect(stripNote(by('sft', 'fork'), { ...of, sequences: 0 })).toBeUndefined();
  expect(stripNote(by('sft', 'fork'), undefined)).toBeUndefined();
  expect(stripNote(by('grpo', 'fork'), of)).toBeUndefined();
  expect(stripNote(undefined, undefined)).toBeUndefined();
});
