/**
 * @file What the training conversations offer to an objective, in sentences.
 */
import type { ObjectiveKind } from '../settings/objective';
import type { ObjectiveData } from '../state/objective-data';
import { plural } from './format';

/** None where there is nothing to count. */
export function dataNotes(kind: ObjectiveKind, data: ObjectiveData, composes = false): string[] {
  switch (kind) {
    case 'sft':
      return data.labelledBad
        ? [
            `${plural(data.labelledBad, 'conversation')} labelled bad ${data.labelledBad === 1 ? 'is' : 'are'} left out: supervised training would teach to write ${data.labelledBad === 1 ? 'it' : 'them'}. KTO learns from ${data.labelledBad === 1 ? 'it' : 'them'}.`,
          ]
        : [];
    case 'raft':
    case 'rwr':
    case 'awr':
      if (composes) {
        return [
          `The last reaction of ${plural(data.completions, 'conversation')} is rewarded; without other completions of the same prompt a reward is compared with those of other prompts.`,
        ];
      }
      return [
        `${plural(data.rewarded, 'record')} of ${plural(data.conversations, 'conversation')} with a reward.`,
      ];
    case 'dpo':
      return [
        `${plural(data.pairs, 'pair')} of a chosen and a rejected completion in ${plural(data.conversations, 'conversation')}.`,
      ];
    case 'kto':
      return [
        `${plural(data.good, 'completion')} labelled good, ${data.bad} bad; of a pair, one counts as each.`,
      ];
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
  const notes = [
    `${plural(prompts, 'prompt')}: the user messages of ${plural(conversations, 'conversation')}, each with what stands before it.`,
  ];
  if (withTools && withoutSimulator === withTools) {
    notes.push(
      `Tools are listed for ${plural(withTools, 'prompt')}, and none of them can be run here: a call ends the completion.`,
    );
  } else if (withoutSimulator) {
    notes.push(
      `Tools can be run for ${withTools - withoutSimulator} of ${plural(withTools, 'prompt')} that list some; for the others a call ends the completion.`,
    );
  } else if (withTools) {
    notes.push(`Tools are listed for ${plural(withTools, 'prompt')}; simulators answer their calls.`);
  }
  return notes;
}
