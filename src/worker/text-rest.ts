/**
 * @file What the text worker answers after the first mask: training sequences, checks and rollouts. It is as much code as the
 * mask's own, so that it comes behind it.
 */
import { withRecordedRewards } from '../rollout/recorded-reward';
import type { Inspector } from '../sequence/inspector';
import type { Handlers } from './host';
import type { TextRequests } from './protocol';
import { checkHandlers } from './text-checks';
import { rolloutHandlers } from './text-rollouts';
import type { RestName } from './rest-names';

/** @param opened the inspector in use; throws where there is none */
export function restHandlers(opened: () => Inspector): Pick<Handlers<TextRequests>, RestName> {
  return {
    sequences({ conversations, policy, maxLength, edits, strategy, truncate, samples, rewards, clock }) {
      const scored = rewards && withRecordedRewards(opened(), conversations, rewards);
      const all = scored?.conversations ?? conversations;
      const now = clock === undefined ? undefined : new Date(clock);
      const made = opened().sequences(all, policy, maxLength, edits, { strategy, truncate, samples, now });
      return { ...made, problems: [...(scored?.problems ?? []), ...made.problems] };
    },
    ...checkHandlers(opened),
    ...rolloutHandlers(opened),
  };
}
