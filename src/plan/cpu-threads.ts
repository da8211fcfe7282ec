/**
 * @file Helper threads of the CPU executor: worker_threads in Node, workers in a page that is cross-origin isolated. They
 * share the executor's memory and take strands of kernel calls; see cpu-helper.ts for how.
 */
import { CONTROL, CONTROL_BYTES, helper, type HelperStart } from './cpu-helper';
import type { Strand } from './operation';
import { KERNEL_NAMES, KERNEL_PLACES, type KernelCall } from './simd-module';

/** More threads than this get in each other's way at the sizes that are trained here. */
const MOST_THREADS = 8;
/** How often whoever waits for helpers looks before it sleeps. */
const SPINS = 20_000;
/** How long helpers may take to start, in milliseconds; whoever is not there by then is not waited for. */
const START_MILLISECONDS = 2000;

interface NodeWorker {
  unref(): void;
  on(event: 'error', listener: () => void): void;
}
interface NodeModules {
  'node:worker_threads': {
    Worker: new (source: string, options: { eval: true; workerData: HelperStart }) => NodeWorker;
  };
  'node:os': { availableParallelism(): number };
}

/** A module of Node, where this is Node: no import, which a browser could not follow. */
function ofNode<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return process?.getBuiltinModule?.(name) as NodeModules[Name] | undefined;
}

interface Surroundings {
  crossOriginIsolated?: boolean;
  document?: unknown;
  navigator?: { hardwareConcurrency?: number };
  Worker?: unknown;
}

/** Whether threads can share memory, and this one may wait for others, as the page's own may not. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === 'undefined' || typeof Atomics === 'undefined') return false;
  if (ofNode('node:worker_threads')) return true;
  const { crossOriginIsolated, document, Worker } = globalThis as Surroundings;
  return crossOriginIsolated === true && document === undefined && Worker !== undefined;
}

/** How many threads this machine may compute on, this one included. */
export function availableThreads(): number {
  if (!canShareMemory()) return 1;
  const { navigator } = globalThis as Surroundings;
  const cores = ofNode('node:os')?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
  return Math.min(MOST_THREADS, cores);
}

/** A sentence for people: how many threads compute, and why not more. */
export function describeThreads(threads: number): string {
  if (threads > 1) return `It uses ${threads} threads.`;
  if (availableThreads() > 1) return 'It uses one thread: a short test found more of them no faster now.';
  const { crossOriginIsolated, navigator } = globalThis as Surroundings;
  return crossOriginIsolated === false && (navigator?.hardwareConcurrency ?? 1) > 1
    ? 'It uses one thread: threads share memory only where the page’s host isolates it (the headers COOP and COEP).'
    : 'It uses one thread.';
}

/** Starts a helper; `stop` ends it whatever it does. */
function startHelper(start: HelperStart): { stop: () => void } {
  const node = ofNode('node:worker_threads');
  if (node) {
    const source = `(${String(helper)})(require('node:worker_threads').workerData);`;
    const worker = new node.Worker(source, { eval: true, workerData: start });
    // Without helpers there is still this thread.
    worker.on('error', () => undefined);
    // A program that has nothing else to do may end.
    worker.unref();
    return { stop: () => undefined };
  }
  const source = `onmessage = ({ data }) => { (${String(helper)})(data); close(); };`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(trusted(url), { name: `CPU helper ${start.number + 1}` });
  worker.postMessage(start);
  return { stop: () => worker.terminate() };
}

interface ScriptUrls {
  createScriptURL(url: string): string;
}
let policy: ScriptUrls | undefined;

/** The address of a blob, for a page that requires trusted types. A policy's name can be used once, so it is kept. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as {
    trustedTypes?: { createPolicy(name: string, rules: ScriptUrls): ScriptUrls };
  };
  policy ??= trustedTypes?.createPolicy('losslight', {
    createScriptURL: (text) => {
      if (!text.startsWith('blob:')) throw new TypeError(`A helper must come from a blob, not from ${text}.`);
      return text;
    },
  });
  return policy ? policy.createScriptURL(url) : url;
}

export class Helpers {
  readonly #control = new SharedArrayBuffer(CONTROL_BYTES);
  readonly #ints = new Int32Array(this.#control);
  readonly #calls = new Float64Array(this.#control, 4 * CONTROL.calls, CONTROL.mostNumbers);
  readonly #started: { stop: () => void }[];

  private constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, works: readonly number[]) {
    Atomics.store(this.#ints, CONTROL.active, works.length);
    Atomics.store(this.#ints, CONTROL.keep, works.length);
    const shared = { module, memory, names: KERNEL_NAMES, control: this.#control, places: CONTROL };
    this.#started = works.map((work, number) => startHelper({ ...shared, number, work }));
  }

  /**
   * Starts helpers, and waits until they are there.
   *
   * @param works address of working memory for each
   * @returns undefined where they cannot be started
   */
  static async start(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    works: readonly number[],
  ): Promise<Helpers | undefined> {
    let helpers: Helpers;
    try {
      helpers = new Helpers(module, memory, works);
    } catch {
      return undefined;
    }
    const end = performance.now() + START_MILLISECONDS;
    while (Atomics.load(helpers.#ints, CONTROL.ready) < works.length) {
      if (performance.now() > end) {
        helpers.dispose();
        return undefined;
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return helpers;
  }

  /** How many take part. */
  get active(): number {
    return Atomics.load(this.#ints, CONTROL.active);
  }

  set active(count: number) {
    Atomics.store(this.#ints, CONTROL.active, count);
  }

  /** Ends all but so many. */
  keep(count: number): void {
    this.active = Math.min(count, this.active);
    Atomics.store(this.#ints, CONTROL.keep, count);
    Atomics.add(this.#ints, CONTROL.run, 1);
    Atomics.notify(this.#ints, CONTROL.run);
    for (const { stop } of this.#started.splice(count)) stop();
  }

  dispose(): void {
    this.keep(0);
  }

  /** Whether the strands are few and short enough to be handed over. */
  fits(strands: readonly Strand[]): boolean {
    let numbers = 0;
    for (const strand of strands) for (const call of strand) numbers += call.length + 1;
    return strands.length <= CONTROL.mostStrands && numbers <= CONTROL.mostNumbers;
  }

  /**
   * Computes strands on all threads.
   *
   * @param compute computes one of them on this thread
   * @throws Error where a kernel failed on another thread.
   */
  run(strands: readonly Strand[], compute: (strand: Strand) => void): void {
    const ints = this.#ints;
    let at = 0;
    strands.forEach((strand, i) => {
      ints[CONTROL.strands + i] = at;
      for (const call of strand) at = this.#encode(call, at);
    });
    ints[CONTROL.strands + strands.length] = at;
    Atomics.store(ints, CONTROL.done, 0);
    Atomics.store(ints, CONTROL.failed, 0);
    Atomics.store(ints, CONTROL.claim, strands.length << 10);
    Atomics.add(ints, CONTROL.run, 1);
    if (Atomics.load(ints, CONTROL.sleeping) > 0) Atomics.notify(ints, CONTROL.run);
    let others = strands.length;
    try {
      for (;;) {
        const claim = Atomics.add(ints, CONTROL.claim, 1) & 1023;
        const strand = strands[claim];
        if (!strand) break;
        others--;
        compute(strand);
      }
    } catch (error) {
      const next = Atomics.exchange(ints, CONTROL.claim, 0) & 1023;
      this.#awaitDone(others - Math.max(0, strands.length - next));
      throw error;
    }
    this.#awaitDone(others);
    if (Atomics.load(ints, CONTROL.failed) !== 0) {
      throw new Error('A kernel failed on a helper thread.');
    }
  }

  #encode([name, ...args]: KernelCall, at: number): number {
    this.#calls[at] = KERNEL_PLACES.get(name) as number;
    this.#calls[at + 1] = args.length;
    for (let i = 0; i < args.length; i++) this.#calls[at + 2 + i] = args[i] as number;
    return at + 2 + args.length;
  }

  #awaitDone(count: number): void {
    const ints = this.#ints;
    for (let i = 0; i < SPINS; i++) if (Atomics.load(ints, CONTROL.done) === count) return;
    Atomics.store(ints, CONTROL.ownerWaits, 1);
    for (;;) {
      const done = Atomics.load(ints, CONTROL.done);
      if (done === count) break;
      Atomics.wait(ints, CONTROL.done, done);
    }
    Atomics.store(ints, CONTROL.ownerWaits, 0);
  }
}
