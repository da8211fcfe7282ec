/**
 * @file Results of tools, in the loss.
 */
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import { bySegments, policyFix, rulesWithout } from '../fixes';
import { counted } from '../context';

export const toolOutputTrained: Check = {
  ...lintNamed('tool-output-trained'),

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
