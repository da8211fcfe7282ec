/**
 * @file Runs an experiment: every arm with every seed, each once. What is finished is not run again; what was begun and not
 * finished goes on from its last checkpoint, or anew, so that an interruption changes no outcome.
 */
import { LosslightError } from '../errors';
import { isKept, runsOf, type Experiment, type Run } from '../experiment/definition';
import {
  readLog,
  writeCases,
  type Cost,
  type EndLine,
  type LoggedRun,
  type LogLine,
  type Question,
} from '../experiment/log';
import { endCost, type Logs } from '../experiment/results';
import { checkRewardParts, usesOwn } from '../reward/compose';
import type { DecisionCase } from '../reward/decision-report';
import { runArm } from './experiment-arm';
import { conversationsOf, otherRun, scorerOf } from './experiment-data';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from './experiment-checkpoint';
import {
  FILES,
  Interrupted,
  noCost,
  readText,
  type ExperimentHost,
  type ExperimentStore,
} from './experiment-host';
import { weightsOf, writeWeights } from './experiment-weights';
import { decisionCases, reactToTurns, turnsOf, type EvaluatedTurn } from './turn-evaluation';

/** The questions of an experiment, and the model as loaded measured on them. */
interface Ground {
  turns: EvaluatedTurn[];
  questions: Question[];
  base: string;
}

/**
 * Refuses what cannot be run, before anything is.
 *
 * @throws LosslightError `bad-reward`, `code-refused`.
 */
export function checkExperiment({ arms, data }: Experiment, host: Pick<ExperimentHost, 'ownReward'>): void {
  const all = [
    ...arms.flatMap(({ training }) => (training?.rewards.length ? [training.rewards] : [])),
    ...Object.values(data).flatMap((set) => (set.kind === 'rollouts' ? [set.rewards] : [])),
  ];
  for (const parts of all) {
    checkRewardParts(parts);
    if (usesOwn(parts)) scorerOf(parts, host);
  }
}

/**
 * Runs what is not finished yet.
 *
 * @throws Interrupted where the host's signal came; LosslightError `other-experiment` where the store holds something else,
 * and what loading, rendering and training fail with.
 */
export async function runExperiment(experiment: Experiment, host: ExperimentHost): Promise<void> {
  checkExperiment(experiment, host);
  const { seeds } = host;
  const runs = runsOf(experiment).filter(({ seed }) => seeds?.includes(seed) ?? true);
  const todo: Run[] = [];
  for (const run of runs) if (!(await isFinished(experiment, run, host))) todo.push(run);
  host.say(`${runs.length} runs, ${runs.length - todo.length} of them finished`);
  const ground = await openGround(experiment, host);
  for (const [i, run] of todo.entries()) {
    expectGoing(host);
    host.say(`${run.arm.name}, seed ${run.seed}: run ${i + 1} of ${todo.length}`);
    await runOne(experiment, run, ground, host);
  }
}

/** All logs of a store, whether finished or not. @throws LosslightError `no-experiment` where nothing was run there. */
export async function readLogs(experiment: Experiment, store: ExperimentStore): Promise<Logs> {
  const text = await readText(store, FILES.questions);
  if (text === undefined) {
    throw new LosslightError(
      'no-experiment',
      'Nothing of this experiment has been run there yet.',
      'Run it first.',
    );
  }
  const { questions } = JSON.parse(text) as { questions: Question[] };
  const logs = new Map<string, Map<number, LoggedRun>>();
  for (const { arm, seed } of runsOf(experiment)) {
    const log = readLog((await readText(store, FILES.log(arm.name, seed))) ?? '');
    if (!log) continue;
    const known = logs.get(arm.name) ?? new Map<number, LoggedRun>();
    logs.set(arm.name, known.set(seed, log));
  }
  return { questions, runs: logs };
}

/** @throws LosslightError `other-experiment` where it was finished with something else. */
async function isFinished(experiment: Experiment, run: Run, host: ExperimentHost): Promise<boolean> {
  const { arm, seed } = run;
  const file = FILES.log(arm.name, seed);
  const log = readLog((await readText(host.store, file)) ?? '');
  if (!log) return false;
  if (log.begin.definition !== definitionOf(experiment, run, host.model)) throw otherRun(file);
  if (!log.end) return false;
  // It may have ended before that was done.
  await host.store.remove(FILES.checkpoint(arm.name, seed));
  return true;
}

/** Everything that the outcome of a run depends on. */
function definitionOf(experiment: Experiment, { arm, seed }: Run, model: string): string {
  const { data, evaluation } = experiment;
  const chain = [];
  for (let at = arm; ;) {
    chain.push(at.training ?? null);
    const from = experiment.arms.find(({ name }) => name === at.from);
    if (!from) break;
    at = from;
  }
  const own = chain.flatMap((training) => {
    const set = training && data[training.data];
    return set ? [set, ...(set.kind === 'rollouts' ? [data[set.prompts]] : [])] : [];
  });
  const written = (key: string, value: unknown) => {
    // A measurement that is not asked for leaves a run as it was when there was no such setting.
    if (key === 'measureKl' && value === false) return undefined;
    // Without a limit, JSON would write null for it.
    return value === Infinity ? 'Infinity' : value;
  };
  return JSON.stringify(
    { chain, seed, data: own, evaluation: { ...evaluation, data: data[evaluation.data] }, model },
    written,
  );
}

async function openGround(experiment: Experiment, host: ExperimentHost): Promise<Ground> {
  const { store, model } = host;
  const { evaluation, data } = experiment;
  const turns = turnsOf(await conversationsOf(experiment, evaluation.data, 0, host));
  if (turns.length === 0) {
    throw new LosslightError(
      'no-questions',
      `The data set “${evaluation.data}” has no user turn that is known to be answered rightly.`,
      'Evaluate on conversations in which the assistant answers.',
    );
  }
  const questions = turns.map(({ group, expected }): Question => ({
    key: `${group}.${expected.message}`,
    group,
    contested: expected.contested,
    right: expected.decision,
  }));
  const definition = JSON.stringify({ set: data[evaluation.data], evaluation, model });
  const known = await readText(store, FILES.base);
  if (known !== undefined) {
    const read = JSON.parse(known) as { definition: string; cases: string };
    if (read.definition !== definition) throw otherRun(FILES.base);
    return { turns, questions, base: read.cases };
  }
  host.say(`The model as loaded: ${turns.length} questions`);
  await host.engine.adapt({ kind: 'full' });
  const base = writeCases(await measure(experiment, turns, host), questions);
  await store.write(FILES.questions, `${JSON.stringify({ questions })}\n`);
  await store.write(FILES.base, `${JSON.stringify({ definition, cases: base })}\n`);
  return { turns, questions, base };
}

async function measure(
  { evaluation }: Experiment,
  turns: readonly EvaluatedTurn[],
  { engine, inspector, signal }: ExperimentHost,
): Promise<DecisionCase[]> {
  const { maxNewTokens } = evaluation;
  const reactions = await reactToTurns(
    engine,
    inspector,
    turns,
    { maxNewTokens },
    'tuned',
    undefined,
    signal,
  );
  if (signal?.aborted) throw new Interrupted('The experiment was ended.');
  return decisionCases(reactions);
}

async function runOne(
  experiment: Experiment,
  run: Run,
  { turns, questions, base }: Ground,
  host: ExperimentHost,
): Promise<void> {
  const { arm, seed } = run;
  const { store, engine, computes, model } = host;
  const file = FILES.log(arm.name, seed);
  const from = experiment.arms.find(({ name }) => name === arm.from);
  const origin = from?.training && readLog((await readText(store, FILES.log(from.name, seed))) ?? '');
  const before: Cost = origin ? endCost(origin) : noCost(host);
  const definition = definitionOf(experiment, run, model);
  const begin: LogLine = { type: 'begin', arm: arm.name, seed, definition, computes, ...before };
  const lineOf = (line: LogLine) => `${JSON.stringify(line)}\n`;
  const checkpoint = arm.training && (await openCheckpoint(run, definition, host));
  // Before anything is written: what cannot be made again leaves the folder as it is. A checkpoint has its own weights.
  const weights = from?.training && !checkpoint && (await weightsOf(experiment, from.name, seed, host));
  let written = checkpoint?.lines ?? 1;
  if (!checkpoint) await store.write(file, lineOf(begin));
  const log = async (...lines: LogLine[]) => {
    await store.append(file, lines.map(lineOf).join(''));
    written += lines.length;
    for (const line of lines) host.logged?.(arm.name, seed, line);
  };
  const place = FILES.checkpoint(arm.name, seed);
  const keep = (now: Omit<Checkpoint, 'definition' | 'lines'>) =>
    store.write(place, writeCheckpoint({ ...now, definition, lines: written }));
  const first = origin?.evaluations.at(-1)?.cases ?? base;
  let end: EndLine;
  if (arm.training) {
    const evaluate = async () => writeCases(await measure(experiment, turns, host), questions);
    const { training } = arm;
    end = await runArm(
      experiment,
      {
        ...{ ...run, training, before, first, evaluate, log, keep },
        ...(weights && { weights }),
        ...(checkpoint && { checkpoint }),
      },
      host,
    );
    if (isKept(experiment, arm))
      end = { ...end, weights: await writeWeights(store, arm.name, seed, await engine.read()) };
  } else {
    await log({ type: 'evaluation', step: 0, ...before, cases: base });
    end = { type: 'end', step: 0, by: 'steps', ...before };
  }
  await log(end);
  await store.remove(place);
}

/** Where a run was left, its log cut back to there; undefined where it begins anew. */
async function openCheckpoint(
  { arm, seed }: Run,
  definition: string,
  { store, engine, say }: ExperimentHost,
): Promise<Checkpoint | undefined> {
  const bytes = engine.restore && (await store.read(FILES.checkpoint(arm.name, seed)));
  const found = bytes && readCheckpoint(bytes);
  if (found?.definition !== definition) return undefined;
  const file = FILES.log(arm.name, seed);
  const lines = ((await readText(store, file)) ?? '').split('\n').slice(0, -1);
  if (lines.length < found.lines) return undefined;
  await store.write(
    file,
    lines
      .slice(0, found.lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
  say(`${arm.name}, seed ${seed}: goes on after step ${found.run.step}`);
  return found;
}

function expectGoing({ signal }: ExperimentHost): void {
  if (signal?.aborted) throw new Interrupted('The experiment was ended.');
}
