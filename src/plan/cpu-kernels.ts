/**
 * @file Calls of the vector kernels, on this thread and on helpers where there are any.
 */
import type { CpuMemory } from './cpu-memory';
import { Helpers } from './cpu-threads';
import type { Kernels, ProductCall, Strand } from './operation';
import { kernelImports, kernelModule, WORK_BYTES, type KernelName } from './simd-module';
import { productStrands } from './strands';

type Functions = Record<KernelName, (...args: number[]) => void>;

/** Rows and columns of the product that threads are measured with. */
const TRIAL = 256;
/** Timed runs; the shortest counts. */
const TRIAL_RUNS = 5;
/** More threads must be this much faster to be worth what they take from others. */
const WORTH = 0.9;

export class CpuKernels implements Kernels {
  #helpers: Helpers | undefined;

  private constructor(readonly functions: Functions) {}

  /**
   * @param threads how many at most, this one included; where there are more than one, the memory must be shared
   * @param measured whether to keep only as many as a short test finds faster
   * @throws WebAssembly.CompileError where the page's policy forbids WebAssembly.
   */
  static async create(
    wasm: WebAssembly.Memory,
    memory: CpuMemory,
    threads = 1,
    measured = false,
  ): Promise<CpuKernels> {
    const module = await WebAssembly.compile(kernelModule(wasm.buffer instanceof ArrayBuffer === false));
    const instance = await WebAssembly.instantiate(module, kernelImports(wasm, memory.allocate(WORK_BYTES)));
    const made = new CpuKernels(instance.exports as Functions);
    if (threads > 1) {
      const works = Array.from({ length: threads - 1 }, () => memory.allocate(WORK_BYTES));
      made.#helpers = await Helpers.start(module, wasm, works);
      if (measured) made.#keepWhatPays(memory);
      const kept = made.threads - 1;
      for (const work of works.slice(kept)) memory.free(work, WORK_BYTES);
    }
    return made;
  }

  /** How many threads compute. */
  get threads(): number {
    return 1 + (this.#helpers?.active ?? 0);
  }

  run(strands: readonly Strand[]): void {
    const helpers = this.#helpers;
    if (helpers && strands.length > 1 && helpers.fits(strands)) {
      helpers.run(strands, (strand) => this.#compute(strand));
    } else {
      for (const strand of strands) this.#compute(strand);
    }
  }

  /** C = A · B or C += A · B; places and strides count elements. */
  product(call: ProductCall): void {
    this.run(productStrands(call, this.threads));
  }

  /** Ends the helpers. Everything still works, on this thread alone. */
  dispose(): void {
    this.#helpers?.dispose();
    this.#helpers = undefined;
  }

  #compute(strand: Strand): void {
    for (const [name, ...args] of strand) this.functions[name](...args);
  }

  /** A machine with busy cores is slower with more threads: all wait for the one that has no core. */
  #keepWhatPays(memory: CpuMemory): void {
    const helpers = this.#helpers;
    if (!helpers) return;
    const bytes = 4 * TRIAL * TRIAL;
    const places = [0, 1, 2].map(() => memory.allocate(bytes));
    const [a = 0, b = 0, c = 0] = places.map((place) => place / 4);
    const call: ProductCall = {
      ...{ m: TRIAL, n: TRIAL, k: TRIAL, a, aRow: TRIAL, aColumn: 1, b, bRow: TRIAL, bColumn: 1 },
      ...{ c, cRow: TRIAL, accumulate: false },
    };
    const most = helpers.active;
    let best = { helpers: 0, milliseconds: Infinity };
    for (let count = 0; ; count = Math.min(most, 2 * count + 1)) {
      helpers.active = count;
      let milliseconds = Infinity;
      for (let run = 0; run <= TRIAL_RUNS; run++) {
        const start = performance.now();
        this.product(call);
        // The first run compiles.
        if (run > 0) milliseconds = Math.min(milliseconds, performance.now() - start);
      }
      if (milliseconds < WORTH * best.milliseconds) best = { helpers: count, milliseconds };
      if (count === most) break;
    }
    for (const place of places) memory.free(place, bytes);
    helpers.keep(best.helpers);
    helpers.active = best.helpers;
    if (best.helpers === 0) this.dispose();
  }
}
