/**
 * @file What the page says of the conversation that is shown: its scores and advantage, what a run trained of it, and why
 * something of that is missing.
 */
import { objectiveUse as useWords } from '$strings/objective-use';
import { session as words } from '$strings/session';
import { ON_POLICY } from '../settings/objective';
import { objectiveRow } from '../settings/objective-table';
import { strategyNamed } from '../sequence/strategy';
import { leftOut, offerOf } from '../state/objective-use';
import type { Session } from '../state/session.svelte';
import { advantageBlock } from './advantage-note';
import { leftOutText } from './left-out-text';
import { rewardChange } from './reward-change';
import { scoreSummary } from './score-summary';

/** Why no change is told of weights that are not the original ones; the words are in `$strings/layout`. */
export type Untold = 'same' | 'measuring' | 'nothing' | 'yet';

export class ShownScores {
  constructor(private readonly session: Session) {}

  get #source() {
    return this.session.mask.view?.source;
  }

  get #heldOut() {
    const { data } = this.session;
    const source = this.#source;
    if (!source) return false;
    // A large file knows the rows alone that it read last.
    return data.list.heldOut(data.chosen?.id === source.id ? data.chosenRow : data.list.rowOf(source.id));
  }

  /** Of the compared models. */
  readonly scores = $derived.by(() => this.session.compare.comparedOf(this.#source));
  readonly error = $derived.by(() => this.session.compare.scoreErrorOf(this.#source));

  /** What a run wrote after it. */
  readonly completions = $derived.by(() =>
    this.session.train.rollouts.rollouts.filter(({ conversation }) => conversation === this.#source?.id),
  );
  /** The advantage of its own completion. */
  readonly advantage = $derived.by(() => this.#source && this.session.advantages.of(this.#source));
  /** Why it has none; undefined where it has. */
  readonly advantageBlock = $derived.by(() =>
    advantageBlock({
      conversation: this.#source,
      found: this.advantage,
      fresh: this.session.advantages.fresh,
      error: this.session.advantages.error,
      completions: this.completions.length,
    }),
  );

  /** Why a run with the objective as chosen trains none of it; undefined where it does, and where that is not known. */
  readonly leftOut = $derived.by(() => {
    const source = this.#source;
    return source && leftOutText(source, this.session.train.objective, this.#heldOut);
  });
  /** Whether a run takes nothing of it, not even its prompt. */
  readonly isLeftOut = $derived.by(() => {
    const source = this.#source;
    const { judged, composes } = this.session.train.objective;
    if (!source) return this.#heldOut;
    return this.#heldOut || leftOut(judged, composes, offerOf(source)) !== undefined;
  });
  /** That a reward which it has counts for nothing; undefined where it has none, or where it counts. */
  readonly rewardIgnored = $derived.by(() => {
    const { objective } = this.session.train;
    if (this.#source?.reward === undefined || this.leftOut !== undefined) return undefined;
    return objective.kind === 'sft' ? useWords.ignored(objectiveRow(objective.kind).short) : undefined;
  });
  /** How a run divides conversations, where that is not whole. */
  readonly divided = $derived.by(() => {
    const { strategy } = this.session.train.division;
    return strategy === 'whole' ? undefined : strategyNamed(strategy)?.title;
  });

  /** What the run that is compared trained of it, and what became of that. */
  readonly changed = $derived.by(() => {
    const { compare, measuredBy } = this.session;
    return measuredBy && compare.trainedChangeOf(this.#source, measuredBy);
  });
  readonly rows = $derived.by(() => {
    if (this.changed) return this.changed.kinds;
    const { mask, measuredBy } = this.session;
    const { base, tuned } = this.scores;
    if (!mask.view || !base) return [];
    // Until the run's own sequences are measured, there is nothing to hold against the original.
    return scoreSummary(mask.view.encoded.kind, mask.weights, base, measuredBy ? undefined : tuned);
  });
  /** Why `rows` tell no change, where they do not; undefined where the weights are the original ones. */
  readonly untold = $derived.by((): Untold | undefined => {
    const { compare, train, measuredBy } = this.session;
    if (compare.pair.same) return train.updates.length ? 'same' : undefined;
    // Of what a run trains; where there is none, of what the mask chooses.
    if (measuredBy ? this.changed : this.scores.tuned) return 'nothing';
    return compare.scoring ? 'measuring' : 'yet';
  });
  /** What a run on policy gained; undefined of any other. */
  readonly gained = $derived.by(() => {
    const by = this.session.measuredBy;
    if (!by || !ON_POLICY.includes(by.run.facts.objective.kind)) return undefined;
    const change = rewardChange(by.run.reports.slice(0, by.step));
    return change && { run: by.run.name, change };
  });

  /** Why there are no scores; undefined where there are. */
  readonly block = $derived.by(() => {
    if (this.scores.base) return undefined;
    const { model, mask, compare } = this.session;
    if (!model.weightsFit) return model.misfit;
    if (!mask.view) return words.scores.noConversation;
    if (this.error) return words.scores.failed;
    if (model.weights === 'loading') return words.scores.modelLoading;
    if (model.weights !== 'ready') return words.scores.noWeights;
    return compare.scoring ? words.scores.measuring : words.scores.running;
  });
  /** Why there is no change to show; undefined where there is. */
  readonly changeBlock = $derived.by(() => {
    const { model, compare, train } = this.session;
    const { sameReason } = compare.pair;
    if (this.scores.base && this.scores.tuned && !sameReason) return undefined;
    if (!model.weightsFit) return model.misfit;
    if (sameReason) return sameReason;
    if (train.status === 'running') return words.scores.changeRunning;
    return this.block ?? words.scores.measuring;
  });
}
