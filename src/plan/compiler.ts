/**
 * @file Kernels to pipelines: all at once and without blocking, each code only once for a device.
 */
import { LosslightError } from '../errors';
import type { TensorDevice } from '../tensor/device';
import type { Kernel } from './operation';

const COMPILERS = new WeakMap<GPUDevice, Compiler>();

export class Compiler {
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly #ready = new Map<string, GPUComputePipeline>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  private constructor(readonly target: TensorDevice) {}

  /** The compiler of a device: the same for all executors on it. */
  static for(target: TensorDevice): Compiler {
    const found = COMPILERS.get(target.device) ?? new Compiler(target);
    COMPILERS.set(target.device, found);
    return found;
  }

  /** Kernels compiled so far. */
  get size(): number {
    return this.#ready.size;
  }

  /**
   * Compiles what is not compiled yet.
   *
   * @param onProgress gets, of those, how many are ready and how many there are; not called where there are none
   * @throws LosslightError `gpu-error`, naming the kernel that the device refuses.
   */
  async compile(
    kernels: readonly Kernel[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    const distinct = [...new Map(kernels.map((kernel) => [kernel.code, kernel])).values()];
    const missing = distinct.filter(({ code }) => !this.#ready.has(code));
    let done = 0;
    if (missing.length) onProgress?.(0, missing.length);
    await Promise.all(
      missing.map(async (kernel) => {
        let pipeline = this.#pipelines.get(kernel.code);
        if (!pipeline) {
          pipeline = this.#create(kernel);
          this.#pipelines.set(kernel.code, pipeline);
        }
        this.#ready.set(kernel.code, await pipeline);
        onProgress?.(++done, missing.length);
      }),
    );
  }

  /** @throws RangeError where the kernel was not compiled. */
  pipelineOf(kernel: Kernel): GPUComputePipeline {
    const found = this.#ready.get(kernel.code);
    if (!found) throw new RangeError(`The kernel “${kernel.name}” is not compiled.`);
    return found;
  }

  /** Kernels with the same kinds of bindings share a layout. */
  layoutOf({ buffers }: Kernel): GPUBindGroupLayout {
    const key = buffers.map(({ access }) => access).join();
    let layout = this.#layouts.get(key);
    if (!layout) {
      const visibility = GPUShaderStage.COMPUTE;
      layout = this.target.device.createBindGroupLayout({
        entries: [
          { binding: 0, visibility, buffer: { type: 'uniform' } },
          ...buffers.map(({ access }, i): GPUBindGroupLayoutEntry => ({
            binding: i + 1,
            visibility,
            buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
          })),
        ],
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  async #create(kernel: Kernel): Promise<GPUComputePipeline> {
    const { device } = this.target;
    // The module's own error would come without a name, and beside the program's flow.
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label: kernel.name, code: kernel.code });
    const layout = device.createPipelineLayout({ bindGroupLayouts: [this.layoutOf(kernel)] });
    const made = device.createComputePipelineAsync({
      label: kernel.name,
      layout,
      compute: { module, entryPoint: 'main' },
    });
    const scope = device.popErrorScope();
    try {
      const [pipeline, error] = await Promise.allSettled([made, scope]);
      // The scope says what is wrong with the code, the pipeline only that something is.
      if (error.status === 'fulfilled' && error.value) throw error.value;
      if (pipeline.status === 'rejected') throw pipeline.reason;
      return pipeline.value;
    } catch (cause) {
      this.target.health.check();
      const message = cause instanceof Error || cause instanceof GPUError ? cause.message : String(cause);
      throw new LosslightError(
        'gpu-error',
        `The GPU refused the kernel “${kernel.name}”: ${message}`,
        'Update the browser and the graphics driver, or use another device.',
        { cause },
      );
    }
  }
}
