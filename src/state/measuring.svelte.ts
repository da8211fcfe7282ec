/**
 * @file What is measured of the compared models: by which run's mask, on which conversations, and when none of it holds any more.
 */
import { CHANGED_LIMIT } from './changed.svelte';
import { runPoint } from './chat-sources';
import { partsBeyond } from './run-chain';
import { makingOf, trainsRecorded, type RunMaking } from './run-trained';
import type { KeptRun } from './runs.svelte';
import type { Session } from './session.svelte';
import type { MeasuredBy, OtherRun } from './trained-scores.svelte';

export type MeasuringParts = Pick<
  Session,
  'model' | 'data' | 'mask' | 'train' | 'compare' | 'changed' | 'report' | 'runScope' | 'blocks'
>;

export class Measuring {
  constructor(private readonly parts: MeasuringParts) {}

  /** Where the weights stand whose training is measured, and those beside them; undefined: the original ones. */
  readonly #points = $derived.by(() => {
    const { compare, train } = this.parts;
    const { models } = compare.pair;
    const pointOf = (id: string) => (id === 'tuned' ? train.runs.head : runPoint(id));
    const [base, tuned] = [pointOf(models.base.id), pointOf(models.tuned.id)];
    return { own: tuned ?? base, other: tuned && base };
  });

  /** The run by whose mask and division is measured what training changed: the last one of the compared weights. */
  readonly by = $derived.by((): MeasuredBy | undefined => {
    const { train, mask, model } = this.parts;
    const { own, other } = this.#points;
    const { list } = train.runs;
    const run = own && list.find(({ id }) => id === own.run);
    if (!run) return undefined;
    const page = () => ({ policy: mask.policy, edits: mask.edits.book });
    const makingAt = (of: KeptRun, step: number) => makingOf(of, step, page, model.info?.contextLength);
    const sides = { own: partsBeyond(list, own, other), other: partsBeyond(list, other, own) };
    const parts = (['own', 'other'] as const).flatMap((side) =>
      sides[side].map((part) => ({ side, ...part })),
    );
    const others = parts.flatMap(({ side, run: of, from, to }): OtherRun[] => {
      if (!of || of === run) return [];
      const making = makingAt(of, to);
      return trainsRecorded(making) ? [{ side, name: of.name, from, to, making }] : [];
    });
    const deleted = parts.flatMap(({ side, run: of }) => (of ? [] : [side]));
    const making = makingAt(run, own.step);
    return { run, step: own.step, making, others, deleted };
  });

  /** Whether the run is deleted by which it would be measured: nobody knows then what it trained. */
  readonly deleted = $derived.by(() => this.#points.own !== undefined && !this.by);

  /** Whether the page has another mask or division than that run had. */
  readonly changedSince = $derived.by(() => {
    if (!this.by) return false;
    const { mask, train } = this.parts;
    const { mask: then, division } = this.by.making;
    return (
      JSON.stringify([then.policy, then.edits, division]) !==
      JSON.stringify([mask.policy, mask.edits.book, train.division])
    );
  });

  /** The compared models, and others that were asked for, on held-out turns. */
  async decisions(): Promise<void> {
    const { model, compare, report, data, blocks } = this.parts;
    const { info } = model;
    if (!info || blocks.measure) return;
    const { pair } = compare;
    const { base, tuned } = pair.models;
    const also = pair.others.filter(({ id }) => report.also.includes(id));
    const models = [base, ...(pair.same ? [] : [tuned]), ...also];
    const { list, heldOutRows } = data;
    const own = (count: number) => list.read(heldOutRows.slice(0, count));
    await report.run(own, info.contextLength, models);
  }

  /** What training changed in the conversations that a run takes, in the sequences that the compared run makes of them. */
  async change(): Promise<void> {
    const { model, data, mask, train, compare, changed, runScope, blocks } = this.parts;
    const { info } = model;
    if (!info || blocks.measureChange) return;
    const { list, trainRows } = data;
    const { by } = this;
    const maxLength = Math.min(runScope.limit, info.contextLength);
    // What no run has learnt from is measured as the whole mask would train it.
    const how: RunMaking = by?.making ?? {
      mask: { policy: mask.policy, edits: mask.edits.book, maxLength },
      ...{ division: train.division, kind: 'sft', keepFrom: 0 },
    };
    const read = () => list.read(trainRows.slice(0, CHANGED_LIMIT));
    await changed.run(read, how, by?.run.name, compare.pair.models, {
      others: by?.others,
      deleted: by ? by.deleted : this.deleted ? ['own'] : undefined,
    });
  }

  /** The tuned weights are others now. */
  weightsChanged(): void {
    this.parts.compare.weightsChanged();
    this.parts.changed.weightsChanged();
    this.parts.report.weightsChanged();
  }

  /** Another model or tokenizer: what was measured is nobody's. */
  forget(): void {
    this.parts.compare.forget();
    this.parts.changed.forget();
    this.parts.report.forget();
  }
}
