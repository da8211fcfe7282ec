/**
 * @file Findings as the page shows them: grouped, numbered from one, and as marks in the strip.
 */
import { checks } from '$strings/checks';
import { lintNamed } from '../lint/catalogue';
import { SEVERITIES, type Finding, type Severity } from '../lint/types';
import type { NoteCode, RenderNote } from '../template/rendered';
import type { LintGroup } from '../worker/protocol';
import type { StripNotes } from './strip-token';

/** `2 errors, 1 warning`; '' where there is none. */
export function countsText(
  counts: Readonly<Record<Severity, number>>,
  kinds: readonly Severity[] = SEVERITIES,
): string {
  return kinds
    .filter((severity) => counts[severity] > 0)
    .map((severity) => checks.severity[severity].count(counts[severity]))
    .join(', ');
}

export function countFindings(findings: readonly Finding[]): Record<Severity, number> {
  const counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}

/** The findings of one conversation by lint, the gravest first. */
export function groupFindings(findings: readonly Finding[]): LintGroup[] {
  const groups: LintGroup[] = [];
  for (const severity of SEVERITIES) {
    for (const finding of findings) {
      if (finding.severity !== severity) continue;
      const group = groups.find((other) => other.lint === finding.lint && other.severity === severity);
      if (group) {
        group.findings.push(finding);
        group.count++;
      } else groups.push({ lint: finding.lint, severity, count: 1, findings: [finding] });
    }
  }
  return groups;
}

/** `No trained token, Truncation removes targets`. */
export function titlesOf(groups: readonly LintGroup[], severity: Severity): string {
  return groups
    .filter((group) => group.severity === severity)
    .map(({ lint }) => lintNamed(lint)?.title ?? lint)
    .join(', ');
}

const COVERED: Readonly<Partial<Record<NoteCode, string>>> = {
  'control-token': 'control-token-in-content',
  'thinking-left-out': 'earlier-thinking-stripped',
  'rewritten-history': 'prompt-no-prefix',
};

/** Whether a finding says what a note on the rendering says. */
export function isTold({ code, message }: RenderNote, findings: readonly Finding[]): boolean {
  return findings.some(({ lint, place }) => lint === COVERED[code] && place.message === message);
}

/** The tokens of each finding, the gravest where several meet; undefined where none has a place in the text. */
export function findingMarks(findings: readonly Finding[], length: number): StripNotes | undefined {
  const codes = new Uint8Array(length);
  let any = false;
  for (const { severity, place } of [...findings].reverse()) {
    const { tokens } = place;
    if (!tokens) continue;
    any = true;
    codes.fill(SEVERITIES.indexOf(severity) + 1, tokens.start, tokens.end);
  }
  if (!any) return undefined;
  return {
    codes,
    marks: SEVERITIES.map((severity) => ({ look: severity, words: checks.marks[severity] })),
  };
}
