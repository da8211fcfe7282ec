/**
 * @file Every lint: found at the exact place, silent on near misses, gone once its fix is applied.
 */
import { describe, expect, it } from 'vitest';
import { applyFix } from '../../src/lint/fixes';
import { lintDataset, lintRollouts, lintRows, lintSetup } from '../../src/lint/lint';
import { LINTS } from '../../src/lint/catalogue';
import { CHECKS } from '../../src/lint/table';
import { SEVERITIES, type Finding } from '../../src/lint/types';
import type { Inspector } from '../../src/sequence/inspector';
import { CASES, type Input } from '../fixtures/lint/cases';
import { MODELS, withTemplate } from '../fixtures/lint/models';

/** Everything that is found in an input, whatever it holds. */
function findings(input: Input, inspector: Inspector = MODELS[input.model]): Finding[] {
  const { policy, settings, conversation, row, rollout } = input;
  const options = { policy, settings };
  if (row) return lintRows(inspector, [row], options);
  if (rollout) return lintRollouts(inspector, [rollout], options);
  if (!conversation) return lintSetup(inspector, options);
  const report = lintDataset(inspector, [conversation], options);
  expect(report.refused).toEqual([]);
  return report.findings;
}

/** A finding as a case spells it out; that its record is named, and its tokens cover its characters, is seen here. */
function spelled({ severity, message, place }: Finding, input: Input) {
  const { conversation, source, ...rest } = place;
  const record = input.conversation ?? input.row ?? input.rollout;
  if (source) expect(source).toEqual(record?.source);
  if (conversation) expect(conversation).toBe(input.conversation?.id);
  const { characters, tokens } = place;
  if (!characters || !tokens || !input.conversation) return { severity, message, place: rest };
  const { rendered, encoded } = MODELS[input.model].inspect(input.conversation);
  expect(encoded.start[tokens.start]).toBe(characters.start);
  expect(encoded.end[tokens.end - 1]).toBe(characters.end);
  return { severity, message, place: rest, text: rendered.text.slice(characters.start, characters.end) };
}

describe.each(LINTS.map((lint) => ({ lint, cases: CASES.filter((one) => one.lint === lint.id) })))(
  '$lint.id',
  ({ lint, cases }) => {
    it('has a fixture and near misses, and says why it matters', () => {
      expect(cases.length).toBeGreaterThan(0);
      expect(cases.every(({ near }) => Object.keys(near).length > 0)).toBe(true);
      expect(lint.why).toMatch(/^[A-Z].*[.]$/);
      expect(SEVERITIES).toContain(lint.severity);
    });

    it.each(cases)('finds $about', ({ input, found, fix }) => {
      const own = findings(input).filter((finding) => finding.lint === lint.id);
      expect(own.map((finding) => spelled(finding, input))).toEqual(found);
      expect(own[0]?.fix?.title).toBe(fix);
    });

    it.each(
      cases.flatMap(({ about, input, near }) =>
        Object.entries(near).map(([miss, change]) => ({ about, miss, input: { ...input, ...change } })),
      ),
    )('$about: not where $miss', ({ input }) => {
      expect(findings(input).filter((finding) => finding.lint === lint.id)).toEqual([]);
    });

    it.each(cases.filter(({ fix }) => fix !== undefined))('$about: fixed', ({ input }) => {
      const before = findings(input);
      let state = { ...input };
      let inspector = MODELS[input.model];
      // One fix may be for one of several places.
      for (let round = 0; round < 5; round++) {
        const next = findings(state, inspector).find((finding) => finding.lint === lint.id && finding.fix);
        if (!next?.fix) break;
        state = applyFix(next.fix, state);
        if (next.fix.kind === 'template') inspector = withTemplate(inspector, next.fix.source);
      }
      const after = findings(state, inspector);
      const known = new Set(before.map((finding) => finding.lint));
      expect(after.filter((finding) => finding.lint === lint.id || !known.has(finding.lint))).toEqual([]);
      expect(after.length).toBeLessThan(before.length);
    });
  },
);

it('lists eighteen lints, each with a name of its own', () => {
  expect(LINTS).toHaveLength(18);
  expect(new Set(LINTS.map(({ id }) => id)).size).toBe(18);
  expect(CHECKS.map(({ id }) => id)).toEqual(LINTS.map(({ id }) => id));
});
