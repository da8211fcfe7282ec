/**
 * @file Lets the model react to prompts, many turns at a time: what it writes goes to the text's side, which answers its calls,
 * until each turn has ended.
 */
import { LosslightError } from '../errors';
import type { Engine, GeneratedToken, GenerationRequest, ManyOptions } from '../model/engine';
import { seededRandom } from '../model/random';
import type { SampledRound } from '../rollout/sequences';
import type { RolloutTexts, WrittenRound } from '../rollout/types';

/** A turn that is to be written. */
export interface Draw {
  /** Number of the prompt, and its tokens. */
  prompt: number;
  ids: Int32Array;
  /** Draws of the same prompt that are compared with each other. */
  group: number;
  seed: number;
}

export interface TurnRound extends SampledRound {
  /** Entropy of each prediction in nats; NaN where the engine does not give it. */
  entropies: Float32Array;
}

/** A turn that was written. */
export interface SampledTurn {
  prompt: number;
  group: number;
  rounds: TurnRound[];
}

/** One seed a draw, so that a turn does not depend on what else is written. */
export function seedsOf(seed: number, step: number, count: number): number[] {
  const run = Math.floor(seededRandom(seed)() * 2 ** 32);
  const random = seededRandom(run ^ Math.imul(step, 0x85ebca6b));
  return Array.from({ length: count }, () => Math.floor(random() * 2 ** 32));
}

/**
 * Writes all turns with the tuned weights. A turn ends with a message that no tool answers, at the limit of tokens or of
 * messages, or where what follows no longer fits into the model's context.
 *
 * @param onDone gets how many turns have ended
 * @returns the turns in the order of their draws; undefined where the signal came first
 * @throws LosslightError what the engine or the text's side fails with.
 */
export async function sampleTurns(
  engine: Engine,
  texts: RolloutTexts,
  draws: readonly Draw[],
  options: ManyOptions,
  signal?: AbortSignal,
  onDone?: (done: number) => void,
): Promise<SampledTurn[] | undefined> {
  const turns = draws.map((draw) => new Turn(draw, texts, engine.contextLength));
  const requests = turns.map(({ request }) => request);
  let done = 0;
  for await (const part of engine.generateMany(requests, options, 'tuned', signal)) {
    if (part.error && !isTooLong(part.error)) throw part.error;
    turns[part.request]?.tokens.push(...part.tokens);
    if (part.done) onDone?.(++done);
  }
  if (signal?.aborted) return undefined;
  return turns.map((turn) => turn.sampled());
}

const isTooLong = (error: Error) => error instanceof LosslightError && error.code === 'too-long';

class Turn {
  readonly tokens: GeneratedToken[] = [];
  readonly request: GenerationRequest;
  readonly #rounds: WrittenRound[] = [];

  constructor(
    readonly draw: Draw,
    texts: RolloutTexts,
    contextLength: number,
  ) {
    let prompt = draw.ids;
    this.request = {
      prompt,
      options: { seed: draw.seed },
      extend: async (text, ending) => {
        this.#rounds.push({ prompt, ids: text.slice(prompt.length), ending });
        // Only a message that was finished can be answered.
        if (ending !== 'stop') return undefined;
        const next = await texts.extend({ prompt: draw.prompt, rounds: this.#rounds });
        if (!next || next.length >= contextLength) return undefined;
        return (prompt = next);
      },
    };
  }

  sampled(): SampledTurn {
    let at = 0;
    const rounds = this.#rounds.map((round): TurnRound => {
      const tokens = this.tokens.slice(at, (at += round.ids.length));
      return {
        ...round,
        logProbs: Float32Array.from(tokens, ({ logProb }) => logProb),
        entropies: Float32Array.from(tokens, ({ entropy = NaN }) => entropy),
      };
    });
    return { prompt: this.draw.prompt, group: this.draw.group, rounds };
  }
}
