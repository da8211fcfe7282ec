/**
 * @file Golden values of objectives on policy from TRL, and their completions as an engine would have written them.
 */
import { readFileSync } from 'node:fs';
import { decodeTensor, parseSafetensors } from '../../src/model/safetensors';
import type { RewardedTurn } from '../../src/train/policy-samples';
import {
  DEFAULT_OBJECTIVE,
  type ObjectiveKind,
  type ObjectiveSettings,
  type Reduction,
} from '../../src/settings/objective';
import { SEGMENT_KINDS } from '../../src/template/rendered';

interface Case {
  trainer: 'grpo' | 'rloo';
  reduction: Reduction | null;
  level: 'token' | 'sequence' | null;
  beta: number;
  /** `baseline`: REINFORCE, with the mean of all rewards. */
  scale: ObjectiveSettings['rewardScale'] | 'baseline' | null;
  clipLow: number;
  clipHigh: number;
  loss: number;
  advantages: number[];
  clip: number;
  kl: number | null;
  /** dloss / dlog-probability of each token of each completion. */
  slopes: number[][];
}

export interface Golden {
  /** 1 where it is absent. */
  temperature?: number;
  longest: number;
  rows: { group: number; prompt: number[]; parts: number[][] }[];
  rewards: number[];
  old: number[][];
  reference: number[][];
  now: number[][];
  cases: Record<string, Case>;
  missing: { rewards: (number | null)[]; group: number[]; batch: number[]; none: number[]; rloo: number[] };
  reductions: { counts: number[]; parts: number[]; longest: number; weights: Record<Reduction, number[]> };
}

type Folder = 'on-policy' | 'temperature';

export const readOnPolicy = (folder: Folder) =>
  JSON.parse(readFileSync(`test/golden/${folder}/expected.json`).toString()) as Golden;

export const golden = readOnPolicy('on-policy');

/** The gradient of every parameter, by name. */
export function goldenGradients(name: string, folder: Folder = 'on-policy'): Map<string, Float32Array> {
  const { tensors } = parseSafetensors(readFileSync(`test/golden/${folder}/gradients.safetensors`));
  const own = [...tensors].filter(([key]) => key.startsWith(`${name}/`));
  return new Map(own.map(([key, tensor]) => [key.slice(name.length + 1), decodeTensor(tensor)]));
}

function kindOf(trainer: Case['trainer'], level: Case['level'], scale: Case['scale']): ObjectiveKind {
  if (trainer === 'rloo') return 'rloo';
  if (scale === 'baseline') return 'reinforce';
  return level === 'sequence' ? 'gspo' : 'grpo';
}

/** The objective of a case. */
export function goldenObjective({
  trainer,
  reduction,
  level,
  beta,
  scale,
  ...clip
}: Case): ObjectiveSettings {
  return {
    ...DEFAULT_OBJECTIVE,
    kind: kindOf(trainer, level, scale),
    clipLow: clip.clipLow,
    clipHigh: clip.clipHigh,
    kl: beta,
    maxNewTokens: golden.longest,
    ...(reduction && { reduction }),
    ...(scale && scale !== 'baseline' && { rewardScale: scale }),
  };
}

/** The completions as they would have been written: a tool's result in the middle is part of the second prompt. */
export function goldenTurns(from: Pick<Golden, 'rows' | 'old' | 'rewards'> = golden): RewardedTurn[] {
  return from.rows.map(({ group, prompt, parts }, row) => {
    const old = from.old[row] ?? [];
    const rounds = parts.flatMap((part, i) => {
      if (i % 2 === 1) return [];
      const before = [...prompt, ...parts.slice(0, i).flat()];
      const from = before.length - prompt.length;
      return {
        prompt: Int32Array.from(before),
        ids: Int32Array.from(part),
        ending: 'stop' as const,
        logProbs: Float32Array.from(old.slice(from, from + part.length)),
        entropies: new Float32Array(part.length),
      };
    });
    const answer = SEGMENT_KINDS.indexOf('answer');
    return {
      turn: { prompt: group, group, rounds },
      read: {
        completion: { messages: [], reactions: [], text: '', tokens: 0, thinkTokens: 0, ended: true },
        reward: { total: from.rewards[row], parts: [] },
        kinds: rounds.map(({ prompt: before, ids }) =>
          new Uint8Array(before.length + ids.length).fill(answer),
        ),
      },
    };
  });
}
