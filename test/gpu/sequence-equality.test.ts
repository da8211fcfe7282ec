/**
 * @file Sequences that are said to be equal, trained: the shipped model has the same loss and the same gradient on them, and
 * another on those that are not.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Conversation, Message } from '../../src/conversation/types';
import { DEFAULT_POLICY, tokenWeights } from '../../src/mask/policy';
import { parseConfig } from '../../src/model/config';
import { OracleEngine } from '../../src/model/oracle';
import { parseSafetensors } from '../../src/model/safetensors';
import { toBatch } from '../../src/sequence/batch';
import { Inspector } from '../../src/sequence/inspector';
import { pack } from '../../src/sequence/pack';
import type { Strategy } from '../../src/sequence/strategy';
import type { TrainingSequence } from '../../src/sequence/types';
import { fetchBytes, relativeError, testDevice, weightsOf } from './support';

const shipped = (name: string) => new URL(`/models/pocket/${name}`, location.href);
const fixture = (name: string) => new URL(`../fixtures/templates/${name}`, import.meta.url);
const text = async (url: URL) => new TextDecoder().decode(await fetchBytes(url));

let engine: OracleEngine;
/** The shipped template leaves earlier thinking out; the other keeps it. */
let strips: Inspector;
let keeps: Inspector;

beforeAll(async () => {
  const [tokenizer, tokenizerConfig, config, model] = await Promise.all([
    text(shipped('tokenizer.json')),
    text(shipped('tokenizer_config.json')),
    text(shipped('config.json')),
    fetchBytes(shipped('model.safetensors')),
  ]);
  strips = new Inspector(tokenizer, tokenizerConfig);
  keeps = new Inspector(tokenizer, tokenizerConfig, await text(fixture('chatml-keeps-thinking.jinja')));
  engine = await OracleEngine.load(
    await testDevice(),
    parseConfig(config),
    weightsOf(parseSafetensors(model)),
  );
});

const says = (content: string, reasoning: string): Message => ({ role: 'assistant', content, reasoning });

const conversation: Conversation = {
  id: 'two turns',
  messages: [
    { role: 'user', content: 'Hi' },
    says('Hello!', 'A greeting.'),
    { role: 'user', content: 'Oslo?' },
    {
      ...says('', 'I need it.'),
      toolCalls: [{ name: 'get_weather', arguments: { city: 'Oslo' }, rawArguments: '{"city": "Oslo"}' }],
    },
    { role: 'tool', content: '4' },
    says('4 degrees.', 'I know it.'),
  ],
  extra: {},
  source: { file: 'test', record: 0, line: 1 },
};

const divided = (inspector: Inspector, strategy: Strategy) =>
  inspector.divide(conversation, DEFAULT_POLICY, { strategy }).sequences.map(({ sequence }) => sequence);

/** One sample for each assistant message, made without the strategies. */
function perMessage(inspector: Inspector): TrainingSequence[] {
  return conversation.messages.flatMap(({ role }, i) => {
    if (role !== 'assistant') return [];
    const row = { ...conversation, messages: conversation.messages.slice(0, i + 1) };
    const { rendered, encoded } = inspector.inspect(row);
    const prompt = inspector.prompt(conversation, i).ids.length;
    const weights = tokenWeights(encoded, DEFAULT_POLICY, row, rendered).map((w, t) => (t < prompt ? 0 : w));
    const positions = encoded.ids.map((_, t) => t);
    const document = encoded.ids.map(() => 1);
    return [{ ...encoded, weights, positions, document, origin: { conversation: row.id } }];
  });
}

interface Trained {
  loss: number;
  gradient: Float32Array;
}

/** Loss and gradient of all sequences as one batch, by the mean over trained tokens. */
async function trained(sequences: readonly TrainingSequence[]): Promise<Trained> {
  const { loss, gradients } = await engine.lossAndGradients(toBatch(sequences));
  const length = [...gradients.values()].reduce((sum, values) => sum + values.length, 0);
  const gradient = new Float32Array(length);
  let at = 0;
  for (const values of gradients.values()) {
    gradient.set(values, at);
    at += values.length;
  }
  return { loss, gradient };
}

function expectEqual(a: Trained, b: Trained): void {
  expect(Math.abs(a.loss - b.loss)).toBeLessThan(1e-6);
  expect(relativeError(a.gradient, b.gradient)).toBeLessThan(1e-5);
}

function expectUnequal(a: Trained, b: Trained): void {
  expect(Math.abs(a.loss - b.loss)).toBeGreaterThan(1e-3);
  expect(relativeError(a.gradient, b.gradient)).toBeGreaterThan(1e-2);
}

describe('a template that keeps history', () => {
  let whole: Trained;
  beforeAll(async () => {
    whole = await trained(divided(keeps, 'whole'));
  });

  test('whole equals growing prefixes with the last turn trained', async () => {
    const prefixes = divided(keeps, 'prefixes-last');
    expect(prefixes).toHaveLength(2);
    expectEqual(await trained(prefixes), whole);
  });

  test('and the same prefixes packed in one row, but only as documents', async () => {
    const rows = pack(divided(keeps, 'prefixes-last'), 1024);
    expect(rows).toHaveLength(1);
    expectEqual(await trained(rows), whole);
    const leaking = rows.map((row) => ({ ...row, document: row.document.map(() => 1) }));
    expectUnequal(await trained(leaking), whole);
  });

  test('and one sample a message', async () => {
    expectEqual(await trained(perMessage(keeps)), whole);
  });

  test('but not growing prefixes with every message trained', async () => {
    expectUnequal(await trained(divided(keeps, 'prefixes')), whole);
  });
});

describe('a template that leaves earlier thinking out', () => {
  test('merge and fork equals one sample a message', async () => {
    const fork = divided(strips, 'fork');
    // The step with the tool and the answer to its result share a sequence.
    expect(fork.map(({ origin }) => origin.trained)).toEqual([[1], [3, 5]]);
    expectEqual(await trained(fork), await trained(perMessage(strips)));
  });

  test('whole does not equal growing prefixes with the last turn trained', async () => {
    expectUnequal(await trained(divided(strips, 'whole')), await trained(divided(strips, 'prefixes-last')));
  });
});
