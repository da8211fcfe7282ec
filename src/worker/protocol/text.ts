/** @file What the page asks of the text host: rendering, tokens, masks, training sequences, lints, and the text of rollouts. */
import type { Conversation } from '../../conversation/types';
import type { Refusal } from '../../lint/lint';
import type { Finding, Severity, TrainerSettings } from '../../lint/types';
import type { EditBook } from '../../mask/edit-file';
import type { Edit } from '../../mask/edits';
import type { MaskPolicy } from '../../mask/policy';
import type { RewardPart } from '../../reward/types';
import type { OpenedPrompts, UnrewardedTurn, WrittenTurn } from '../../rollout/types';
import type { ContextDifference } from '../../sequence/context-difference';
import type { SequenceNote, SequenceView } from '../../sequence/division';
import type { ModelShape } from '../../sequence/flops';
import type { OpenedModel, OpenRequest } from '../../sequence/open-model';
import type { SampleKind } from '../../sequence/samples';
import type { Strategy } from '../../sequence/strategy';
import type { StrategyReport } from '../../sequence/strategy-report';
import type { StrategyTotals } from '../../sequence/strategy-totals';
import type { Tally } from '../../sequence/tally';
import type { Truncation } from '../../sequence/truncate';
import type { TrainingSequence } from '../../sequence/types';
import type { TemplateProblem } from '../../template/locate-error';
import type { Rendered } from '../../template/rendered';
import type { TemplatePiece } from '../../template/trace';
import type { Encoded } from '../../tokenizer/encoded';
import type { RolloutPrompt } from './rollouts';

/** One conversation, rendered and tokenized, with what a strip needs to show. */
export interface Inspection {
  conversation: string;
  rendered: Rendered;
  encoded: Encoded;
}

export interface TextRequests {
  /** Answered as soon as the host runs, or as soon as all of it is loaded. */
  hello: { request: 'whole' | null; reply: null };
  /** Loads tokenizer and template; everything after uses them. */
  open: { request: OpenRequest; reply: OpenedModel };
  /** Where a chat template is no valid Jinja; null where it is. */
  checkTemplate: { request: { source: string }; reply: TemplateProblem | null };
  /** A conversation under a template that is not in use. */
  previewTemplate: { request: { source: string; conversation: Conversation }; reply: Rendered };
  /** The template in use, and what of it wrote which characters; null where that cannot be told. */
  traceTemplate: {
    request: { conversation: Conversation };
    reply: { source: string; pieces: TemplatePiece[] } | null;
  };
  inspect: { request: { conversation: Conversation }; reply: Inspection };
  /** Weights of a policy whose rules are patterns that may never end, and how often each rule matches. */
  weigh: {
    request: { conversation: Conversation; policy: MaskPolicy };
    reply: { weights: Float32Array; matches: number[] };
  };
  /** Training sequences with the policy's weights, and hand edits over them; whole conversations cut at the end by default. */
  sequences: {
    request: {
      conversations: Conversation[];
      policy: MaskPolicy;
      maxLength: number;
      edits?: EditBook;
      strategy?: Strategy;
      truncate?: Truncation;
      /** Completions with what was said about them, for an objective that learns from that; see `sampleKindOf`. */
      samples?: SampleKind;
      /** What recorded completions are rewarded for, in place of the records' own rewards; no function of one's own. */
      rewards?: RewardPart[];
      /** What the clock shows, for templates that write the date; see `clockNow`. The present time by default. */
      clock?: string;
    };
    reply: { sequences: TrainingSequence[]; problems: { conversation: string; reason: string }[] };
  };
  /** How much the policy and the edits train of each conversation, in their order, of the first `limit` tokens. */
  tally: {
    request: { conversations: Conversation[]; policy: MaskPolicy; limit: number; edits: EditBook };
    reply: Tally[];
  };
  /** What each strategy does with one conversation; `totals` are its reports summed by user turn. */
  compare: {
    request: CutOptions & {
      conversation: Conversation;
      policy: MaskPolicy;
      edits: readonly Edit[];
      shape?: ModelShape;
    };
    reply: { reports: StrategyReport[]; totals: StrategyTotals[] };
  };
  /** The same of a data set, slice after slice of one `job`; another job begins anew. */
  compareAll: {
    request: CutOptions & {
      job: number;
      conversations: Conversation[];
      policy: MaskPolicy;
      edits: EditBook;
      shape?: ModelShape;
    };
    /** Conversations of the job so far, those that could not be rendered, and the sums of the others. */
    reply: { records: number; refused: number; totals: StrategyTotals[] };
  };
  /** The training sequences of one conversation, and where their contexts are not those of inference. */
  divide: {
    request: CutOptions & {
      conversation: Conversation;
      policy: MaskPolicy;
      edits: readonly Edit[];
      strategy: Strategy;
    };
    reply: { sequences: SequenceView[]; notes: SequenceNote[]; differences: ContextDifference[] };
  };
  /** All findings about one conversation and about what it is trained with, errors first. */
  lint: {
    request: {
      conversation: Conversation;
      policy: MaskPolicy;
      edits: readonly Edit[];
      settings: TrainerSettings;
    };
    reply: Finding[];
  };
  /** Looks at a slice of a data set; another job begins anew. */
  lintAll: {
    request: {
      job: number;
      conversations: Conversation[];
      policy: MaskPolicy;
      edits: EditBook;
      settings: TrainerSettings;
    };
    /** Conversations of the job so far. */
    reply: { records: number };
  };
  /** What was found in all slices of a job. */
  lintReport: { request: { job: number }; reply: LintOverview };
  /** The generation prompt for the messages before `upTo`: what the model sees when it has to speak. */
  prompt: { request: { conversation: Conversation; upTo: number }; reply: { ids: Int32Array; text: string } };
  /** Prompts of a run on policy as tokens. */
  rolloutOpen: { request: { prompts: RolloutPrompt[] }; reply: OpenedPrompts };
  /** What a turn goes on from after its last message; null where it has ended. */
  rolloutExtend: {
    request: { prompt: RolloutPrompt; rounds: WrittenTurn['rounds'] };
    reply: { ids: Int32Array | null };
  };
  /** Turns that have ended, read and to be rewarded. */
  rolloutRead: {
    request: { turns: { prompt: RolloutPrompt; rounds: WrittenTurn['rounds'] }[] };
    reply: { turns: UnrewardedTurn[] };
  };
  /** Text of generated ids, special tokens shown, one string a token (bytes of split characters as `\xNN`). */
  decode: { request: { ids: number[] }; reply: { tokens: string[]; text: string } };
}

/** The longest sequence, in tokens, and what is done with a longer one; nothing is cut where it is absent. */
export interface CutOptions {
  maxLength?: number;
  truncate?: Truncation;
}

/** Findings of one lint and one severity. */
export interface LintGroup {
  lint: string;
  severity: Severity;
  /** How many times, over all records. */
  count: number;
  /** The first of them. */
  findings: Finding[];
}

/** What was found in a data set. */
export interface LintOverview {
  /** Conversations that were looked at. */
  records: number;
  /** Errors first, then by how often. */
  groups: LintGroup[];
  /** The first of those that could not be rendered, and how many there are. */
  refused: Refusal[];
  refusedCount: number;
}
