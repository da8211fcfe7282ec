/**
 * @file What a run would take of the page as it is now: which conversations, and how much of each.
 */
import type { TrainerSettings } from '../lint/types';
import { TEMPLATE_LIMIT } from '../template/limits';
import type { CutOptions } from '../worker/protocol';
import type { Session } from './session.svelte';

export class RunScope {
  constructor(private readonly parts: Pick<Session, 'model' | 'data' | 'mask' | 'train'>) {}

  /** Tokens of a conversation that a run reads: the setting or the model's context, whichever is smaller. */
  readonly limit = $derived.by(() => {
    const { model, train } = this.parts;
    // No run reads the tokens of another model's tokenizer.
    return model.weightsFit
      ? Math.min(train.maxLength ?? Infinity, model.info?.contextLength ?? Infinity)
      : Infinity;
  });

  /** The same for a strip of the whole conversation: another strategy, or another way to cut, cuts other sequences. */
  readonly shownLimit = $derived.by(() => {
    const { strategy, truncate } = this.parts.train.division;
    return strategy === 'whole' && truncate === 'end' ? this.limit : Infinity;
  });

  /** What decides how much is trained; the same object as long as nothing of it changes. */
  readonly weighing = $derived.by(() => ({ policy: this.parts.mask.policy, limit: this.shownLimit }));

  /** A rule that is being tried, or a rule or template that was stopped on the chosen conversation, would be stopped on others as well. */
  readonly mayNotEnd = $derived.by(() => {
    const { weighing, policyError, error } = this.parts.mask;
    return (
      weighing ||
      policyError?.code === 'timeout' ||
      error?.code === 'timeout' ||
      error?.code === TEMPLATE_LIMIT
    );
  });

  readonly cutOptions = $derived.by((): CutOptions => {
    const { truncate } = this.parts.train.division;
    return Number.isFinite(this.limit) ? { maxLength: this.limit, truncate } : { truncate };
  });

  /** What lints have to know of a run: padding is told by position here, and the loss is a mean over tokens. */
  readonly lintSettings = $derived.by((): TrainerSettings => {
    const { maxLength, truncate: truncation } = this.cutOptions;
    const { strategy } = this.parts.train.division;
    return { maxLength, truncation, strategy, padMask: 'by-position', lossReduction: 'tokens' };
  });

  /** What is looked at as a whole: the conversations of a run. */
  readonly toCheck = $derived.by(() => {
    const { opened, tokenizer } = this.parts.model;
    const { list, trainRows: rows } = this.parts.data;
    return tokenizer === 'ready' ? { opened, list, rows } : undefined;
  });

  /** Conversations that a new run takes, those that match the filter, all that may be trained, and the held-out ones. */
  readonly counts = $derived.by(() => {
    const { trainRows, trainable, list } = this.parts.data;
    const { heldOutCount: heldOut } = list;
    return { taken: trainRows.length, matching: trainable, all: list.length - heldOut, heldOut };
  });

  /** True where nothing of it is trained, as far as that is known: until everything is counted there may still be something. */
  readonly trainsNothing = $derived.by(() => {
    const { tallies, trainRows } = this.parts.data;
    const { counted, untrained } = tallies.totals;
    return counted === untrained && counted >= trainRows.length;
  });
}
