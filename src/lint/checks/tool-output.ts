/**
 * @file Results of tools, in the loss.
 */
import type { Check } from '../check';
import { bySegments, policyFix, rulesWithout } from '../fixes';
import { counted } from '../context';

export const toolOutputTrained: Check = {
  id: 'tool-output-trained',
  title: 'Tool output is trained',
  severity: 'warning',
  why: 'A model that is trained on results of tools learns to make them up instead of waiting for them.',
  sources: ['ARPO#9'],

  conversation(context) {
    const { policy, runs } = context;
    return runs
      .filter(({ kind, trained }) => kind === 'result' && trained > 0)
      .map((run) => ({
        message: `${counted(run.trained, 'token')} of the tool result in message ${run.message} ${run.trained === 1 ? 'is' : 'are'} trained.`,
        place: context.place(run, run.message),
        fix: policyFix('Leave tool results out of the loss', {
          ...bySegments(policy),
          roles: { ...policy.roles, tool: 0 },
          ...rulesWithout(policy, 'result'),
        }),
      }));
  },
};
