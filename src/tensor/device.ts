/**
 * @file The GPU device: asked for with the adapter's full limits, watched for errors, and described for people.
 *
 * WebGPU reports most mistakes beside the program's flow, and a lost device goes on accepting work. So every failure is
 * kept in a `DeviceHealth`, which is asked before work begins and again before any number is handed out.
 */
import { LosslightError } from '../errors';

/** What people should know about the device they compute on. */
export interface DeviceDescription {
  vendor: string;
  architecture: string;
  description: string;
  /** True for a software device such as SwiftShader: correct, but slow. */
  software: boolean;
  features: string[];
}

export interface TensorDevice {
  readonly device: GPUDevice;
  readonly adapterInfo: GPUAdapterInfo;
  readonly description: DeviceDescription;
  readonly health: DeviceHealth;
}

const OPTIONAL_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const;
const RELOAD = 'Restart the engine, or reload the page, and load the model again.';
const SUPPORT =
  'Use a recent Chrome or Edge on a machine with a GPU; on Linux, WebGPU may have to be enabled in chrome://flags. ' +
  'Without “engine” in the page’s address, the CPU computes where there is no GPU.';

/** Remembers the first failure of a device. Once failed, a device stays failed. */
export class DeviceHealth {
  #failure: LosslightError | undefined;
  readonly #listeners: ((failure: LosslightError) => void)[] = [];
  #settle: () => void = () => undefined;
  /** Resolves at the first failure; never where there is none. */
  readonly failed = new Promise<void>((resolve) => (this.#settle = resolve));

  get failure(): LosslightError | undefined {
    return this.#failure;
  }

  /** Calls `listener` once, at the first failure. */
  onFailure(listener: (failure: LosslightError) => void): void {
    this.#listeners.push(listener);
  }

  /** Records a failure; later ones are consequences of the first and are dropped. */
  fail(failure: LosslightError): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.#settle();
    for (const listener of this.#listeners) listener(failure);
  }

  /** @throws LosslightError with the first failure, if there was one. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }
}

/**
 * Asks the browser for a GPU device with all limits that the adapter offers and, where present, `shader-f16`,
 * `subgroups` and `timestamp-query`.
 *
 * @throws LosslightError `webgpu-missing` where there is no WebGPU or no adapter; `gpu-error` where the adapter gives no device.
 */
export async function openDevice(gpu: GPU | undefined = globalThis.navigator?.gpu): Promise<TensorDevice> {
  if (!gpu) throw new LosslightError('webgpu-missing', 'This browser does not offer WebGPU.', SUPPORT);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new LosslightError('webgpu-missing', 'The browser has WebGPU but offers no GPU adapter.', SUPPORT);
  }
  const requiredFeatures = OPTIONAL_FEATURES.filter((feature) => adapter.features.has(feature));
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ requiredFeatures, requiredLimits: fullLimits(adapter) });
  } catch (cause) {
    throw new LosslightError('gpu-error', `The GPU adapter gave no device: ${messageOf(cause)}`, RELOAD, {
      cause,
    });
  }
  return {
    device,
    adapterInfo: adapter.info,
    description: describe(adapter, requiredFeatures),
    health: watch(device),
  };
}

/** Everything that the adapter can do. Limits are getters of the prototype, so `for…in` is what sees them. */
function fullLimits(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const name in adapter.limits) {
    const value: unknown = Reflect.get(adapter.limits, name);
    if (typeof value === 'number') limits[name] = value;
  }
  return limits;
}

function describe(adapter: GPUAdapter, features: readonly string[]): DeviceDescription {
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  return {
    vendor,
    architecture,
    description,
    software:
      isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|warp/i.test(`${architecture} ${description}`),
    features: [...features],
  };
}

function watch(device: GPUDevice): DeviceHealth {
  const health = new DeviceHealth();
  device.addEventListener('uncapturederror', ({ error }) => {
    health.fail(
      error instanceof GPUOutOfMemoryError
        ? new LosslightError(
            'out-of-memory',
            `The GPU ran out of memory: ${error.message}`,
            'Use a smaller batch size or shorter sequences, close other tabs that use the GPU, then reload the page.',
          )
        : new LosslightError('gpu-error', `The GPU refused an operation: ${error.message}`, RELOAD),
    );
  });
  void device.lost.then(({ message, reason }) => {
    health.fail(
      deviceLost(message || (reason === 'destroyed' ? 'it was destroyed' : 'the driver gave no reason')),
    );
  });
  return health;
}

/** The error for a device that is gone, with what is known of the reason. */
export function deviceLost(detail: string): LosslightError {
  return new LosslightError('device-lost', `The GPU device was lost: ${detail}`, RELOAD);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
