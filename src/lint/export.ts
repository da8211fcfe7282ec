/**
 * @file A finding as one flat JSON object, for reports and for other programs.
 */
import { toOpenAI } from '../conversation/export';
import type { Json } from '../conversation/types';
import type { Finding, Fix } from './types';

/** What `losslight lint --json` prints a line: characters count UTF-16 units, records and messages from 0. */
export interface LintFields {
  lint: string;
  severity: Finding['severity'];
  text: string;
  file?: string;
  source?: number;
  line?: number;
  message?: number;
  field?: string;
  start?: number;
  end?: number;
  tokens?: [number, number];
  records?: number;
  fix?: FixFields;
}

/** A fix with the data that it gives: a conversation as an OpenAI record. */
export type FixFields =
  | Exclude<Fix, { kind: 'conversation' }>
  | { kind: 'conversation'; title: string; record: { [key: string]: Json } };

/** @param finding Its place's absent parts are absent here. */
export function lintFields({ lint, severity, message: text, place, fix, records }: Finding): LintFields {
  const { source, message, field, characters, tokens } = place;
  return {
    lint,
    severity,
    text,
    ...(source && { file: source.file, source: source.record, line: source.line }),
    ...(message !== undefined && { message }),
    ...(field !== undefined && { field }),
    ...(characters && { start: characters.start, end: characters.end }),
    ...(tokens && { tokens: [tokens.start, tokens.end] }),
    ...(records !== undefined && { records }),
    ...(fix && { fix: fixFields(fix) }),
  };
}

function fixFields(fix: Fix): FixFields {
  if (fix.kind !== 'conversation') return fix;
  return { kind: fix.kind, title: fix.title, record: toOpenAI(fix.conversation) };
}
