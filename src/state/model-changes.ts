/**
 * @file Another tokenizer, template or other weights in place of the present ones, and what has to go with those.
 */
import { session } from '$strings/session';
import type { BaseFormat } from '../model/engine';
import type { Session } from './session.svelte';

const words = session.modelChange;

export type ModelChangeParts = Pick<
  Session,
  'model' | 'data' | 'mask' | 'train' | 'compare' | 'chat' | 'measuring' | 'inspectChosen' | 'refreshScores'
>;

export class ModelChanges {
  /** Counts changes of tokenizer or template that were asked for. */
  #asked = 0;

  constructor(private readonly parts: ModelChangeParts) {}

  async openTokenizer(): Promise<void> {
    const { model, data } = this.parts;
    if (!(await model.openTokenizer())) return;
    data.tallies.forget();
    await this.parts.inspectChosen();
  }

  /** Another tokenizer or template; `change` is a method of `model`. What came of the present one goes with it. */
  async change(change: () => Promise<boolean>): Promise<void> {
    const { data, mask, chat, measuring } = this.parts;
    if (this.#refused(words.runningTokenizer)) return;
    const mine = ++this.#asked;
    // Its tokens are those of the present tokenizer.
    await chat.stop();
    // First of all out of sight: ids of one tokenizer must never be scored by the weights of another.
    await mask.inspect(undefined);
    if (await change()) {
      measuring.forget();
      data.tallies.forget();
    }
    // What the next change is about to replace is not shown.
    if (mine === this.#asked) await this.parts.inspectChosen();
  }

  /** The shipped weights, in place of those that are loaded. */
  async loadWeights(): Promise<void> {
    await this.#replaceWeights(() => this.parts.model.loadWeights());
  }

  /** The weights that the person brought, in place of those that are loaded. */
  async loadOwnWeights(base: BaseFormat): Promise<void> {
    await this.#replaceWeights(() => this.parts.model.loadOwn(base));
  }

  /** The shipped tokenizer and its template, and the weights that go with it. */
  async useShipped(): Promise<void> {
    const { model } = this.parts;
    await this.change(() => model.useShipped());
    if (!model.weightsFit && !model.ownTokenizer) await this.loadWeights();
  }

  async restartEngine(): Promise<void> {
    this.#forgetWeights();
    if (await this.parts.model.restart()) await this.parts.refreshScores();
  }

  async #replaceWeights(load: () => Promise<boolean>): Promise<void> {
    if (this.#refused(words.runningWeights)) return;
    this.parts.compare.stopGenerating();
    if (!(await load())) return;
    this.#forgetWeights();
    await this.parts.refreshScores();
  }

  /** What was trained and measured was that of other weights. */
  #forgetWeights(): void {
    this.parts.train.forget();
    this.parts.measuring.forget();
  }

  /** True, with the reason to show, while a run is in progress. */
  #refused(message: string): boolean {
    const { active } = this.parts.train;
    if (active) this.parts.model.refuse({ code: 'run-active', message, remedy: words.remedy });
    return active;
  }
}
