/**
 * @file Many texts by an engine that writes one at a time: parts, endings, extending, and what is of no use.
 */
import { expect, test } from 'vitest';
import { LosslightError } from '../../src/errors';
import type {
  GeneratedToken,
  GenerateOptions,
  GenerationPart,
  GenerationRequest,
} from '../../src/model/engine';
import { generateOneByOne } from '../../src/model/generate-one-by-one';

const OPTIONS: GenerateOptions = { maxNewTokens: 3, temperature: 0, topP: 1, seed: 1, stopIds: [9] };

/** Counts up from the last token of the prompt; refuses an empty one. */
async function* countUp(prompt: Int32Array, { maxNewTokens, stopIds }: GenerateOptions) {
  const last = prompt.at(-1);
  if (last === undefined) throw new LosslightError('bad-batch', 'The prompt is empty.', 'Give one.');
  for (let i = 1; i <= maxNewTokens && prompt.length + i <= 8; i++) {
    yield await Promise.resolve<GeneratedToken>({ id: last + i, logProb: -1 });
    if (stopIds.includes(last + i)) return;
  }
}

async function collect(requests: GenerationRequest[], signal?: AbortSignal) {
  const parts: GenerationPart[] = [];
  const streams: number[] = [];
  const write = (prompt: Int32Array, options: GenerateOptions, stream: number) => {
    streams.push(stream);
    return countUp(prompt, options);
  };
  for await (const part of generateOneByOne(requests, OPTIONS, 8, signal, write)) parts.push(part);
  return { parts, streams };
}

const prompt = (...ids: number[]) => Int32Array.from(ids);

test('each ends for its own reason; what is of no use is told, and the next one comes', async () => {
  const { parts, streams } = await collect([
    { prompt: prompt(1) },
    { prompt: prompt(7), options: { seed: 4 } },
    { prompt: prompt() },
    { prompt: prompt(1, 1, 1, 1, 1, 1, 1), options: { maxNewTokens: 2 } },
  ]);
  const of = (request: number) => parts.filter((part) => part.request === request);
  expect(of(0).flatMap(({ tokens }) => tokens.map(({ id }) => id))).toEqual([2, 3, 4]);
  expect(of(0).map(({ done }) => done)).toEqual([false, false, true]);
  expect(of(0).at(-1)?.ending).toBe('limit');
  expect(of(1).at(-1)).toMatchObject({ ending: 'stop', done: true, tokens: [{ id: 9 }] });
  expect(of(2)).toMatchObject([{ tokens: [], done: true, error: { code: 'bad-batch' } }]);
  expect(of(3)).toMatchObject([{ ending: 'context', done: true, tokens: [{ id: 2 }] }]);
  // A seed of its own needs no number to tell it apart.
  expect(streams).toEqual([0, 0, 2, 3]);
});

test('extending goes on from what is given; a signal ends everything', async () => {
  const texts: number[][] = [];
  const extend = (text: Int32Array) => {
    texts.push([...text]);
    return texts.length < 2 ? prompt(...text, 20) : undefined;
  };
  const { parts } = await collect([{ prompt: prompt(1), extend }]);
  expect(texts).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4, 20, 21, 22, 23],
  ]);
  expect(parts.filter(({ done }) => done)).toEqual([{ request: 0, tokens: [], done: true }]);
  const controller = new AbortController();
  controller.abort();
  expect((await collect([{ prompt: prompt(1) }], controller.signal)).parts).toEqual([]);
});
