/**
 * @file How fast a run goes, from its last steps.
 */
import type { StepReport } from '../worker/protocol';

/** Per second, and milliseconds a step. */
export interface Speed {
  tokens: number;
  trainedTokens: number;
  milliseconds: number;
}

/** Steps over which speed is averaged. */
const SPEED_WINDOW = 10;

/**
 * @param reports of which the last are those of the present run
 * @param steps of the present run
 * @returns undefined before its first step
 */
export function speedOf(reports: readonly StepReport[], steps: number): Speed | undefined {
  // `slice(-0)` would be all of them.
  if (!steps) return undefined;
  const last = reports.slice(-Math.min(SPEED_WINDOW, steps));
  const time = last.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  if (!(time > 0)) return undefined;
  const perSecond = (key: 'tokens' | 'trainedTokens') =>
    (1000 * last.reduce((sum, report) => sum + report[key], 0)) / time;
  return {
    tokens: perSecond('tokens'),
    trainedTokens: perSecond('trainedTokens'),
    milliseconds: time / last.length,
  };
}
