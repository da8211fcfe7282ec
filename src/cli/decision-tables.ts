/**
 * @file The tool-decision report in `losslight evaluate`.
 */
import {
  DECISION_SLICES,
  DECISION_SLICE_KEYS,
  type DecisionCase,
  type DecisionReport,
} from '../reward/decision-report';
import { decisionLines } from '../reward/decision-table';

/** The cases of several sets, their conversations told apart. */
export function allDecisions(sets: readonly (readonly [string, readonly DecisionCase[]])[]): DecisionCase[] {
  const groups = sets.reduce(
    (most, [, cases]) => cases.reduce((m, { group }) => Math.max(m, group + 1), most),
    0,
  );
  return sets.flatMap(([name, cases], i) =>
    cases.map((found) => ({ ...found, key: `${name}.${found.key}`, group: found.group + i * groups })),
  );
}

/** A table a slice. */
export function decisionTables(report: DecisionReport): { title: string; lines: string[] }[] {
  return DECISION_SLICE_KEYS.flatMap((slice) => {
    const figures = report[slice];
    if (!figures) return [];
    return [{ title: `tool decisions, ${DECISION_SLICES[slice].label}`, lines: decisionLines(figures) }];
  });
}
