/**
 * @file What a model would have written instead of each token of a message in the chat: asked of the engine once a message, when
 * somebody first wants to know.
 */
import { chat as words } from '$strings/chat';
import { LosslightError } from '../errors';
import type { KeptWeights, Which } from '../model/engine';
import type { TrainingSequence } from '../sequence/types';
import type { EngineService } from '../worker/engine-client';
import type { SequencePredictions } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import type { WrittenMessage } from './chat-message';

export interface Alternatives {
  /** The most probable tokens first. */
  top: { id: number; text: string; logProb: number }[];
  /** Of the token that was written, from 1. */
  rank: number;
  /** The weights that were asked give that token another probability than those that wrote it. */
  changed: boolean;
}

/** Difference of log-probabilities, in nats, that sums in another order do not explain. */
const SAME = 0.02;

interface Asked {
  weights: Which | KeptWeights;
  scores: Promise<{ logProbs: Float32Array; predictions: SequencePredictions }>;
}

export class ChatAlternatives {
  /** By the message and the weights: the tuned ones may have changed since. */
  #asked = new WeakMap<WrittenMessage, { key: string; asked: Asked }>();

  constructor(
    private readonly text: Pick<TextService, 'decode'>,
    private readonly engine: Pick<EngineService, 'score'>,
  ) {}

  /**
   * @param key tells the weights apart, also from what they were before an update
   * @throws LosslightError what the engine fails with.
   */
  async at(
    written: WrittenMessage,
    index: number,
    weights: Which | KeptWeights,
    key: string,
  ): Promise<Alternatives> {
    const known = this.#asked.get(written);
    const asked = known?.key === key ? known.asked : { weights, scores: this.#score(written, weights) };
    this.#asked.set(written, { key, asked });
    try {
      return await this.#read(written, index, await asked.scores);
    } catch (error) {
      // Somebody may ask again when the engine is there.
      this.#asked.delete(written);
      throw error;
    }
  }

  async #read(
    { prompt, tokens }: WrittenMessage,
    index: number,
    { logProbs, predictions }: Awaited<Asked['scores']>,
  ): Promise<Alternatives> {
    const { ranks, topIds, topLogProbs } = predictions;
    const place = prompt.length + index;
    const count = topIds.length / ranks.length;
    const ids = [...topIds.subarray(place * count, (place + 1) * count)];
    const { tokens: texts } = await this.text.decode({ ids });
    const difference = Math.abs((logProbs[place] ?? NaN) - (tokens[index]?.logProb ?? NaN));
    return {
      top: ids.map((id, i) => ({ id, text: texts[i] ?? '', logProb: topLogProbs[place * count + i] ?? NaN })),
      rank: ranks[place] ?? NaN,
      changed: !(difference <= SAME),
    };
  }

  async #score(written: WrittenMessage, which: Which | KeptWeights): Asked['scores'] {
    const sequences = [sequenceOf(written)];
    const { logProbs, predictions } = await this.engine.score({ sequences, which, predictions: true });
    const [own, predicted] = [logProbs[0], predictions?.[0]];
    if (own && predicted) return { logProbs: own, predictions: predicted };
    throw new LosslightError('no-predictions', words.errors.noPredictions, '');
  }
}

/** What the model had before the message, and the message. */
function sequenceOf({ prompt, tokens }: WrittenMessage): TrainingSequence {
  const length = prompt.length + tokens.length;
  const ids = new Int32Array(length);
  ids.set(prompt);
  tokens.forEach(({ id }, i) => (ids[prompt.length + i] = id));
  return {
    ids,
    weights: new Float32Array(length).fill(1),
    kind: new Uint8Array(length),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: 'chat' },
  };
}
