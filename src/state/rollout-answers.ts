/**
 * @file Answers what a run on policy asks the page: prompts and completions go to a text worker of the run's own, rewards
 * to where they are given.
 */
import type { RewardInput, RewardScore } from '../reward/types';
import type { ReadTurn, WrittenTurn } from '../rollout/types';
import { withReward } from '../rollout/with-reward';
import type { EngineService } from '../worker/engine-client';
import type { EngineEvent, RolloutAnswer, RolloutPrompt, RolloutQuestion } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { toReport } from './errors';

type Texts = Pick<TextService, 'rolloutOpen' | 'rolloutExtend' | 'rolloutRead' | 'dispose'>;

/** Prompts that are rendered in one request, so that one that never ends is soon found out. */
const SLICE = 100;
/** Failures of the worker, not of what it was asked: another one may do better. */
const OF_THE_WORKER = new Set(['timeout', 'worker-failed']);

/** The page's end of one run. */
export class RolloutAnswers {
  readonly #texts: Promise<Texts>;

  /**
   * @param open gives a text worker that nobody else uses
   * @param score rewards, in the order of the completions
   */
  constructor(
    private readonly engine: Pick<EngineService, 'answer'>,
    open: () => Promise<Texts>,
    private readonly prompts: readonly RolloutPrompt[],
    private readonly score: (inputs: readonly RewardInput[]) => Promise<RewardScore[]>,
  ) {
    this.#texts = open();
    // Told to who asks first.
    this.#texts.catch(() => undefined);
  }

  /** Takes an event `ask` of the run; whatever goes wrong is the answer. */
  async receive({ ask, question }: Extract<EngineEvent, { type: 'ask' }>): Promise<void> {
    let answer: RolloutAnswer;
    try {
      answer = await this.#twice(() => this.#answer(question));
    } catch (error) {
      answer = { kind: 'failed', error: toReport(error) };
    }
    // An engine that has gone has ended the run, and says so itself.
    await this.engine.answer({ ask, answer }).catch(() => undefined);
  }

  /** Ends the run's text worker. */
  dispose(): void {
    this.#texts.then(
      (texts) => texts.dispose(),
      () => undefined,
    );
  }

  /** A worker that was killed is replaced, and everything is asked in full: the second time may do. */
  async #twice<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!OF_THE_WORKER.has(toReport(error).code)) throw error;
      return work();
    }
  }

  async #answer(question: RolloutQuestion): Promise<RolloutAnswer> {
    if (question.kind === 'open') return this.#open();
    if (question.kind === 'finish') return { kind: 'finish', turns: await this.#finish(question.turns) };
    const texts = await this.#texts;
    const { prompt, rounds } = question.turn;
    const { ids } = await texts.rolloutExtend({ prompt: this.#prompt(prompt), rounds });
    return { kind: 'extend', ids };
  }

  async #open(): Promise<RolloutAnswer> {
    const texts = await this.#texts;
    const opened: Extract<RolloutAnswer, { kind: 'open' }>['opened'] = { prompts: [], stopIds: [] };
    for (let at = 0; at < this.prompts.length; at += SLICE) {
      const { prompts, stopIds } = await texts.rolloutOpen({ prompts: this.prompts.slice(at, at + SLICE) });
      opened.prompts.push(...prompts);
      opened.stopIds = stopIds;
    }
    return { kind: 'open', opened };
  }

  async #finish(turns: readonly WrittenTurn[]): Promise<ReadTurn[]> {
    const texts = await this.#texts;
    const asked = turns.map(({ prompt, rounds }) => ({ prompt: this.#prompt(prompt), rounds }));
    const read = (await texts.rolloutRead({ turns: asked })).turns;
    const rewards = await this.score(read.map(({ input }) => input));
    return read.map((turn, i) => withReward(turn, rewards[i]));
  }

  #prompt(number: number): RolloutPrompt {
    const prompt = this.prompts[number];
    if (!prompt) throw new RangeError(`There is no prompt number ${number}.`);
    return prompt;
  }
}
