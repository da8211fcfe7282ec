/**
 * @file The texts of single tokens, asked for once each: of what else the model might have written.
 */
import type { TextService } from '../worker/text-client';

/** Texts that are kept; a long look at many conversations begins anew then. */
const MOST_KEPT = 50_000;

export class TokenTexts {
  #texts = $state.raw<ReadonlyMap<number, string>>(new Map());
  readonly #asked = new Set<number>();
  /** Counts tokenizers: what is asked of one says nothing of the next. */
  #era = 0;

  constructor(private readonly text: Pick<TextService, 'decode'>) {}

  /** Text of a token, bytes of part of a character as `\xNN`; undefined until it is known. */
  get(id: number): string | undefined {
    return this.#texts.get(id);
  }

  /** Asks for those that are not known; where that fails they stay unknown and may be asked for again. */
  async want(ids: Iterable<number>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#asked.has(id));
    if (!missing.length) return;
    const era = this.#era;
    if (this.#asked.size + missing.length > MOST_KEPT) this.#clear();
    for (const id of missing) this.#asked.add(id);
    try {
      const { tokens } = await this.text.decode({ ids: missing });
      if (era !== this.#era) return;
      this.#texts = new Map([...this.#texts, ...missing.map((id, i) => [id, tokens[i] ?? ''] as const)]);
    } catch {
      for (const id of missing) this.#asked.delete(id);
    }
  }

  /** Another tokenizer has other texts. */
  forget(): void {
    this.#era++;
    this.#clear();
  }

  #clear(): void {
    this.#asked.clear();
    this.#texts = new Map();
  }
}
