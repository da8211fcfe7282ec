/**
 * @file What the text worker answers about a data set slice by slice, and what a strip of sequences marks.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importFiles } from '../../src/conversation/import';
import { editRuns } from '../../src/mask/edits';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { lintDataset } from '../../src/lint/lint';
import { Inspector } from '../../src/sequence/inspector';
import type { STRATEGIES } from '../../src/sequence/strategy';
import { StrategySummary } from '../../src/sequence/strategy-totals';
import { repetitions } from '../../src/ui/sequence-notes';
import { checkHandlers, overview } from '../../src/worker/text-checks';

const read = (path: string) => readFileSync(new URL(`../../public/${path}`, import.meta.url), 'utf8');
const inspector = new Inspector(
  read('models/pocket/tokenizer.json'),
  read('models/pocket/tokenizer_config.json'),
);
const lesson = JSON.parse(read('lessons/thread.json')) as { start: { conversations: unknown } };
const { conversations } = importFiles([{ name: 't.json', text: JSON.stringify(lesson.start.conversations) }]);
const policy = DEFAULT_POLICY;
const settings = { strategy: 'whole', maxLength: 300 } as const;

describe('a data set in slices', () => {
  test('gives the totals of all at once, and another job begins anew', async () => {
    const { compareAll } = checkHandlers(() => inspector);
    const whole = new StrategySummary();
    for (const conversation of conversations) whole.add(inspector.compare(conversation, policy));
    let last: Awaited<ReturnType<typeof compareAll>> | undefined;
    for (let from = 0; from < conversations.length; from += 3) {
      const slice = conversations.slice(from, from + 3);
      last = await compareAll({ job: 1, conversations: slice, policy, edits: {} }, 0);
    }
    expect(last).toEqual({ records: 4, refused: 0, totals: whole.totals() });
    const other = await compareAll(
      { job: 2, conversations: conversations.slice(0, 1), policy, edits: {} },
      0,
    );
    expect(other.records).toBe(1);
  });

  test('lints are those of all at once, by lint; a job that is gone is told', async () => {
    const { lintAll, lintReport } = checkHandlers(() => inspector);
    for (const conversation of conversations)
      await lintAll({ job: 7, conversations: [conversation], policy, edits: {}, settings }, 0);
    const report = await lintReport({ job: 7 }, 0);
    expect(report).toEqual(overview(lintDataset(inspector, conversations, { policy, settings })));
    expect(report.records).toBe(4);
    expect(report.groups.map(({ lint, count }) => [lint, count])).toEqual([
      ['earlier-thinking-stripped', 8],
      ['prompt-no-prefix', 4],
      ['truncated-targets', 1],
    ]);
    expect(() => lintReport({ job: 8 }, 0)).toThrow(/interrupted/);
  });

  test('a conversation that cannot be rendered is counted, and takes no other with it', async () => {
    const { compareAll } = checkHandlers(() => refusing);
    const refusing = new Inspector(
      read('models/pocket/tokenizer.json'),
      read('models/pocket/tokenizer_config.json'),
      `{% for message in messages %}{% if message.role == 'tool' %}{{ raise_exception('no tools') }}{% endif %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}`,
    );
    const [first] = conversations;
    if (!first) throw new Error('The lesson has no conversation.');
    const plain = { ...first, tools: undefined, messages: first.messages.slice(0, 2) };
    const reply = await compareAll({ job: 1, conversations: [first, plain], policy, edits: {} }, 0);
    expect([reply.records, reply.refused]).toEqual([2, 1]);
  });

  test('hand edits reach the lints of a conversation', async () => {
    const { lint } = checkHandlers(() => inspector);
    const [conversation] = conversations;
    if (!conversation) throw new Error('The lesson has no conversation.');
    const fork = { strategy: 'fork' } as const;
    expect(await lint({ conversation, policy, edits: [], settings: fork }, 0)).toEqual([]);
    const { rendered, encoded } = inspector.inspect(conversation);
    const all = [[0, encoded.ids.length - 1]] as const;
    const masked = editRuns({ text: rendered.text, encoded }, 'tokens', all, 0);
    const found = await lint({ conversation, policy, edits: [masked], settings: fork }, 0);
    expect(found.map(({ lint }) => lint)).toContain('no-trained-tokens');
  });
});

test('which messages are trained again', () => {
  const [conversation] = conversations;
  if (!conversation) throw new Error('The lesson has no conversation.');
  const side = (strategy: (typeof STRATEGIES)[number]['name']) => {
    const { sequences } = inspector.divide(conversation, policy, { strategy });
    return repetitions({
      strategy,
      notes: [],
      sequences: sequences.map(({ sequence, length }, number) => ({
        number,
        sequence,
        length,
        differences: [],
        view: {
          ...inspector.inspect(conversation),
          conversation: '',
          source: conversation,
          bytes: new Map(),
        },
      })),
    });
  };
  expect(side('prefixes').map((own) => [...own])).toEqual([
    [
      [2, { time: 1, of: 2 }],
      [4, { time: 1, of: 2 }],
    ],
    [
      [2, { time: 2, of: 2 }],
      [4, { time: 2, of: 2 }],
      [6, { time: 1, of: 1 }],
      [8, { time: 1, of: 1 }],
    ],
  ]);
  expect(side('fork').flatMap((own) => [...own.values()])).toEqual(Array(4).fill({ time: 1, of: 1 }));
});
