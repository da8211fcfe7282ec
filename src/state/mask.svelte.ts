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
import { RETIRED, type TextService } from '../worker/text-client';
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
  trained: number;
}

export class MaskState {
  #policy = $state.raw<MaskPolicy>(structuredClone(DEFAULT_POLICY) as MaskPolicy);
  #view = $state.raw<MaskView | undefined>();
  #loading = $state(false);
  #error = $state.raw<ErrorReport | undefined>();
  overlay = $state<Overlay>('weight');
  showText = $state(false);

  #weights = $derived(
    this.#view ? tokenWeights(this.#view.encoded, this.#policy, this.#view.source) : new Float32Array(),
  );
  #trained = $derived(trainedCount(this.#weights));
  #counts = $derived(this.#view ? countKinds(this.#view.encoded.kind, this.#weights) : []);

  constructor(private readonly text: TextService) {}

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
    return this.#error;
  }
  /** One weight a token, [T]. */
  get weights() {
    return this.#weights;
  }
  /** Tokens whose weight is not 0. */
  get trained() {
    return this.#trained;
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

  /** Renders and tokenizes a conversation; a newer call retires an older one. */
  async inspect(conversation: Conversation | undefined): Promise<boolean> {
    this.#error = undefined;
    if (!conversation) {
      this.#view = undefined;
      return false;
    }
    this.#loading = true;
    try {
      const inspection = await this.text.inspect({ conversation });
      this.#view = { ...inspection, source: conversation, bytes: await this.#bytes(inspection) };
      this.#loading = false;
      return true;
    } catch (error) {
      const report = toReport(error);
      if (report.code === RETIRED) return false;
      this.#error = report;
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

function countKinds(kind: Uint8Array, weights: Float32Array): KindCount[] {
  const counts = SEGMENT_KINDS.map((name) => ({ kind: name, tokens: 0, trained: 0 }));
  for (const [i, code] of kind.entries()) {
    const entry = counts[code];
    if (!entry) continue;
    entry.tokens++;
    if (weights[i] !== 0) entry.trained++;
  }
  return counts.filter(({ tokens }) => tokens > 0);
}
