/**
 * @file Lints on data that is as it should be, or hostile on purpose: nothing is found that is not there, and what is
 * found agrees with the tokens.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { importText } from '../../src/conversation/import';
import { composeAll } from '../../src/conversation/practice/compose';
import type { Conversation } from '../../src/conversation/types';
import { applyFix } from '../../src/lint/fixes';
import { DatasetLinter, lintConversation, lintDataset } from '../../src/lint/lint';
import { parseLesson } from '../../src/state/lesson-format';
import { DEFAULT_POLICY, type MaskPolicy } from '../../src/mask/policy';
import { PRESETS } from '../../src/mask/presets';
import { Inspector } from '../../src/sequence/inspector';
import { TEMPLATE_FIXTURES } from '../fixtures/templates';
import { MODELS } from '../fixtures/lint/models';

interface Golden {
  conversations: Pick<Conversation, 'messages' | 'tools'>[];
}
const golden = JSON.parse(gunzipSync(readFileSync('test/golden/blocks/blocks.json.gz')).toString()) as Golden;
const conversations = golden.conversations.map(({ messages, tools }, i): Conversation => ({
  id: String(i),
  messages,
  ...(tools ? { tools } : {}),
  extra: {},
  source: { file: 'golden', record: i, line: 1 },
}));

/** Ids of lints with how often each is found. */
function tally(findings: readonly { lint: string; records?: number }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { lint, records = 1 } of findings) counts[lint] = (counts[lint] ?? 0) + records;
  return counts;
}

describe('the shipped model', () => {
  it.each([
    // Two turns with thinking: what the lesson is about.
    ['thread', { 'earlier-thinking-stripped': 8, 'prompt-no-prefix': 4 }],
    // Its policy leaves the end out, so that one sees what happens.
    ['end-of-turn', { 'end-of-turn-untrained': 6 }],
    ['weights', {}],
  ])('the lesson “%s” gives just what it is about', (name, expected) => {
    const file = `public/lessons/${name}.json`;
    const lesson = parseLesson(file, readFileSync(file, 'utf8'));
    const { conversations: given, policy = DEFAULT_POLICY } = lesson.start;
    if (given.kind !== 'records') throw new Error('The lesson has no records.');
    const { conversations } = importText(JSON.stringify(given.records));
    const report = lintDataset(MODELS.pocket, conversations, { policy });
    expect(tally(report.findings)).toEqual(expected);
  });

  it('generated practice gives what its template strips, and the empty blocks of every tenth conversation', () => {
    const practice = composeAll(300, { seed: 3 });
    const lints = (strategy: 'whole' | 'fork') => {
      const report = lintDataset(MODELS.pocket, practice, { policy: DEFAULT_POLICY, settings: { strategy } });
      expect(report.refused).toEqual([]);
      return Object.keys(tally(report.findings)).sort();
    };
    expect(lints('whole')).toEqual(['earlier-thinking-stripped', 'empty-think-trained', 'prompt-no-prefix']);
    expect(lints('fork')).toEqual(['empty-think-trained']);
  });
});

describe('500 conversations, half of them hostile', () => {
  /** What hostile content can cause under the default policy, and what the template's own habits do. */
  const EXPECTED: Record<string, string[]> = {
    chat_template_generation: ['earlier-thinking-stripped', 'prompt-no-prefix'],
    'chatml-keeps-thinking': ['tools-not-rendered'],
    'chatml-header-inside': ['tools-not-rendered', 'header-trained'],
    'chatml-newline-inside': ['tools-not-rendered'],
    'prompt-opens-thinking': ['tools-not-rendered'],
    'empty-think-in-last-turn': ['earlier-thinking-stripped', 'prompt-no-prefix'],
    'headers-and-trim': ['earlier-thinking-stripped', 'tools-not-rendered'],
    'system-merged': ['earlier-thinking-stripped', 'tools-not-rendered'],
  };
  const HOSTILE = ['control-token-in-content', 'think-tags', 'empty-think-trained'];

  it.each(TEMPLATE_FIXTURES)(
    '$name',
    ({ name, source, tokenizerJson, tokenizerConfigJson }) => {
      const inspector = new Inspector(tokenizerJson, tokenizerConfigJson, source);
      const special = [...inspector.template.endTokens, ...inspector.tokenizer.specialTokens];
      const linter = new DatasetLinter(inspector, { policy: DEFAULT_POLICY });
      for (const conversation of conversations) {
        const view = inspector.inspect(conversation);
        linter.add(conversation, { view });
        const findings = lintConversation(inspector, conversation, { policy: DEFAULT_POLICY }, { view });
        const { text } = view.rendered;
        // Places are those of the tokens, and what they quote is there.
        for (const { lint, place } of findings) {
          const { characters, tokens } = place;
          if (!characters || !tokens) continue;
          expect(view.encoded.start[tokens.start] ?? Infinity).toBeLessThanOrEqual(characters.start);
          expect(view.encoded.end[tokens.end - 1] ?? 0).toBeGreaterThanOrEqual(characters.end);
          const held = text.slice(characters.start, characters.end);
          if (lint === 'control-token-in-content') expect(special).toContain(held);
          if (lint === 'think-tags') expect(held).toMatch(/^<\/?think>$/);
        }
      }
      const report = linter.report();
      expect([report.records, report.refused]).toEqual([500, []]);
      const found = new Set(report.findings.map(({ lint }) => lint));
      expect([...found].filter((id) => !HOSTILE.includes(id)).sort()).toEqual(
        [...(EXPECTED[name] ?? [])].sort(),
      );
    },
    120_000,
  );

  it('every fix of a conversation mends its finding and causes no other', () => {
    const options = { policy: DEFAULT_POLICY };
    let fixed = 0;
    for (const conversation of conversations.slice(250, 400)) {
      const before = lintConversation(MODELS.pocket, conversation, options);
      for (const { fix, lint, place } of before) {
        if (fix?.kind !== 'conversation') continue;
        const state = applyFix(fix, { policy: DEFAULT_POLICY, settings: {}, conversation });
        const after = lintConversation(MODELS.pocket, state.conversation, options);
        const same = after.filter(
          (finding) =>
            finding.lint === lint &&
            finding.place.message === place.message &&
            finding.place.field === place.field,
        );
        const asOften = before.filter(
          (finding) =>
            finding.lint === lint &&
            finding.place.message === place.message &&
            finding.place.field === place.field,
        );
        expect(same.length, `${conversation.id} ${lint}`).toBeLessThan(asOften.length);
        const known = tally(before);
        for (const [id, count] of Object.entries(tally(after))) {
          // Thinking that stood in the content is in its own field now, and this template strips that from earlier turns.
          if (lint === 'think-tags' && /^(earlier-thinking-stripped|prompt-no-prefix)$/.test(id)) continue;
          expect(count, `${conversation.id}: ${lint} → ${id}`).toBeLessThanOrEqual(known[id] ?? 0);
        }
        fixed++;
      }
    }
    expect(fixed).toBeGreaterThan(50);
  });
});

describe('presets', () => {
  const { pocket } = MODELS;
  const views = conversations
    .slice(0, 60)
    .map((conversation) => ({ conversation, view: pocket.inspect(conversation) }));
  const lints = (policy: MaskPolicy) => {
    const linter = new DatasetLinter(pocket, { policy });
    for (const { conversation, view } of views) linter.add(conversation, { view });
    return linter.report().findings;
  };

  it.each(PRESETS)('$name: policy fixes mend what they are for', ({ policy }) => {
    const before = lints(policy);
    const seen = new Set<string>();
    for (const { fix, lint } of before) {
      if (fix?.kind !== 'policy' || seen.has(lint)) continue;
      seen.add(lint);
      const after = tally(lints({ ...policy, ...fix.change }));
      expect(after[lint] ?? 0, lint).toBeLessThan(tally(before)[lint] ?? 0);
    }
  });
});

describe('prompts that are no prefix', () => {
  it.each(TEMPLATE_FIXTURES)('$name: told of just those messages whose prompt is none', (fixture) => {
    const inspector = new Inspector(fixture.tokenizerJson, fixture.tokenizerConfigJson, fixture.source);
    for (const conversation of conversations.slice(225, 275)) {
      const found = lintConversation(inspector, conversation, { policy: DEFAULT_POLICY });
      const told = new Set(
        found.filter(({ lint }) => lint === 'prompt-no-prefix').map(({ place }) => place.message),
      );
      const views = inspector.views(conversation);
      const { ids } = views.whole.encoded;
      conversation.messages.forEach(({ role }, i) => {
        const prompt = role === 'assistant' ? views.prompt(i) : undefined;
        if (!prompt) return;
        const prefix = prompt.ids.every((id, t) => ids[t] === id);
        expect(told.has(i), `${conversation.id}, message ${i}`).toBe(!prefix);
      });
    }
  });
});
