/**
 * @file Which two models are compared: the original and the tuned one, unless a person chose others among them and the runs whose
 * weights are kept. Everything in Compare goes by it: scores, the change on the strip, texts, data sets and the report.
 */
import { comparePair as words } from '$strings/compare-pair';
import type { KeptWeights, Which } from '../model/engine';
import type { ChatSource } from './chat-sources';

/** Before and after, as the views call them. */
export type Side = 'base' | 'tuned';

/** One of the two models. */
export interface ComparedModel {
  /** See chat-sources.ts. */
  id: string;
  /** For people. */
  name: string;
  weights: Which | KeptWeights;
}

export interface ComparePairParts {
  sources: () => readonly ChatSource[];
  /** Whether the tuned weights are others than the original ones. */
  trained: () => boolean;
  /** In a lesson the original and the tuned model are compared: its checks are about those. */
  inLesson: () => boolean;
}

const USUAL: Readonly<Record<Side, string>> = { base: 'base', tuned: 'tuned' };

export class ComparePair {
  #chosen = $state.raw<Readonly<Record<Side, string>>>(USUAL);
  /** What was chosen is called, since what is gone has no name any more. */
  #names = $state.raw<Readonly<Partial<Record<Side, string>>>>({});
  readonly #ids = $derived.by(() => {
    if (this.parts.inLesson()) return USUAL;
    // Weights that are not kept any more cannot be compared: the usual one takes their place.
    const there = (side: Side) =>
      this.sources.some(({ id }) => id === this.#chosen[side]) ? this.#chosen[side] : USUAL[side];
    return { base: there('base'), tuned: there('tuned') };
  });

  constructor(private readonly parts: ComparePairParts) {}

  /** What can be chosen. */
  readonly sources = $derived.by(() => this.parts.sources());

  /** Whether there is anything to choose. */
  readonly offered = $derived.by(() => this.sources.length > 2 && !this.parts.inLesson());

  readonly models = $derived.by((): Readonly<Record<Side, ComparedModel>> => ({
    base: this.modelOf(this.#ids.base),
    tuned: this.modelOf(this.#ids.tuned),
  }));

  /** True for the original against the tuned model. */
  readonly usual = $derived.by(() => this.#ids.base === 'base' && this.#ids.tuned === 'tuned');

  /** True where both have the same weights, so that there is no change to see. */
  readonly same = $derived.by(() => {
    const { base, tuned } = this.#ids;
    const untrained = (id: string) => id === 'base' || id === 'tuned';
    return base === tuned || (!this.parts.trained() && untrained(base) && untrained(tuned));
  });

  /** Why there is no change to see; undefined where there is. */
  readonly sameReason = $derived.by(() =>
    this.same ? (this.usual ? words.afterTraining : words.sameModel) : undefined,
  );

  /** What could be compared as well. */
  readonly others = $derived.by((): readonly ComparedModel[] => {
    const { base, tuned } = this.#ids;
    return this.offered
      ? this.sources.flatMap(({ id }) => (id === base || id === tuned ? [] : this.modelOf(id)))
      : [];
  });

  /** Chosen models that are not kept any more, by side and name, and what is compared in their place. */
  readonly lost = $derived.by((): readonly { side: Side; name: string; instead: string }[] => {
    if (this.parts.inLesson()) return [];
    return (['base', 'tuned'] as const).flatMap((side) => {
      const id = this.#chosen[side];
      if (id === this.#ids[side]) return [];
      return [{ side, name: this.#names[side] ?? id, instead: this.modelOf(this.#ids[side]).name }];
    });
  });

  choose(side: Side, id: string): void {
    this.#chosen = { ...this.#ids, [side]: id };
    this.#names = { ...this.#names, [side]: this.modelOf(id).name };
  }

  /** Takes what is compared in the place of lost models as chosen. */
  accept(): void {
    this.#chosen = this.#ids;
  }

  /** A model that can be chosen. */
  modelOf(id: string): ComparedModel {
    const source = this.sources.find((other) => other.id === id);
    const name = id === 'base' ? words.original : id === 'tuned' ? words.tuned : (source?.label ?? id);
    return { id, name, weights: source?.weights ?? (id === 'tuned' ? 'tuned' : 'base') };
  }
}
