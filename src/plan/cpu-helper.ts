/**
 * @file What a helper thread of the CPU executor does: waits for strands of kernel calls, computes those that it gets hold
 * of, and says so. `helper` is started from its own source text, so it may use nothing from outside itself.
 */

/** What a helper is given. */
export interface HelperStart {
  module: WebAssembly.Module;
  /** Shared by all threads. */
  memory: WebAssembly.Memory;
  /** Names of the kernels in the order of their numbers. */
  names: readonly string[];
  /** From 0. */
  number: number;
  /** Address of this thread's working memory. */
  work: number;
  control: SharedArrayBuffer;
  places: typeof CONTROL;
}

/**
 * Places of the control block, in 32-bit integers from its beginning.
 *
 * `claim` holds the number of strands times 1024, plus the number of the next one: adding 1 claims a strand, whoever does
 * it and however late. A strand's calls are numbers of 64 bits from `calls`: kernel, number of arguments, arguments.
 */
export const CONTROL = {
  claim: 0,
  /** Strands that helpers have finished in this run. */
  done: 1,
  /** Counts runs; helpers wait for it to change. */
  run: 2,
  sleeping: 3,
  ready: 4,
  /** Not 0 once a helper's kernel has failed. */
  failed: 5,
  /** Helpers with this number and above take no part. */
  active: 6,
  ownerWaits: 7,
  /** Helpers with this number and above end. */
  keep: 8,
  /** Where each strand's calls begin, and where the last one ends. */
  strands: 16,
  mostStrands: 512,
  calls: 1024,
  mostNumbers: 32_768,
} as const;

/** Bytes of the control block. */
export const CONTROL_BYTES = 4 * CONTROL.calls + 8 * CONTROL.mostNumbers;

/** Runs until `keep` says that this helper is no longer needed. Blocks its thread. */
export function helper(start: HelperStart): void {
  const { module, memory, names, number, work, places } = start;
  const control = new Int32Array(start.control);
  const calls = new Float64Array(start.control, 4 * places.calls, places.mostNumbers);
  // About 30 µs: the next operation of a plan mostly comes sooner than that.
  const spins = 4000;
  const { exports } = new WebAssembly.Instance(module, {
    host: { log: Math.log, memory, work: new WebAssembly.Global({ value: 'i32' }, work) },
  });
  const kernels = names.map((name) => exports[name] as (...args: number[]) => void);
  const compute = (strand: number): void => {
    const end = control[places.strands + strand + 1] as number;
    let at = control[places.strands + strand] as number;
    while (at < end) {
      const count = calls[at + 1] as number;
      kernels[calls[at] as number]?.(...calls.subarray(at + 2, at + 2 + count));
      at += 2 + count;
    }
  };
  const takeStrands = (): void => {
    for (;;) {
      const claim = Atomics.add(control, places.claim, 1);
      const strand = claim & 1023;
      if (strand >= claim >>> 10) return;
      try {
        compute(strand);
      } catch {
        Atomics.store(control, places.failed, 1);
      }
      Atomics.add(control, places.done, 1);
      if (Atomics.load(control, places.ownerWaits) !== 0) Atomics.notify(control, places.done);
    }
  };
  let seen = Atomics.load(control, places.run);
  Atomics.add(control, places.ready, 1);
  while (number < Atomics.load(control, places.keep)) {
    for (let i = 0; i < spins && Atomics.load(control, places.run) === seen; i++);
    Atomics.add(control, places.sleeping, 1);
    Atomics.wait(control, places.run, seen);
    Atomics.sub(control, places.sleeping, 1);
    seen = Atomics.load(control, places.run);
    if (number < Atomics.load(control, places.active)) takeStrands();
  }
}
