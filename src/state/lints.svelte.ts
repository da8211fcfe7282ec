/**
 * @file What the lints find: in the conversation that is looked at, as the user types, and in all that a run takes, in the
 * background.
 */
import type { EditBook } from '../mask/edit-file';
import type { Edit } from '../mask/edits';
import type { Finding, Severity, TrainerSettings } from '../lint/types';
import type { MaskPolicy } from '../mask/policy';
import type { LintOverview } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import type { DataList } from './data-list';
import type { MaskView } from './mask.svelte';
import { Newest, Sweep } from './newest.svelte';

export interface LintSource {
  /** The conversation that is looked at. */
  view(): MaskView | undefined;
  policy(): MaskPolicy;
  edits(): EditBook;
  /** Of a run that would begin now; the same object as long as nothing of it changes. */
  settings(): TrainerSettings;
  /** The list, the rows of it that a run takes, and what tells one opened tokenizer from another; undefined before one is. */
  data(): { list: DataList; rows: readonly number[]; opened: unknown } | undefined;
}

type OneKey = readonly [MaskView, MaskPolicy, readonly Edit[] | undefined, TrainerSettings];
type AllKey = readonly [unknown, DataList, readonly number[], MaskPolicy, EditBook, TrainerSettings];

/** Milliseconds after a change: a slider or a typed word passes through many values. */
const DEBOUNCE_MS = 120;
const DEBOUNCE_ALL_MS = 500;

export class LintState {
  readonly #one: Newest<OneKey, Finding[]>;
  readonly all: Sweep<AllKey, LintOverview>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAll: ReturnType<typeof setTimeout> | undefined;
  readonly #findings = $derived.by((): readonly Finding[] => {
    const { key, value } = this.#one.answer ?? {};
    return key && key[0] === this.source.view() ? (value ?? []) : [];
  });
  readonly #counts = $derived.by(() => {
    const counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
    for (const { severity, count } of this.all.answer?.value?.groups ?? []) counts[severity] += count;
    return counts;
  });

  constructor(
    text: Pick<TextService, 'lint' | 'lintAll' | 'lintReport'>,
    private readonly source: LintSource,
  ) {
    this.#one = new Newest<OneKey, Finding[]>(
      () => {
        const view = source.view();
        return view && [view, source.policy(), source.edits()[view.source.id], source.settings()];
      },
      ([{ source: conversation }, policy, edits = [], settings]) =>
        text.lint({ conversation, policy, edits, settings }),
    );
    this.all = new Sweep<AllKey, LintOverview>({
      key: () => {
        const data = source.data();
        if (!data?.rows.length) return undefined;
        return [data.opened, data.list, data.rows, source.policy(), source.edits(), source.settings()];
      },
      rows: ([, list, rows]) => ({ list, rows }),
      slice: async (job, conversations, [, , , policy, book, settings]) => {
        const edits = Object.fromEntries(
          conversations.flatMap(({ id }) => (book[id] ? [[id, book[id]] as const] : [])),
        );
        return (await text.lintAll({ job, conversations, policy, edits, settings })).records;
      },
      end: (job) => text.lintReport({ job }),
    });
  }

  /** Of the conversation that is looked at, errors first. Those of a moment ago until the new ones arrive. */
  get findings() {
    return this.#findings;
  }
  /** True where `findings` are those of what is shown now. */
  get fresh() {
    return this.#one.fresh;
  }
  /** Why the conversation could not be checked. */
  get error() {
    return this.#one.fresh ? this.#one.answer?.error : undefined;
  }
  /** What was found in all that a run takes; undefined before the first pass has ended. */
  get overview() {
    return this.source.data()?.rows.length ? this.all.answer?.value : undefined;
  }
  /**
   * Conversations of what a run takes whose earlier turns the template rewrites, where another division would mend that: the first
   * that were found. Undefined until it was checked as it is now.
   */
  get rewritten(): readonly string[] | undefined {
    const { overview } = this;
    if (!this.all.fresh || !overview) return undefined;
    return overview.groups.flatMap(({ findings }) =>
      findings.flatMap(({ fix, place }) =>
        fix?.kind === 'setting' && fix.change.strategy === 'fork' ? [place.conversation ?? ''] : [],
      ),
    );
  }
  /** How often each severity was found there. */
  get counts() {
    return this.#counts;
  }

  /** To be called when anything that lints read may have changed. */
  soon(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#timerAll);
    this.#timer = setTimeout(() => void this.#one.refresh(), DEBOUNCE_MS);
    this.#timerAll = setTimeout(() => void this.all.refresh(), DEBOUNCE_ALL_MS);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#timerAll);
    this.all.cancel();
  }
}
