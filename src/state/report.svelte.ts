/**
 * @file The tool-decision report of the page: two or more models on the same held-out turns.
 */
import { decisions as words } from '$strings/decisions';
import type { PracticeOptions } from '../conversation/practice/options';
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { decisionReport, type DecisionCase } from '../reward/decision-report';
import type { NamedReport } from '../reward/decision-table';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';
import type { ComparedModel } from './compare-pair.svelte';
import { Measurement } from './measurement.svelte';
import { REPORT_SOURCES, type ReportSource } from './report-sources';
import { reactTo, reportTurns } from './turn-reactions';

export { REPORT_SOURCES, type ReportSource };

const LIMITS = { count: { min: 1, max: 2000 }, seed: { min: 0, max: 2 ** 31 - 1 } } as const;
export type ReportField = keyof typeof LIMITS;

const MAX_NEW_TOKENS = 200;
/** As in `experiments/sft-or-rl.json`: the shipped model decides nearly all questions rightly that are not contested. */
const QUESTIONS = { turns: 1, withTools: 1, contested: 0.8 } as const satisfies Partial<PracticeOptions>;

/** What is wrong with a number as typed; undefined where nothing is. */
export function reportProblem(field: ReportField, draft: string): string | undefined {
  const { min, max } = LIMITS[field];
  const value = Number(draft);
  if (draft.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return undefined;
  return words.wholeNumber(min, max);
}

export interface ReportOutcome {
  /** The first model, and the others, each of which is compared with it. */
  reports: NamedReport[];
  /** What was measured, for people. */
  title: string;
  turns: number;
  /** Turns without a reaction: they do not fit into the context, or the template refuses them. */
  left: number;
}

export class ReportState extends Measurement<ReportOutcome> {
  source = $state<ReportSource>('held-out-phrasings');
  drafts = $state.raw<Record<ReportField, string>>({ count: '60', seed: '900' });
  /** Ids of models that are measured beside the two that are compared. */
  also = $state.raw<readonly string[]>([]);
  /** What the first model came to, of the turns that were measured last. */
  #first:
    | {
        key: string;
        conversations: readonly Conversation[];
        cases: readonly (DecisionCase | undefined)[];
      }
    | undefined;

  constructor(
    private readonly text: TextService,
    private readonly engine: EngineService,
  ) {
    super();
  }

  /** What is wrong with the form; undefined where nothing is. */
  get problem(): string | undefined {
    const fields = this.source === 'own' ? (['count'] as const) : (['count', 'seed'] as const);
    return fields.map((field) => reportProblem(field, this.drafts[field])).find(Boolean);
  }

  override forget(): void {
    super.forget();
    this.#first = undefined;
  }

  /**
   * Measures; what was measured before stays until it is done.
   *
   * @param own the first so many of the held-out conversations
   * @param models the first is what the others are compared with
   */
  async run(
    own: (count: number) => Promise<Conversation[]>,
    contextLength: number,
    models: readonly ComparedModel[],
  ): Promise<void> {
    if (this.problem) return;
    const { source } = this;
    const count = Number(this.drafts.count);
    const seed = Number(this.drafts.seed);
    await this.measure(models, async ({ signal, wanted, report }) => {
      const conversations =
        source === 'own' ? await own(count) : await practice({ seed, split: source }, count);
      const turns = reportTurns(conversations);
      if (turns.length === 0) {
        throw new LosslightError(
          'no-questions',
          words.noTurns,
          source === 'own' ? words.noTurnsOwn : words.noTurnsMade,
        );
      }
      const [first, ...others] = models;
      if (!first) return undefined;
      // Weights that a run changes, and conversations that a person has changed, are measured again.
      const fixed = first.weights !== 'tuned';
      const key = fixed ? `${first.id} ${source} ${source === 'own' ? '' : seed} ${count}` : '';
      const total = turns.length * models.length;
      let done = 0;
      const measure = async ({ weights: which }: ComparedModel) => {
        const cases: (DecisionCase | undefined)[] = [];
        const options = { which, contextLength, maxNewTokens: MAX_NEW_TOKENS, signal };
        for (const turn of turns) {
          cases.push(await reactTo(turn, { text: this.text, engine: this.engine }, options));
          if (!wanted()) return undefined;
          report({ done: ++done, total });
        }
        return cases;
      };
      const before = key !== '' && this.#first?.key === key ? this.#first : undefined;
      // One's own are the same objects as long as nothing of them was edited.
      const same = before?.conversations.every((one, i) => source !== 'own' || one === conversations[i]);
      const kept = same && before?.conversations.length === conversations.length ? before.cases : undefined;
      const base = kept ?? (await measure(first));
      if (!base) return undefined;
      done = turns.length;
      this.#first = { key, conversations, cases: base };
      const defined = (cases: readonly (DecisionCase | undefined)[]) =>
        cases.filter((found) => found !== undefined);
      const reports: NamedReport[] = [{ name: first.name, report: decisionReport(defined(base)) }];
      for (const model of others) {
        const cases = await measure(model);
        if (!cases) return undefined;
        reports.push({ name: model.name, report: decisionReport(defined(cases), defined(base)) });
      }
      return {
        reports,
        title: source === 'own' ? REPORT_SOURCES.own : words.withSeed(REPORT_SOURCES[source], seed),
        turns: turns.length,
        left: base.length - defined(base).length,
      };
    });
  }
}

/** The generator is loaded when it is first asked for. */
async function practice(options: PracticeOptions, count: number): Promise<Conversation[]> {
  const { composePractice } = await import('../conversation/practice/generator');
  return Array.from({ length: count }, (_, index) => composePractice(index, { ...QUESTIONS, ...options }));
}
