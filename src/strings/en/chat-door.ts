/**
 * @file What stands where the chat is opened, and how its models are called.
 */
import { plural } from './numbers';

export const chatDoor = {
  title: 'Chat',
  open: 'Open the chat',
  close: 'Close the chat',
  about:
    'Talk to the original model, the tuned one or a kept run, or to two of them at once. Tools really run.',
  loading: 'Loading the chat…',
  again: 'Try again',
  notLoaded: (reason: string) => `The chat could not be loaded: ${reason}`,
  notLoadedRemedy: 'Check the connection, and try again.',
  sources: {
    original: 'Original',
    /** The tuned model in a chat, before anything was trained: its answers are signed as the original's. */
    originalYet: 'Original until you train',
    /** Before anything was trained. */
    tuned: 'Tuned, no step yet',
    /** Of a run that was deleted. */
    tunedAt: (steps: number) => `Tuned now, ${plural(steps, 'step')} in all`,
    tunedBy: (run: string, step: number) => `Tuned now: ${run}, step ${step}`,
    /** Beside a model that is chosen. */
    now: '“Tuned now” are the weights as they stand, and go along with every further step; “run, step” are weights that were kept.',
    run: (name: string, step: number) => `${name}, step ${step}`,
  },
};
