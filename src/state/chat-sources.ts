/**
 * @file Whose answers the chat can show: the model as it was loaded, as it is tuned now, and every run of which weights are kept.
 */
import { chatDoor } from '$strings/chat-door';
import type { KeptWeights, Which } from '../model/engine';
import type { KeptRun, RunPoint } from './runs.svelte';

const words = chatDoor.sources;

export interface ChatSource {
  /** `base`, `tuned`, or `run 2 step 40`. */
  id: string;
  label: string;
  /** What its answers are signed with, where that is not the label. */
  by?: string;
  weights: Which | KeptWeights;
}

/** What stands above an answer of it. */
export const signatureOf = ({ by, label }: ChatSource): string => by ?? label;

/** The id of a run's kept weights. */
export const runSource = (run: number, step: number | string) => ['run', run, 'step', step].join(' ');

/** The run, and the step of it, whose kept weights an id names; undefined for another id. */
export function runPoint(id: string): RunPoint | undefined {
  const [, run, step] = /^run (\d+) step (\d+)$/.exec(id) ?? [];
  return run === undefined ? undefined : { run: Number(run), step: Number(step) };
}

/**
 * @param runs of this visit
 * @param modelKey of the loaded model: weights of another one do not fit it
 * @param trained updates that have led to the weights as they are tuned now
 * @param head the run and step where these stand
 * @param twice whether the kept weights of that step are offered beside them, rather than not a second time
 */
export function chatSources(
  runs: readonly KeptRun[],
  modelKey: string | undefined,
  trained: number,
  head?: RunPoint,
  twice = false,
): ChatSource[] {
  const kept = runs
    .filter(({ facts }) => facts.modelKey === modelKey)
    .flatMap(({ id, name, facts: { adaptation }, snapshots }) =>
      snapshots
        // Those of single steps are there to be gone back to; a list of them all would hide the rest.
        .filter(({ step, passing }) => !passing && (twice || id !== head?.run || step !== head.step))
        .map(({ step, values }): ChatSource => ({
          id: runSource(id, step),
          label: words.run(name, step),
          weights: { adaptation, values },
        })),
    );
  const at = head && runs.find(({ id }) => id === head.run);
  const tuned = at ? words.tunedBy(at.name, head.step) : trained ? words.tunedAt(trained) : words.tuned;
  return [
    { id: 'base', label: words.original, weights: 'base' },
    // An answer stays where it is when training goes on: it is signed with the step alone.
    { id: 'tuned', label: tuned, ...(at && { by: words.run(at.name, head.step) }), weights: 'tuned' },
    ...kept,
  ];
}

/** The same for a chat: as long as nothing was trained, whoever speaks as the tuned model is the original one, and is called that. */
export function spokenSources(sources: readonly ChatSource[], trained: number): readonly ChatSource[] {
  if (trained) return sources;
  return sources.map((source) =>
    source.id === 'tuned' ? { ...source, label: words.originalYet, by: words.original } : source,
  );
}
