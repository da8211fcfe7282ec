/**
 * @file The mask: the policy, the chosen conversation as tokens, and the weight of each. Changing the policy needs no
 * worker, because weights follow from provenance alone.
 */
import { mask as words } from '$strings/mask';
import { policy as policyWords } from '$strings/policy';
import type { Conversation } from '../conversation/types';
import { applyEdits, editRuns, type Edit, type TokenRun } from '../mask/edits';
import { DEFAULT_POLICY, trainedCount, type MaskPolicy, type TrainableKind } from '../mask/policy';
import { presetNamed, PRESETS } from '../mask/presets';
import { blockDifferences } from '../template/block-notes';
import type { ErrorReport, Inspection } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import type { DividedHow, MasksFile } from './all-masks';
import type { DataList } from './data-list';
import { DiffState } from './diff.svelte';
import { EditState } from './edits.svelte';
import { toReport } from './errors';
import { countKinds } from './kind-counts';
import { MaskFiles } from './mask-files.svelte';
import type { Overlay } from './overlay';
import { PolicyWeights } from './policy-weights.svelte';
import { SelectionState } from './selection.svelte';
import { splitTokens } from './split-tokens';
import { TemplateTraceState } from './template-trace.svelte';
import { TokenTexts } from './token-texts.svelte';

export type { Overlay };

/** A conversation as the strip shows it. */
export interface MaskView extends Inspection {
  source: Conversation;
  /** For tokens that are only part of a character: their bytes, spelt `\xNN`. */
  bytes: ReadonlyMap<number, string>;
}

export class MaskState {
  #policy = $state.raw<MaskPolicy>(structuredClone(DEFAULT_POLICY) as MaskPolicy);
  /** Name of the preset that was chosen last. */
  #asked = $state('default');
  #view = $state.raw<MaskView | undefined>();
  #loading = $state(false);
  #error = $state.raw<ErrorReport | undefined>();
  overlay = $state<Overlay>('weight');
  showText = $state(false);
  /** Weights set by hand, of all conversations. */
  readonly edits = new EditState();
  readonly selection: SelectionState;
  /** What is shown against another mask. */
  readonly diff: DiffState;
  /** Of tokens that are not in the conversation. */
  readonly texts: TokenTexts;
  /** What of the chat template wrote which tokens. */
  readonly trace: TemplateTraceState;
  /** Policies and edits as files. */
  readonly files = new MaskFiles(this);

  /** Counts calls of `inspect`: only the newest may speak. */
  #newest = 0;
  readonly #ofPolicy: PolicyWeights;

  /** Tokens of the chosen conversation that a run reads. */
  #length = $derived.by(() => Math.min(this.#view?.encoded.ids.length ?? 0, this.limit()));
  /** The edits of the chosen conversation. */
  #own = $derived(this.#view ? this.edits.of(this.#view.source.id) : []);
  #edited = $derived.by(() => {
    const weights = this.#ofPolicy.weights ?? new Float32Array();
    const view = this.#view;
    if (!view || !this.#own.length) return { weights, edited: undefined, dropped: [] };
    return applyEdits(weights, this.#own, { text: view.rendered.text, encoded: view.encoded });
  });
  #weights = $derived(this.#edited.weights.map((weight, i) => (i < this.#length ? weight : 0)));
  #trained = $derived(trainedCount(this.#weights));
  #trainedAway = $derived(this.#weights.reduce((sum, weight) => sum + (weight < 0 ? 1 : 0), 0));
  #largest = $derived(this.#weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0));
  #counts = $derived(this.#view ? countKinds(this.#view.encoded.kind, this.#weights) : []);
  #preset = $derived.by(() => {
    const now = canonical(this.#policy);
    const same = PRESETS.filter(({ policy }) => canonical(policy) === now);
    // Two systems may draw the same mask; the one that was asked for is the one to name.
    return same.find(({ name }) => name === this.#asked) ?? same[0];
  });
  #blocks = $derived.by(() => {
    const blocks = this.#view?.rendered.blocks;
    return blocks?.length ? blockDifferences(this.#view?.rendered.spans ?? [], blocks) : undefined;
  });

  /** @param limit tokens of a conversation that a run reads; Infinity while that is not known */
  constructor(
    private readonly text: TextService,
    private readonly limit: () => number,
  ) {
    this.#ofPolicy = new PolicyWeights(
      text,
      () => this.#view,
      () => this.#policy,
    );
    this.selection = new SelectionState(() => this.#view);
    this.texts = new TokenTexts(text);
    this.trace = new TemplateTraceState(text, () => this.#view);
    this.diff = new DiffState(text, {
      view: () => this.#view,
      policy: () => this.#policy,
      weights: () => this.#weights,
      length: () => this.#length,
    });
  }

  get policy() {
    return this.#policy;
  }
  /** The preset that the policy is; undefined where it is none. */
  get preset() {
    return this.#preset;
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
  /** Why the policy cannot be followed on the chosen conversation. */
  get policyError() {
    return this.#ofPolicy.error;
  }
  /** True while the rules of the policy are being tried on the chosen conversation. */
  get weighing() {
    return this.#ofPolicy.waiting;
  }
  /** How often each rule of the policy matches in the chosen conversation; empty until that is known. */
  get matches() {
    return this.#ofPolicy.matches;
  }
  /** How many tokens a run reads of the chosen conversation, where that is not all of them. */
  get cutAt() {
    return this.#view && this.#length < this.#view.encoded.ids.length ? this.#length : undefined;
  }
  /** One weight a token, [T], hand edits included; 0 where a run does not read it. */
  get weights() {
    return this.#weights;
  }
  /** 1 for each token whose weight was set by hand, [T]; undefined where none was. */
  get edited() {
    return this.#edited.edited;
  }
  /** Edits of the chosen conversation that no longer fit its text. */
  get dropped() {
    return this.#edited.dropped;
  }
  /** What the policy alone says, [T]; undefined without a conversation. */
  get policyWeights() {
    return this.#ofPolicy.weights;
  }
  /** Tokens whose weight is not 0. */
  get trained() {
    return this.#trained;
  }
  /** Those of them whose weight is negative. */
  get trainedAway() {
    return this.#trainedAway;
  }
  /** The largest weight, whatever its sign; 0 where nothing is trained. */
  get largest() {
    return this.#largest;
  }
  /** Tokens by segment, in the order of the legend; segments without tokens are left out. */
  get counts() {
    return this.#counts;
  }
  /** Where generation blocks and what the model generates differ; undefined where the template has no blocks. */
  get blocks() {
    return this.#blocks;
  }

  setPolicy(policy: MaskPolicy): void {
    this.#policy = policy;
    void this.#refresh();
  }

  setRule(kind: TrainableKind, rule: MaskPolicy[TrainableKind]): void {
    this.setPolicy({ ...this.#policy, [kind]: rule });
  }

  /** Takes over a preset; a name that is none changes nothing. */
  setPreset(name: string): void {
    const preset = presetNamed(name);
    if (!preset) return;
    this.#asked = name;
    this.setPolicy(structuredClone(preset.policy) as MaskPolicy);
  }

  /** Keeps the policy under a name of its own, so that it can be compared with. */
  keepPolicy(): void {
    const title = this.#preset?.title ?? policyWords.custom;
    this.diff.keep(words.keptPolicy(title, this.diff.kept.length + 1), this.#policy);
  }

  /**
   * Sets the weight of what is selected, or of the unit of one token where nothing is.
   *
   * @returns how many tokens were edited
   */
  edit(weight: number | 'policy', token?: number): number {
    const view = this.#view;
    if (!view) return 0;
    if (!this.selection.size && token !== undefined) this.selection.start(token);
    const { runs, size } = this.selection;
    if (size) this.edits.add(view.source.id, this.#editOf(view, runs, weight));
    return size;
  }

  /** Masks what is selected where any of it is trained, and otherwise trains it; the new weight and how many tokens. */
  toggle(token?: number): { tokens: number; weight: number } {
    if (!this.selection.size && token !== undefined) this.selection.start(token);
    const trained = this.selection.runs.some(([first, last]) =>
      this.#weights.subarray(first, last + 1).some((weight) => weight !== 0),
    );
    const weight = trained ? 0 : 1;
    return { tokens: this.edit(weight), weight };
  }

  /** Renders and tokenizes a conversation; a newer call retires an older one. True when it is shown. */
  async inspect(conversation: Conversation | undefined): Promise<boolean> {
    const mine = ++this.#newest;
    this.#error = undefined;
    this.#loading = conversation !== undefined;
    if (!conversation) {
      this.#view = undefined;
      this.texts.forget();
      return false;
    }
    try {
      const inspection = await this.text.inspect({ conversation });
      if (mine !== this.#newest) return false;
      const bytes = await this.#bytes(inspection);
      if (mine !== this.#newest) return false;
      if (this.#view?.source !== conversation) this.selection.clear();
      this.#view = { ...inspection, source: conversation, bytes };
      this.#loading = false;
      void this.#refresh();
      return true;
    } catch (error) {
      if (mine !== this.#newest) return false;
      this.#error = toReport(error);
      this.#view = undefined;
      this.#loading = false;
      return false;
    }
  }

  /** The tokens as text, or as bytes where they are no whole characters, [T]. */
  async pieces(): Promise<string[]> {
    const { tokens } = await this.text.decode({ ids: Array.from(this.#view?.encoded.ids ?? []) });
    return tokens;
  }

  /** The masks of rows of the list under the present policy and edits, as JSON lines; throws as `writeMasks` does. */
  async masksOf(
    list: DataList,
    rows: readonly number[],
    onprogress: (done: number) => void,
    signal: AbortSignal,
    divided?: DividedHow,
  ): Promise<MasksFile> {
    const what = { list, rows, policy: this.#policy, edits: this.edits.book, limit: this.limit(), divided };
    const { writeMasks } = await import('./all-masks');
    return writeMasks(this.text, what, onprogress, signal);
  }

  async #refresh(): Promise<void> {
    await this.#ofPolicy.refresh();
    await this.diff.refresh();
    await this.trace.refresh();
  }

  #editOf(view: MaskView, runs: readonly TokenRun[], weight: number | 'policy'): Edit {
    const text = { text: view.rendered.text, encoded: view.encoded };
    return editRuns(text, this.selection.unit, runs, weight);
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

/** A policy as text that two equal policies share: fields in one order, absent ones left out. */
function canonical(policy: MaskPolicy): string {
  return JSON.stringify(policy, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
