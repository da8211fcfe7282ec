/**
 * @file Log-probabilities of what a run trains of a conversation: its own sequences, weighted by its own mask, whatever the page is
 * set to since.
 */
import type { ContainedSide } from '$strings/contained';
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
  /** Other runs whose steps are in the change between the compared weights; none on policy, which train nothing recorded. */
  others?: readonly OtherRun[] | undefined;
  /** On which sides there is a run that was deleted, and nobody knows what it trained. */
  deleted?: readonly ContainedSide[] | undefined;
}

/** Steps of a run that the measured weights contain (`own`) or those beside them, and not both. */
export interface OtherRun {
  side: ContainedSide;
  name: string;
  /** Steps after this one, */
  from: number;
  /** up to this one. */
  to: number;
  making: RunMaking;
}

/** What another run had trained of a conversation. */
export interface OtherTrained extends Omit<OtherRun, 'making'> {
  /** Where that were some of its sequences alone. */
  partly?: Partly | undefined;
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
  /** Other runs in the change that had trained it. */
  others?: readonly OtherTrained[];
  kinds: readonly KindChange[];
}

/** What runs had trained of a conversation; null where that is nothing, or is not known. */
type Standings = WeakMap<RunMaking, { partly: Partly | undefined } | null>;

export class TrainedScores {
  #trained = new WeakMap<Conversation, Trained>();
  #standings = new WeakMap<Conversation, Standings>();
  /** Counts standings that were found: they are not watched themselves. */
  #found = $state(0);
  readonly #scores = new MeasuredScores<Trained, readonly Float32Array[]>();

  constructor(
    private readonly text: Pick<TextService, 'sequences'>,
    private readonly engine: Pick<EngineService, 'score'>,
  ) {}

  /** By segment, under both models; undefined until that was measured by this mask. No rows where it trains nothing. */
  changeOf(
    conversation: Conversation | undefined,
    { making, others = [] }: Pick<MeasuredBy, 'making' | 'others'>,
    models: Readonly<Record<Side, ComparedModel>>,
  ): TrainedChange | undefined {
    // Read first: what was measured is watched, the sequences are not.
    const trained = conversation && this.#trained.get(conversation);
    const [base, tuned] = [models.base.id, models.tuned.id].map((id) => this.#scores.get(id, trained));
    void this.#found;
    const standings = conversation && this.#standings.get(conversation);
    if (trained?.making !== making || !base || !tuned) return undefined;
    const change = new LogProbChange();
    trained.sequences.forEach((sequence, i) => {
      const [before, after] = [base[i], tuned[i]];
      if (before && after) change.add(sequence, before, after);
    });
    const { sequences, asShown, standing, partly, problem } = trained;
    const trainedBy = others.flatMap(({ making: how, ...other }): OtherTrained[] => {
      const had = standings?.get(how);
      return had ? [{ ...other, ...(had.partly && { partly: had.partly }) }] : [];
    });
    return {
      sequences: sequences.length,
      asShown,
      standing,
      ...(partly && { partly }),
      problem,
      ...(trainedBy.length > 0 && { others: trainedBy }),
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
    { making, others = [] }: Pick<MeasuredBy, 'making' | 'others'>,
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
    await this.#ask(conversation, others);
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

  /** What other runs had trained of it, where that has not been asked yet. */
  async #ask(conversation: Conversation, others: readonly OtherRun[]): Promise<void> {
    // What is cleared meanwhile is not written to.
    const standings = this.#standings;
    const known: Standings = standings.get(conversation) ?? new WeakMap();
    standings.set(conversation, known);
    for (const { making } of others) {
      if (known.has(making)) continue;
      const { standing, partly } = await trainedOf(this.text, [conversation], making);
      const had = standing.get(conversation.id) === 'taken';
      known.set(making, had ? { partly: partly?.get(conversation.id) } : null);
      this.#found++;
    }
  }

  /** @param source the model whose weights changed; without it the tokenizer or the template may have, too */
  clear(source?: string): void {
    if (source === undefined) {
      this.#trained = new WeakMap();
      this.#standings = new WeakMap();
    }
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
