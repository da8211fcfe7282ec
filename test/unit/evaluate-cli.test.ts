/**
 * @file `losslight evaluate`: rollouts of a scripted model, its calls run by the simulators; and the command on the shipped
 * model, on the CPU.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  differenceLines,
  figureLines,
  summaryOf,
  type EvaluationSummary,
} from '../../src/cli/evaluation-table';
import { composeAll, spacedJson } from '../../src/conversation/practice/compose';
import type { Conversation, Message } from '../../src/conversation/types';
import { LosslightError } from '../../src/errors';
import type { Engine, GeneratedToken } from '../../src/model/engine';
import { generateOneByOne } from '../../src/model/generate-one-by-one';
import { evaluatePractice, expectedOf, sharesOf, type CaseResult } from '../../src/train/practice-evaluation';
import { ReactionRollout } from '../../src/train/reaction-rollout';
import { losslight } from './cli-support';
import { inspector } from './mask-support';

const END = '<|im_end|>';
const ids = (text: string) => inspector.tokenizer.encode(text).ids;
const text = (tokens: Int32Array) => inspector.tokenizer.decode(tokens);

/** An assistant's message as the shipped template has the model write it. */
function written({ reasoning = '', content, toolCalls = [] }: Message): string {
  const calls = toolCalls.map(
    (call) => `<tool_call>\n{"name": "${call.name}", "arguments": ${call.rawArguments}}\n</tool_call>`,
  );
  return `<think>\n${reasoning}\n</think>\n\n${content}${calls.join('\n')}${END}`;
}

/** Practice conversations whose first turn is rightly a call, and shown as one. */
const CALLING = composeAll(60, { seed: 12, withTools: 1, contested: 0, turns: 1 }).filter((conversation) =>
  expectedOf(conversation).every(({ decision }) => decision === 'call'),
);
const [CALL] = CALLING as [Conversation];
const assistantsOf = ({ messages }: Conversation) => messages.filter(({ role }) => role === 'assistant');

/** What a rollout comes to where the model writes these texts, one after another. */
function rollOut(conversation: Conversation, texts: readonly string[]) {
  const [expected] = expectedOf(conversation);
  const rollout = new ReactionRollout(conversation, expected?.message ?? 0, inspector);
  let prompt: Int32Array | undefined = rollout.request.prompt;
  const prompts = [prompt];
  for (const said of texts) {
    if (!prompt) break;
    const grown: Int32Array = Int32Array.from([...prompt, ...ids(said)]);
    prompt = rollout.request.extend?.(grown, 'stop') as Int32Array | undefined;
    if (prompt) prompts.push(prompt);
  }
  return { rollout, prompts, ended: prompt === undefined };
}

/** An engine that writes what it is told to: the texts of a conversation's assistant, by the prompt. */
function scripted(write: (prompt: string) => string, contextLength = 4096): Pick<Engine, 'generateMany'> {
  async function* tokens(prompt: Int32Array): AsyncGenerator<GeneratedToken, void, void> {
    if (prompt.length + 1 > contextLength) throw new LosslightError('too-long', 'It is too long.', 'Cut it.');
    for (const id of ids(write(text(prompt)))) yield await Promise.resolve({ id, logProb: -1 });
  }
  return {
    generateMany: (requests, options, _which, signal) =>
      generateOneByOne(requests, options, contextLength, signal, tokens),
  };
}

describe('a rollout', () => {
  test.each(CALLING.slice(0, 5))('runs calls, and feeds back what the record has: $id', (conversation) => {
    const { rollout, prompts, ended } = rollOut(conversation, assistantsOf(conversation).map(written));
    const results = conversation.messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
    expect(rollout.steps.flatMap((step) => step.results.map(spacedJson))).toEqual(results);
    expect(ended).toBe(true);
    expect(rollout.answer).toBe(conversation.messages.at(-1)?.content);
    // What the model saw before its answer is what the record's own prompt is.
    const last = conversation.messages.length - 1;
    expect(text(prompts.at(-1) as Int32Array)).toBe(inspector.prompt(conversation, last).text);
  });

  test.each([
    ['broken JSON', `<think>\n\n</think>\n\n<tool_call>\n{"name": "calculate", \n</tool_call>${END}`],
    ['a call that is not closed', `<think>\n\n</think>\n\n<tool_call>\n{"name": "x", "arguments": {}}${END}`],
    [
      'no end of the turn',
      `<think>\n\n</think>\n\n<tool_call>\n{"name": "x", "arguments": {}}\n</tool_call>`,
    ],
    ['an answer', `<think>\n\n</think>\n\nHello.${END}`],
  ])('ends with %s', (_, said) => {
    const { rollout, ended } = rollOut(CALL, [said]);
    expect(ended).toBe(true);
    expect(rollout.steps.map(({ results }) => results)).toEqual([[]]);
  });

  test('a tool that is not listed gives an error to react to', () => {
    const said = `<think>\n\n</think>\n\n<tool_call>\n{"name": "fly", "arguments": {}}\n</tool_call>${END}`;
    const { rollout, ended } = rollOut(CALL, [said]);
    expect(ended).toBe(false);
    expect(rollout.steps[0]?.results).toEqual([{ error: expect.any(String) as string }]);
  });

  test('who calls again and again is stopped after four times', () => {
    const [first] = assistantsOf(CALL) as [Message];
    const { rollout, ended } = rollOut(
      CALL,
      Array.from({ length: 9 }, () => written(first)),
    );
    expect(ended).toBe(true);
    expect(rollout.steps).toHaveLength(4);
    expect(rollout.answer).toBeUndefined();
  });
});

describe('an evaluation', () => {
  /** Writes what the record has. */
  const right = (conversations: readonly Conversation[]) => {
    const known = new Map(
      conversations.flatMap((conversation) =>
        conversation.messages.flatMap((message, i) =>
          message.role === 'assistant'
            ? [[inspector.prompt(conversation, i).text, written(message)] as const]
            : [],
        ),
      ),
    );
    return (prompt: string) => known.get(prompt) ?? `<think>\n\n</think>\n\nI am lost.${END}`;
  };
  const OPTIONS = { seed: 31, count: 40, contestedShown: 'right', turns: 2 } as const;
  const engineOf = (contextLength?: number) =>
    scripted(right(composeAll(OPTIONS.count, OPTIONS)), contextLength) as Engine;

  test('who writes what the records show has everything right', async () => {
    const { cases, turns, tooLong } = await evaluatePractice(engineOf(), inspector, OPTIONS);
    expect(tooLong).toBe(0);
    const shares = sharesOf(cases);
    for (const [figure, { hits, cases: all }] of shares) {
      expect([figure, hits], figure).toEqual([figure, /Calls$/.test(figure) ? 0 : all]);
    }
    expect(shares.get('allDecisions')?.cases).toBe(turns);
    expect(shares.get('contestedSampled')).toEqual(shares.get('contested'));
  });

  test('what does not fit into the context is told, and the others are measured', async () => {
    const lengths = composeAll(OPTIONS.count, OPTIONS).flatMap((conversation) =>
      expectedOf(conversation).map(({ message }) => inspector.prompt(conversation, message + 1).ids.length),
    );
    const context = [...lengths].sort((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 0;
    const { cases, turns, tooLong } = await evaluatePractice(engineOf(context), inspector, OPTIONS);
    expect(tooLong).toBe(lengths.filter((length) => length + 1 > context).length);
    expect(sharesOf(cases).get('allDecisions')?.cases).toBe(turns - tooLong);
  });
});

describe('the report', () => {
  const hit = (group: number, is: boolean, figure: CaseResult['figure'] = 'decisions'): CaseResult => ({
    figure,
    group,
    key: `${group}.0`,
    hit: is,
  });
  const seen = [hit(0, true), hit(1, true), hit(2, true), hit(3, false)];
  const unseen = [hit(0, true), hit(1, false), hit(2, false), hit(3, false)];
  const results = new Map([
    ['held-out-entities', seen],
    ['held-out-phrasings', unseen],
  ] as const);

  test('sums splits, and compares phrasings and models', () => {
    const before = new Map([
      ['held-out-entities', unseen],
      ['held-out-phrasings', unseen],
    ] as const);
    const { splits, all, phrasings } = summaryOf(results, before);
    expect(splits['held-out-entities']?.decisions).toMatchObject({
      ...{ hits: 3, cases: 4, share: 0.75, against: { hits: 1 } },
      difference: { difference: 0.5, cases: 4 },
    });
    expect(all?.decisions).toMatchObject({ hits: 4, cases: 8, difference: { difference: 0.25, cases: 8 } });
    expect(phrasings?.decisions?.difference).toBe(-0.5);
    expect(figureLines(all ?? {})).toContainEqual(
      expect.stringMatching(
        /^ {2}calls or not, rightly; not contested .* 50\.0% .* 4 of 8 {2}against +25\.0%: \+25\.0 \[.*\] on 8 turns of both$/,
      ),
    );
    expect(figureLines({})).toHaveLength(11);
    expect(differenceLines(phrasings ?? {})).toEqual([
      expect.stringMatching(/ −50\.0 \[−\d+\.\d, \+\d+\.\d\]$/),
    ]);
  });
});

describe('losslight evaluate', () => {
  const MODEL = 'public/models/pocket';
  const evaluate = (...args: string[]) =>
    losslight({}, ['evaluate', '--model', MODEL, '--engine', 'cpu', '--threads', '1', ...args]);
  const SMALL = [
    '--conversations',
    '3',
    '--max-new-tokens',
    '6',
    '--splits',
    'held-out-entities,held-out-phrasings',
  ];

  test('the same again, as JSON: shares with intervals, and cases', async () => {
    const first = await evaluate(...SMALL, '--json');
    const again = await evaluate(...SMALL, '--json', '--against', MODEL);
    expect(first.code).toBe(0);
    const { summary, cases, options } = JSON.parse(first.stdout) as {
      options: object;
      summary: EvaluationSummary;
      cases: Record<string, CaseResult[]>;
    };
    expect(options).toEqual({ seed: 900, count: 3, maxNewTokens: 6 });
    expect(Object.keys(cases)).toEqual(['held-out-entities', 'held-out-phrasings']);
    expect(summary.all?.allDecisions?.cases).toBe(
      Object.values(cases)
        .flat()
        .filter(({ figure }) => figure === 'allDecisions').length,
    );
    const compared = JSON.parse(again.stdout) as { summary: EvaluationSummary; cases: object };
    expect(compared.cases).toEqual(cases);
    expect(compared.summary.all?.allDecisions?.difference).toMatchObject({ difference: 0, low: 0, high: 0 });
  });

  test('of more contested turns, where they are asked for', async () => {
    const small = ['--conversations', '3', '--max-new-tokens', '2', '--splits', 'held-out-entities'];
    const { stdout } = await evaluate(...small, '--contested', '1', '--json');
    const { options, cases } = JSON.parse(stdout) as { options: object; cases: Record<string, CaseResult[]> };
    expect(options).toEqual({ seed: 900, count: 3, contested: 1, maxNewTokens: 2 });
    const asked = composeAll(3, { seed: 900, split: 'held-out-entities', contested: 1 })
      .flatMap(expectedOf)
      .filter(({ contested }) => contested);
    expect(asked.length).toBeGreaterThan(0);
    const found = Object.values(cases).flat();
    expect(found.filter(({ figure }) => figure === 'contested')).toHaveLength(asked.length);
  });

  test('as tables', async () => {
    const { code, stdout } = await evaluate(...SMALL);
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => /^\S/.test(line))).toEqual([
      'held-out-entities, 3 conversations (seed 900)',
      'held-out-phrasings, 3 conversations (seed 900)',
      'all, 6 conversations',
      'held-out phrasings less seen ones, in points, both of held-out entities',
      'tool decisions, all turns',
      ...['tool decisions, contested turns', 'tool decisions, turns that are not contested'].filter((title) =>
        stdout.includes(title),
      ),
    ]);
  });

  const OWN = JSON.stringify({
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'Bye' },
      { role: 'assistant', content: 'Bye.' },
    ],
  });

  test('your own conversations: what is recorded is what is right', async () => {
    const args = [
      '--engine',
      'cpu',
      '--threads',
      '1',
      '--max-new-tokens',
      '4',
      '--data',
      'own.jsonl',
      '--json',
    ];
    const { code, stdout } = await losslight({ 'own.jsonl': `${OWN}\n` }, [
      'evaluate',
      '--model',
      MODEL,
      ...args,
    ]);
    expect(code).toBe(0);
    const { decisions, toolDecisions } = JSON.parse(stdout) as {
      decisions: { key: string; right: string }[];
      toolDecisions: { all: { accuracy: { cases: number } } };
    };
    expect(decisions.map(({ key, right }) => [key, right])).toEqual([
      ['0.0', 'answer'],
      ['0.2', 'answer'],
    ]);
    expect(toolDecisions.all.accuracy.cases).toBe(2);
  });

  test('a turn that the template refuses is left out alone, and what cannot be read is told', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'losslight-'));
    try {
      await cp(MODEL, folder, { recursive: true });
      const file = path.join(folder, 'tokenizer_config.json');
      const config = JSON.parse(await readFile(file, 'utf8')) as { chat_template: string };
      const refusal = "{% if messages[-1].content == 'Bye' %}{{ raise_exception('No end.') }}{% endif %}";
      config.chat_template = refusal + config.chat_template;
      await writeFile(file, JSON.stringify(config));
      const told = { ...(JSON.parse(OWN) as object), expected: [{ message: 0, decision: 'kall' }] };
      const { code, stdout, stderr } = await losslight({ 'own.jsonl': `${JSON.stringify(told)}\n` }, [
        ...['evaluate', '--model', folder, '--engine', 'cpu', '--threads', '1', '--max-new-tokens', '4'],
        ...['--data', 'own.jsonl', '--json'],
      ]);
      expect(code).toBe(1);
      const { decisions } = JSON.parse(stdout) as { decisions: { key: string }[] };
      expect(decisions.map(({ key }) => key)).toEqual(['0.0']);
      expect(stderr).toMatch(/own\.jsonl:1: error: messages\[2\]: this turn is left out: .*No end\./);
      expect(stderr).toMatch(/own\.jsonl:1: warning: expected\[0\]: it cannot be read, /);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each([
    [['--splits', 'test'], /^“test” is no split: give --splits some of train, .*\n$/],
    [['--conversations', '0'], /^--conversations is “0”: give a whole number from 1 to 1000000\.\n$/],
    [['--contested', '2'], /^--contested is “2”: give a number from 0 to 1\.\n$/],
    [['--seed', 'one'], /^--seed is “one”: give a whole number from 0 to 2147483647\.\n$/],
    [
      ['--data', 'own.jsonl', '--seed', '1'],
      /^--seed chooses practice data, and --data gives other data: .*\n$/,
    ],
    [['--against', 'nowhere'], /^nowhere has no config\.json, .*\n$/],
  ])('refuses %j before anything is measured', async (args, line) => {
    const { code, stdout, stderr } = await evaluate(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(line);
  });
});
