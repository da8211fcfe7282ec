/**
 * @file What computes, and what the page is told of it: no GPU, a software one, one that refuses a kernel, one that is
 * asked for and not there. The engine's worker runs here in Node, with GPUs that are only described.
 */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LosslightError } from '../../src/errors';
import { otherBackend, type Backend } from '../../src/model/backend';
import { chooseExecutor } from '../../src/model/choose-executor';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { Executor } from '../../src/plan/executor';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { DeviceHealth, openDevice, type TensorDevice } from '../../src/tensor/device';
import { openHost } from './open-host';

vi.mock('../../src/model/choose-executor');
vi.mock('../../src/plan/wgsl-executor', { spy: true });
vi.mock('../../src/tensor/device', { spy: true });

const URL_OF_MODEL = 'https://page.example/model';
const destroyed = vi.fn();

function fakeDevice(software: boolean): TensorDevice {
  return {
    device: { destroy: destroyed } as unknown as GPUDevice,
    adapterInfo: {} as GPUAdapterInfo,
    description: { vendor: 'x', architecture: 'y', description: 'A GPU', software, features: [] },
    health: new DeviceHealth(),
  };
}

/** An executor of plans that works but for one thing. */
async function fakeExecutor(broken: Partial<Executor>): Promise<Executor> {
  const cpu = await CpuExecutor.create();
  return {
    kind: 'wgsl',
    bytes: 0,
    limits: cpu.limits,
    foresee: (plans) => cpu.foresee(plans),
    write: (tensor, values) => cpu.write(tensor, values),
    read: (tensor) => cpu.read(tensor),
    prepare: (plan) => cpu.prepare(plan),
    release: (buffers) => cpu.release(buffers),
    dispose: () => cpu.dispose(),
    ...broken,
  };
}

/** The executor that the device gets once it is chosen: one with a tuner, made anew. */
function onDevice(executor: Executor): void {
  vi.mocked(WgslExecutor).mockImplementation(function () {
    return executor as WgslExecutor;
  });
}

const prompt = Int32Array.of(1, 2);
const options = { maxNewTokens: 3, temperature: 0, topP: 1, seed: 0, stopIds: [] };

beforeEach(() => {
  vi.stubGlobal('fetch', async (url: string | URL) => {
    const file = String(url).replace(URL_OF_MODEL, 'test/golden/llama/tied');
    return new Response(await readFile(file));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetAllMocks();
});

describe('what is predicted', () => {
  test('token by token of each sequence, whatever groups they are computed in', async () => {
    vi.mocked(openDevice).mockRejectedValue(new LosslightError('webgpu-missing', 'No WebGPU here.', ''));
    const { ask } = openHost();
    await ask('load', { url: URL_OF_MODEL });
    const sequences = [
      [1, 2, 3, 4, 5],
      [7, 9],
      [3, 1, 4, 1, 5, 9, 2, 6],
    ].map((ids) => ({
      ids: Int32Array.from(ids),
      weights: new Float32Array(ids.length).fill(1),
      kind: new Uint8Array(ids.length),
      positions: Int32Array.from(ids, (_, i) => i),
      document: new Int32Array(ids.length).fill(1),
      origin: { conversation: 'c' },
    }));
    const { logProbs, predictions = [] } = await ask('score', {
      sequences,
      which: 'base',
      predictions: true,
    });
    expect(logProbs).toEqual((await ask('score', { sequences, which: 'base' })).logProbs);
    expect(predictions.length).toBe(3);
    predictions.forEach(({ entropy, ranks, topIds, topLogProbs }, s) => {
      const ids = sequences[s]?.ids ?? new Int32Array();
      expect([entropy.length, ranks.length, topIds.length]).toEqual([ids.length, ids.length, 5 * ids.length]);
      expect([entropy[0], ranks[0], topIds[0]]).toEqual([0, 0, 0]);
      ids.forEach((id, i) => {
        if (i === 0) return;
        // What came is the one among the alternatives that its rank says, with its log-probability.
        const rank = ranks[i] ?? 0;
        expect(rank).toBeGreaterThanOrEqual(1);
        if (rank > 5) expect([...topIds.subarray(5 * i, 5 * i + 5)]).not.toContain(id);
        else {
          expect(topIds[5 * i + rank - 1]).toBe(id);
          expect(topLogProbs[5 * i + rank - 1]).toBeCloseTo(logProbs[s]?.[i] ?? NaN, 5);
        }
      });
    });
  });
});

describe('what computes', () => {
  test('no GPU: the CPU, and why', async () => {
    vi.mocked(openDevice).mockRejectedValue(new LosslightError('webgpu-missing', 'No WebGPU here.', ''));
    const { ask, events } = openHost();
    const info = await ask('load', { url: URL_OF_MODEL });
    expect(info.engine).toEqual({
      kind: 'cpu',
      reason: expect.stringContaining(
        'The CPU computes: there is no GPU to be used. No WebGPU here.',
      ) as unknown,
    });
    expect(info.device).toBeUndefined();
    expect((await ask('generate', { prompt, options, which: 'tuned' })).tokens).toHaveLength(3);
    const upload = events.filter((event) => event.type === 'progress' && event.phase === 'upload').at(-1);
    expect(upload).toMatchObject({ done: 23_400, total: 23_400 });
  });

  test('a software GPU: the CPU, and the device is given back', async () => {
    vi.mocked(openDevice).mockResolvedValue(fakeDevice(true));
    const { engine } = await openHost().ask('load', { url: URL_OF_MODEL });
    expect(engine.kind).toBe('cpu');
    expect(engine.reason).toContain('software');
    expect(destroyed).toHaveBeenCalledOnce();
    expect(chooseExecutor).not.toHaveBeenCalled();
  });

  test.each(['wgsl', 'cpu'] as const)('a real GPU: what the short test chooses, %s', async (kind) => {
    const target = fakeDevice(false);
    vi.mocked(openDevice).mockResolvedValue(target);
    const executor = await fakeExecutor({ kind });
    onDevice(executor);
    vi.mocked(chooseExecutor).mockResolvedValue({ executor, reason: 'It was faster.', milliseconds: {} });
    const { ask, events } = openHost();
    const info = await ask('load', { url: URL_OF_MODEL });
    expect(info.engine).toEqual({ kind, reason: 'It was faster.' });
    expect(info.device?.description).toBe(kind === 'wgsl' ? 'A GPU' : undefined);
    expect(destroyed).toHaveBeenCalledTimes(kind === 'wgsl' ? 0 : 1);

    target.health.fail(new LosslightError('device-lost', 'It went.', ''));
    expect(events.some(({ type }) => type === 'fatal')).toBe(kind === 'wgsl');
    const text = ask('generate', { prompt, options, which: 'tuned' });
    if (kind === 'wgsl') await expect(text).rejects.toMatchObject({ code: 'device-lost' });
    else expect((await text).tokens).toHaveLength(3);
  });

  test('a GPU that refuses a kernel: the CPU instead, said; its failure is not the page’s', async () => {
    const target = fakeDevice(false);
    vi.mocked(openDevice).mockResolvedValue(target);
    const dispose = vi.fn();
    const executor = await fakeExecutor({
      prepare: () => {
        const refused = new LosslightError('gpu-error', 'The kernel “attention” was refused.', '');
        target.health.fail(refused);
        return Promise.reject(refused);
      },
      dispose,
    });
    onDevice(executor);
    // The one that was measured is given up for one with a tuner.
    const measured = await fakeExecutor({});
    vi.mocked(chooseExecutor).mockResolvedValue({
      executor: measured,
      reason: 'It was faster.',
      milliseconds: {},
    });
    const { ask, events } = openHost();
    const info = await ask('load', { url: URL_OF_MODEL });
    expect(info.engine).toEqual({
      kind: 'cpu',
      reason: expect.stringContaining(
        'The CPU computes: the GPU could not be set up. The kernel “attention” was refused.',
      ) as unknown,
    });
    expect(dispose).toHaveBeenCalledOnce();
    expect(destroyed).toHaveBeenCalledOnce();
    expect(events.some(({ type }) => type === 'fatal')).toBe(false);
    expect((await ask('generate', { prompt, options, which: 'tuned' })).tokens).toHaveLength(3);
    // The next model finds the CPU.
    expect((await ask('load', { url: URL_OF_MODEL })).engine.kind).toBe('cpu');
  });

  test('a CPU that cannot hold the model, and no GPU either: the first reason', async () => {
    vi.mocked(openDevice).mockRejectedValue(new LosslightError('webgpu-missing', 'No WebGPU here.', ''));
    const cause = new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded');
    const failed: Backend = { kind: 'cpu', reason: '', executor: await fakeExecutor({ kind: 'cpu' }) };
    await expect(otherBackend(failed, cause)).rejects.toBe(cause);
  });

  test('what is asked for is what computes, or an error', async () => {
    vi.mocked(openDevice).mockRejectedValue(new LosslightError('webgpu-missing', 'No WebGPU here.', ''));
    const { ask } = openHost();
    for (const engine of ['wgsl', 'oracle'] as const) {
      await expect(ask('load', { url: URL_OF_MODEL, engine })).rejects.toMatchObject({
        code: 'webgpu-missing',
      });
    }
    const { engine } = await ask('load', { url: URL_OF_MODEL, engine: 'cpu' });
    expect(engine).toEqual({
      kind: 'cpu',
      reason: expect.stringContaining(
        'The CPU computes, because this page’s address asks for it.',
      ) as unknown,
    });
    await expect(ask('loseDevice', null)).rejects.toMatchObject({ code: 'no-device' });
  });
});
