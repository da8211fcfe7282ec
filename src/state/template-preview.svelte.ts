/**
 * @file What a template that is being written makes of the chosen conversation: rendered a moment after the last change, the
 * newest alone.
 */
import type { Rendered } from '../template/rendered';
import type { TemplateProblem } from '../template/locate-error';
import type { ErrorReport } from '../worker/protocol';
import { toReport } from './errors';
import type { ModelState } from './model.svelte';

export class TemplatePreview {
  #problem = $state.raw<TemplateProblem | undefined>();
  #rendered = $state.raw<Rendered | undefined>();
  #error = $state.raw<ErrorReport | undefined>();
  #waiting = $state(false);
  #newest = 0;

  constructor(private readonly model: Pick<ModelState, 'checkTemplate' | 'previewTemplate'>) {}

  /** Where the source is no template; undefined where it is one. */
  get problem() {
    return this.#problem;
  }
  /** The conversation under the source; the last that could be rendered, while a newer one cannot. */
  get rendered() {
    return this.#rendered;
  }
  /** Why the conversation could not be rendered with a source that is a template. */
  get error() {
    return this.#error;
  }
  /** True while a source is looked at. */
  get waiting() {
    return this.#waiting;
  }

  /** Looks at a source; a newer call retires an older one. */
  async look(source: string): Promise<void> {
    const mine = ++this.#newest;
    this.#waiting = true;
    const problem = await this.model.checkTemplate(source);
    if (mine !== this.#newest) return;
    this.#problem = problem;
    this.#error = undefined;
    try {
      const rendered = problem ? this.#rendered : await this.model.previewTemplate(source);
      if (mine === this.#newest) this.#rendered = rendered;
    } catch (error) {
      if (mine === this.#newest) this.#error = toReport(error);
    } finally {
      if (mine === this.#newest) this.#waiting = false;
    }
  }

  /** What is still asked for is nobody's. */
  forget(): void {
    this.#newest++;
    this.#problem = undefined;
    this.#rendered = undefined;
    this.#error = undefined;
    this.#waiting = false;
  }
}
