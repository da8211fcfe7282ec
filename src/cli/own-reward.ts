/**
 * @file Somebody's reward function in Node. Nothing here keeps it from files and the network, so it runs only where that was
 * allowed; a deadline keeps it from hanging the run.
 */
import vm from 'node:vm';
import type { OwnScore } from '../reward/compose';
import { ownInput } from '../reward/own-input';
import type { RewardInput } from '../reward/types';

/** Milliseconds for one call. */
const DEADLINE = 2000;

/**
 * Calls `reward(input)` of the code; what goes wrong is told as the score's problem.
 *
 * @param deadline milliseconds for a call
 */
export async function runOwnReward(code: string, input: RewardInput, deadline = DEADLINE): Promise<OwnScore> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const context = vm.createContext({ text: ownInput(input) });
    const script = `${code}\n;reward(JSON.parse(text))`;
    const given: unknown = vm.runInContext(script, context, { timeout: deadline });
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`It took longer than ${deadline} ms.`)), deadline);
    });
    const value = await Promise.race([given, late]);
    if (typeof value === 'number' && Number.isFinite(value)) return { value };
    return {
      problem: `It gave ${typeof value === 'number' ? String(value) : typeof value}, not a finite number.`,
    };
  } catch (error) {
    return { problem: messageOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Errors of another context are no instances of this one's `Error`, and anything can be thrown. */
function messageOf(error: unknown): string {
  try {
    const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
    return `It failed: ${String(message).slice(0, 300)}`;
  } catch {
    return 'It failed with something that cannot be shown.';
  }
}
