/**
 * @file Log-probabilities of what a run trains of a conversation: its own sequences, weighted by its own mask, whatever the page is
 * set to since.
 */
import type { Conversation } from '../conversation/types';
import { LogProbChange, type KindChange } from '../sequence/log-prob-change';
import type { TrainingSequence } from '../sequence/types';
import type { DivisionSettings } from '../settings/train';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';
import type { ComparedModel, Side } from './compare-pair.svelte';
import { MeasuredScores, type Measured } from './measured-scores.svelte';
import type { KeptRun, RunMask } from './runs.svelte';
import { makeSequences } from './train-sequences';

/** A run by whose mask and division is measured, as far as the compared weights have come in it. */
export interface MeasuredBy {
  run: KeptRun;
  step: number;
  mask: RunMask;
  division: DivisionSettings;
}

/** The training sequences that a run makes of a conversation. */
interface Trained {
  mask: RunMask;
  sequences: readonly TrainingSequence[];
  /** There is one, and it is the conversation as it is shown. */
  asShown: boolean;
}

/** What was found of a conversation. */
export interface TrainedChange {
  sequences: number;
  /** There is one, and it is the conversation as it is shown. */
  asShown: boolean;
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
    { mask }: Pick<MeasuredBy, 'mask'>,
    models: Readonly<Record<Side, ComparedModel>>,
  ): TrainedChange | undefined {
    // Read first: what was measured is watched, the sequences are not.
    const trained = conversation && this.#trained.get(conversation);
    const [base, tuned] = [models.base.id, models.tuned.id].map((id) => this.#scores.get(id, trained));
    if (trained?.mask !== mask || !base || !tuned) return undefined;
    const change = new LogProbChange();
    trained.sequences.forEach((sequence, i) => {
      const [before, after] = [base[i], tuned[i]];
      if (before && after) change.add(sequence, before, after);
    });
    return { sequences: trained.sequences.length, asShown: trained.asShown, kinds: change.kinds };
  }

  /**
   * Measures under models that have not been asked yet.
   *
   * @param whole what a model gave the whole conversation: a run that trains it whole needs no more
   * @param wanted false where weights or tokenizer have changed meanwhile
   */
  async measure(
    conversation: Conversation,
    { mask, division }: MeasuredBy,
    models: readonly ComparedModel[],
    whole: { ids: Int32Array; of: (model: ComparedModel) => Measured | undefined },
    wanted: (model: ComparedModel) => boolean,
  ): Promise<void> {
    let trained = this.#trained.get(conversation);
    if (trained?.mask !== mask) {
      const { sequences } = await makeSequences(this.text, [conversation], { ...mask, division });
      const [only] = sequences;
      const asShown = sequences.length === 1 && only !== undefined && begins(whole.ids, only);
      trained = { mask, sequences, asShown };
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
