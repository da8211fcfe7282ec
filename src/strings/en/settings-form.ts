/**
 * @file What the page says around the settings of a run: presets, numbers, lists, and what of the model is trained. The settings’ own
 * names and help are in core-settings.ts and core-objectives.ts.
 */
import { count } from './numbers';

/** A bound as one would type it; large ones as one reads them. */
const edge = (value: number): string =>
  Math.abs(value) >= 1000 && Math.abs(value) < 1e10
    ? count(value).replaceAll('-', '−')
    : String(value).replaceAll('-', '−');

export const settingsForm = {
  presets: {
    label: 'Begin with',
    set: (preset: string) => `${preset} is set.`,
    /** `why` says why what is trained cannot be changed now. */
    setButAll: (preset: string, why: string) =>
      `${preset} is set, but for what is trained: it wants all parameters. ${why}`,
    setButLora: (preset: string, rank: number, why: string) =>
      `${preset} is set, but for what is trained: it wants LoRA of rank ${rank}. ${why}`,
    setHere: 'Set here:',
    between: '; ',
    standard: (value: string) => `(default ${value})`,
    end: '.',
    allDefaults: 'Everything below is at its default.',
  },
  /** Behind a setting’s help: `1 to 256 · in the address: batch`. */
  limits: {
    range: (min: number, max: number) => `${edge(min)} to ${edge(max)} · `,
    key: 'in the address: ',
    /** Where several stand below each other. */
    of: (setting: string) => `${setting}: `,
  },
  numbers: {
    /** Behind a setting’s help. */
    ownDefault: (objective: string, value: string) => `For ${objective} the default is ${value}.`,
    more: 'More settings',
    moreWrong: 'More settings (one needs correcting)',
  },
  lists: {
    schedule: 'Schedule',
    recompute: 'Compute layers twice',
    packing: 'Sequences in a row',
  },
  adapt: {
    label: 'What is trained',
    all: 'All parameters',
    lora: (rank: number) => `LoRA, rank ${rank}`,
    allHelp: (trained: number) => `All ${count(trained)} parameters of the model change.`,
    loraHelp: (trained: number, all: number) =>
      `${count(trained)} numbers beside the weights are trained; the ${count(all)} of the model stay as they are. LoRA wants a learning rate about ten times as high.`,
    packed: (format: string) => `The weights are packed as ${format}, so LoRA alone can tune them.`,
  },
};
