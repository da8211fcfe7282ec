/**
 * @file What the page says of a run: starting it, what it takes, and how it goes. The first view has none of this.
 */
import { bytes, count, decimal, duration, nats, plural, rate } from './numbers';

export const train = {
  setup: {
    /** Why a choice cannot be made now. */
    locked: 'What cannot be typed into holds for the whole run; stop it to change that.',
    changed: 'Reset to the original weights first: another choice begins with them.',
  },
  controls: {
    label: 'Run',
    train: 'Train',
    trainOn: 'Train on',
    preparing: 'Preparing…',
    pause: 'Pause',
    resume: 'Resume',
    step: 'Single step',
    stop: 'Stop',
    reset: 'Reset',
    /** Of the last step, on screens where its chart is out of sight. */
    lossAt: (step: number, loss: number) => `Loss at step ${count(step)}: ${nats(loss, 3)}`,
    rewardAt: (step: number, reward: number) => `Mean reward at step ${count(step)}: ${decimal(reward, 3)}`,
    /** Why one of them cannot be pressed. */
    why: {
      settingUp: 'The run is being set up.',
      pauseFirst: 'Pause first to take single steps.',
      noRun: 'No run is in progress.',
      original: 'The weights are the original ones.',
    },
  },
  start: {
    problem: 'Training ran into a problem',
    otherMask: 'The run trains the mask it began with.',
    /** Counts of conversations that a run which begins now would take otherwise; one of them at least is not 0. */
    otherData: ({ changed, gone, come }: Record<'changed' | 'gone' | 'come', number>) => {
      const parts = [
        changed ? `${plural(changed, 'conversation')} changed` : '',
        gone ? `${plural(gone, 'conversation')} went` : '',
        come ? `${plural(come, 'conversation')} came` : '',
      ].filter(Boolean);
      return `The run trains the conversations it began with. Since then ${parts.join(', ')}. To train what Data shows now, stop this run and start anew.`;
    },
    leftOut: (conversations: number) => `${plural(conversations, 'conversation')} left out of the run`,
    leftOutReason: (conversation: string, reason: string) => `${conversation}: ${reason}`,
  },
  /** Before the first step, where a GPU has not compiled yet what the run needs. */
  compiling: {
    title: 'Compiling for the GPU',
    done: (programs: number, seconds: number) =>
      `${plural(programs, 'program')} compiled${seconds ? ` in ${duration(1000 * seconds)}` : ''}. Later runs find them ready.`,
    cancel: 'Cancel',
    cancelWhat: ' the run',
  },
  memory: {
    tooLarge: 'Too large:',
    /** Behind what is too large; `twice` where layers could still be computed twice. */
    smaller: (problem: string, twice: boolean) =>
      `${problem} Choose a smaller batch size or shorter sequences${twice ? ', or compute layers twice' : ''}.`,
    /** In place of both where prompts decide that are not known yet. */
    mayBe: 'May be too large:',
    smallerForAny: (problem: string, twice: boolean) =>
      `With the longest prompts that the settings allow: ${problem} The run looks at its own prompts when it begins, and goes on where they fit. Otherwise choose fewer completions, or shorter ones${twice ? ', or compute layers twice' : ''}.`,
    /** Sizes in bytes; `texts` 0 where none are written, else of so many tokens at most. */
    atMost: ({
      total,
      weights,
      optimizer,
      batches,
      texts,
      textTokens,
      twice,
      anyPrompts,
    }: Record<'total' | 'weights' | 'optimizer' | 'batches' | 'texts', number> & {
      textTokens: number | undefined;
      twice: boolean;
      /** Whether the prompts, which are not known yet, may ask for less. */
      anyPrompts: boolean;
    }) =>
      `Memory: at most ${bytes(total)} (weights ${bytes(weights)}, gradients and optimizer ${bytes(optimizer)}, batches ${bytes(batches)}` +
      `${texts ? `, texts being written ${bytes(texts)}${textTokens ? ` as long as none has more than ${plural(textTokens, 'token')}` : ''}` : ''})${twice ? (anyPrompts ? '; layers are computed twice if the prompts ask for that much' : '; layers are computed twice') : ''}.`,
    heldNow: (held: number) => `Held now: ${bytes(held)}.`,
    held: (held: number, twice: boolean) =>
      `Memory held: ${bytes(held)}${twice ? '; layers are computed twice' : ''}.`,
  },
  pending: {
    /** Each change as a text of its own. */
    differs: (changes: readonly string[]) => `The form differs from the run: ${changes.join('; ')}.`,
    change: 'Change the run',
  },
  lints: {
    /** `found` is a number with what it counts. */
    inData: (found: string) => `${found} in your data:`,
    where: (titles: string) => `${titles}. See Data, Checks.`,
    rewriting:
      'The chat template writes earlier turns differently once more messages follow. Divided like this, your data trains on what the model never sees, or never says, at inference.',
    fork: 'Use merge and fork',
    forked:
      'The chat template writes earlier turns differently once more messages follow; whole conversations would lose their thinking. So merge and fork was taken: every turn is trained on the context that it has at inference.',
    whole: 'Train whole conversations',
  },
  progress: {
    lossFrom: (first: number) => `loss on trained tokens, from ${nats(first, 3)}`,
    objectiveFrom: (first: number) => `loss of the objective, from ${nats(first, 3)}`,
    rewardFrom: (first: number) => `mean reward, from ${decimal(first, 3)}`,
    step: (step: number, steps: number) => `Step ${count(step)} of ${count(steps)}`,
    /** `left` in milliseconds. */
    stepLeft: (step: number, steps: number, left: number) =>
      `Step ${count(step)} of ${count(steps)}, ${duration(left)} left`,
    stepsBar: 'Steps done',
    endedEarly: 'The held-out loss no longer fell, so the run ended early. ',
    /** Which weights the run has put back; step 0 are those that it began with. */
    putBack: (step: number, loss: number) =>
      `The weights are ${step ? `those after step ${step}` : 'those it began with'}, where the held-out loss was lowest: ${nats(loss, 3)}.`,
    writtenBar: 'Completions written',
    writing: (step: number, done: number, total: number) =>
      `Step ${count(step)}: ${count(done)} of ${count(total)} completions are written…`,
    written: (step: number, total: number) =>
      `Step ${count(step)}: all ${count(total)} completions are written; they are rewarded and learnt from…`,
    /** Per second, and milliseconds a step. */
    speed: (tokens: number, trained: number, step: number) =>
      `${rate(tokens)} tokens a second, ${rate(trained)} of them trained; ${duration(step)} a step`,
    /** On policy: of the completions that are learnt from, with their prompts. */
    speedOnPolicy: (tokens: number, step: number) =>
      `${rate(tokens)} tokens a second learnt from, writing included in the time; ${duration(step)} a step`,
    /** The weights’ last run, where it has no name. */
    thisRun: 'this run',
    firstCompletions: 'The model writes the first completions; rewards appear with the first step.',
    firstStep: 'The first step is on its way…',
    emptyOnPolicy:
      'Rewards, lengths and decisions appear here, one point a step, and what the model wrote below.',
    empty: 'The loss on trained tokens appears here, one point a step.',
  },
  diverged: {
    title: 'This run diverges',
    about: (first: number, last: number) =>
      `The loss was ${decimal(first)} at its first step and is ${decimal(last)} over the last three: each update is so large that it undoes the one before.`,
    helps: 'A lower learning rate helps; so do more steps of warm-up, or a larger batch.',
    reset: 'Reset the weights',
    resetWith: (rate: string) => `Reset, with a learning rate of ${rate}`,
  },
  flatGroups: {
    title: (flat: number, groups: number) =>
      `${count(flat)} of the last ${count(groups)} groups had no variance: nothing was learnt from them.`,
    helps:
      'All their completions earned the same. Contested questions, a higher temperature or harder prompts help.',
    spoken: 'Most groups had no variance; nothing is learnt from those.',
  },
  /** Beside an objective on policy whose questions leave it little to learn. */
  contested: {
    nothing: 'There are no questions yet.',
    few: (share: string) =>
      `Of these practice questions ${share} are contested. The model that ships decides nearly all others rightly, and where all tries earn the same nothing is learnt.`,
    about:
      'Practice data in which most questions are contested leaves room: 64 of one turn to learn from, 60 held out.',
    replaces: 'It takes the place of the practice data in the list; Undo in Data brings that back.',
    make: 'Use contested practice data',
    share: (part: number) => `${Math.round(100 * part)}%`,
  },
  lastSteps: {
    summary: 'Last steps as a table',
    caption: (rows: number) => `Last ${rows} updates, the newest first`,
    heads: { update: 'Update', loss: 'Loss', gradient: 'Gradient', rate: 'Rate', trained: 'Trained' },
  },
};
