/**
 * @file What the view of experiments says: choosing one, running it, and its results.
 */
import { duration, plural } from './numbers';

export const experiment = {
  intro:
    'An experiment trains one model in several ways, each with several seeds, asks all of them the same held-out questions, and reports how they compare. It has a copy of the model that ships, so what you train on this page stays as it is. Results are kept in this browser; it goes on where it was after a pause or a reload.',
  choice: {
    label: 'Experiment',
    named: (name: string, file: string) => `${name} (${file})`,
    openFile: 'Open a definition or a log…',
  },
  problem: {
    title: 'The experiment ran into a problem',
    /** Of a worker that can do nothing more, such as one whose GPU was lost. */
    restart:
      'Go on with a new worker: it loads the model again, and goes on from the last checkpoint that this browser has kept.',
    restartButton: 'Go on with a new worker',
  },
  setup: {
    label: 'What it compares',
    /** `questions` says what they are. */
    summary: (arms: number, seeds: readonly number[], runs: number, questions: string, every: string) =>
      `${plural(arms, 'arm')}, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}: ${plural(runs, 'run')}. Questions: ${questions}, ${every}`,
    every: (steps: number) => `asked every ${steps} steps.`,
    everyOwn: 'asked as often as each arm says.',
    arms: 'Arms',
    armsTable: 'Arms, may be scrolled',
    nothingTrained: 'nothing is trained',
  },
  running: {
    label: 'Running it',
    finished: (finished: number, runs: number) => `${finished} of ${plural(runs, 'run')} finished.`,
    /** Times in seconds. */
    finishedWithTime: (finished: number, runs: number, left: number, whole: number) =>
      `${finished} of ${plural(runs, 'run')} finished; about ${duration(1000 * left)} left of ${duration(1000 * whole)} on this device.`,
    runsBar: 'Runs finished',
    step: (arm: string, seed: number, step: number, steps: number) =>
      `${arm}, seed ${seed}: step ${step} of ${steps}`,
    stepsBar: 'Steps of this run',
    start: 'Start',
    goOn: 'Go on',
    pause: 'Pause',
    pausing: 'Pausing after this step…',
    estimate: 'How long will it take?',
    measuring: 'Measuring…',
    remove: 'Delete results…',
    removeNow: 'Delete its results',
    keep: 'Keep them',
  },
  report: {
    title: 'Report',
    table: 'Table, may be scrolled',
    saveMarkdown: 'Save as Markdown',
    saveJson: 'Save as JSON',
    saveLog: 'Save the log',
  },
};
