/**
 * @file What of the chat template wrote the chosen conversation: asked for once somebody wants to know, and again for each
 * conversation from then on.
 */
import type { TemplatePiece } from '../template/trace';
import type { TextService } from '../worker/text-client';
import type { MaskView } from './mask.svelte';
import { Newest } from './newest.svelte';

export interface TemplateTrace {
  /** The template, as text. */
  source: string;
  /** What wrote each character of the view's text, in order. */
  pieces: readonly TemplatePiece[];
}

export class TemplateTraceState {
  #wanted = $state(false);
  readonly #newest: Newest<readonly [MaskView], TemplateTrace | undefined>;

  constructor(
    text: Pick<TextService, 'traceTemplate'>,
    private readonly view: () => MaskView | undefined,
  ) {
    this.#newest = new Newest<readonly [MaskView], TemplateTrace | undefined>(
      () => {
        const shown = this.#wanted ? view() : undefined;
        return shown && [shown];
      },
      async ([{ source, rendered }]) => {
        const trace = (await text.traceTemplate({ conversation: source })) ?? undefined;
        // Of a template that was changed meanwhile, or writes the time of day, nothing is told.
        return trace?.pieces.at(-1)?.end === rendered.text.length ? trace : undefined;
      },
    );
  }

  /** Of the conversation shown; undefined until it is known, and where it cannot be told. */
  get current(): TemplateTrace | undefined {
    return this.#own?.value;
  }

  /** True where the answer is there, whatever it is. */
  get known(): boolean {
    return this.#own !== undefined;
  }

  /** To be called when somebody wants to know; again costs nothing. */
  want(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    void this.refresh();
  }

  /** To be called when another conversation is shown. */
  refresh(): Promise<void> {
    return this.#newest.refresh();
  }

  get #own() {
    const { answer } = this.#newest;
    return answer && answer.key[0] === this.view() ? answer : undefined;
  }
}
