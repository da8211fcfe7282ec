/**
 * @file The page's side of the reward sandbox: runs a person's own reward function over completions, each call with a
 * deadline. What goes wrong is a sentence beside the completion, never an error that ends a run.
 */
import { LosslightError } from '../errors';
import type { OwnScore } from '../reward/compose';
import { ownInput } from '../reward/own-input';
import type { RewardInput } from '../reward/types';
import { RewardFrame, type FrameReply } from './reward-frame-client';
import { watch } from './deadlines';
import { LINES_BEFORE, workerScript } from './reward-sandbox-document';

export interface RewardService {
  /**
   * Runs `reward` of the source over each input, in their order, with a fresh start for each batch. There is a score or a
   * problem for every input.
   *
   * @throws LosslightError `cancelled` where the signal ended it.
   */
  score(source: string, inputs: readonly RewardInput[], signal?: AbortSignal): Promise<OwnScore[]>;
  /** Ends the sandbox; the next batch starts another. */
  dispose(): void;
}

/** Milliseconds, and how often code is stopped before the rest of a batch is left out. */
export interface RewardLimits {
  /** For the frame's own script. */
  start: number;
  /** For what the code does before it is called. */
  load: number;
  call: number;
  batch: number;
  stops: number;
}

/** A reward for a completion of a few hundred tokens takes microseconds; a second is generous on a slow laptop. */
export const REWARD_LIMITS: RewardLimits = { start: 15_000, load: 2000, call: 1000, batch: 15_000, stops: 3 };

/** Longer code is not what a person writes in a box. */
const LONGEST_SOURCE = 100_000;
/** Characters of JSON; a conversation of 32,768 tokens has about 150,000. */
const LONGEST_INPUT = 4_000_000;

export class RewardClient implements RewardService {
  #frame: RewardFrame | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #lastId = 0;

  constructor(
    private readonly limits: RewardLimits = REWARD_LIMITS,
    private readonly host?: HTMLElement,
  ) {}

  score = (source: string, inputs: readonly RewardInput[], signal?: AbortSignal): Promise<OwnScore[]> => {
    const done = this.#turn.then(() => this.#batch(source, inputs, signal));
    this.#turn = done.catch(() => {});
    return done;
  };

  dispose(): void {
    this.#frame?.remove();
    this.#frame = undefined;
  }

  async #batch(source: string, inputs: readonly RewardInput[], signal?: AbortSignal): Promise<OwnScore[]> {
    const { limits } = this;
    let expired = false;
    let stopped = 0;
    let failed: OwnScore | undefined;
    const unwatch = watch(limits.batch, () => (expired = true));
    const scores: OwnScore[] = [];
    try {
      this.#checkSignal(signal);
      failed = await this.#open(source, signal);
      for (const input of inputs) {
        this.#checkSignal(signal);
        if (expired) failed ??= { problem: `Not run: the batch took longer than ${seconds(limits.batch)}.` };
        else if (stopped >= limits.stops)
          failed ??= { problem: `Not run: the code was stopped ${stopped} times before.` };
        else if (!failed && !this.#frame) failed = await this.#open(source, signal);
        const score = failed ?? (await this.#call(input, scores.length, signal));
        scores.push(score);
        if (!failed && !this.#frame) stopped++;
      }
    } finally {
      unwatch();
      if (signal?.aborted) this.dispose();
    }
    this.#checkSignal(signal);
    return scores;
  }

  /** Starts the code anew; what went wrong, where something did. */
  async #open(source: string, signal?: AbortSignal): Promise<OwnScore | undefined> {
    if (source.length > LONGEST_SOURCE)
      return { problem: `It is longer than ${LONGEST_SOURCE.toLocaleString('en')} characters.` };
    if (!this.#frame) {
      this.#frame = new RewardFrame(this.host);
      if (!(await this.#frame.ready(this.limits.start))) {
        this.dispose();
        return { problem: 'The sandbox could not be started: this browser, or the site’s host, forbids it.' };
      }
    }
    const id = ++this.#lastId;
    const reply = await this.#frame.ask(id, { script: workerScript(source, id) }, this.limits.load, signal);
    if (!reply) {
      this.dispose();
      return {
        problem: `It was stopped: it did not start within ${seconds(this.limits.load)}.`,
      };
    }
    return reply.loaded ? undefined : scoreOf(reply);
  }

  async #call(input: RewardInput, seed: number, signal?: AbortSignal): Promise<OwnScore> {
    const text = ownInput(input);
    if (text.length > LONGEST_INPUT) return { problem: 'The conversation is too long for it.' };
    const reply = await this.#frame?.ask(++this.#lastId, { input: text, seed }, this.limits.call, signal);
    if (reply) {
      if (reply.value === undefined && reply.problem === undefined)
        return { problem: 'It gave no readable answer.' };
      return scoreOf(reply);
    }
    this.dispose();
    return { problem: `It was stopped: it did not end within ${seconds(this.limits.call)}.` };
  }

  #checkSignal(signal: AbortSignal | undefined): void {
    if (!signal?.aborted) return;
    throw new LosslightError('cancelled', 'Rewarding was cancelled.', 'Start it again.');
  }
}

function scoreOf({ value, problem, scriptLine, log }: FrameReply): OwnScore {
  const line = scriptLine === undefined ? 0 : scriptLine - LINES_BEFORE;
  return {
    ...(problem === undefined && value !== undefined && { value }),
    ...(problem !== undefined && { problem: /[.!?]$/.test(problem) ? problem : `${problem}.` }),
    ...(problem !== undefined && line > 0 && { line }),
    ...(log !== undefined && { log }),
  };
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}
