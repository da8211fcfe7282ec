/**
 * @file What the text worker answers about training sequences and lints: of one conversation as the user types, and of a
 * whole data set slice by slice.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { DatasetLinter, lintConversation, lintSetup, sorted, type LintReport } from '../lint/lint';
import { SEVERITIES, type Finding } from '../lint/types';
import type { Edit } from '../mask/edits';
import { editsOf } from '../mask/edit-file';
import type { MaskPolicy } from '../mask/policy';
import { contextDifferences } from '../sequence/context-difference';
import { ConversationViews } from '../sequence/conversation-views';
import type { Inspector } from '../sequence/inspector';
import { compareStrategies } from '../sequence/strategy-report';
import { StrategySummary } from '../sequence/strategy-totals';
import { wholeSequence } from '../sequence/whole';
import type { Handlers } from './host';
import type { LintGroup, LintOverview, TextRequests } from './protocol';

type Name = 'compare' | 'compareAll' | 'divide' | 'lint' | 'lintAll' | 'lintReport';

/** Findings and refusals of one kind that cross to the page: more than anybody reads. */
const LISTED = 50;

/** One pass over a data set: `job` is the page's number for it. */
interface Job<T> {
  job: number;
  inspector: Inspector;
  work: T;
}

/** @param opened the inspector in use; throws where there is none */
export function checkHandlers(opened: () => Inspector): Pick<Handlers<TextRequests>, Name> {
  let comparing: (Job<StrategySummary> & { refused: number }) | undefined;
  let linting: (Job<DatasetLinter> & { records: number }) | undefined;
  const same = rememberLast();

  return {
    compare({ conversation, policy, edits, maxLength, truncate, shape }) {
      const reports = opened().compare(same(conversation), policy, { edits, maxLength, truncate, shape });
      const summary = new StrategySummary();
      summary.add(reports);
      return { reports, totals: summary.totals() };
    },

    compareAll({ job, conversations, policy, edits, maxLength, truncate, shape }) {
      const inspector = opened();
      if (comparing?.job !== job || comparing.inspector !== inspector)
        comparing = { job, inspector, work: new StrategySummary(), refused: 0 };
      for (const conversation of conversations) {
        const views = new ConversationViews(inspector.template, inspector.tokenizer, conversation);
        const own = editsOf(edits, conversation.id);
        try {
          comparing.work.add(compareStrategies(views, policy, { edits: own, maxLength, truncate, shape }));
        } catch (error) {
          // One conversation that cannot be rendered must not take the others with it.
          if (!(error instanceof LosslightError)) throw error;
          comparing.refused++;
        }
      }
      const { work, refused } = comparing;
      return { records: work.conversations + refused, refused, totals: work.totals() };
    },

    divide({ conversation, policy, edits, ...how }) {
      const inspector = opened();
      const known = same(conversation);
      const { sequences, notes } = inspector.divide(known, policy, { edits, ...how });
      return { sequences, notes, differences: contextDifferences(inspector.views(known), sequences) };
    },

    lint({ conversation, policy, edits, settings }) {
      const inspector = opened();
      const options = { policy, settings };
      const found = lintConversation(
        inspector,
        conversation,
        options,
        given(inspector, same(conversation), policy, edits),
      );
      return sorted([...lintSetup(inspector, options), ...found]);
    },

    lintAll({ job, conversations, policy, edits, settings }) {
      const inspector = opened();
      if (linting?.job !== job || linting.inspector !== inspector)
        linting = { job, inspector, work: new DatasetLinter(inspector, { policy, settings }), records: 0 };
      const { work } = linting;
      for (const conversation of conversations) {
        const own = editsOf(edits, conversation.id);
        work.add(conversation, own.length ? given(inspector, conversation, policy, own) : {});
      }
      linting.records += conversations.length;
      return { records: linting.records };
    },

    lintReport({ job }) {
      if (linting?.job !== job || linting.inspector !== opened())
        throw new LosslightError(
          'job-lost',
          'The check of the data was interrupted.',
          'It begins again by itself.',
        );
      return overview(linting.work.report());
    },
  };
}

/** The rendering, and the weights where edits by hand change them; nothing where a lint has to say why it is impossible. */
function given(inspector: Inspector, conversation: Conversation, policy: MaskPolicy, edits: readonly Edit[]) {
  const view = inspector.views(conversation).whole;
  if (!edits.length) return { view };
  try {
    return { view, weights: wholeSequence(conversation, view, policy, Infinity, edits).weights };
  } catch (error) {
    if (error instanceof LosslightError && error.code === 'no-markers') return { view };
    throw error;
  }
}

/** Findings by lint, the gravest first, and as many of each as a page shows. */
export function overview({ findings, refused, records }: LintReport): LintOverview {
  const groups = new Map<string, LintGroup>();
  for (const finding of findings) {
    const key = `${finding.lint} ${finding.severity}`;
    const group = groups.get(key) ?? newGroup(finding);
    groups.set(key, group);
    group.count += finding.records ?? 1;
    if (group.findings.length < LISTED) group.findings.push(finding);
  }
  const rank = ({ severity }: LintGroup) => SEVERITIES.indexOf(severity);
  return {
    records,
    groups: [...groups.values()].sort((a, b) => rank(a) - rank(b) || b.count - a.count),
    refused: refused.slice(0, LISTED),
    refusedCount: refused.length,
  };
}

function newGroup({ lint, severity }: Finding): LintGroup {
  return { lint, severity, count: 0, findings: [] };
}

/**
 * Every request brings a copy of its conversation; renderings are kept by object. The copy that was seen first stands for
 * those that are equal to it, as long as they come one after the other.
 */
function rememberLast(): (conversation: Conversation) => Conversation {
  let last: { text: string; conversation: Conversation } | undefined;
  return (conversation) => {
    const text = JSON.stringify(conversation);
    if (last?.text !== text) last = { text, conversation };
    return last.conversation;
  };
}
