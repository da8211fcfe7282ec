/**
 * @file Presets of a run in words, and what a form has otherwise than its defaults. `src/settings/run-presets.ts` has what they set.
 */

export const coreRunPresets = {
  /** By id: what for, and how long about on a laptop’s CPU with the model that ships. */
  presets: {
    format: {
      title: 'Teach the format',
      about:
        'A short, firm run on a few conversations: it learns their form, and some of their words by heart.',
    },
    'calls-sft': {
      title: 'When to call (SFT)',
      about:
        'Practice data that shows right decisions, at a rate that keeps the rest as it is. More than a hundred conversations are better.',
    },
    'calls-reward': {
      title: 'By reward (GRPO)',
      about:
        'The model answers practice questions itself, eight times each, and what is rewarded more becomes more probable. Some seconds a step.',
    },
    lora: {
      title: 'Gentle LoRA',
      about:
        'Small factors beside the weights are trained, slowly: it changes what the data shows, and forgets little else.',
    },
    'early-stop': {
      title: 'Long, with early stop',
      about:
        'Five times through the data, until the held-out loss no longer falls; the best weights are put back. Hold conversations out in Data first.',
    },
  },
  objective: 'Objective',
  lists: { schedule: 'Schedule', packing: 'Several sequences a row', recompute: 'Compute layers twice' },
  on: 'on',
  off: 'off',
};
