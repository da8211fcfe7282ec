/**
 * @file Whether a run diverges: its loss climbs far above where it began, because its updates are too large.
 */

/** Steps that must all be far above: one batch alone may be a hard one. */
const WINDOW = 3;
/** So many times the first loss, and so many nats more, is no batch of hard conversations. */
const FACTOR = 1.5;
const NATS = 1;

export interface Divergence {
  /** Loss of the run's first step. */
  from: number;
  /** Mean loss of its last steps. */
  to: number;
}

/**
 * Looks at the losses of one run, oldest first, in nats a trained token; undefined where it does not diverge, or is too
 * short to tell.
 */
export function divergenceOf(losses: readonly number[]): Divergence | undefined {
  const [from] = losses;
  // The first step's loss is that of the weights it began with.
  if (from === undefined || losses.length <= WINDOW) return undefined;
  const last = losses.slice(-WINDOW);
  const above = last.every((loss) => loss > FACTOR * from && loss > from + NATS);
  return above ? { from, to: last.reduce((sum, loss) => sum + loss, 0) / last.length } : undefined;
}

/** A tenth of a learning rate, as it is typed: `1` becomes `0.1`, `0.003` becomes `0.0003`. */
export function tenthOf(learningRate: string): string | undefined {
  const value = Number(learningRate);
  return learningRate.trim() && Number.isFinite(value) && value > 0
    ? String(Number((value / 10).toPrecision(6)))
    : undefined;
}
