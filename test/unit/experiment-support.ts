/**
 * @file An experiment for tests: its definition, an engine whose skill grows with its steps, and a store in memory that can break.
 */
import { composeAll } from '../../src/conversation/practice/compose';
import type { Conversation, Message } from '../../src/conversation/types';
import { readExperiment } from '../../src/experiment/read-definition';
import type { Engine, GeneratedToken } from '../../src/model/engine';
import { generateOneByOne } from '../../src/model/generate-one-by-one';
import type { Batch } from '../../src/sequence/types';
import type { ExperimentHost, ExperimentStore } from '../../src/train/experiment-host';
import { inspector } from './mask-support';

const PRACTICE = { seed: 40, count: 6, withTools: 1, contested: 0.5, turns: 1 };
const ASKED = { ...PRACTICE, seed: 50, count: 3 };
const DEFINITION = {
  name: 'Skill',
  model: 'm',
  seeds: [1, 2],
  defaults: { budget: { steps: 3 }, settings: { batchSize: 2 } },
  data: {
    questions: { practice: PRACTICE },
    shown: { practice: { ...ASKED, contestedShown: 'right' } },
    asked: { practice: ASKED },
    written: {
      rollouts: { prompts: 'asked', perPrompt: 2, rewards: [{ id: 'decision' }, { id: 'format' }] },
    },
  },
  evaluation: { data: 'questions', every: 2, maxNewTokens: 60 },
  arms: [
    { name: 'base' },
    { name: 'SFT', objective: 'sft', data: 'shown' },
    { name: 'RAFT', objective: { kind: 'raft', keepFrom: 0 }, data: 'written' },
    {
      name: 'SFT, then GRPO',
      from: 'SFT',
      objective: { kind: 'grpo', prompts: 2, groupSize: 2 },
      data: 'asked',
      rewards: [{ id: 'decision' }],
      budget: { steps: 2 },
    },
  ],
};
export const EXPERIMENT = readExperiment(JSON.stringify(DEFINITION), 'skill.json');

const END = '<|im_end|>';
const text = (ids: Int32Array) => inspector.tokenizer.decode(ids);
function written({ reasoning = '', content, toolCalls = [] }: Message): string {
  const calls = toolCalls.map(
    (call) => `<tool_call>\n{"name": "${call.name}", "arguments": ${call.rawArguments}}\n</tool_call>`,
  );
  return `<think>\n${reasoning}\n</think>\n\n${content}${calls.join('\n')}${END}`;
}

/** What is right for every prompt of some conversations, as text. */
function answersOf(conversations: readonly Conversation[]): Map<string, string> {
  return new Map(
    conversations.flatMap((conversation) =>
      conversation.messages.flatMap((message, i) =>
        message.role === 'assistant'
          ? [[inspector.prompt(conversation, i).text, written(message)] as const]
          : [],
      ),
    ),
  );
}
/** What is right, of the questions and of what is learnt from. */
export const known = [PRACTICE, ASKED].map((options) =>
  composeAll(options.count, { ...options, contestedShown: 'right' }),
);
const ANSWERS = answersOf(known.flat());
const ORDER = [...ANSWERS.keys()];

/**
 * Its one weight is the number of its steps. It knows the answers of the first so many prompts, and calls nothing else; what
 * it draws depends on the seed.
 */
export class SkilledEngine {
  readonly parameters = new Map([['skill', [1]]]);
  readonly vocabularySize = inspector.tokenizer.vocabularySize;
  readonly contextLength = 1024;
  readonly trainedCount = 1;
  skill = 0;
  steps = 0;
  adapt(): Promise<void> {
    this.skill = 0;
    return Promise.resolve();
  }
  read = () => Promise.resolve(new Map([['skill', Float32Array.of(this.skill)]]));
  write(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    this.skill = values.get('skill')?.[0] ?? NaN;
    return Promise.resolve();
  }
  save = async () => ({ values: await this.read(), moments: [], steps: this.skill });
  restore = ({ values }: { values: ReadonlyMap<string, Float32Array> }) => this.write(values);
  step(batches: Batch[]) {
    this.skill += 1;
    this.steps++;
    const logProbs = batches.map(({ rows, length }) => new Float32Array(rows * length).fill(-0.5));
    return Promise.resolve({ loss: 1 / this.skill, gradientNorm: 1, logProbs });
  }
  score = ({ rows, length }: Batch) => Promise.resolve(new Float32Array(rows * length).fill(-1));
  generateMany(...[requests, options, , signal]: Parameters<Engine['generateMany']>) {
    const { skill } = this;
    async function* write(
      prompt: Int32Array,
      { seed, temperature }: { seed: number; temperature: number },
    ): AsyncGenerator<GeneratedToken, void, void> {
      const asked = text(prompt);
      const place = ORDER.indexOf(asked);
      const lucky = temperature > 0 && seed % 2 === 1;
      const knows = place >= 0 && (place < 3 * skill + 2 || lucky);
      const says = knows ? (ANSWERS.get(asked) ?? '') : `<think>\n\n</think>\n\nI am lost.${END}`;
      for (const id of inspector.tokenizer.encode(says).ids) yield await Promise.resolve({ id, logProb: -1 });
    }
    return generateOneByOne(requests, options, 1024, signal, write);
  }
}

/** Files in memory; breaks before a write of that number. */
export class MemoryStore implements ExperimentStore {
  readonly files = new Map<string, Uint8Array>();
  writes = 0;
  breakAt = Infinity;
  read = (name: string) => Promise.resolve(this.files.get(name));
  async write(name: string, content: string | Uint8Array): Promise<void> {
    await this.#count();
    this.files.set(name, typeof content === 'string' ? new TextEncoder().encode(content) : content.slice());
  }
  async remove(name: string): Promise<void> {
    await this.#count();
    this.files.delete(name);
  }
  async append(name: string, more: string): Promise<void> {
    const before = this.text(name);
    // Half a line may be there when the power goes.
    if (this.writes + 1 === this.breakAt)
      this.files.set(name, new TextEncoder().encode(before + more.slice(0, 9)));
    await this.#count();
    this.files.set(name, new TextEncoder().encode(before + more));
  }
  text(name: string): string {
    return new TextDecoder().decode(this.files.get(name));
  }
  #count(): Promise<void> {
    if (++this.writes !== this.breakAt) return Promise.resolve();
    return Promise.reject(new Error('The power is gone.'));
  }
}

export function hostOf(store: ExperimentStore, more: Partial<ExperimentHost> = {}) {
  const engine = new SkilledEngine();
  const host: ExperimentHost = {
    engine: engine as unknown as Engine,
    inspector,
    model: 'digest',
    computes: 'a test',
    store,
    conversations: () => Promise.reject(new Error('There is no file.')),
    say: () => undefined,
    ...more,
  };
  return { host, engine };
}

/** Everything in a store but times, which differ. */
export const outcome = (store: MemoryStore) =>
  Object.fromEntries(
    [...store.files.keys()]
      .sort()
      .map((name) => [name, store.text(name).replace(/"seconds":[\d.e-]+/g, '"seconds":0')]),
  );
