/**
 * @file Rollouts with tools: which tokens are trained, what the model sees after a call, and that the page's way of asking
 * gives what Node's gives, also where a worker is killed in between.
 */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { composeAll, spacedJson } from '../../src/conversation/practice/compose';
import type { Conversation } from '../../src/conversation/types';
import { LosslightError } from '../../src/errors';
import { LocalTexts, readTurn, scorerOf } from '../../src/rollout/local-texts';
import { turnSequences, type SampledRound } from '../../src/rollout/sequences';
import type { WrittenRound } from '../../src/rollout/types';
import { SEGMENT_KINDS } from '../../src/template/rendered';
import { composeRewards } from '../../src/reward/compose';
import { RolloutAnswers } from '../../src/state/rollout-answers';
import { AskedTexts } from '../../src/worker/engine-texts';
import { rolloutHandlers } from '../../src/worker/text-rollouts';
import type { EngineEvent } from '../../src/worker/protocol';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { PlannedEngine } from '../../src/model/planned-engine';
import { readGolden } from './plan-llama-golden';
import { DEFAULT_OBJECTIVE } from '../../src/settings/objective';
import { openHost } from './open-host';
import { equalBits, pocket, RUN, runPolicy } from './policy-run';

type Pocket = Awaited<ReturnType<typeof pocket>>;

const REWARDS = [{ id: 'decision', weight: 1 }];
const THINK = '<think>\nI set a timer.\n</think>\n\n';
const ANSWER = '<think>\nDone.\n</think>\n\nIt is set.<|im_end|>';

let shipped: Pocket;
/** A practice conversation whose first user turn takes a call, and that call. */
let asking: Conversation;
beforeAll(async () => {
  shipped = await pocket();
  asking = composeAll(40, { seed: 3, turns: 1 }).find(({ messages }) =>
    messages.some((m) => m.toolCalls),
  ) as Conversation;
});

/** A turn in which the model writes these texts, one after the other. */
async function written(conversation: Conversation, texts: readonly string[]) {
  const { inspector } = shipped;
  const message = conversation.messages.findIndex(({ role }) => role === 'user');
  const local = new LocalTexts(inspector, [{ conversation, message }], scorerOf(REWARDS));
  const opened = (await local.open()).prompts[0];
  let prompt: Int32Array | undefined = opened && 'ids' in opened ? opened.ids : undefined;
  const rounds: SampledRound[] = [];
  for (const text of texts) {
    if (!prompt) break;
    const { ids } = inspector.tokenizer.encode(text);
    const ending = text.endsWith('<|im_end|>') ? 'stop' : 'limit';
    rounds.push({ prompt, ids, ending, logProbs: new Float32Array(ids.length).fill(-1) });
    prompt = await local.extend({ prompt: 0, rounds });
  }
  const [turn] = await local.finish([{ prompt: 0, rounds: plain(rounds) }]);
  if (!turn) throw new Error('Nothing was read.');
  return { turn, rounds, next: prompt, sequences: turnSequences(rounds, turn.kinds, conversation.id) };
}

const plain = (rounds: readonly SampledRound[]): WrittenRound[] =>
  rounds.map(({ prompt, ids, ending }) => ({ prompt, ids, ending }));

/** Runs of tokens of one kind and weight, as text. */
function runsOf({ ids, kind, weights }: { ids: Int32Array; kind: Uint8Array; weights: Float32Array }) {
  const runs: { kind: string; weight: number; ids: number[] }[] = [];
  ids.forEach((id, i) => {
    const [name, weight] = [SEGMENT_KINDS[kind[i] ?? 0] ?? '', weights[i] ?? NaN];
    const last = runs.at(-1);
    if (last?.kind === name && last.weight === weight) last.ids.push(id);
    else runs.push({ kind: name, weight, ids: [id] });
  });
  return runs.map(({ ids: own, ...run }) => ({ ...run, text: shipped.inspector.tokenizer.decode(own) }));
}

function rightCall(): { text: string; result: string } {
  const call = asking.messages.find(({ toolCalls }) => toolCalls)?.toolCalls?.[0];
  const result = asking.messages.find(({ role }) => role === 'tool')?.content ?? '';
  const json = `{"name": "${call?.name ?? ''}", "arguments": ${spacedJson(call?.arguments ?? {})}}`;
  return { text: `<tool_call>\n${json}\n</tool_call>`, result };
}

describe('a turn with a call', () => {
  test('one sequence: what the model wrote is trained, the result and all headers are not', async () => {
    const { text, result } = rightCall();
    const { turn, sequences, next } = await written(asking, [`${THINK}${text}<|im_end|>`, ANSWER]);
    expect(next).toBeUndefined();
    expect(sequences).toHaveLength(1);
    const sequence = sequences[0]?.sequence;
    if (!sequence) throw new Error('There is no sequence.');
    const runs = runsOf(sequence);
    const from = runs.findIndex(({ weight }) => weight === 1);
    expect(runs.slice(from - 1)).toEqual([
      { kind: 'header', weight: 0, text: '<|im_start|>assistant\n' },
      { kind: 'think', weight: 1, text: THINK },
      { kind: 'call', weight: 1, text },
      { kind: 'end', weight: 1, text: '<|im_end|>' },
      { kind: 'scaffold', weight: 0, text: '\n' },
      { kind: 'header', weight: 0, text: '<|im_start|>user\n' },
      { kind: 'result', weight: 0, text: `<tool_response>\n${result}\n</tool_response>` },
      { kind: 'scaffold', weight: 0, text: '<|im_end|>\n' },
      { kind: 'header', weight: 0, text: '<|im_start|>assistant\n' },
      { kind: 'think', weight: 1, text: '<think>\nDone.\n</think>\n\n' },
      { kind: 'answer', weight: 1, text: 'It is set.' },
      { kind: 'end', weight: 1, text: '<|im_end|>' },
    ]);
    expect(runs.slice(0, from).every(({ weight }) => weight === 0)).toBe(true);
    expect([...sequence.positions]).toEqual([...sequence.ids.keys()]);
    expect(new Set(sequence.document)).toEqual(new Set([1]));
    expect([...(sequences[0]?.logProbs ?? [])]).toEqual(
      [...sequence.weights].map((weight) => (weight === 1 ? -1 : 0)),
    );
    const { completion, reward, grade } = turn;
    expect(completion.messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant']);
    expect(completion).toMatchObject({ ended: true, text: `${THINK}${text}<|im_end|>${ANSWER}` });
    expect(completion.tokens).toBe(sequence.weights.reduce((sum, weight) => sum + weight, 0));
    expect(grade).toMatchObject({ decision: true, exact: true });
    expect(reward.total).toBe(1);
  });

  test('a call that the template writes otherwise begins a sequence of its own', async () => {
    const { text } = rightCall();
    const call = text.replaceAll(': ', ':');
    const { sequences, rounds } = await written(asking, [`${THINK}${call}<|im_end|>`, ANSWER]);
    expect(sequences).toHaveLength(2);
    sequences.forEach(({ sequence }, i) => {
      // Each trains the one message that it ends with, on the very tokens that the model had before it.
      const round = rounds[i];
      expect([...sequence.ids]).toEqual([...(round?.prompt ?? []), ...(round?.ids ?? [])]);
      expect(sequence.weights.reduce((sum, weight) => sum + weight, 0)).toBe(round?.ids.length);
    });
  });

  test('tokens that are not those of the tokenizer stay what they were', async () => {
    const { inspector } = shipped;
    const { text } = rightCall();
    const first = await written(asking, [`${THINK}${text}<|im_end|>`]);
    const round = first.rounds[0];
    if (!round) throw new Error('There is no round.');
    // The same text letter by letter.
    const letters = [...`${THINK}${text}`.split(/(<\/?think>|<\/?tool_call>)/)].flatMap((part) =>
      /^<\/?(?:think|tool_call)>$/.test(part)
        ? [...inspector.tokenizer.encode(part).ids]
        : [...part].flatMap((letter) => [...inspector.tokenizer.encode(letter).ids]),
    );
    const ids = Int32Array.from([...letters, ...inspector.tokenizer.encode('<|im_end|>').ids]);
    expect(inspector.tokenizer.decode(ids)).toBe(inspector.tokenizer.decode(round.ids));
    expect(ids.length).toBeGreaterThan(round.ids.length);
    const message = asking.messages.findIndex(({ role }) => role === 'user');
    const local = new LocalTexts(inspector, [{ conversation: asking, message }], scorerOf(REWARDS));
    const next = await local.extend({ prompt: 0, rounds: [{ prompt: round.prompt, ids, ending: 'stop' }] });
    const seen = [...round.prompt, ...ids];
    expect([...(next ?? [])].slice(0, seen.length)).toEqual(seen);
  });

  test.each([
    [
      'a conversation whose calls nothing can answer',
      (c: Conversation) => ({ ...c, extra: {} }),
      '<|im_end|>',
    ],
    ['a message that the limit broke off', (c: Conversation) => c, ''],
  ])('ends with the call: %s', async (_, change, end) => {
    const { turn, rounds } = await written(change(asking), [`${THINK}${rightCall().text}${end}`, ANSWER]);
    expect(rounds).toHaveLength(1);
    expect(turn.completion.messages.map(({ role }) => role)).toEqual(['assistant']);
    expect(turn.completion.ended).toBe(end !== '');
  });

  test('a model that calls again and again is stopped', async () => {
    const text = `${THINK}${rightCall().text}<|im_end|>`;
    const { rounds } = await written(asking, Array<string>(9).fill(text));
    expect(rounds).toHaveLength(4);
  });
});

/** The page's side with text workers that may fail. */
function page(
  { prompts, inspector }: Pocket,
  failures: { code: string; times: number } = { code: '', times: 0 },
) {
  let left = failures.times;
  const handlers = rolloutHandlers(() => inspector);
  const ask = async <T>(work: () => T | Promise<T>): Promise<T> => {
    if (left-- > 0) throw new LosslightError(failures.code, 'It took too long.', 'Shorten it.');
    return structuredClone(await work());
  };
  const answers = new RolloutAnswers(
    { answer: async ({ ask: number, answer }) => (texts.answer(number, structuredClone(answer)), null) },
    async () => ({
      rolloutOpen: (request) => ask(() => handlers.rolloutOpen(request, 0)),
      rolloutExtend: (request) => ask(() => handlers.rolloutExtend(request, 0)),
      rolloutRead: (request) => ask(() => handlers.rolloutRead(request, 0)),
      dispose: () => undefined,
    }),
    prompts,
    async (inputs) => inputs.map((input) => composeRewards(REWARDS, input)),
  );
  let number = 0;
  const emit = (event: EngineEvent) => {
    // Answers of a worker come later.
    if (event.type === 'ask') setTimeout(() => void answers.receive(structuredClone(event)));
  };
  const texts: AskedTexts = new AskedTexts(emit, 1, () => ++number);
  return texts;
}

describe('asking the page', () => {
  const SETTINGS = { steps: 3, learningRate: 1e-4 };
  const OBJECTIVE = { kind: 'grpo', prompts: 2, groupSize: 2, maxNewTokens: 32 } as const;

  test('GRPO on the shipped model: Node and page give the same completions, reports and weights', async () => {
    const { engine, inspector, prompts } = shipped;
    const found = [];
    const weights: Map<string, Float32Array>[] = [];
    const makers = [
      () => new LocalTexts(inspector, prompts, scorerOf(REWARDS)),
      () => page(shipped),
      // A worker that is killed at the first question is replaced.
      () => page(shipped, { code: 'timeout', times: 1 }),
    ];
    for (const make of makers) {
      await engine.reset();
      const { reports, rollouts, states } = await runPolicy(engine, make(), prompts, SETTINGS, OBJECTIVE);
      expect(states).toEqual(['running', 'finished']);
      const told = reports.map(({ milliseconds: _, memoryBytes: __, ...report }) => report);
      found.push({ told, rollouts });
      weights.push(await engine.read());
    }
    const [node, asked, again] = found;
    expect(node?.told).toHaveLength(3);
    for (const { metrics, loss } of node?.told ?? []) {
      expect(Number.isFinite(loss)).toBe(true);
      expect(metrics).toMatchObject({ dropped: 0, truncated: expect.any(Number) as number });
      expect(metrics?.entropy).toBeGreaterThan(0);
    }
    expect(node?.rollouts.map((list) => list.length)).toEqual([4, 4, 4]);
    expect(asked).toEqual(node);
    expect(again).toEqual(node);
    const [first = new Map<string, Float32Array>(), ...others] = weights;
    expect(others.map((other) => equalBits(first, other))).toEqual([true, true]);
  }, 120_000);

  test('a page that cannot answer ends the run with its reason; the weights stay', async () => {
    const { engine, prompts } = shipped;
    await engine.reset();
    const before = await engine.read();
    const texts = page(shipped, { code: 'timeout', times: 99 });
    const { states, errors } = await runPolicy(engine, texts, prompts, SETTINGS, OBJECTIVE);
    expect(states).toEqual(['running', 'failed']);
    expect(errors[0]).toMatchObject({ code: 'timeout', message: 'It took too long.' });
    expect(equalBits(before, await engine.read())).toBe(true);
  });

  test('a run that is stopped waits for no answer', async () => {
    const { engine, prompts } = shipped;
    const silent = new AskedTexts(
      () => undefined,
      1,
      () => 1,
    );
    const { states } = await runPolicy(engine, silent, prompts, SETTINGS, OBJECTIVE, (state, loop) => {
      if (state === 'running') setTimeout(() => loop.stop());
    });
    expect(states).toEqual(['running', 'stopped']);
  });

  test('nobody there: the question has a deadline', async () => {
    const silent = new AskedTexts(
      () => undefined,
      1,
      () => 1,
      5,
    );
    await expect(silent.open()).rejects.toMatchObject({ code: 'timeout' });
  });
});

test('the engine’s worker runs on policy by what the page answers', async () => {
  const { inspector, prompts } = shipped;
  vi.stubGlobal('fetch', async (url: string | URL) => {
    return new Response(await readFile(String(url).replace('https://page.example', 'public')));
  });
  const { ask, events } = openHost();
  await ask('load', { url: 'https://page.example/models/pocket', engine: 'cpu' });
  vi.unstubAllGlobals();
  const handlers = rolloutHandlers(() => inspector);
  const answers = new RolloutAnswers(
    { answer: (request) => ask('answer', request) },
    async () => ({
      rolloutOpen: async (request) => handlers.rolloutOpen(request, 0),
      rolloutExtend: async (request) => handlers.rolloutExtend(request, 0),
      rolloutRead: async (request) => handlers.rolloutRead(request, 0),
      dispose: () => undefined,
    }),
    prompts,
    async (inputs) => inputs.map((input) => composeRewards(REWARDS, input)),
  );
  const objective = {
    ...DEFAULT_OBJECTIVE,
    prompts: 1,
    groupSize: 2,
    maxNewTokens: 8,
    kind: 'rloo',
  } as const;
  const request = { sequences: [], settings: RUN, startPaused: false, objective, prompts, rewards: REWARDS };
  const { run } = await ask('train', request);
  const seen = new Set<EngineEvent>();
  await vi.waitFor(
    () => {
      for (const event of events) {
        if (event.type === 'ask' && !seen.has(event)) void answers.receive(event);
        seen.add(event);
      }
      expect(events.at(-1)).toMatchObject({ type: 'run', run, state: 'finished' });
    },
    { timeout: 25_000, interval: 10 },
  );
  const types = events.filter((event) => 'run' in event && event.type !== 'ask').map(({ type }) => type);
  const told = types.filter((type) => type !== 'preparing');
  // How many completions are written is told while they are; what follows is told once.
  expect(told.filter((type) => type !== 'writing')).toEqual(['run', 'rollouts', 'step', 'run']);
  expect(told.slice(1, told.indexOf('rollouts'))).not.toEqual([]);
  expect(told.lastIndexOf('writing')).toBeLessThan(told.indexOf('rollouts'));
});

test('a prompt is read as written even where the model writes no text at all', () => {
  const { inspector, prompts } = shipped;
  const [prompt] = prompts;
  if (!prompt) throw new Error('There is no prompt.');
  const { ids } = inspector.prompt(prompt.conversation, prompt.message + 1);
  const end = inspector.tokenizer.encode('<|im_end|>').ids;
  const { completion } = readTurn(prompt, { rounds: [{ prompt: ids, ids: end, ending: 'stop' }] }, inspector);
  expect(completion).toMatchObject({ tokens: 1, thinkTokens: 0, ended: true, text: '<|im_end|>' });
});

test('on a GPU, what is computed together does not depend on how long answers take', async () => {
  const { config, weights } = readGolden('tied');
  const cpu = await CpuExecutor.create({ threads: 1 });
  // The CPU, taken for a GPU: only the order of the work is looked at.
  const executor = new Proxy(cpu, {
    get(target, key) {
      if (key === 'kind') return 'wgsl';
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const engine = await PlannedEngine.load(executor, config, weights);
  const order = async (delay: (request: number) => number) => {
    const requests = [3, 4, 5, 6].map((length, request) => {
      let rounds = 0;
      return {
        prompt: Int32Array.from({ length }, (_, i) => 5 + i),
        options: { maxNewTokens: 2 + request },
        extend: async (text: Int32Array) => {
          await new Promise((resolve) => setTimeout(resolve, delay(request)));
          return rounds++ < 2 ? Int32Array.from([...text, 9]) : undefined;
        },
      };
    });
    const options = { maxNewTokens: 4, temperature: 1, topP: 1, seed: 1, stopIds: [], reproducible: true };
    const parts: string[] = [];
    for await (const { request, tokens, done } of engine.generateMany(requests, options, 'tuned')) {
      parts.push(`${request}: ${tokens.map(({ id }) => id).join(' ')}${done ? ' done' : ''}`);
    }
    return parts;
  };
  const first = await order(() => 1);
  expect(first.length).toBeGreaterThan(12);
  expect(await order((request) => 25 - 8 * request)).toEqual(first);
  engine.dispose();
});
