/**
 * @file The ways to divide a conversation into training sequences, for the page and the command line.
 */

export type Strategy = 'whole' | 'prefixes' | 'prefixes-last' | 'last' | 'fork';

export interface StrategyInfo {
  /** What the command line and files call it. */
  name: Strategy;
  /** For people. */
  title: string;
  /** One sentence on what it does. */
  about: string;
}

export const STRATEGIES: readonly StrategyInfo[] = [
  {
    name: 'whole',
    title: 'Whole conversation',
    about:
      'One sequence with every assistant message trained, on the history as the template writes it at the end.',
  },
  {
    name: 'prefixes',
    title: 'Growing prefixes',
    about:
      'One sequence for each user turn, from the start through its answer, with every assistant message trained: earlier turns count again in each later sequence.',
  },
  {
    name: 'prefixes-last',
    title: 'Growing prefixes, last turn trained',
    about: 'One sequence for each user turn, from the start through its answer, with only that turn trained.',
  },
  {
    name: 'last',
    title: 'Last turn only',
    about: 'One sequence, the whole history as context and only the last user turn trained.',
  },
  {
    name: 'fork',
    title: 'Merge and fork',
    about:
      'Every assistant message trained once, on exactly what the model sees at inference: one sequence as long as the template keeps the history, a new one where it rewrites it.',
  },
];

/** A strategy by its name; undefined where there is none. */
export function strategyNamed(name: string): StrategyInfo | undefined {
  return STRATEGIES.find((strategy) => strategy.name === name);
}
