/**
 * @file Log-probabilities of what a run trains of a conversation: its own sequences, weighted by its own mask, whatever the page is
 * set to since.
 */
import type { Conversation } from '../conversation/types';
import { LogProbChange, type KindChange } from '../sequence/log-prob-change';
import type { TrainingSequence } from '../sequence/types';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';
import type { ComparedModel, Side } from './compare-pair.svelte';
import { MeasuredScores, type Measured } from './measured-scores.svelte';
import { trainedOf, type Partly, type RunMaking, type Standing } from './run-trained';
import type { KeptRun } from './runs.svelte';

/** A run by whose making of sequences is measured, as far as the compared weights have come in it. */
export interface MeasuredBy {
  run: KeptRun;
  step: number;
  making: RunMaking;
}

/** The training sequences that a run makes of a conversation. */
interface Trained {
  making: RunMaking;
  sequences: readonly TrainingSequence[];
  standing: Standing | undefined;
  partly: Partly | undefined;
  problem: string | undefined;
  /** There is one, and it is the conversation as it is shown. */
  asShown: boolean;
}

/** What was found of a conversation. */
export interface TrainedChange {
  sequences: number;
  /** There is one, and it is the conversation as it is shown. */
  asShown: boolean;
  /** Whether the run took it; undefined where it makes no sequence of it. */
  standing?: Standing | undefined;
  /** Where the run had trained some of its sequences alone: those are in `kinds`. */
  partly?: Partly | undefined;
  /** Why it trains nothing of it. */
  problem?: string | undefined;
  kinds: readonly KindChange[];
}

export class TrainedScores {
  #trained = new WeakMap<Conversation, Trained>();
  readonly #scores = new MeasuredScores<Trained, readonly Float32Array[]>();

  constructor(
    private readonly text: Pick<TextService, 'sequences'>,
    private readonly engine: Pick<EngineService, 'score'>,
  ) {}

  /** By segment, under both models; undefined until that was measured by this mask. No rows where it trains nothing. */
  changeOf(
    conversation: Conversation | undefined,
    { making }: Pick<MeasuredBy, 'making'>,
    models: Readonly<Record<Side, ComparedModel>>,
  ): TrainedChange | undefined {
    // Read first: what was measured is watched, the sequences are not.
    const trained = conversation && this.#trained.get(conversation);
    const [base, tuned] = [models.base.id, models.tuned.id].map((id) => this.#scores.get(id, trained));
    if (trained?.making !== making || !base || !tuned) return undefined;
    const change = new LogProbChange();
    trained.sequences.forEach((sequence, i) => {
      const [before, after] = [base[i], tuned[i]];
      if (before && after) change.add(sequence, before, after);
    });
    const { sequences, asShown, standing, partly, problem } = trained;
    return {
      sequences: sequences.length,
      asShown,
      standing,
      ...(partly && { partly }),
      problem,
      kinds: change.kinds,
    };
  }

  /**
   * Measures under models that have not been asked yet.
   *
   * @param whole what a model gave the whole conversation: a run that trains it whole needs no more
   * @param wanted false where weights or tokenizer have changed meanwhile
   */
  async measure(
    conversation: Conversation,
    { making }: Pick<MeasuredBy, 'making'>,
    models: readonly ComparedModel[],
    whole: { ids: Int32Array; of: (model: ComparedModel) => Measured | undefined },
    wanted: (model: ComparedModel) => boolean,
  ): Promise<void> {
    let trained = this.#trained.get(conversation);
    if (trained?.making !== making) {
      const { sequences, standing, partly, problems } = await trainedOf(this.text, [conversation], making);
      const [only] = sequences;
      const asShown = sequences.length === 1 && only !== undefined && begins(whole.ids, only);
      trained = {
        ...{ making, sequences, asShown },
        standing: standing.get(conversation.id),
        partly: partly?.get(conversation.id),
        problem: problems[0]?.reason,
      };
    }
    for (const model of models) {
      if (this.#scores.get(model.id, trained)) continue;
      const known = trained.asShown ? whole.of(model) : undefined;
      const logProbs = known
        ? [known.logProbs]
        : trained.sequences.length
          ? (await this.engine.score({ sequences: [...trained.sequences], which: model.weights })).logProbs
          : [];
      if (!wanted(model)) return;
      this.#trained.set(conversation, trained);
      this.#scores.set(model.id, trained, logProbs);
    }
  }

  /** @param source the model whose weights changed; without it the tokenizer or the template may have, too */
  clear(source?: string): void {
    if (source === undefined) this.#trained = new WeakMap();
    this.#scores.clear(source);
  }
}

/** Whether a sequence is how a conversation begins: what follows does not change a log-probability. */
function begins(whole: Int32Array, { ids, positions, document }: TrainingSequence): boolean {
  return (
    ids.length <= whole.length &&
    ids.every((id, i) => id === whole[i] && positions[i] === i && document[i] === 1)
  );
}
