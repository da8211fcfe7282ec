/**
 * @file Counts what whatever runs in this realm asks of WebGPU and WebAssembly: dispatches, submits and bytes, for all
 * competitors in the same way. The prototypes of WebGPU are wrapped, so start the meter before a device is asked for.
 */

export interface Counts {
  dispatches: number;
  submits: number;
}

export interface Meter {
  /** Since the meter was started. */
  counts(): Counts;
  /** Most bytes of GPU buffers that were alive at once: created and not yet destroyed. */
  peakBytes(): number;
  /** Bytes of all WebAssembly memories, which only grow. */
  memoryBytes(): number;
  /** Resolves once every device has done what it was given. */
  idle(): Promise<void>;
}

export function startMeter(): Meter {
  const counts: Counts = { dispatches: 0, submits: 0 };
  const devices: GPUDevice[] = [];
  const memories: WebAssembly.Memory[] = [];
  const alive = new Map<GPUBuffer, number>();
  let [bytes, peak] = [0, 0];
  const forget = (buffer: GPUBuffer) => {
    bytes -= alive.get(buffer) ?? 0;
    alive.delete(buffer);
  };

  if (typeof GPUDevice !== 'undefined') {
    after(GPUQueue.prototype, 'submit', () => void counts.submits++);
    after(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => void counts.dispatches++);
    after(GPUComputePassEncoder.prototype, 'dispatchWorkgroupsIndirect', () => void counts.dispatches++);
    after(GPUAdapter.prototype, 'requestDevice', (_, made) => {
      // Who asked for it hears of a failure.
      made.then(
        (device) => devices.push(device),
        () => undefined,
      );
    });
    after(GPUDevice.prototype, 'createBuffer', (_, buffer) => {
      alive.set(buffer, buffer.size);
      bytes += buffer.size;
      peak = Math.max(peak, bytes);
    });
    after(GPUBuffer.prototype, 'destroy', forget);
  }
  const Memory = WebAssembly.Memory;
  WebAssembly.Memory = new Proxy(Memory, {
    construct(target, given) {
      const made = Reflect.construct(target, given) as WebAssembly.Memory;
      memories.push(made);
      return made;
    },
  });

  return {
    counts: () => ({ ...counts }),
    peakBytes: () => peak,
    memoryBytes: () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    idle: async () => {
      await Promise.all(devices.map(({ queue }) => queue.onSubmittedWorkDone()));
    },
  };
}

/** Calls `listener` with the object and the result after each call of a method. */
function after<Name extends string, Result, T extends Record<Name, (...given: never[]) => Result>>(
  prototype: T,
  name: Name,
  listener: (self: T, result: ReturnType<T[Name]>) => void,
): void {
  const own = prototype[name];
  Object.defineProperty(prototype, name, {
    configurable: true,
    writable: true,
    value(this: T, ...given: Parameters<T[Name]>) {
      const result = own.apply(this, given) as ReturnType<T[Name]>;
      listener(this, result);
      return result;
    },
  });
}
