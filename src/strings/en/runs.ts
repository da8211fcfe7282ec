/**
 * @file What the page says of the runs of a visit: their list, what each began with, marks on charts, and saving what was trained.
 */
import { bytes, count, decimal, nats, plural } from './numbers';

export const runs = {
  title: 'Runs',
  comparing: (chosen: number) => `The charts compare ${chosen} runs.`,
  choose: 'Choose two or more to compare them in the charts.',
  memory: (taken: number, limit: number) =>
    `Kept weights take ${bytes(taken)} of ${bytes(limit)}; those of single steps go first, then the oldest.`,
  keep: 'Keep these weights',
  undo: 'Undo the last run',
  undoPaused: 'Undo this run',
  undoStep: (step: number) => `Undo step ${count(step)}`,
  /** What opens the list of them. */
  single: (steps: number) => `Go back to one of ${plural(steps, 'single step')}`,
  /** Going back from a pause is asked about: it ends the run. */
  leave: {
    goBack: (step: number, run: string) => `Go back to step ${count(step)} of ${run}?`,
    undo: (run: string) => `Go back to where ${run} began?`,
    lost: (run: string, step: number) =>
      `This ends ${run} at step ${count(step)}. Its weights there are kept, as long as memory allows; the optimizer’s state is lost, so that it cannot go on as it would have.`,
    yes: 'End the run and go back',
    no: 'Stay in the run',
  },
  problem: 'The weights could not be read or put back',
  /** A run that came to its end needs no word. */
  states: {
    idle: '',
    preparing: 'preparing',
    running: 'running',
    paused: 'paused',
    finished: '',
    stopped: 'stopped',
    failed: 'failed',
  },
  steps: (steps: number) => plural(steps, 'step'),
  loss: (loss: number) => `loss ${nats(loss, 3)}`,
  reward: (reward: number) => `reward ${decimal(reward, 3)}`,
  heldOut: (loss: number) => `held out ${nats(loss, 3)}`,
  between: ' · ',
  compare: (name: string) => `Compare ${name}`,
  name: 'Name of the run',
  save: 'Save',
  here: 'the weights are here',
  hereAt: (step: number) => `the weights are here, at step ${count(step)}`,
  goBack: (step: number) => `Go back to step ${count(step)}`,
  /** Read out behind it; `why` where it cannot be done. */
  goBackOf: (name: string, why: string | undefined) => ` of ${name}${why ? `: ${why}` : ''}`,
  notKept: 'weights not kept',
  rename: 'Rename',
  remove: 'Delete',
  /** Why weights cannot be put back. */
  block: {
    standThere: 'The weights stand there.',
    notKept: 'The weights that it began with were not kept.',
    busy: 'Weights are being read or put back.',
    noModel: 'No model is loaded.',
    otherModel: (model: string) => `These are weights of another model, ${model}.`,
  },
  facts: {
    title: 'What it began with',
    off: 'off',
    on: 'on',
    standard: 'the default',
    objective: 'Objective',
    began: 'Began with',
    beganAt: (step: number, run: string) => `step ${step} of ${run}`,
    deleted: 'a run that was deleted',
    original: 'the original weights',
    model: 'Model',
    modelAll: (model: string) => `${model}, all parameters`,
    modelLora: (model: string, rank: number) => `${model}, LoRA of rank ${rank}`,
    engine: 'Engine',
    prompts: 'Prompts',
    conversations: 'Conversations',
    data: (number: number, fingerprint: string) => `${count(number)}, fingerprint ${fingerprint}`,
    /** Of a run of an older session file on rewards, labels or pairs. */
    dataUnrated: (number: number, fingerprint: string) =>
      `${count(number)}, fingerprint ${fingerprint} in an older form, without rewards and labels`,
    schedule: 'Schedule',
    sequences: 'Training sequences',
    rewards: 'Rewards',
    reward: (weight: string, reward: string) => `${weight} · ${reward}`,
    plus: ' + ',
  },
  marks: {
    change: (setting: string, from: string, to: string) => `${setting}: ${from} → ${to}`,
    between: '; ',
    anotherRun: 'Another run began with these weights',
    ofRun: (run: string, mark: string) => `${run}: ${mark}`,
  },
  saving: {
    title: 'Keep what was trained',
    adapter: 'Save adapter',
    model: 'Save tuned model',
    adapterHelp: (size: number) =>
      `The adapter: the ${bytes(size)} that were trained, as PEFT reads them; to be used with the model they belong to.`,
    modelHelp: (size: number) =>
      `The tuned model: ${bytes(size)} in F32, with tokenizer and template: a folder, zipped, that loads in transformers and, unzipped, on this page.`,
    modelHelpMerged: (size: number) =>
      `The tuned model: ${bytes(size)} in F32, the adapter merged into it, with tokenizer and template: a folder, zipped, that loads in transformers and, unzipped, on this page.`,
    packed: (format: string) =>
      `They were tuned beside weights rounded to ${format}. The tuned model keeps those; beside the original ones the adapter acts a little differently.`,
    writing: 'Writing the archive…',
    busy: 'The archive is being written.',
    handed: (file: string) => `${file} is handed to the browser.`,
    problem: 'It could not be saved',
    dismiss: 'Dismiss',
  },
};
