/**
 * @file The mask: the policy, the chosen conversation as tokens, and the weight of each. Changing the policy needs no
 * worker, because weights follow from provenance alone.
 */
import type { Conversation } from '../conversation/types';
import {
  DEFAULT_POLICY,
  tokenWeights,
  trainedCount,
  type MaskPolicy,
  type TrainableKind,
} from '../mask/policy';
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';
import type { ErrorReport, Inspection } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { toReport } from './errors';
import { splitTokens } from './split-tokens';

export type Overlay = 'weight' | 'logProb' | 'change';

/** A conversation as the strip shows it. */
export interface MaskView extends Inspection {
  source: Conversation;
  /** For tokens that are only part of a character: their bytes, spelt `\xNN`. */
  bytes: ReadonlyMap<number, string>;
}

export interface KindCount {
  kind: SegmentKind;
  tokens: number;
  /** Those whose weight is not 0. */
  trained: number;
  /** The weight of all that are trained; undefined where they differ or there are none. */
  weight: number | undefined;
}

export class MaskState {
  #policy = $state.raw<MaskPolicy>(structuredClone(DEFAULT_POLICY) as MaskPolicy);
  #view = $state.raw<MaskView | undefined>();
  #loading = $state(false);
  #error = $state.raw<ErrorReport | undefined>();
  overlay = $state<Overlay>('weight');
  showText = $state(false);

  /** Counts calls of `inspect`: only the newest may speak. */
  #newest = 0;

  /** Tokens of the chosen conversation that a run reads. */
  #length = $derived.by(() => Math.min(this.#view?.encoded.ids.length ?? 0, this.limit()));
  #weighed = $derived(this.#view ? weigh(this.#view, this.#policy) : { weights: new Float32Array() });
  #weights = $derived(this.#weighed.weights.map((weight, i) => (i < this.#length ? weight : 0)));
  #trained = $derived(trainedCount(this.#weights));
  #trainedAway = $derived(this.#weights.reduce((sum, weight) => sum + (weight < 0 ? 1 : 0), 0));
  #counts = $derived(this.#view ? countKinds(this.#view.encoded.kind, this.#weights) : []);

  /** @param limit tokens of a conversation that a run reads; Infinity while that is not known */
  constructor(
    private readonly text: TextService,
    private readonly limit: () => number,
  ) {}

  get policy() {
    return this.#policy;
  }
  get view() {
    return this.#view;
  }
  get loading() {
    return this.#loading;
  }
  get error() {
    return this.#error ?? this.#weighed.error;
  }
  /** How many tokens a run reads of the chosen conversation, where that is not all of them. */
  get cutAt() {
    return this.#view && this.#length < this.#view.encoded.ids.length ? this.#length : undefined;
  }
  /** One weight a token, [T]; 0 where a run does not read it. */
  get weights() {
    return this.#weights;
  }
  /** Tokens whose weight is not 0. */
  get trained() {
    return this.#trained;
  }
  /** Those of them whose weight is negative. */
  get trainedAway() {
    return this.#trainedAway;
  }
  /** Tokens by segment, in the order of the legend; segments without tokens are left out. */
  get counts() {
    return this.#counts;
  }

  setPolicy(policy: MaskPolicy): void {
    this.#policy = policy;
  }

  setRule(kind: TrainableKind, rule: MaskPolicy[TrainableKind]): void {
    this.#policy = { ...this.#policy, [kind]: rule };
  }

  /** Renders and tokenizes a conversation; a newer call retires an older one. True when it is shown. */
  async inspect(conversation: Conversation | undefined): Promise<boolean> {
    const mine = ++this.#newest;
    this.#error = undefined;
    this.#loading = conversation !== undefined;
    if (!conversation) {
      this.#view = undefined;
      return false;
    }
    try {
      const inspection = await this.text.inspect({ conversation });
      if (mine !== this.#newest) return false;
      const bytes = await this.#bytes(inspection);
      if (mine !== this.#newest) return false;
      this.#view = { ...inspection, source: conversation, bytes };
      this.#loading = false;
      return true;
    } catch (error) {
      if (mine !== this.#newest) return false;
      this.#error = toReport(error);
      this.#view = undefined;
      this.#loading = false;
      return false;
    }
  }

  async #bytes({ encoded }: Inspection): Promise<Map<number, string>> {
    const bytes = new Map<number, string>();
    const split = splitTokens(encoded);
    if (!split.includes(true)) return bytes;
    const { tokens } = await this.text.decode({ ids: Array.from(encoded.ids) });
    for (const [i, isSplit] of split.entries()) if (isSplit) bytes.set(i, tokens[i] ?? '');
    return bytes;
  }
}

/** Weights that follow from provenance and policy, or why they cannot be had. */
function weigh(view: MaskView, policy: MaskPolicy): { weights: Float32Array; error?: ErrorReport } {
  try {
    return { weights: tokenWeights(view.encoded, policy, view.source, view.rendered) };
  } catch (error) {
    return { weights: new Float32Array(view.encoded.ids.length), error: toReport(error) };
  }
}

function countKinds(kind: Uint8Array, weights: Float32Array): KindCount[] {
  const counts = SEGMENT_KINDS.map((name): KindCount => ({
    kind: name,
    tokens: 0,
    trained: 0,
    weight: undefined,
  }));
  for (const [i, code] of kind.entries()) {
    const entry = counts[code];
    if (!entry) continue;
    entry.tokens++;
    const weight = weights[i] ?? 0;
    if (weight === 0) continue;
    entry.weight = entry.trained === 0 || entry.weight === weight ? weight : undefined;
    entry.trained++;
  }
  return counts.filter(({ tokens }) => tokens > 0);
}
