/**
 * @file The strategies side by side: what each makes of the conversation that is looked at or of all that a run takes, and
 * the sequences of two of them.
 */
import type { EditBook } from '../mask/edit-file';
import type { Edit } from '../mask/edits';
import type { MaskPolicy } from '../mask/policy';
import type { ContextDifference } from '../sequence/context-difference';
import type { SequenceNote } from '../sequence/division';
import type { ModelShape } from '../sequence/flops';
import type { Strategy } from '../sequence/strategy';
import type { StrategyReport } from '../sequence/strategy-report';
import type { StrategyTotals } from '../sequence/strategy-totals';
import type { TrainingSequence } from '../sequence/types';
import type { CutOptions } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import type { DataList } from './data-list';
import type { MaskView } from './mask.svelte';
import { Newest, Sweep } from './newest.svelte';
import { splitTokens } from './split-tokens';

export interface SequenceSource {
  view(): MaskView | undefined;
  policy(): MaskPolicy;
  edits(): EditBook;
  /** The same object as long as nothing of it changes. */
  cut(): CutOptions;
  data(): { list: DataList; rows: readonly number[]; opened: unknown } | undefined;
  /** Whether a run trains what the model writes, and divides no recorded conversation. */
  onPolicy(): boolean;
}

/** A training sequence as a strip shows it. */
export interface ShownSequence {
  /** From 0. */
  number: number;
  view: MaskView;
  sequence: TrainingSequence;
  /** Tokens before it was cut. */
  length: number;
  differences: readonly ContextDifference[];
}

/** What one strategy makes of the conversation that is looked at. */
export interface Side {
  strategy: Strategy;
  sequences: readonly ShownSequence[];
  notes: readonly SequenceNote[];
}

export type Scope = 'conversation' | 'all';

type OneKey = readonly [
  MaskView,
  MaskPolicy,
  readonly Edit[] | undefined,
  CutOptions,
  ModelShape | undefined,
];
type SideKey = readonly [MaskView, MaskPolicy, readonly Edit[] | undefined, CutOptions, Strategy];
type AllKey = readonly [
  unknown,
  DataList,
  readonly number[],
  MaskPolicy,
  EditBook,
  CutOptions,
  ModelShape | undefined,
];

export interface AllTotals {
  conversations: number;
  /** Those that could not be rendered. */
  refused: number;
  totals: readonly StrategyTotals[];
}

const DEBOUNCE_MS = 150;

export class SequencesState {
  /** Nothing is asked for while the panel is closed. */
  open = $state(false);
  scope = $state<Scope>('conversation');
  #pair = $state.raw<readonly [Strategy, Strategy]>(['whole', 'fork']);
  #shape = $state.raw<ModelShape | undefined>();
  readonly #one: Newest<OneKey, { reports: StrategyReport[]; totals: StrategyTotals[] }>;
  readonly #sides: readonly [Newest<SideKey, Side>, Newest<SideKey, Side>];
  readonly all: Sweep<AllKey, AllTotals>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly text: Pick<TextService, 'compare' | 'compareAll' | 'divide' | 'decode'>,
    private readonly source: SequenceSource,
  ) {
    this.#one = new Newest<OneKey, { reports: StrategyReport[]; totals: StrategyTotals[] }>(
      () => {
        const about = this.#about();
        return about && [...about, this.#shape];
      },
      ([{ source: conversation }, policy, edits = [], cut, shape]) =>
        text.compare({ conversation, policy, edits, ...cut, shape }),
    );
    const side = (i: 0 | 1) =>
      new Newest<SideKey, Side>(
        () => {
          const about = this.#about();
          return about && [...about, this.#pair[i]];
        },
        (key) => this.#divide(key),
      );
    this.#sides = [side(0), side(1)];
    let last: AllTotals = { conversations: 0, refused: 0, totals: [] };
    this.all = new Sweep<AllKey, AllTotals>({
      key: () => {
        const data = this.open && this.scope === 'all' ? source.data() : undefined;
        if (!data?.rows.length) return undefined;
        const { opened, list, rows } = data;
        return [opened, list, rows, source.policy(), source.edits(), source.cut(), this.#shape];
      },
      rows: ([, list, rows]) => ({ list, rows }),
      slice: async (job, conversations, [, , , policy, book, cut, shape]) => {
        const edits = Object.fromEntries(
          conversations.flatMap(({ id }) => (book[id] ? [[id, book[id]] as const] : [])),
        );
        const reply = await text.compareAll({ job, conversations, policy, edits, ...cut, shape });
        last = { conversations: reply.records - reply.refused, refused: reply.refused, totals: reply.totals };
        return reply.records;
      },
      end: async () => last,
    });
  }

  /** Whether none of this is what a run would do. */
  get onPolicy() {
    return this.source.onPolicy();
  }
  /** The two strategies whose sequences are shown. */
  get pair() {
    return this.#pair;
  }
  /** The shape of the model, for the estimate of operations; tokens are counted where it is not known. */
  get shape() {
    return this.#shape;
  }
  set shape(shape: ModelShape | undefined) {
    this.#shape = shape;
  }
  /** Of the conversation that is looked at; undefined until it is known. */
  get reports() {
    return this.#ofView(this.#one.answer)?.reports;
  }
  /** One row a strategy, of the conversation or of all. */
  get totals(): readonly StrategyTotals[] | undefined {
    return this.scope === 'all' ? this.all.answer?.value?.totals : this.#ofView(this.#one.answer)?.totals;
  }
  get error() {
    const { answer } = this.scope === 'all' ? this.all : this.#one;
    return answer?.error;
  }
  /** The sequences of both strategies; undefined until they are known. */
  get sides(): readonly (Side | undefined)[] {
    return this.#sides.map(({ answer }) => this.#ofView(answer));
  }
  /** True where both sides are those of the present mask and settings, so that they can be held against each other. */
  get sidesFresh(): boolean {
    return this.#sides.every(({ fresh }) => fresh);
  }
  /** Why the sequences of one of the two could not be made. */
  get sideError() {
    return this.#sides.map(({ answer }) => answer?.error).find(Boolean);
  }
  /** True while what is shown is not yet that of the present mask and settings. */
  get waiting() {
    const current = this.scope === 'all' ? this.all : this.#one;
    return this.open && this.source.view() !== undefined && !current.fresh;
  }

  /** Shows the sequences of a strategy on one side; where the other side has it, they change places. */
  show(side: 0 | 1, strategy: Strategy): void {
    const [a, b] = this.#pair;
    if (side === 0) this.#pair = [strategy, strategy === b ? a : b];
    else this.#pair = [strategy === a ? b : a, strategy];
    this.soon();
  }

  /** To be called when anything that is shown may have changed. */
  soon(): void {
    clearTimeout(this.#timer);
    if (this.open) this.#timer = setTimeout(() => void this.#refresh(), DEBOUNCE_MS);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.all.cancel();
  }

  async #refresh(): Promise<void> {
    await Promise.all([this.#one, ...this.#sides, this.all].map((asked) => asked.refresh()));
  }

  #about(): readonly [MaskView, MaskPolicy, readonly Edit[] | undefined, CutOptions] | undefined {
    const { source } = this;
    const view = this.open ? source.view() : undefined;
    return view && [view, source.policy(), source.edits()[view.source.id], source.cut()];
  }

  /** An answer about another conversation is none; one about this one and another mask stands until the new one comes. */
  #ofView<T>(answer: { key: readonly [MaskView, ...unknown[]]; value: T | undefined } | undefined) {
    return answer && answer.key[0] === this.source.view() ? answer.value : undefined;
  }

  async #divide([view, policy, edits = [], cut, strategy]: SideKey): Promise<Side> {
    const { source } = view;
    const request = { conversation: source, policy, edits, strategy, ...cut };
    const { sequences, notes, differences } = await this.text.divide(request);
    const shown = await Promise.all(
      sequences.map(async ({ sequence, rendered, encoded, length }, i): Promise<ShownSequence> => {
        const number = sequence.origin.sequence ?? i;
        return {
          number,
          view: { conversation: source.id, rendered, encoded, source, bytes: await this.#bytes(encoded) },
          sequence,
          length,
          differences: differences.filter((difference) => difference.sequence === number),
        };
      }),
    );
    return { strategy, sequences: shown, notes };
  }

  /** For tokens that are only part of a character: their bytes. */
  async #bytes(encoded: MaskView['encoded']): Promise<Map<number, string>> {
    const split = splitTokens(encoded);
    if (!split.includes(true)) return new Map();
    const { tokens } = await this.text.decode({ ids: Array.from(encoded.ids) });
    return new Map(split.flatMap((is, i) => (is ? [[i, tokens[i] ?? ''] as const] : [])));
  }
}
