/**
 * @file What the training conversations offer to an objective, in sentences.
 */
import { objective } from '$strings/objective';
import type { ObjectiveKind } from '../settings/objective';
import type { ObjectiveData } from '../state/objective-data';

/** None where there is nothing to count. */
export function dataNotes(kind: ObjectiveKind, data: ObjectiveData, composes = false): string[] {
  const words = objective.data;
  switch (kind) {
    case 'sft':
      return data.labelledBad ? [words.leftOut(data.labelledBad)] : [];
    case 'raft':
    case 'rwr':
    case 'awr':
      return [
        composes ? words.composed(data.completions) : words.rewarded(data.rewarded, data.conversations),
      ];
    case 'dpo':
      return [words.pairs(data.pairs, data.conversations)];
    case 'kto':
      return [words.labels(data.good, data.bad)];
    case 'reinforce':
    case 'rloo':
    case 'grpo':
    case 'gspo':
      return promptNotes(data);
    default:
      return kind satisfies never;
  }
}

function promptNotes({ prompts, conversations, withTools, withoutSimulator }: ObjectiveData): string[] {
  const words = objective.data;
  const notes = [words.prompts(prompts, conversations)];
  if (withTools && withoutSimulator === withTools) notes.push(words.noTools(withTools));
  else if (withoutSimulator) notes.push(words.someTools(withTools - withoutSimulator, withTools));
  else if (withTools) notes.push(words.allTools(withTools));
  return notes;
}
