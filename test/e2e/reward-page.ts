/**
 * @file A page with nothing on it but the reward sandbox's client, for the end-to-end test.
 */
import type { OwnScore } from '../../src/reward/compose';
import type { RewardInput } from '../../src/reward/types';
import { RewardClient, type RewardLimits } from '../../src/worker/reward-client';
import { RewardFrame, type FrameReply } from '../../src/worker/reward-frame-client';

export interface RewardPage {
  /** Scores the input `times` times by one client, kept from call to call. */
  score(code: string, input: RewardInput, times: number, limits: RewardLimits): Promise<OwnScore[]>;
  /** The same, cancelled after so many milliseconds: the code of the error. */
  cancelled(code: string, input: RewardInput, after: number, limits: RewardLimits): Promise<string>;
  /** Runs a whole script in the frame's worker with nothing taken away from it: what the frame alone keeps in. */
  bare(script: string, milliseconds: number): Promise<FrameReply | undefined>;
}

let client: RewardClient | undefined;

const page: RewardPage = {
  score: (code, input, times, limits) => {
    client ??= new RewardClient(limits);
    return client.score(code, new Array<RewardInput>(times).fill(input));
  },
  cancelled: async (code, input, after, limits) => {
    client ??= new RewardClient(limits);
    const ended = AbortSignal.timeout(after);
    return client.score(code, [input], ended).then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
  },
  bare: async (script, milliseconds) => {
    const frame = new RewardFrame();
    try {
      if (!(await frame.ready(milliseconds))) return undefined;
      return await frame.ask(1, { script }, milliseconds);
    } finally {
      frame.remove();
    }
  },
};
Object.assign(globalThis, { rewardPage: page });
