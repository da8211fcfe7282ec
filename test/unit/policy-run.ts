/**
 * @file Runs on policy in tests: the golden Llama with rewards by token, and the shipped model with its own texts.
 */
import { openModelFolder } from '../../src/cli/model-folder';
import { composeAll } from '../../src/conversation/practice/compose';
import { loadWeights } from '../../src/model/load-weights';
import { PlannedEngine } from '../../src/model/planned-engine';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { promptsOf } from '../../src/rollout/local-texts';
import type { RolloutTexts } from '../../src/rollout/types';
import { openModel } from '../../src/sequence/open-model';
import { DEFAULT_OBJECTIVE, type ObjectiveSettings } from '../../src/settings/objective';
import { PolicyLoop } from '../../src/train/policy-loop';
import type {
  RolloutPrompt,
  RolloutReport,
  RunState,
  StepReport,
  TrainSettings,
} from '../../src/worker/protocol';
import { readGolden } from './plan-llama-golden';

export const RUN: TrainSettings = {
  steps: 1,
  batchSize: 1,
  learningRate: 1e-3,
  warmupSteps: 0,
  weightDecay: 0,
  clipNorm: 1,
  seed: 1,
  maxLength: 512,
};

export async function tinyEngine(): Promise<PlannedEngine> {
  const { config, weights } = readGolden('tied');
  return PlannedEngine.load(await CpuExecutor.create({ threads: 1 }), config, weights);
}

/** The shipped model, and prompts of practice conversations. */
export async function pocket(conversations = 6) {
  const folder = await openModelFolder('public/models/pocket');
  const { inspector } = openModel({ files: folder.files });
  const executor = await CpuExecutor.create({ threads: 1 });
  const engine = await PlannedEngine.load(executor, folder.config, loadWeights(folder.config, folder.source));
  await folder.close();
  const prompts = promptsOf(composeAll(conversations, { seed: 3, turns: 1 }));
  return { engine, inspector, prompts };
}

/** Prompts of ids alone, whose completions are rewarded by their tokens; nothing is called. */
export function tokenTexts(
  prompts: readonly number[][],
  reward: (ids: Int32Array, prompt: number) => number | undefined,
): RolloutTexts {
  return {
    open: async () => ({ prompts: prompts.map((ids) => ({ ids: Int32Array.from(ids) })), stopIds: [] }),
    extend: async () => undefined,
    finish: async (turns) =>
      turns.map(({ prompt, rounds }) => {
        const [round] = rounds;
        const ids = round?.ids ?? new Int32Array();
        const tokens = ids.length;
        return {
          completion: { messages: [], reactions: [], text: '', tokens, thinkTokens: 0, ended: true },
          reward: { total: reward(ids, prompt), parts: [] },
          kinds: [new Uint8Array((round?.prompt.length ?? 0) + tokens)],
        };
      }),
  };
}

export const idPrompts = (count: number): RolloutPrompt[] =>
  Array.from({ length: count }, (_, i) => ({
    conversation: { id: `p${i}`, messages: [], extra: {}, source: { file: '', record: i, line: 1 } },
    message: 0,
  }));

/** A whole run, and what it said. */
export async function runPolicy(
  engine: PlannedEngine,
  texts: RolloutTexts,
  prompts: readonly RolloutPrompt[],
  settings: Partial<TrainSettings>,
  objective: Partial<ObjectiveSettings>,
  onState?: (state: RunState, loop: PolicyLoop) => void,
) {
  const reports: StepReport[] = [];
  const rollouts: RolloutReport[][] = [];
  const states: RunState[] = [];
  const errors: unknown[] = [];
  const loop: PolicyLoop = new PolicyLoop(
    engine,
    texts,
    prompts,
    { ...RUN, ...settings },
    { ...DEFAULT_OBJECTIVE, ...objective },
    {
      onStep: (report) => reports.push(report),
      onRollouts: (_, list) => rollouts.push(list),
      onState: (state, error) => {
        states.push(state);
        if (error !== undefined) errors.push(error);
        onState?.(state, loop);
      },
    },
  );
  await loop.run(false);
  return { reports, rollouts, states, errors };
}

/** Whether two sets of values are the same, bit for bit. Comparing millions of numbers one by one takes a test minutes. */
export const equalBits = (a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>) =>
  a.size === b.size &&
  [...a].every(([name, values]) => {
    const other = b.get(name);
    return other !== undefined && Buffer.compare(bytesOf(values), bytesOf(other)) === 0;
  });

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);
