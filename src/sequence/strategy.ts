/**
 * @file The ways to divide a conversation into training sequences, for the page and the command line.
 */
import { coreStrategies as words } from '$strings/core-strategies';

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
    ...words.whole,
  },
  {
    name: 'prefixes',
    ...words.prefixes,
  },
  {
    name: 'prefixes-last',
    ...words['prefixes-last'],
  },
  {
    name: 'last',
    ...words.last,
  },
  {
    name: 'fork',
    ...words.fork,
  },
];

/** A strategy by its name; undefined where there is none. */
export function strategyNamed(name: string): StrategyInfo | undefined {
  return STRATEGIES.find((strategy) => strategy.name === name);
}
