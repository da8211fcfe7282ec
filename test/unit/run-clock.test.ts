/**
 * @file A chat template that writes the date: what a run took is told again on another day, since the run keeps what its clock showed.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Json } from '../../src/conversation/types';
import type { ObjectiveKind } from '../../src/settings/objective';
import { makingOf, trainedOf } from '../../src/state/run-trained';
import { readRun, storeRun } from '../../src/state/stored-run';
import { StoredField } from '../../src/state/stored-fields';
import { TrainState } from '../../src/state/train.svelte';
import { ChatTemplate } from '../../src/template/chat-template';
import { clockNow } from '../../src/template/strftime';
import type { EngineService } from '../../src/worker/engine-client';
import { inspectorWith } from './mask-support';
import { answersAs, MASK, runOf, turns } from './run-trained-support';

/** Llama 3.2's way. */
const DATED = `{%- if strftime_now is defined -%}{{- '<|im_start|>system\\nToday Date: ' + strftime_now("%d %b %Y %H") + '<|im_end|>\\n' -}}{%- endif -%}
{%- for message in messages -%}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}`;
const dated = inspectorWith(DATED);
const text = answersAs(dated);

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: new Date(2026, 0, 31, 23, 30) }));
afterEach(() => vi.useRealTimers());

test.each(['sft', 'rwr'] satisfies ObjectiveKind[])(
  '%s: the next day a conversation is still what the run took',
  async (kind) => {
    const all = [turns('a', 'Two.', { reward: 1 })];
    let given: Int32Array | undefined;
    const engine = {
      train: ({ sequences }: Parameters<EngineService['train']>[0]) => {
        given = sequences[0]?.ids;
        return Promise.resolve({ run: 1 });
      },
    } as unknown as EngineService;
    const train = new TrainState(text, engine);
    train.objective.choose(kind);
    await train.start({
      read: () => Promise.resolve(all),
      policy: MASK.policy,
      paused: false,
      model: { model: 'm', modelKey: 'm', adaptation: { kind: 'full' }, engine: 'cpu' },
    });
    const [run] = train.runs.list;
    if (!run) throw new Error(train.error?.message);
    // As a session file keeps it.
    const json = JSON.parse(JSON.stringify(storeRun(run))) as Json;
    const kept = readRun(new StoredField(json, 'run'));
    vi.setSystemTime(new Date(2026, 1, 2, 9));
    const reports = [{ firstTrained: [0] }] as unknown as typeof run.reports;
    const making = makingOf({ ...kept, reports }, 1, () => MASK);
    const found = await trainedOf(text, all, making);
    expect(Object.fromEntries(found.standing)).toEqual({ a: 'taken' });
    expect(found.sequences[0]?.ids).toEqual(given);
    expect(dated.tokenizer.decode(found.sequences[0]?.ids ?? [])).toContain('31 Jan 2026 23');
    // What an older session file keeps does not say when.
    const { clock: _, ...mask } = making.mask;
    const older = await trainedOf(text, all, { ...making, mask });
    expect(Object.fromEntries(older.standing)).toEqual({ a: 'changed' });
  },
);

test('a template is at the time that it is put to, in every rendering and with its budget', () => {
  const template = new ChatTemplate(DATED, dated.template.context).at(new Date('2026-01-31T23:30:00'));
  expect(template.render([])).toContain('31 Jan 2026 23');
  vi.setSystemTime(new Date(2026, 1, 2, 9));
  expect(template.render([])).toContain('31 Jan 2026 23');
  expect(new ChatTemplate(DATED, dated.template.context).render([])).toContain('02 Feb 2026 09');
  expect(clockNow()).toBe('2026-02-02T09:00:00');
});

test('a time in a session file that is none is refused by its name', async () => {
  const { kept } = await runOf('sft', [turns('a', 'Two.')], { mask: { clock: clockNow() } });
  expect(kept.facts.mask?.clock).toBe('2026-01-31T23:30:00');
  const stored = JSON.stringify(storeRun({ ...kept, before: [], snapshots: [] }));
  for (const wrong of ['today', '2026-99-31T23:30:00', '2026-01-31']) {
    const json = JSON.parse(stored.replace('2026-01-31T23:30:00', wrong)) as Json;
    expect(() => readRun(new StoredField(json, 'run'))).toThrow(/run\.facts\.mask\.clock.*a date and a time/);
  }
});
