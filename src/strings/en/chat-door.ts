/**
 * @file What stands where the chat is opened, and how its models are called.
 */
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
    tunedAt: (step: number) => `Tuned now, step ${step}`,
    tunedBy: (run: string, step: number) => `Tuned now: ${run}, step ${step}`,
    run: (name: string, step: number) => `${name}, step ${step}`,
  },
};
