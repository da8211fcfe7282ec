/**
 * @file What the tool-decision report is measured on: held-out words around held-out things, or known words around held-out things,
 * or held-out tools; or one's own rows.
 */
export const REPORT_SOURCES = {
  'held-out-phrasings': 'Practice, unseen words and things',
  'held-out-entities': 'Practice, unseen things',
  'held-out-tools': 'Practice, unseen tools',
  own: 'Your held-out conversations',
} as const;
export type ReportSource = keyof typeof REPORT_SOURCES;
