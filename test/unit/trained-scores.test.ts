/**
 * @file What Compare measures after a run: the run's own sequences, mask and division, in the table of one conversation as in that
 * of all, whatever the page is set to since.
 */
import { expect, test } from 'vitest';
import { DEFAULT_POLICY, type MaskPolicy } from '../../src/mask/policy';
import type { Encoded } from '../../src/tokenizer/encoded';
import { ChangedState } from '../../src/state/changed.svelte';
import { runPoint, runSource } from '../../src/state/chat-sources';
import { CompareState } from '../../src/state/compare.svelte';
import { ComparePair } from '../../src/state/compare-pair.svelte';
import type { RunMask } from '../../src/state/runs.svelte';
import type { MeasuredBy } from '../../src/state/trained-scores.svelte';
import { SEGMENT_KINDS } from '../../src/template/rendered';
import type { Strategy } from '../../src/sequence/strategy';
import type { EngineService } from '../../src/worker/engine-client';
import type { TextService } from '../../src/worker/text-client';
import { conversationOf, inspector } from './mask-support';

const THINK = SEGMENT_KINDS.indexOf('think');
const conversation = conversationOf(
  { role: 'user', content: 'One?' },
  { role: 'assistant', reasoning: 'The first is one.', content: 'One.' },
  { role: 'user', content: 'Two?' },
  { role: 'assistant', reasoning: 'Then two.', content: 'Two.' },
);
const text = {
  sequences: ({
    conversations,
    policy,
    maxLength,
    edits,
    strategy,
    truncate,
  }: Parameters<TextService['sequences']>[0]) =>
    Promise.resolve(
      inspector.sequences(conversations, policy, maxLength, edits, {
        strategy,
        ...(truncate && { truncate }),
      }),
    ),
} as unknown as TextService;

/** A tuned model that finds every token after thinking likely, and all else worse: context decides. */
function engine() {
  const asked: number[] = [];
  const service = {
    score: ({ sequences, which }: Parameters<EngineService['score']>[0]) => {
      asked.push(sequences.length);
      const logProbs = sequences.map(({ ids, kind }) => {
        const thought = kind.findIndex((code, i) => code === THINK && kind.indexOf(THINK) === i);
        return Float32Array.from(ids, (_, i) =>
          which === 'base' ? -2 : thought >= 0 && i >= thought ? -1 : -5,
        );
      });
      return Promise.resolve({ logProbs });
    },
  } as unknown as EngineService;
  return { service, asked };
}

const runMask = (policy: MaskPolicy = DEFAULT_POLICY): RunMask => ({ policy, edits: {}, maxLength: 4096 });
const measuredBy = (strategy: Strategy, mask = runMask()): MeasuredBy => ({
  run: { id: 1, name: 'SFT', reports: [] } as unknown as MeasuredBy['run'],
  step: 3,
  making: { mask, division: { strategy, truncate: 'end' }, kind: 'sft', keepFrom: 1 },
});
const pairOf = () =>
  new ComparePair({
    sources: () => [
      { id: 'base', label: 'Original', weights: 'base' },
      { id: 'tuned', label: 'Tuned', weights: 'tuned' },
    ],
    trained: () => true,
    inLesson: () => false,
  });
const tokenized = { source: conversation, encoded: inspector.inspect(conversation).encoded as Encoded };

test('a run that forked is measured on its sequences, stripped thinking included, as in the table of all', async () => {
  const { service } = engine();
  const pair = pairOf();
  const state = new CompareState(text, service, pair);
  const by = measuredBy('fork');
  expect(state.trainedChangeOf(conversation, by)).toBeUndefined();
  await state.score(tokenized, 4096, by);
  const found = state.trainedChangeOf(conversation, by);
  expect(found).toMatchObject({ sequences: 2, asShown: false });
  // Both turns' thinking; the conversation as it is shown has the last one alone.
  const shown = tokenized.encoded.kind.filter((code) => code === THINK).length;
  const think = found?.kinds.find(({ kind }) => kind === 'think');
  expect(think?.tokens).toBeGreaterThan(shown);
  const all = found?.kinds.at(-1);
  expect(all).toMatchObject({ kind: 'all', base: -2, tuned: -1, more: 1, less: 0 });

  const changed = new ChangedState(text, service);
  await changed.run(() => Promise.resolve([conversation]), by.making, 'SFT', pair.models);
  expect(changed.outcome?.kinds).toEqual(found?.kinds);
  expect(changed.outcome).toMatchObject({ by: 'SFT', measured: 1, left: [], titles: { c: 'One?' } });
});

test('a run that trained it whole asks nothing more of the engine than the strip did', async () => {
  const { service, asked } = engine();
  const state = new CompareState(text, service, pairOf());
  const by = measuredBy('whole');
  await state.score(tokenized, 4096, by);
  expect(asked).toEqual([1, 1]);
  expect(state.trainedChangeOf(conversation, by)).toMatchObject({ sequences: 1, asShown: true });
  // The same again, by another run's mask: tokens of this conversation are known.
  const other = measuredBy('whole', runMask({ ...DEFAULT_POLICY, answer: { train: false, weight: 1 } }));
  expect(state.trainedChangeOf(conversation, other)).toBeUndefined();
  await state.score(tokenized, 4096, other);
  expect(asked).toEqual([1, 1]);
  expect(state.trainedChangeOf(conversation, other)?.kinds.map(({ kind }) => kind)).not.toContain('answer');
});

test('what the run trained nothing of has no rows, and new weights are measured anew', async () => {
  const { service, asked } = engine();
  const state = new CompareState(text, service, pairOf());
  const nothing = { train: false, weight: 1 } as const;
  const { think: _, ...rest } = DEFAULT_POLICY;
  const none = measuredBy(
    'fork',
    runMask({ ...rest, think: nothing, call: nothing, answer: nothing, end: nothing } as MaskPolicy),
  );
  await state.score(tokenized, 4096, none);
  expect(state.trainedChangeOf(conversation, none)).toEqual({
    sequences: 0,
    asShown: false,
    problem: 'The mask trains none of its tokens.',
    kinds: [],
  });

  const by = measuredBy('fork');
  await state.score(tokenized, 4096, by);
  asked.length = 0;
  state.weightsChanged();
  expect(state.trainedChangeOf(conversation, by)).toBeUndefined();
  await state.score(tokenized, 4096, by);
  // The conversation and its two sequences, under the tuned weights alone.
  expect(asked).toEqual([1, 2]);
});

test('no strategy is the whole conversation, also where it is named and undefined', () => {
  const made = (strategy?: Strategy) =>
    inspector.sequences([conversation], DEFAULT_POLICY, 4096, {}, { strategy, truncate: undefined } as never)
      .sequences;
  expect(made(undefined)).toEqual(made('whole'));
  expect(made(undefined)).toHaveLength(1);
});

test.each([
  [runSource(2, 40), { run: 2, step: 40 }],
  ['tuned', undefined],
  ['run 2 step latest', undefined],
])('%s names %o', (id, point) => {
  expect(runPoint(id)).toEqual(point);
});

test('another template or tokenizer divides anew', async () => {
  const { service } = engine();
  let asked = 0;
  const counted = {
    sequences: (request: Parameters<TextService['sequences']>[0]) => {
      asked++;
      return text.sequences(request);
    },
  } as unknown as TextService;
  const state = new CompareState(counted, service, pairOf());
  const by = measuredBy('fork');
  await state.score(tokenized, 4096, by);
  await state.score(tokenized, 4096, by);
  expect(asked).toBe(1);
  state.forget();
  expect(state.trainedChangeOf(conversation, by)).toBeUndefined();
  await state.score(tokenized, 4096, by);
  expect(asked).toBe(2);
});
