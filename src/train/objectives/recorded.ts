/**
 * @file The objective that settings name, over recorded sequences.
 */
import { LosslightError } from '../../errors';
import type { StepOptions } from '../../model/engine';
import type { TrainingSequence } from '../../sequence/types';
import type { ObjectiveSettings } from '../../settings/objective';
import { awr } from './awr';
import { dpo } from './dpo';
import { kto } from './kto';
import type { RecordedObjective } from './objective';
import { raft } from './raft';
import type { ReferenceSums } from './reference';
import { rwr } from './rwr';
import { sft } from './sft';

/**
 * Builds an objective. It may be built again with other settings of the same kind: its units are the same then.
 *
 * @param reference keeps what was computed under the model as loaded
 * @param toLearn false where its loss is only measured
 * @throws LosslightError what the data lacks for it; `bad-settings` for an objective that writes its own data.
 */
export function recordedObjective(
  sequences: readonly TrainingSequence[],
  settings: ObjectiveSettings,
  reference: ReferenceSums,
  contextLength: number,
  toLearn = true,
): RecordedObjective {
  switch (settings.kind) {
    case 'sft':
      return sft(sequences);
    case 'rwr':
      return rwr(sequences, settings, toLearn);
    case 'awr':
      return awr(sequences, settings, toLearn);
    case 'raft':
      return raft(sequences, settings);
    case 'dpo':
      return dpo(sequences, settings, reference);
    case 'kto':
      return kto(sequences, settings, reference, contextLength);
    case 'reinforce':
    case 'rloo':
    case 'grpo':
    case 'gspo':
      throw new LosslightError(
        'bad-settings',
        `The objective ${settings.kind} writes its own data; recorded sequences are of no use to it.`,
        'Give it prompts and rewards, or choose an objective that learns from recorded data.',
      );
  }
}

/** How an objective's tokens enter the engine's loss at a step; undefined for plain cross-entropy without noise. */
export function stepOptionsOf(
  settings: ObjectiveSettings,
  seed: number,
  step: number,
): StepOptions | undefined {
  const { kind, labelSmoothing, dft, neftune } = settings;
  if (kind !== 'sft' || !(labelSmoothing > 0 || dft || neftune > 0)) return undefined;
  return {
    ...((labelSmoothing > 0 || dft) && {
      loss: {
        kind: 'nll',
        ...(labelSmoothing > 0 && { labelSmoothing }),
        ...(dft && { probabilityWeighted: true }),
      },
    }),
    // Other noise each step, the same for the same seed.
    ...(neftune > 0 && { neftune: { alpha: neftune, seed: (Math.imul(step, 0x9e3779b9) + seed) >>> 0 } }),
  };
}
