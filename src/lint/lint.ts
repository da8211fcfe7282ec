/**
 * @file Runs the lints: over one conversation as somebody types it, over a file of them, over rollouts and rows of ids.
 */
import type { Conversation, SourcePosition } from '../conversation/types';
import { LosslightError } from '../errors';
import type { MaskPolicy } from '../mask/policy';
import type { View } from '../sequence/conversation-views';
import type { Inspector } from '../sequence/inspector';
import type { NoteCode, RenderNote } from '../template/rendered';
import type { Check, DataSummary } from './check';
import { LintContext, type Setup } from './context';
import { policyFix } from './fixes';
import type { Rollout } from './rollout-file';
import type { TokenRow } from './row-file';
import type { TrainerSettings } from './settings';
import { CHECKS } from './table';
import { SEVERITIES, type Finding, type Found, type Place } from './types';

/** What is linted besides the data. */
export interface LintOptions {
  policy: MaskPolicy;
  /** Of the trainer that the data is for; what is absent is not looked at. */
  settings?: TrainerSettings;
}

/** A record that could not be looked at: the template refuses it, or its fields do not fit. */
export interface Refusal {
  conversation: string;
  source: SourcePosition;
  reason: string;
  remedy: string;
}

/** A note on the rendering that is no lint's business, such as witnesses that disagree. */
export interface PlacedNote {
  note: RenderNote;
  /** Of the first record that has it, and how many say the same. */
  source: SourcePosition;
  records: number;
}

export interface LintReport {
  /** Errors first, then warnings; within one severity by record, lint and place. */
  findings: Finding[];
  refused: Refusal[];
  /** Warnings about renderings that no lint covers. */
  notes: PlacedNote[];
  /** Conversations that were looked at. */
  records: number;
}

/**
 * All findings about one conversation, in the order of the table. This is what runs as the user types: it reads a
 * rendering that is there already, and takes some tens of microseconds beyond it.
 *
 * @param given.view the rendering and tokens of exactly this conversation; made where absent
 * @param given.weights weights after edits by hand; the policy's where absent
 * @throws LosslightError `bad-template` where the template refuses the conversation, `bad-detail`, `bad-policy`.
 */
export function lintConversation(
  inspector: Inspector,
  conversation: Conversation,
  { policy, settings = {} }: LintOptions,
  given: { view?: View; weights?: Float32Array } = {},
): Finding[] {
  return inspected({ inspector, policy, settings }, conversation, given).findings;
}

/** What the template, the policy and the settings show by themselves, with no conversation at hand. */
export function lintSetup(
  inspector: Inspector,
  { policy, settings = {} }: LintOptions,
  data?: DataSummary,
): Finding[] {
  const setup: Setup = { inspector, policy, settings };
  return CHECKS.flatMap((check) => told(check, check.setup?.(setup, data)));
}

/** Lints a file of conversations, one at a time, so that it need not be in memory at once. */
export class DatasetLinter {
  readonly #setup: Setup;
  readonly #findings: Finding[] = [];
  readonly #shared = new Map<string, Finding>();
  readonly #refused: Refusal[] = [];
  readonly #notes = new Map<string, PlacedNote>();
  #records = 0;
  #fewest = Infinity;
  #most = 0;

  constructor(inspector: Inspector, { policy, settings = {} }: LintOptions) {
    this.#setup = { inspector, policy, settings };
  }

  /** Looks at one conversation; one that is refused is listed, and takes no other with it. */
  add(conversation: Conversation, given: { view?: View; weights?: Float32Array } = {}): void {
    this.#records++;
    try {
      const { findings, notes, shared, trained } = inspected(this.#setup, conversation, given);
      for (const note of notes) this.#note(note, conversation.source);
      if (trained > 0) {
        this.#fewest = Math.min(this.#fewest, trained);
        this.#most = Math.max(this.#most, trained);
      }
      for (const finding of findings) {
        if (!shared.has(finding)) {
          this.#findings.push(finding);
          continue;
        }
        const key = `${finding.lint} ${finding.message}`;
        const first = this.#shared.get(key);
        if (first) first.records = (first.records ?? 1) + 1;
        else {
          const copy = { ...finding, records: 1 };
          this.#shared.set(key, copy);
          this.#findings.push(copy);
        }
      }
    } catch (error) {
      if (!(error instanceof LosslightError)) throw error;
      const { id, source } = conversation;
      this.#refused.push({ conversation: id, source, reason: error.message, remedy: error.remedy });
    }
  }

  #note(note: RenderNote, source: SourcePosition): void {
    const ofTools = note.code === 'left-out' && note.message < 0;
    if (note.severity !== 'warning' || ofTools || COVERED.includes(note.code)) return;
    const known = this.#notes.get(note.text);
    if (known) known.records++;
    else this.#notes.set(note.text, { note, source, records: 1 });
  }

  report(): LintReport {
    const { inspector, policy, settings } = this.#setup;
    const data: DataSummary = {
      records: this.#records,
      fewest: Number.isFinite(this.#fewest) ? this.#fewest : 0,
      most: this.#most,
    };
    return {
      findings: sorted([...lintSetup(inspector, { policy, settings }, data), ...this.#findings]),
      refused: [...this.#refused],
      notes: [...this.#notes.values()],
      records: this.#records,
    };
  }
}

/** All findings about a list of conversations and about what they are trained with. */
export function lintDataset(
  inspector: Inspector,
  conversations: readonly Conversation[],
  options: LintOptions,
): LintReport {
  const linter = new DatasetLinter(inspector, options);
  for (const conversation of conversations) linter.add(conversation);
  return linter.report();
}

/** Findings about recorded rollouts; see `rollout-file.ts` for what they hold. */
export function lintRollouts(
  inspector: Inspector,
  rollouts: readonly Rollout[],
  options: LintOptions,
): Finding[] {
  const setup: Setup = { inspector, policy: options.policy, settings: options.settings ?? {} };
  return sorted(
    rollouts.flatMap((rollout) =>
      CHECKS.flatMap((check) => told(check, check.rollout?.(rollout, setup), { source: rollout.source })),
    ),
  );
}

/** Findings about rows of token ids, packed or not; see `row-file.ts` for what they hold. */
export function lintRows(inspector: Inspector, rows: readonly TokenRow[], options: LintOptions): Finding[] {
  const setup: Setup = { inspector, policy: options.policy, settings: options.settings ?? {} };
  return sorted(
    rows.flatMap((row) =>
      CHECKS.flatMap((check) => told(check, check.row?.(row, setup), { source: row.source })),
    ),
  );
}

/** Errors first, then warnings; those without a record before those with one. */
export function sorted(findings: readonly Finding[]): Finding[] {
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  const record = ({ place }: Finding) => place.source?.record ?? -1;
  return [...findings].sort((a, b) => rank(a) - rank(b) || record(a) - record(b));
}

interface Inspected {
  findings: Finding[];
  /** Those that every record of a file shows alike. */
  shared: Set<Finding>;
  notes: readonly RenderNote[];
  trained: number;
}

/** Notes that a lint makes a finding of. */
const COVERED: readonly NoteCode[] = ['control-token', 'thinking-left-out', 'rewritten-history'];

function inspected(
  setup: Setup,
  conversation: Conversation,
  { view, weights }: { view?: View; weights?: Float32Array },
): Inspected {
  const where: Place = { conversation: conversation.id, source: conversation.source };
  const shared = new Set<Finding>();
  let context: LintContext;
  try {
    context = new LintContext(setup, conversation, view, weights);
  } catch (error) {
    if (!(error instanceof LosslightError) || error.code !== 'no-markers') throw error;
    const findings = told('response-markers', [noMarkers(error)], where);
    return { findings, shared: new Set(findings), notes: [], trained: 0 };
  }
  const findings = CHECKS.flatMap((check) => {
    const found = check.conversation?.(context) ?? [];
    const list = told(check, found, where);
    list.forEach((finding, i) => found[i]?.shared && shared.add(finding));
    return list;
  });
  return { findings, shared, notes: context.rendered.notes, trained: context.trained };
}

/** The mask itself goes by markers, and the template writes none. */
function noMarkers({ message }: LosslightError): Found {
  return { message, shared: true, fix: policyFix('Let the segments decide', { basis: 'segments' }) };
}

function told(check: Check | string, found: readonly Found[] | undefined, where: Place = {}): Finding[] {
  if (!found?.length) return [];
  const lint = typeof check === 'string' ? CHECKS.find(({ id }) => id === check) : check;
  return found.map(({ message, severity, place, fix }) => ({
    lint: lint?.id ?? '',
    severity: severity ?? lint?.severity ?? 'warning',
    message,
    place: { ...where, ...place },
    ...(fix && { fix }),
  }));
}
