/**
 * @file The lints of printed training sequences: each finding with the sequences that its message is in.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { lintFields, type LintFields } from '../lint/export';
import { lintConversation, type LintOptions } from '../lint/lint';
import type { Finding } from '../lint/types';
import type { Edit } from '../mask/edits';
import type { Inspector } from '../sequence/inspector';
import type { SequenceOrigin } from '../sequence/types';
import { wholeSequence } from '../sequence/whole';

/** What a JSON line says of a finding; its text and fixes are `losslight lint`’s business. */
export type SequenceLint = Pick<LintFields, 'lint' | 'severity' | 'message' | 'field' | 'start' | 'end'> & {
  /** Record of the conversation, in a row of several. */
  source?: number;
};

/** A conversation, and which sequence of it is meant. */
export interface LintedPart {
  conversation: Conversation;
  origin: SequenceOrigin;
}

export class SequenceLints {
  readonly #found = new WeakMap<Conversation, readonly Finding[]>();

  constructor(
    readonly inspector: Inspector,
    readonly options: LintOptions,
  ) {}

  /**
   * The findings about a row. Characters are given where the row is one conversation as a whole, whose text they are of.
   */
  of(parts: readonly LintedPart[]): SequenceLint[] {
    const several = parts.length > 1;
    return parts.flatMap(({ conversation, origin }) => {
      const inside = new Set([...(origin.trained ?? []), ...(origin.context ?? [])]);
      const own = this.find(conversation).filter(
        ({ place: { message } }) => message === undefined || inside.has(message),
      );
      const whole = !several && (origin.strategy ?? 'whole') === 'whole';
      return own.map((finding): SequenceLint => {
        const { lint, severity, message, field, start, end } = lintFields(finding);
        return {
          lint,
          severity,
          ...(several && { source: conversation.source.record }),
          ...(message !== undefined && { message }),
          ...(field !== undefined && { field }),
          ...(whole && start !== undefined && { start, end: end ?? start }),
        };
      });
    });
  }

  /**
   * All findings about a conversation under the weights after `edits`; found once, best while its rendering is still there.
   */
  find(conversation: Conversation, edits: readonly Edit[] = []): readonly Finding[] {
    const known = this.#found.get(conversation);
    if (known) return known;
    let findings: readonly Finding[] = [];
    try {
      const view = this.inspector.views(conversation).whole;
      const weights =
        edits.length > 0
          ? wholeSequence(conversation, view, this.options.policy, Infinity, edits).weights
          : undefined;
      findings = lintConversation(this.inspector, conversation, this.options, {
        view,
        ...(weights && { weights }),
      });
    } catch (error) {
      // A template may refuse the whole and render its parts: then there is nothing to lint.
      if (!(error instanceof LosslightError)) throw error;
    }
    this.#found.set(conversation, findings);
    return findings;
  }
}
