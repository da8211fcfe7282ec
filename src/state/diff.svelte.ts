/**
 * @file The mask that is shown against another one, token by token: a preset, a policy that was kept, or the same without
 * hand edits.
 */
import { diff as words } from '$strings/diff';
import { diffWeights, type DiffRun, type WeightDiff } from '../mask/diff';
import type { MaskPolicy } from '../mask/policy';
import { presetNamed, PRESETS } from '../mask/presets';
import type { TextService } from '../worker/text-client';
import type { MaskView } from './mask.svelte';
import { PolicyWeights } from './policy-weights.svelte';

/** `edits`: the shown policy without hand edits. */
export type Against = 'none' | 'edits' | `preset:${string}` | `kept:${number}`;

export interface KeptPolicy {
  name: string;
  policy: MaskPolicy;
}

/** How a token differs: not at all, trained here alone, trained there alone, or trained in both with other weights. */
export const DIFF_MARKS = ['same', 'only-a', 'only-b', 'weight'] as const;
export type DiffMark = (typeof DIFF_MARKS)[number];

/** What is compared: the weights shown, and how many tokens of the conversation a run reads. */
export interface Shown {
  view(): MaskView | undefined;
  policy(): MaskPolicy;
  weights(): Float32Array;
  length(): number;
}

export class DiffState {
  #against = $state<Against>('none');
  #kept = $state.raw<readonly KeptPolicy[]>([]);
  #at = $state<number | undefined>();
  readonly #other: PolicyWeights;

  #policy = $derived.by(() => this.#policyOf(this.#against));
  #title = $derived.by(() => this.#titleOf(this.#against));
  #weights = $derived.by(() => {
    const length = this.shown.length();
    return this.#other.weights?.map((weight, i) => (i < length ? weight : 0));
  });
  #result = $derived.by((): WeightDiff | undefined => {
    const view = this.shown.view();
    const own = this.shown.weights();
    if (!view || !this.#weights || this.#weights.length !== own.length || this.#other.error) return undefined;
    return diffWeights(view.encoded, own, this.#weights);
  });
  #marks = $derived(this.#result && marksOf(this.#result.runs, this.#weights?.length ?? 0));

  constructor(
    text: Pick<TextService, 'weigh'>,
    private readonly shown: Shown,
  ) {
    this.#other = new PolicyWeights(
      text,
      () => shown.view(),
      () => this.#policy,
    );
  }

  get against() {
    return this.#against;
  }
  get on() {
    return this.#against !== 'none';
  }
  /** What the other mask is called, for people. */
  get title() {
    return this.#title;
  }
  /** Policies kept for comparing. */
  get kept() {
    return this.#kept;
  }
  /** The weights of the other mask, [T]. */
  get weights() {
    return this.#weights;
  }
  /** Runs of tokens that differ, `a` shown here and `b` the other; undefined where nothing is compared. */
  get result() {
    return this.#result;
  }
  /** Index into `DIFF_MARKS`, one a token. */
  get marks() {
    return this.#marks;
  }
  get error() {
    return this.#other.error;
  }
  /** The run that was last gone to, where it still exists. */
  get at() {
    return this.#at !== undefined && this.#at < (this.#result?.runs.length ?? 0) ? this.#at : undefined;
  }

  compareWith(against: Against): void {
    this.#against = this.#policyOf(against) ? against : 'none';
    this.#at = undefined;
    void this.refresh();
  }

  /** Keeps a policy under a name, so that it can be compared with. */
  keep(name: string, policy: MaskPolicy): void {
    this.#kept = [...this.#kept, { name, policy }];
  }

  /** To be called when the shown policy or the conversation has changed. */
  refresh(): Promise<void> {
    return this.#other.refresh();
  }

  /** Goes to a run; undefined where there is none. */
  goTo(index: number): DiffRun | undefined {
    const run = this.#result?.runs[index];
    if (run) this.#at = index;
    return run;
  }

  /** Goes to the next run (1) or the one before (−1) as seen from a token, round the ends. */
  step(direction: 1 | -1, from: number): DiffRun | undefined {
    const runs = this.#result?.runs ?? [];
    const next =
      direction > 0
        ? runs.findIndex(({ start }) => start > from)
        : runs.findLastIndex(({ start }) => start < from);
    return this.goTo(next >= 0 ? next : direction > 0 ? 0 : runs.length - 1);
  }

  #policyOf(against: Against): MaskPolicy | undefined {
    if (against === 'none') return undefined;
    if (against === 'edits') return this.shown.policy();
    const [kind, name = ''] = splitOnce(against);
    return kind === 'preset' ? presetNamed(name)?.policy : this.#kept[Number(name)]?.policy;
  }

  #titleOf(against: Against): string {
    if (against === 'none') return '';
    if (against === 'edits') return words.withoutEdits;
    const [kind, name = ''] = splitOnce(against);
    return (
      (kind === 'preset' ? PRESETS.find((p) => p.name === name)?.title : this.#kept[Number(name)]?.name) ?? ''
    );
  }
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf(':');
  return [text.slice(0, at), text.slice(at + 1)];
}

function marksOf(runs: readonly DiffRun[], length: number): Uint8Array {
  const marks = new Uint8Array(length);
  for (const { start, end, a, b } of runs) marks.fill(DIFF_MARKS.indexOf(markOf(a, b)), start, end);
  return marks;
}

/** How two weights of a token differ. */
export function markOf(a: number, b: number): DiffMark {
  if (a === b) return 'same';
  return b === 0 ? 'only-a' : a === 0 ? 'only-b' : 'weight';
}
