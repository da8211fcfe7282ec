/**
 * @file What a link and a session file hold: there and back without a loss, what is wrong left out by name, and nothing else with it.
 */
import { describe, expect, test } from 'vitest';
import { composePractice } from '../../src/conversation/practice/compose';
import { importFiles } from '../../src/conversation/import';
import type { Conversation, Json } from '../../src/conversation/types';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { DEFAULT_OBJECTIVE, type ObjectiveKind } from '../../src/settings/objective';
import { readContent, writeContent, type PageContent } from '../../src/state/page-content';
import { withoutFileNames } from '../../src/state/page-gather';
import { makingOf } from '../../src/state/run-trained';
import type { KeptRun, RunFacts } from '../../src/state/runs.svelte';
import { makeSessionFile, readSessionFile } from '../../src/state/session-file';
import { isSessionFile } from '../../src/state/share-key';
import { storeRun } from '../../src/state/stored-run';
import { personalData } from '../../src/state/personal-data';

const practice = Array.from({ length: 5 }, (_, i) => composePractice(i, { seed: 3, turns: 2 }));
const pairs = importFiles([
  {
    name: 'pairs.jsonl',
    text:
      '{"prompt":[{"role":"user","content":"2+2?"}],"chosen":[{"role":"assistant","content":"4"}],"rejected":[{"role":"assistant","content":"5"}],"score":3.0}\n' +
      '{"messages":[{"role":"user","content":"<script>alert(1)</script>"},{"role":"assistant","content":"ok","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{ \\"n\\": 3.0 }"}}]}],"tools":[{"type":"function","function":{"name":"f","parameters":{"x":1.0}}}],"reward":0.5}\n',
  },
]).conversations;
const conversations: readonly Conversation[] = [...practice, ...pairs];

const run: KeptRun = {
  id: 4,
  name: 'SFT',
  began: 1_700_000_000_000,
  facts: {
    settings: {
      ...{ steps: 2, batchSize: 4, learningRate: 0.001, warmupSteps: 0, weightDecay: 0, clipNorm: Infinity },
      ...{
        seed: 1,
        maxLength: 512,
        recompute: 'auto',
        packing: false,
        schedule: 'constant',
        accumulation: 1,
      },
      ...{ epochs: 0, finalShare: 0, decayShare: 0.2, heldOutEvery: 10, patience: 0 },
    },
    objective: DEFAULT_OBJECTIVE,
    rewards: [{ id: 'decision', weight: 1 }],
    composed: true,
    division: { strategy: 'fork', truncate: 'end' },
    mask: { policy: DEFAULT_POLICY, edits: {}, maxLength: 512 },
    ...{
      model: 'pocket',
      modelKey: 'pocket 1 f32',
      engine: 'cpu',
      conversations: 2,
      data: '0123456789abcdef',
    },
    taken: [
      { id: 'mine.jsonl#0', digest: '0123456789abcdef', places: [0, 1], reward: 0.5 },
      { id: 'mine.jsonl#1', digest: 'fedcba9876543210', places: [2], reward: NaN },
      { id: 'mine.jsonl#2', digest: '00000000ffffffff' },
    ],
    adaptation: { kind: 'lora', rank: 8, alpha: 16, rsLora: false, targets: 'all-linear', seed: 0 },
  },
  status: 'finished',
  reports: [
    {
      ...{ step: 1, loss: 2.5, lossByKind: { answer: 2, end: 0.1 }, learningRate: 0.001, gradientNorm: 3 },
      ...{
        tokens: 100,
        trainedTokens: 40,
        milliseconds: 12,
        metrics: { reward: 1, rewardParts: { decision: 1 } },
        firstTrained: [0],
        firstWeightless: [2],
      },
    },
    {
      ...{
        step: 2,
        loss: NaN,
        lossByKind: { answer: Infinity },
        learningRate: 0.001,
        gradientNorm: Infinity,
      },
      ...{
        tokens: 100,
        trainedTokens: 40,
        milliseconds: 12,
        changed: [{ key: 'learningRate', from: 0.001, to: 0.1 }],
        firstTrained: [],
      },
    },
  ],
  parent: undefined,
  before: [],
  snapshots: [],
};

const content: PageContent = {
  model: { name: 'pocket', tokenizer: 'aa', template: 'bb' },
  settings: { steps: '50', lr: '0.0003' },
  policy: {
    ...{ think: { train: true, weight: 0.3 }, call: { train: true, weight: 1 } },
    ...{ answer: { train: true, weight: 1 }, end: { train: false, weight: 1 } },
    rules: [{ pattern: '<.*>', weight: 0 }],
  },
  template: '{{ messages }}',
  rewards: { parts: [{ id: 'own', weight: 1 }], code: 'function reward() { return 1; }' },
  parts: [{ name: 'mine', heldOut: true, conversations }],
  chosen: conversations[1]?.id,
};

describe('there and back', () => {
  test('a link', () => {
    const json = JSON.parse(JSON.stringify(writeContent(content, [], true))) as Json;
    const read = readContent(json, 'link');
    expect(read.problems).toEqual([]);
    expect(read.content).toEqual({ ...content, edits: undefined, runs: undefined, weights: undefined });
  });

  test('a link says no file’s name', () => {
    const edit = { unit: 'word', stretches: [], weight: 0, length: 1, digest: 'x', quote: 'q' } as const;
    const [first = '', second = ''] = pairs.map(({ id }) => id);
    const named = { parts: [{ name: 'pairs.jsonl', heldOut: false, conversations: pairs }], chosen: second };
    const mine = { name: 'customer-model', tokenizer: 'aa', template: 'bb' };
    const json = writeContent(
      withoutFileNames({ ...named, model: mine, edits: { [first]: [edit] } }, true),
      [],
      false,
    );
    expect(JSON.stringify(json)).not.toMatch(/pairs\.jsonl|customer-model/);
    const { content: back, problems } = readContent(json, 'shared link');
    expect(problems).toEqual([]);
    const own = back.parts?.[0]?.conversations ?? [];
    expect(own.map(({ id }) => id)).toEqual(['shared 1', 'shared 2']);
    expect(back.chosen).toBe('shared 2');
    expect(back.edits).toEqual({ 'shared 1': [edit] });
    expect(own[1]?.source).toEqual({ file: 'shared link', record: 1, line: 1 });
    expect(own.map(({ messages }) => messages)).toEqual(pairs.map(({ messages }) => messages));
  });

  test('a session, with a run that diverged and tuned weights', async () => {
    const values = new Map([
      ['a.weight', new Float32Array([1.5, -2, NaN])],
      ['b', new Float32Array([0.1])],
    ]);
    const at = { run: 4, step: 2 };
    const blob = await makeSessionFile(content, [storeRun(run)], { at, values });
    const read = await readSessionFile(blob, 'x.losslight.zip');
    expect(read.problems).toEqual([]);
    const { snapshots: _, before: __, ...kept } = run;
    expect(read.content.runs).toEqual([kept]);
    expect(read.content.weights?.at).toEqual(at);
    expect(read.values).toEqual(values);
    expect(read.content.parts).toEqual(content.parts);
  });

  test('weights that could not be opened again are not saved', async () => {
    const huge = Object.defineProperty(new Float32Array(1), 'length', { value: 5e8 + 1 });
    const weights = { at: { run: 4, step: 2 }, values: new Map([['a', huge]]) };
    await expect(makeSessionFile(content, [storeRun(run)], weights)).rejects.toMatchObject({
      code: 'too-large',
      message: 'The tuned weights would have more than 2000 MB, and could not be opened again.',
    });
  });

  test('a session’s file is known by its name, a second download’s too', () => {
    const names = ['a.losslight.zip', 'a.LOSSLIGHT.zip', 'a.losslight (1).zip', 'a.losslight(12).zip'];
    expect(names.every(isSessionFile)).toBe(true);
    expect(
      ['a.zip', 'losslight.zip', 'a.losslight.zip.json', 'a.losslight (x).zip'].some(isSessionFile),
    ).toBe(false);
  });

  test('a run in progress is one that was stopped', () => {
    const stored = storeRun({ ...run, status: 'running' }) as { status: string };
    expect(stored.status).toBe('stopped');
  });
});

describe('what comes from anybody', () => {
  const stored = JSON.stringify(writeContent(content, [storeRun(run)], true));
  const changed = (change: (file: Record<string, never>) => void) => {
    const file = JSON.parse(stored) as Record<string, never>;
    change(file);
    return readContent(file as Json, 'link');
  };

  test.each([
    ['null', null],
    ['a list', []],
    ['a text', 'losslightPage'],
    ['another object', { messages: [] }],
    ['a version that is none', { losslightPage: '1' }],
  ])('%s is refused', (_, value) => {
    expect(() => readContent(value as Json, 'link')).toThrow(
      expect.objectContaining({ code: 'bad-content' }),
    );
  });

  test('a newer version is refused, with what to do', () => {
    expect(() => readContent({ losslightPage: 2 }, 'link')).toThrow(
      expect.objectContaining({ code: 'newer-content', remedy: expect.stringContaining('Reload') as string }),
    );
  });

  /** Path of a field, what stands there instead, and what is said. */
  const WRONG: [string, unknown, RegExp][] = [
    ['settings.steps', '0', /“steps” = “0”: Steps must be between/],
    ['settings.steps', 50, /“settings.steps” must be a text/],
    ['settings.evil', '1', /“evil”: there is no such setting/],
    ['policy.think', 'yes', /The policy cannot be read/],
    ['policy.rules', [{ pattern: '(', weight: 0 }], /./],
    ['template', { toString: 1 }, /“template” must be a text/],
    ['rewards.parts', [{ id: 'nothing', weight: 1 }], /There is no reward “nothing”/],
    ['rewards.code', 5, /“code” must be a text/],
    [
      'parts.0.conversations.1.messages.0.role',
      'root',
      /messages\[0\]\.role” must be one of system, user, assistant, tool/,
    ],
    ['parts.0.conversations.1.messages.0.content', ['<img>'], /messages\[0\]\.content” must be a text/],
    ['parts.0.conversations.1.messages', [], /has no messages/],
    ['parts.0.conversations.1.id', '', /id” must not be empty/],
    ['parts.0.conversations.1.reward', '1', /reward” must be a number/],
    [
      'parts.0.conversations.6.tools.0.exactText',
      '{"type":"function","function":{"name":"evil"}}',
      /exactText” is not the text of its tool/,
    ],
    ['runs.0.reports.0.loss', '<b>', /loss” must be a number/],
    ['runs.0.facts.settings.steps', -1, /steps” is wrong/],
    ['runs.0.facts.mask.policy', { nonsense: 1 }, /runs\[0\].facts.mask.policy/],
    ['runs.0.facts.mask.edits', { c: [{}] }, /runs\[0\].facts.mask.edits/],
    ...([0, -1, 1.5, 'NaN', 'Infinity', null] as const).map((length): [string, unknown, RegExp] => [
      'runs.0.facts.mask.maxLength',
      length,
      /mask\.maxLength” must be a whole number/,
    ]),
    ['runs.0.facts.composed', 'yes', /facts\.composed” must be true or false/],
    ['runs.0.facts.taken', {}, /facts\.taken” must be a list/],
    ['runs.0.facts.taken.1.id', '', /taken\[1\]\.id” must not be empty/],
    ['runs.0.facts.taken.1.digest', 5, /taken\[1\]\.digest” must be a text/],
    ['runs.0.facts.taken.0.places.1', -1, /places\[1\]” must be a whole number/],
    ['runs.0.reports.0.firstTrained', 0, /firstTrained” must be a list/],
    ['runs.0.reports.0.firstWeightless.0', 0.5, /firstWeightless\[0\]” must be a whole number/],
    ['runs.0.facts.taken.0.reward', '<b>', /taken\[0\]\.reward” must be a number/],
    ['runs.0.facts.objective.kind', 'magic', /kind” must be one of/],
    ['runs.0.facts.adaptation.rank', 0, /rank” must be a whole number/],
    ['model.tokenizer', 1, /“model.tokenizer” must be a text/],
    ['chosen', {}, /“chosen” must be a text/],
  ];

  test.each(WRONG)('%s = %j is left out, the rest holds', (path, value, said) => {
    const read = changed((file) => {
      const keys = path.split('.');
      const last = keys.pop() ?? '';
      let at: Record<string, unknown> = file;
      for (const key of keys) at = at[key] as Record<string, unknown>;
      at[last] = value;
    });
    expect(read.problems).toHaveLength(1);
    expect(read.problems[0]).toMatch(said);
    // What it stands in is gone, or the single conversation or run; nothing else is.
    const [top = ''] = path.split('.');
    const others = Object.keys(content).filter((key) => key !== top) as (keyof PageContent)[];
    for (const key of others) expect(read.content[key], key).toEqual(content[key]);
    if (top === 'parts')
      expect(read.content.parts?.[0]?.conversations).toHaveLength(conversations.length - 1);
  });

  test('the same id twice: the first holds', () => {
    const read = changed((file) => {
      const [part] = file['parts'] as unknown as { conversations: unknown[] }[];
      part?.conversations.push(part.conversations[0]);
    });
    expect(read.problems).toEqual([expect.stringContaining('is that of another conversation')]);
    expect(read.content.parts).toEqual(content.parts);
  });

  test('__proto__ pollutes nothing', () => {
    readContent(
      JSON.parse('{"losslightPage":1,"settings":{"__proto__":"x"},"__proto__":{"evil":1}}') as Json,
      'link',
    );
    expect(({} as Record<string, unknown>)['evil']).toBeUndefined();
  });

  test('weights that do not fit their list are left out, the rest holds', async () => {
    const at = { run: 4, step: 2 };
    const whole = await makeSessionFile({ ...content, chosen: undefined }, [storeRun(run)], {
      at,
      values: new Map([['a', new Float32Array(4)]]),
    });
    const bytes = Buffer.from(await whole.arrayBuffer());
    // The floats are stored as they are: one is changed, and the checksum no longer agrees.
    const place = bytes.indexOf(Buffer.from('weights.f32')) + 'weights.f32'.length;
    bytes[place] = 7;
    const read = await readSessionFile(new Blob([bytes]), 'x.losslight.zip');
    expect(read.values).toBeUndefined();
    expect(read.content.weights).toBeUndefined();
    expect(read.problems).toEqual([expect.stringContaining('The weights were left out.')]);
    expect(read.content.runs).toHaveLength(1);
  });
});

describe('a run of an older session file', () => {
  /** As it is read where a file has it without some of what a run keeps by now. */
  const read = (kind: ObjectiveKind, ...without: (keyof RunFacts)[]) => {
    const file = storeRun({ ...run, facts: { ...run.facts, objective: { ...DEFAULT_OBJECTIVE, kind } } });
    const { facts } = file as unknown as { facts: Record<string, Json> };
    for (const key of without) Reflect.deleteProperty(facts, key);
    const { content: found, problems } = readContent({ losslightPage: 1, runs: [file] }, 'file');
    expect(problems).toEqual([]);
    const [only] = found.runs ?? [];
    if (!only) throw new Error('no run');
    return only;
  };
  const page = { policy: { ...DEFAULT_POLICY, rules: [] }, edits: {} };

  test.each<[ObjectiveKind, (keyof RunFacts)[], string | undefined]>([
    ['sft', [], undefined],
    ['raft', [], undefined],
    ['sft', ['taken', 'composed'], 'conversations'],
    ['dpo', ['taken', 'composed'], 'conversations'],
    ['kto', ['taken', 'composed'], 'conversations'],
    ['raft', ['taken', 'composed'], 'rewards'],
    ['rwr', ['taken', 'composed'], 'rewards'],
    ['awr', ['taken', 'composed'], 'rewards'],
    ['sft', ['taken', 'composed', 'mask'], 'mask'],
    // Digests are of what an unknown mask made.
    ['awr', ['mask'], 'mask'],
    // What it trained is in no file, an older or a newer one.
    ['grpo', ['taken', 'composed'], undefined],
    ['grpo', ['taken', 'composed', 'mask'], undefined],
  ])('%s without %j: what it does not say is %s', (kind, without, doubt) => {
    const making = makingOf(read(kind, ...without), 2, () => page);
    expect(making.doubt).toBe(doubt);
    expect(making.kind).toBe(kind);
    expect(making.taken?.size).toBe(without.length ? undefined : 3);
    expect(making.reach?.trained).toEqual(new Set([0]));
    expect(making.mask.policy === page.policy).toBe(without.includes('mask'));
    expect(making.mask.maxLength).toBe(512);
  });

  test('it does not say what its steps trained', () => {
    const { reports, ...rest } = read('sft');
    const old = { ...rest, reports: reports.map(({ firstTrained: _, ...report }) => report) };
    expect(makingOf(old, 2, () => page)).toMatchObject({ doubt: 'conversations', reach: undefined });
  });

  test('its tokens are no more than the model reads, and its making is the same until the page’s mask is another', () => {
    const old = read('sft', 'taken', 'composed', 'mask');
    const first = makingOf(old, 2, () => page, 100);
    expect(first.mask.maxLength).toBe(100);
    expect(makingOf(old, 2, () => ({ ...page }), 100)).toBe(first);
    expect(makingOf(old, 2, () => ({ ...page, policy: DEFAULT_POLICY }), 100)).not.toBe(first);
    expect(makingOf(read('sft'), 2, () => page, 1e9).mask.maxLength).toBe(512);
  });
});

describe('what conversations hold', () => {
  const say = (text: string) => ({
    ...(practice[0] as Conversation),
    messages: [{ role: 'user', content: text } as const],
  });

  test('addresses and long numbers are counted', () => {
    const found = personalData([
      say('Write to a.b+c@example.org or x@y.z, call +49 171 2345-6789, not 12345.'),
    ]);
    expect(found).toEqual({ conversations: 1, messages: 1, addresses: 2, numbers: 1 });
  });

  test('no address: a mark, a decorator, a lone at', () => {
    expect(personalData([say('@user @Component foo@ bar @ baz.de')]).addresses).toBe(0);
  });

  test('a long text without either takes no time worth speaking of', () => {
    expect(personalData([say('a.b+'.repeat(300_000) + '1 2 3 4 '.repeat(100_000))]).numbers).toBe(1);
  });
});
