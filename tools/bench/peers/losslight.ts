/**
 * @file A training step in Losslight, through the doors that the page uses. The plans that the engine prepares on the way
 * are noted, so that parts of the step can be run alone afterwards.
 */
import { openBackend, closeBackend, type Backend } from '../../../src/model/backend';
import { parseConfig } from '../../../src/model/config';
import { PlannedEngine } from '../../../src/model/planned-engine';
import type { Executor, PreparedPlan } from '../../../src/plan/executor';
import type { Operation } from '../../../src/plan/operation';
import type { Job } from '../step/job';
import { groupTimes, LAYER, type OperationTime } from '../step/profile';
import { median } from '../step/statistics.mjs';
import type { Details, Peer, Running } from './peer';

/** Runs of a part alone: the first ones warm up. */
const WARM_UP = 2;
const RUNS = 5;
const LEAST_ROUNDS = 2;
/** Milliseconds after which no further run is begun but for those. */
const PATIENCE = 5000;

export function losslightPeer(kind: 'cpu' | 'wgsl'): Peer {
  return { open: (job) => open(job, kind) };
}

async function open({ fields, weights, batch, settings }: Job, kind: 'cpu' | 'wgsl'): Promise<Running> {
  const backend = await openBackend(kind);
  const { executor } = backend;
  if (!executor) throw new RangeError(`There is no executor “${kind}”.`);
  const prepared = notePlans(executor);
  const engine = await PlannedEngine.load(executor, parseConfig(JSON.stringify(fields)), weights);
  // As a run in the page begins: what it will take, then kernels for its batches.
  const shapes = [{ rows: batch.rows, length: batch.length }];
  const { total: predictedBytes } = engine.forecast(shapes, false);
  await engine.prepare(shapes);
  const step = async () => (await engine.step([batch], settings)).loss;
  return {
    step,
    details: async (profile) => ({
      predictedBytes,
      ...(await detailsOf(backend, executor, [...prepared], step, profile)),
    }),
    dispose() {
      engine.dispose();
      closeBackend(backend);
    },
  };
}

/** Every plan that the executor prepares from now on, for as long as it is kept. */
function notePlans(executor: Executor): Set<PreparedPlan> {
  const known = new Set<PreparedPlan>();
  const prepare = executor.prepare.bind(executor);
  executor.prepare = async (...call) => {
    const made = await prepare(...call);
    const dispose = made.dispose.bind(made);
    made.dispose = () => {
      known.delete(made);
      dispose();
    };
    known.add(made);
    return made;
  };
  return known;
}

const isProduct = ({ name }: Operation) => name.startsWith('matmul ');
const workOf = (operations: readonly Operation[]) => operations.reduce((sum, { work }) => sum + work, 0);

async function detailsOf(
  { target }: Backend,
  executor: Executor,
  plans: readonly PreparedPlan[],
  step: () => Promise<unknown>,
  profile: boolean,
): Promise<Details> {
  const largest = plans.reduce((most, one) =>
    workOf(one.plan.operations) > workOf(most.plan.operations) ? one : most,
  );
  const finish = async () => void (await target?.device.queue.onSubmittedWorkDone());
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    await finish();
    const start = performance.now();
    await work();
    await finish();
    return performance.now() - start;
  };
  /** Several works in turn, so that what else the machine does meanwhile falls on all of them alike. */
  const inTurn = async (works: readonly (() => Promise<unknown>)[]): Promise<number[]> => {
    const rounds: number[][] = [];
    const start = performance.now();
    while (
      rounds.length < LEAST_ROUNDS ||
      (rounds.length < WARM_UP + RUNS && performance.now() - start < PATIENCE)
    ) {
      const round: number[] = [];
      for (const work of works) round.push(await timed(work));
      rounds.push(round);
    }
    const warm = rounds.slice(Math.min(WARM_UP, rounds.length - 1));
    return works.map((_, i) => median(warm.map((round) => round[i] ?? NaN)));
  };
  const alone = async (operations: readonly Operation[]): Promise<number> => {
    const part = await executor.prepare({ ...largest.plan, operations });
    try {
      return (await inTurn([() => part.run()]))[0] ?? NaN;
    } finally {
      part.dispose();
    }
  };

  const { operations } = largest.plan;
  const products = operations.filter(isProduct);
  const update = plans.find(({ plan }) => plan.operations.some(({ name }) => name.startsWith('AdamW')));
  if (!update) throw new RangeError('No plan of the step updates parameters.');
  const part = await executor.prepare({ ...largest.plan, operations: products });
  // The update right after the step whose gradients it takes once more.
  const times = await inTurn([step, () => update.run(), () => part.run()]);
  part.dispose();
  const details: Details = {
    beside: times[0],
    optimizer: times[1],
    products: times[2],
    productWork: workOf(products),
  };
  if (!profile) return details;
  const groups =
    'profile' in largest ? profileOf(largest as ProfiledPlan) : await timesOfGroups(operations, alone);
  return { ...details, profile: groupTimes(groups) };
}

/** A plan on the CPU times each operation. */
type ProfiledPlan = PreparedPlan & { profile(): { operation: Operation; milliseconds: number }[] };

/** The median of several runs for each operation. */
function profileOf(plan: ProfiledPlan): OperationTime[] {
  const runs = Array.from({ length: RUNS }, () => plan.profile());
  return plan.plan.operations.map(({ name, work }, i) => ({
    name,
    work,
    milliseconds: median(runs.map((run) => run[i]?.milliseconds ?? NaN)),
  }));
}

/** On a device an operation alone is too short to be timed: those of one name are run together. */
async function timesOfGroups(
  operations: readonly Operation[],
  alone: (operations: readonly Operation[]) => Promise<number>,
): Promise<OperationTime[]> {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    const name = operation.name.replace(LAYER, '');
    groups.set(name, [...(groups.get(name) ?? []), operation]);
  }
  const times: OperationTime[] = [];
  for (const [name, group] of groups) {
    const milliseconds = await alone(group);
    times.push({ name, milliseconds, work: workOf(group), count: group.length });
  }
  return times;
}
