/**
 * @file The text's side of rollouts as the engine's worker has it: it asks the page, and the page's answer comes as a request.
 */
import { LosslightError } from '../errors';
import type { OpenedPrompts, ReadTurn, RolloutTexts, WrittenTurn } from '../rollout/types';
import type { EngineEvent, RolloutAnswer, RolloutQuestion } from './protocol';

/** The page has deadlines of its own for templates and for people's code; this is for a page that does not answer at all. */
const PATIENCE = 10 * 60_000;

/** The questions of one run. */
export class AskedTexts implements RolloutTexts {
  readonly #waiting = new Map<number, (answer: RolloutAnswer) => void>();

  /**
   * @param number gives a number that no question of this worker has had
   * @param patience milliseconds for an answer
   */
  constructor(
    private readonly emit: (event: EngineEvent) => void,
    private readonly run: number,
    private readonly number: () => number,
    private readonly patience = PATIENCE,
  ) {}

  async open(): Promise<OpenedPrompts> {
    const answer = await this.#ask({ kind: 'open' });
    return answer.kind === 'open' ? answer.opened : refuse(answer);
  }

  async extend(turn: WrittenTurn): Promise<Int32Array | undefined> {
    const answer = await this.#ask({ kind: 'extend', turn });
    return answer.kind === 'extend' ? (answer.ids ?? undefined) : refuse(answer);
  }

  async finish(turns: readonly WrittenTurn[]): Promise<ReadTurn[]> {
    const answer = await this.#ask({ kind: 'finish', turns });
    return answer.kind === 'finish' ? answer.turns : refuse(answer);
  }

  /** Takes the page's answer; one that nobody waits for any more is dropped. */
  answer(ask: number, answer: RolloutAnswer): void {
    this.#waiting.get(ask)?.(answer);
  }

  #ask(question: RolloutQuestion): Promise<RolloutAnswer> {
    const ask = this.number();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(ask);
        const message = `The page did not answer the run’s question (“${question.kind}”) in time.`;
        reject(new LosslightError('timeout', message, 'Begin the run again.'));
      }, this.patience);
      this.#waiting.set(ask, (answer) => {
        clearTimeout(timer);
        this.#waiting.delete(ask);
        resolve(answer);
      });
      this.emit({ type: 'ask', run: this.run, ask, question });
    });
  }
}

function refuse(answer: RolloutAnswer): never {
  if (answer.kind === 'failed') {
    const { code, message, remedy } = answer.error;
    throw new LosslightError(code, message, remedy);
  }
  throw new LosslightError(
    'internal',
    'The page answered another question than was asked.',
    'Reload the page.',
  );
}
