/**
 * @file Failures of the device: each gives its named error, and no number ever comes from a broken device.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { OracleEngine } from '../../src/model/oracle';
import type { toBatch } from '../../src/sequence/batch';
import { openDevice, type TensorDevice } from '../../src/tensor/device';
import * as tf from '../../src/tensor/tf';
import { readBack, useDevice } from '../../src/tensor/tfjs';
import { caseBatch, collect, goldenEngine, loadGolden, newDevice } from './support';

const named = (code: string) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(/./) as string,
    remedy: expect.stringMatching(/./) as string,
  }) as Error;

describe('opening', () => {
  test('describes the device and asks for all that the adapter has', async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const { device, description, health } = await openDevice();
    expect(description.software).toBe(true);
    expect(description.features.length).toBeGreaterThan(0);
    for (const feature of description.features) expect(device.features.has(feature)).toBe(true);
    expect(device.limits.maxBufferSize).toBe(adapter?.limits.maxBufferSize);
    expect(device.limits.maxStorageBufferBindingSize).toBe(adapter?.limits.maxStorageBufferBindingSize);
    expect(device.limits.maxComputeWorkgroupStorageSize).toBe(adapter?.limits.maxComputeWorkgroupStorageSize);
    expect(health.failure).toBeUndefined();
    device.destroy();
  });

  test('no WebGPU, and WebGPU without an adapter', async () => {
    const none = undefined as unknown as GPU;
    const empty = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
    // An explicit undefined would take the default, so the property itself is hidden.
    const original = Object.getOwnPropertyDescriptor(Navigator.prototype, 'gpu');
    Object.defineProperty(Navigator.prototype, 'gpu', { configurable: true, get: () => none });
    try {
      await expect(openDevice()).rejects.toThrow(named('webgpu-missing'));
    } finally {
      if (original) Object.defineProperty(Navigator.prototype, 'gpu', original);
    }
    await expect(openDevice(empty)).rejects.toThrow(named('webgpu-missing'));
  });

  test('an adapter that refuses', async () => {
    const adapter = {
      features: new Set(),
      limits: {},
      info: {},
      requestDevice: () => Promise.reject(new TypeError('no such feature')),
    };
    const gpu = { requestAdapter: () => Promise.resolve(adapter) } as unknown as GPU;
    await expect(openDevice(gpu)).rejects.toThrow(named('gpu-error'));
  });
});

describe('a device that fails', () => {
  let target: TensorDevice;
  let engine: OracleEngine;
  let batch: ReturnType<typeof toBatch>;
  let failures: string[];

  beforeEach(async () => {
    target = await newDevice();
    failures = [];
    target.health.onFailure(({ code }) => failures.push(code));
    const golden = await loadGolden('untied');
    engine = await goldenEngine(golden, target);
    batch = caseBatch(golden, 'single');
  });

  const settings = {
    learningRate: 1e-3,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weightDecay: 0,
    clipNorm: 1,
  };
  const options = { maxNewTokens: 3, temperature: 0, topP: 1, seed: 0, stopIds: [] };
  const everyCall = () => [
    engine.score(batch, 'base'),
    engine.logits(batch, 'tuned'),
    engine.lossAndGradients(batch),
    engine.step([batch], settings),
    engine.read(),
    engine.reset(),
    collect(engine.generate(Int32Array.of(1, 2), options, 'base')),
  ];

  test('lost before: every call is refused', async () => {
    target.device.destroy();
    await target.device.lost;
    for (const call of await Promise.allSettled(everyCall())) {
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'device-lost' } });
    }
    expect(failures).toEqual(['device-lost']);
    await expect(useDevice(target)).rejects.toThrow(named('device-lost'));
  });

  test('lost while work is under way: every call is refused', async () => {
    const calls = everyCall();
    target.device.destroy();
    const results = await Promise.allSettled(calls);
    for (const [i, result] of results.entries()) {
      // Resetting only shares buffers again; no number comes of it.
      if (i === 5 && result.status === 'fulfilled') continue;
      expect(result, `call ${i}`).toMatchObject({ status: 'rejected', reason: { code: 'device-lost' } });
    }
  });

  test('an error beside the program’s flow: the number that follows is refused', async () => {
    const before = await engine.score(batch, 'base');
    expect(before).toHaveLength(batch.ids.length);
    // What a wrong kernel would do: a mistake that only `uncapturederror` reports.
    target.device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    await expect(engine.score(batch, 'base')).rejects.toThrow(named('gpu-error'));
    await expect(engine.step([batch], settings)).rejects.toThrow(named('gpu-error'));
    expect(failures).toEqual(['gpu-error']);
  });

  test('a buffer above the limit: no zeros', async () => {
    const size = target.device.limits.maxBufferSize / 4 + 1024;
    const sum = tf.tidy(() => tf.fill([size], 1).sum());
    await expect(readBack(target, sum)).rejects.toMatchObject({
      code: expect.stringMatching(/^(gpu-error|out-of-memory)$/) as string,
    });
  });

  test('a program that does not compile: no zeros', async () => {
    const module = target.device.createShaderModule({ code: 'this is not WGSL' });
    target.device.createComputePipeline({ layout: 'auto', compute: { module } });
    await expect(engine.score(batch, 'base')).rejects.toThrow(named('gpu-error'));
  });

  test('a tensor larger than the device’s buffers is named before it is uploaded', async () => {
    const golden = await loadGolden('untied');
    const limits = { maxBufferSize: 1024, maxStorageBufferBindingSize: 2048 };
    const device = { limits } as unknown as GPUDevice;
    await expect(goldenEngine(golden, { ...target, device })).rejects.toThrow(named('out-of-memory'));
  });
});
