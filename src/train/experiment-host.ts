/**
 * @file What an experiment needs of its surroundings: a model, files to learn from, and a place to write to.
 */
import type { FormatId } from '../conversation/formats';
import type { Conversation } from '../conversation/types';
import { fileNameOf } from '../experiment/definition';
import { NO_COST, type Cost, type LogLine } from '../experiment/log';
import type { Engine } from '../model/engine';
import type { OwnScore } from '../reward/compose';
import type { RewardInput } from '../reward/types';
import type { Inspector } from '../sequence/inspector';

/** The folder of an experiment's outcome. Names may have folders before them, parted by `/`. */
export interface ExperimentStore {
  /** Undefined where there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Puts a file in place whole or not at all, whatever happens meanwhile. */
  write(name: string, content: string | Uint8Array): Promise<void>;
  /** Takes a file away; nothing happens where there is none. */
  remove(name: string): Promise<void>;
  /** Adds to a file's end; it is there when this resolves. */
  append(name: string, text: string): Promise<void>;
}

export interface ExperimentHost {
  engine: Engine;
  inspector: Inspector;
  /** What tells the model's files from all others, such as a digest of them. */
  model: string;
  /** What computes, for people. */
  computes: string;
  store: ExperimentStore;
  /** The good conversations of a file that the experiment names. */
  conversations(path: string, format: FormatId | undefined): Promise<Conversation[]>;
  /** Runs somebody's JavaScript; absent where that is not allowed. */
  ownReward?(code: string, input: RewardInput): Promise<OwnScore>;
  /** For people: what is being done, a line each. */
  say(line: string): void;
  /** Gets every line of a run's log, once it is written. */
  logged?(arm: string, seed: number, line: LogLine): void;
  /** Seconds of a processor that this process has used, all its threads together; absent where that cannot be told. */
  processorSeconds?(): number;
  /** Runs with these seeds alone; other processes may run the others into the same store. */
  seeds?: readonly number[];
  /** Seconds between two checkpoints within a run; 120 where it is left out. */
  checkpointEvery?: number;
  /** Ends after the step that is under way. */
  signal?: AbortSignal;
}

/** Starts clocks; what they give is what has passed since, as a part of a `Cost`. */
export function clocks({ processorSeconds }: Pick<ExperimentHost, 'processorSeconds'>): () => {
  seconds: number;
  processor?: number;
} {
  const [start, used] = [performance.now(), processorSeconds?.()];
  return () => ({
    seconds: (performance.now() - start) / 1000,
    ...(processorSeconds && used !== undefined && { processor: processorSeconds() - used }),
  });
}

/** No cost, with processor time where the host can tell it. */
export const noCost = ({ processorSeconds }: Pick<ExperimentHost, 'processorSeconds'>): Cost => ({
  ...NO_COST,
  ...(processorSeconds && { processor: 0 }),
});

/** Names of the files in a store. */
export const FILES = {
  questions: 'questions.json',
  base: 'base.json',
  log: (arm: string, seed: number) => `runs/${fileNameOf(arm)}/seed-${seed}.jsonl`,
  weights: (arm: string, seed: number) => `weights/${fileNameOf(arm)}-seed-${seed}.safetensors`,
  checkpoint: (arm: string, seed: number) => `checkpoints/${fileNameOf(arm)}-seed-${seed}.safetensors`,
  rollouts: (data: string, seed: number) => `data/${fileNameOf(data)}-seed-${seed}.jsonl`,
};

export async function readText(store: ExperimentStore, name: string): Promise<string | undefined> {
  const bytes = await store.read(name);
  return bytes && new TextDecoder().decode(bytes);
}

/** The experiment was told to end before it was done. */
export class Interrupted extends Error {}
