/**
 * @file What the text worker answers about rollouts. Every question carries all that it needs, so that a worker that was killed
 * is replaced by another in the middle of a run.
 */
import { extendTurn, openPrompts, readTurn } from '../rollout/local-texts';
import type { Inspector } from '../sequence/inspector';
import type { Handlers } from './host';
import type { TextRequests } from './protocol';

type Name = 'rolloutOpen' | 'rolloutExtend' | 'rolloutRead';

/** @param opened the inspector in use; throws where there is none */
export function rolloutHandlers(opened: () => Inspector): Pick<Handlers<TextRequests>, Name> {
  return {
    rolloutOpen: ({ prompts }) => openPrompts(prompts, opened()),
    rolloutExtend: ({ prompt, rounds }) => ({ ids: extendTurn(prompt, { rounds }, opened()) ?? null }),
    rolloutRead: ({ turns }) => ({
      turns: turns.map(({ prompt, rounds }) => readTurn(prompt, { rounds }, opened())),
    }),
  };
}
