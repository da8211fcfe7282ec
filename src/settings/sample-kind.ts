/**
 * @file What an objective must be told about completions.
 */
import type { SampleKind } from '../sequence/samples';
import type { ObjectiveKind } from './objective';

/** Undefined where it learns from conversations as they are, or writes its own. */
export function sampleKindOf(objective: ObjectiveKind): SampleKind | undefined {
  switch (objective) {
    case 'rwr':
    case 'awr':
    case 'raft':
      return 'reward';
    case 'dpo':
      return 'pair';
    case 'kto':
      return 'label';
    default:
      return undefined;
  }
}
