// @ts-check
/**
 * @file A training step beside its peers: Losslight on both executors, plain tfjs, and jax-js on WebGPU and in WebAssembly,
 * on the same weights and batch. Every row runs in a realm of its own; one that fails says why, and the others go on.
 */
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser, openNode } from './step/hosts.mjs';
import { PEERS } from './step/options.mjs';
import { aimLines, aimsOf, columns, growthTable, judge, tableOf, warningsOf } from './step/report.mjs';
import { growthGrid, loadShapes, requestOf } from './step/shapes.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Growth is measured for Losslight and jax-js; on a software device not for its WebGPU, which compiles for minutes. */
const GROWING = ['losslight-cpu', 'losslight-wgsl', 'jax-wasm'];
const GROWING_HARDWARE = [...GROWING, 'jax-wgsl'];
/** Seconds after which a row begins no further step. */
const PATIENCE = 20;
const GROWTH_PATIENCE = 5;
/** Runnable processes for each processor, before the benchmark begins, from which its times cannot be trusted. */
const BUSY = 0.5;
/** Operations of a step that are listed. */
const LISTED = 12;

/** @param {Record<string, unknown>} values */
export async function run(values) {
  const steps = whole(values, 'steps');
  const limit = whole(values, 'limit');
  const shapes = choose('shape', values.shape, await loadShapes(), ({ name }) => name);
  const peers = choose('peers', values.peers, PEERS, (name) => name);
  const folder = path.join(ROOT, '.cache', 'bench', values.node ? 'step-node' : 'step-page');
  const host = await (values.node ? openNode({ folder }) : openBrowser({ folder, gpu: values.gpu === true }));
  const [load = 0] = loadavg();
  // The twins are for software devices; the CPU's rows compute the same as the GPU's.
  const full = values.full === true || !host.software;
  say(
    `${host.name}, WebGPU: ${host.adapter || 'none'}${full ? '' : ' (a software device: smaller batches)'}`,
  );
  try {
    /** @returns {Promise<{ row?: import('./step/row').Row, error?: string }>} */
    const measure = async (
      /** @type {import('./step/job').ShapeRequest} */ shape,
      /** @type {string} */ peer,
      /** @type {{ patience: number, details?: 'parts' | 'profile' }} */ options,
    ) => {
      const start = performance.now();
      const request = { peer, shape, steps, ...options };
      const answer = await host.measure(request, limit).catch((error) => ({ error: String(error.message) }));
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      const [what] = ('error' in answer ? answer.error : `${answer.row.step.toFixed(1)} ms a step`).split(
        '\n',
      );
      say(`${shape.name}, ${peer}: ${what} (${seconds} s)`);
      return 'error' in answer ? { error: what } : answer;
    };
    /** @type {import('./step/report.mjs').Entry[]} */
    const entries = [];
    for (const shape of shapes) {
      for (const peer of peers) {
        const request = requestOf(shape, full, values.node === true);
        entries.push({
          shape: shape.name,
          peer,
          ...(await measure(request, peer, {
            patience: PATIENCE,
            details: values.profile ? 'profile' : 'parts',
          })),
        });
      }
    }
    const judged = judge(entries);
    const aims = aimsOf(judged);
    const growth = [];
    if (values.growth) {
      const crossing = new Map();
      const growing = host.software ? GROWING : GROWING_HARDWARE;
      for (const { axis, x, shape } of growthGrid(!host.software)) {
        for (const peer of peers.filter((name) => growing.includes(name))) {
          // The axes cross in one shape.
          const key = `${shape.name}, ${peer}`;
          const found = crossing.get(key) ?? (await measure(shape, peer, { patience: GROWTH_PATIENCE })).row;
          if (found) crossing.set(key, found);
          growth.push({ axis, x, peer, step: found?.step });
        }
      }
    }
    const device = { host: host.name, adapter: host.adapter, software: host.software, load };
    return {
      rows: tableOf(judged),
      notes: [
        ...(load > BUSY * cpus().length
          ? [`This machine was busy (load ${load.toFixed(1)}): times are too long.`]
          : []),
        ...warningsOf(judged),
        ...aimLines(aims),
        ...(values.growth ? ['', ...columns(growthTable(growth))] : []),
        ...(values.profile ? profileLines(judged) : []),
      ],
      figures: { device, full, entries: judged, aims, growth },
    };
  } finally {
    await host.close();
  }
}

/** Where a step's time goes. @param {readonly import('./step/report.mjs').Judged[]} entries */
function profileLines(entries) {
  return entries.flatMap(({ shape, peer, row }) => {
    if (!row?.profile) return [];
    const lines = row.profile
      .slice(0, LISTED)
      .map(
        ({ kind, milliseconds, count, share, gflops }) =>
          `  ${(100 * share).toFixed(1).padStart(5)}%  ${milliseconds.toFixed(2).padStart(8)} ms  ${gflops.toFixed(2).padStart(7)} GFLOP/s  ${count} × ${kind}`,
      );
    return [`${shape}, ${peer}: operations, each kind alone`, ...lines];
  });
}

/**
 * @param {Record<string, unknown>} values
 * @param {string} name
 */
function whole(values, name) {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1) {
    throw new RangeError(`--${name} is “${values[name]}”: give a whole number from 1.`);
  }
  return number;
}

/**
 * Those of a list that a comma-separated option names, in the option's order.
 *
 * @template T
 * @param {string} option
 * @param {unknown} value
 * @param {readonly T[]} known
 * @param {(one: T) => string} nameOf
 * @returns {T[]}
 */
export function choose(option, value, known, nameOf) {
  return String(value)
    .split(',')
    .map((name) => {
      const found = known.find((one) => nameOf(one) === name.trim());
      if (found === undefined) {
        throw new RangeError(`--${option}: there is no “${name}”; use ${known.map(nameOf).join(', ')}.`);
      }
      return found;
    });
}

/** Progress; the table alone goes to standard output. @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}
