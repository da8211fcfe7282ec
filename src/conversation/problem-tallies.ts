/**
 * @file Problems by kind: how often each occurred, with one example, in little memory however many there are.
 */
import type { ImportProblem } from './types';

export interface ProblemTally {
  severity: ImportProblem['severity'];
  /** The reason with names, quoted text and numbers replaced by `…`, so that alike problems are one kind. */
  reason: string;
  count: number;
  /** The first of this kind, whole. */
  first: ImportProblem;
}

/** Kinds that are told apart; further ones are counted together. */
const MOST_KINDS = 100;
const OTHERS = 'other problems';

export class ProblemTallies {
  readonly #kinds = new Map<string, ProblemTally>();
  errors = 0;
  warnings = 0;

  add(problem: ImportProblem): void {
    const { severity } = problem;
    if (severity === 'error') this.errors++;
    else this.warnings++;
    let reason = kindOf(problem.reason);
    if (!this.#kinds.has(`${severity} ${reason}`) && this.#kinds.size >= MOST_KINDS) reason = OTHERS;
    const tally = this.#kinds.get(`${severity} ${reason}`);
    if (tally) tally.count++;
    else this.#kinds.set(`${severity} ${reason}`, { severity, reason, count: 1, first: problem });
  }

  /** Takes one back, such as a warning that is told once and that an earlier record turns out to have told. */
  remove(problem: ImportProblem): void {
    const { severity } = problem;
    if (severity === 'error') this.errors--;
    else this.warnings--;
    const kind = `${severity} ${kindOf(problem.reason)}`;
    const key = this.#kinds.has(kind) ? kind : `${severity} ${OTHERS}`;
    const tally = this.#kinds.get(key);
    if (tally && --tally.count === 0) this.#kinds.delete(key);
  }

  /** The kinds, the most frequent first. */
  list(): ProblemTally[] {
    return [...this.#kinds.values()].sort((a, b) => b.count - a.count);
  }
}

function kindOf(reason: string): string {
  return reason.slice(0, 400).replace(/`[^`]*`|"(?:[^"\\]|\\.)*"|“[^”]*”|\d+/g, '…');
}
