/**
 * @file Two thousand steps on the device: neither the bytes that the executor counts nor the device's live buffers grow
 * after the first ten.
 */
import { expect, test } from 'vitest';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { soak } from './soak-run';
import { newDevice } from './support';

test('two thousand steps: memory is flat after the first ten, and the model learns', async () => {
  const target = await newDevice();
  const { device } = target;
  /** Bytes of every buffer that was made and not destroyed. */
  const live = new Map<GPUBuffer, number>();
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    live.set(buffer, descriptor.size);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      live.delete(buffer);
      destroy();
    };
    return buffer;
  };
  const executor = new WgslExecutor(target);
  const buffers: string[] = [];
  const { losses, sizes } = await soak(executor, 2000, () => {
    buffers.push(`${live.size} buffers of ${[...live.values()].reduce((sum, size) => sum + size, 0)} bytes`);
    return executor.bytes;
  });
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? NaN));
  expect(sizes.length).toBe(21);
  expect(new Set(sizes).size).toBe(1);
  expect(new Set(buffers).size).toBe(1);
  expect(executor.bytes).toBe(0);
  expect(live.size).toBe(0);
}, 300_000);
