/**
 * @file What a policy says of the chosen conversation. Weights follow from provenance alone and are worked out at once;
 * only a policy with rules goes to the text worker, because a regular expression may never end.
 */
import { tokenWeights, type MaskPolicy } from '../mask/policy';
import type { ErrorReport } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { toReport } from './errors';
import type { MaskView } from './mask.svelte';

interface Weighed {
  view: MaskView;
  policy: MaskPolicy;
  weights: Float32Array;
  /** How often each rule of the policy matches; empty where it has none. */
  matches: readonly number[];
  error?: ErrorReport;
}

export class PolicyWeights {
  #answer = $state.raw<Weighed | undefined>();
  #asking = false;
  #weighed = $derived.by((): Weighed | undefined => {
    const view = this.view();
    const policy = this.policy();
    if (!view || !policy) return undefined;
    if (!policy.rules?.length) return weigh(view, policy);
    const answer = this.#answer;
    if (answer?.view === view && answer.policy === policy) return answer;
    // The last weights of this conversation stand until the new ones arrive.
    const weights = answer?.view === view ? answer.weights : new Float32Array(view.encoded.ids.length);
    return { view, policy, weights, matches: [] };
  });
  #waiting = $derived.by(() => {
    const rules = this.policy()?.rules?.length ?? 0;
    return rules > 0 && this.view() !== undefined && this.#weighed !== this.#answer;
  });

  constructor(
    private readonly text: Pick<TextService, 'weigh'>,
    private readonly view: () => MaskView | undefined,
    private readonly policy: () => MaskPolicy | undefined,
  ) {}

  /** One weight a token, [T]; undefined without a conversation or a policy. All 0 where there is an error. */
  get weights() {
    return this.#weighed?.weights;
  }
  get matches() {
    return this.#weighed?.matches ?? [];
  }
  get error() {
    return this.#weighed?.error;
  }
  /** True while the worker has not answered for the present policy and conversation. */
  get waiting() {
    return this.#waiting;
  }

  /** To be called when the policy or the conversation has changed; resolves when the weights are those of both. */
  async refresh(): Promise<void> {
    // One request at a time: whoever types a pattern asks for the newest alone.
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#waiting) {
        const [view, policy] = [this.view(), this.policy()];
        if (!view || !policy) return;
        this.#answer = await this.#ask(view, policy);
      }
    } finally {
      this.#asking = false;
    }
  }

  async #ask(view: MaskView, policy: MaskPolicy): Promise<Weighed> {
    try {
      const { weights, matches } = await this.text.weigh({ conversation: view.source, policy });
      return { view, policy, weights, matches };
    } catch (error) {
      return { view, policy, weights: none(view), matches: [], error: toReport(error) };
    }
  }
}

function weigh(view: MaskView, policy: MaskPolicy): Weighed {
  try {
    const weights = tokenWeights(view.encoded, policy, view.source, view.rendered);
    return { view, policy, weights, matches: [] };
  } catch (error) {
    return { view, policy, weights: none(view), matches: [], error: toReport(error) };
  }
}

function none(view: MaskView): Float32Array {
  return new Float32Array(view.encoded.ids.length);
}
