/**
 * @file The tokens that are selected for an edit: a stretch of tokens, of words or of messages.
 */
import { messageRuns, wordRun, type EditUnit, type TokenRun } from '../mask/edits';
import type { MaskView } from './mask.svelte';

type Selectable = Pick<MaskView, 'encoded' | 'rendered'>;

export class SelectionState {
  #unit = $state<EditUnit>('tokens');
  #ends = $state.raw<{ anchor: number; head: number } | undefined>();
  #runs = $derived.by(() => {
    const view = this.view();
    return view && this.#ends ? runsOf(view, this.#unit, this.#ends.anchor, this.#ends.head) : [];
  });
  #size = $derived(sizeOf(this.#runs));

  constructor(private readonly view: () => Selectable | undefined) {}

  get unit() {
    return this.#unit;
  }
  set unit(unit: EditUnit) {
    this.#unit = unit;
  }
  /** First and last token of each stretch, in order. */
  get runs() {
    return this.#runs;
  }
  /** How many tokens are selected. */
  get size() {
    return this.#size;
  }
  /** Where the selection began; undefined where there is none. */
  get anchor() {
    return this.#ends?.anchor;
  }

  /** Selects the unit of one token. */
  start(token: number): void {
    this.#ends = { anchor: token, head: token };
  }

  /** Selects everything from where the selection began through a token; without a selection, from `from`. */
  extend(token: number, from = token): void {
    const anchor = this.#ends?.anchor ?? from;
    if (this.#ends?.head === token && this.#ends.anchor === anchor) return;
    this.#ends = { anchor, head: token };
  }

  clear(): void {
    this.#ends = undefined;
  }
}

/** The tokens between two, of the units that they are in. A message's header belongs to no message. */
export function runsOf(view: Selectable, unit: EditUnit, a: number, b: number): readonly TokenRun[] {
  const [first, last] = [Math.min(a, b), Math.max(a, b)];
  switch (unit) {
    case 'tokens':
      return [[first, last]];
    case 'word': {
      const text = { text: view.rendered.text, encoded: view.encoded };
      return [[wordRun(text, first)[0], wordRun(text, last)[1]]];
    }
    case 'message': {
      const { encoded, rendered } = view;
      const messages = new Set(encoded.message.slice(first, last + 1));
      const runs = [...messages].flatMap((message) =>
        messageRuns({ encoded, spans: rendered.spans }, message),
      );
      return runs.sort((x, y) => x[0] - y[0]);
    }
  }
}

export function sizeOf(runs: readonly TokenRun[]): number {
  return runs.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
