/**
 * @file What the way of dividing conversations into sequences means for lints: under some, a message stands on the very
 * context that it has at inference, whatever the template does to it later.
 */
import type { Strategy } from '../sequence/strategy';
import type { LintContext } from './context';

/** Whether every trained message has a rendering that ends with its own turn. */
export function ownContexts(strategy: Strategy | undefined): boolean {
  return strategy === 'fork';
}

/**
 * Whether a turn is trained only while its thinking is there, although the template strips it later. Growing prefixes with
 * every message trained have it too, and then train the turn again without it in each later prefix.
 */
export function trainsLiveThinking(strategy: Strategy | undefined): boolean {
  return strategy !== undefined && strategy !== 'whole' && strategy !== 'prefixes';
}

/** Messages with a trained token; under `last`, those of the last user turn. */
export function trainedMessages({ runs, messages, settings }: LintContext): ReadonlySet<number> {
  const last = settings.strategy === 'last';
  const from = last ? messages.findLastIndex(({ role }) => role === 'user') : -1;
  return new Set(runs.flatMap((run) => (run.trained > 0 && run.message > from ? [run.message] : [])));
}
