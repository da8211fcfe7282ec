/**
 * @file What a form has otherwise than the defaults, as the line above it says.
 */
import { expect, test } from 'vitest';
import { objectiveDraftsOf } from '../../src/settings/objective-table';
import { defaultDrafts } from '../../src/settings/run-defaults';
import { differing, type RunForm } from '../../src/settings/run-presets';
import { DEFAULT_OPTIONS } from '../../src/settings/train';

const untouched = (kind: RunForm['kind'], drafts: Partial<RunForm['drafts']> = {}): RunForm => ({
  kind,
  drafts: { ...defaultDrafts(kind), ...drafts },
  objective: objectiveDraftsOf(),
  options: DEFAULT_OPTIONS,
});

test.each([
  ['sft', []],
  ['raft', ['Objective RAFT (SFT)']],
  ['dpo', ['Objective DPO (SFT)']],
  ['grpo', ['Objective GRPO (SFT)']],
] as const)('an untouched form of %s differs in its objective alone', (kind, expected) => {
  const told = differing(untouched(kind)).map(
    ({ label, value, standard }) => `${label} ${value} (${standard})`,
  );
  expect(told).toEqual(expected);
});

test('the objective comes first, and a rate is told against its default', () => {
  const labels = differing(untouched('dpo', { learningRate: '0.002' })).map(({ label, standard }) => [
    label,
    standard,
  ]);
  expect(labels).toEqual([
    ['Objective', 'SFT'],
    ['Learning rate', '0.0001'],
  ]);
});
