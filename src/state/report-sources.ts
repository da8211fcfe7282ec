/**
 * @file What the tool-decision report is measured on: held-out words around held-out things, or known words around held-out things,
 * or held-out tools; or one's own rows.
 */
import { decisions } from '$strings/decisions';

export const REPORT_SOURCES = decisions.sources;
export type ReportSource = keyof typeof REPORT_SOURCES;
