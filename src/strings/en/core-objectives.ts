/**
 * @file Objectives in words: what is learnt from what, each objective, and label and help of each of their settings.
 * `src/settings/objective-table.ts` has their ranges and which objective reads which.
 */

export const coreObjectives = {
  families: {
    sft: {
      title: 'From the data (SFT)',
      about: 'The model learns to write what the conversations say, token by token.',
    },
    rewards: {
      title: 'From rewards in the data',
      about: 'The same, but completions that were rewarded more count more.',
    },
    preferences: {
      title: 'From preferences in the data',
      about: 'Of two completions, or of good and bad ones, the better becomes more probable than the worse.',
    },
    policy: {
      title: 'On policy, by reward',
      about:
        'The model writes completions itself, a reward judges them, and what was better than usual becomes more probable.',
    },
  },
  /** `short` is what a run with it is called. */
  kinds: {
    sft: {
      title: 'Supervised fine-tuning',
      short: 'SFT',
      about: 'Every trained token counts by its weight in the mask.',
    },
    raft: {
      title: 'RAFT (rejection sampling)',
      short: 'RAFT',
      about: 'Completions with enough reward are trained as in SFT; the others are left out.',
    },
    rwr: {
      title: 'RWR (reward-weighted)',
      short: 'RWR',
      about: 'Completions of one prompt share one weight, by a softmax over their rewards.',
    },
    awr: {
      title: 'AWR (advantage-weighted)',
      short: 'AWR',
      about:
        'A completion’s weight is the exponential of how much better than the mean its reward is, up to a limit.',
    },
    dpo: {
      title: 'DPO',
      short: 'DPO',
      about:
        'The chosen completion of a pair gains on the rejected one, measured against the model as loaded.',
    },
    kto: {
      title: 'KTO',
      short: 'KTO',
      about:
        'Completions labelled good become more probable than in the model as loaded, those labelled bad less; no pairs needed.',
    },
    grpo: {
      title: 'GRPO',
      short: 'GRPO',
      about:
        'A completion’s advantage is its reward against its group’s mean, by default in the group’s standard deviations.',
    },
    rloo: {
      title: 'RLOO',
      short: 'RLOO',
      about: 'A completion’s advantage is its reward less the mean of the others to the same prompt.',
    },
    gspo: {
      title: 'GSPO',
      short: 'GSPO',
      about: 'Like GRPO, with one probability ratio for a whole completion instead of one for each token.',
    },
    reinforce: {
      title: 'REINFORCE with a baseline',
      short: 'REINFORCE',
      about: 'A completion’s advantage is its reward less the mean of all completions of the step.',
    },
  },
  /** By key; of a list of choices each choice has its own help. */
  settings: {
    keepFrom: { label: 'Keep from reward', help: 'Completions with at least this reward are trained.' },
    rewardTemperature: {
      label: 'Temperature of rewards (β)',
      help: 'Weights grow by e for every β of reward; smaller values listen to the best completions only.',
    },
    maxWeight: {
      label: 'Largest weight',
      help: 'No completion counts more than this, so that one lucky reward does not decide a step.',
    },
    preferenceBeta: {
      label: 'Strength (β)',
      help: 'How closely the model is held to the one it began as; smaller values let it go further.',
    },
    desirableWeight: {
      label: 'Weight of good ones',
      help: 'How much completions labelled good count; raise it where they are few.',
    },
    undesirableWeight: {
      label: 'Weight of bad ones',
      help: 'How much completions labelled bad count; raise it where they are few.',
    },
    prompts: { label: 'Prompts a step', help: 'User messages that are answered in one step.' },
    groupSize: {
      label: 'Completions a prompt',
      help: 'Answers to the same prompt are compared with each other; two are the least that can differ.',
    },
    maxNewTokens: {
      label: 'Longest message',
      help: 'Tokens after which a message is broken off; a completion that calls tools has several messages.',
    },
    temperature: {
      label: 'Temperature',
      help: 'How much chance there is in what is written. The loss divides logits by it, too, so that it learns about what was drawn from.',
    },
    kl: {
      label: 'KL weight (β)',
      help: 'Holds the model near the one that was loaded; 0 lets it go anywhere.',
    },
    topP: {
      label: 'Top-p',
      help: 'Only the likeliest tokens up to this share are drawn; 1 keeps all, as the formulas assume.',
    },
    updates: {
      label: 'Updates a step',
      help: 'How often one set of completions is learnt from; from two on, clipping matters.',
    },
    reduction: { label: 'Mean of the loss', help: '' },
    rewardScale: { label: 'Advantages are scaled', help: '' },
    baseline: { label: 'Baseline', help: '' },
    maskTruncated: {
      label: 'Leave out broken-off completions',
      help: 'What was cut off at the longest message is not learnt from, though its reward still counts in its group.',
    },
    clipLow: {
      label: 'Clip below (ε)',
      help: 'A token whose probability fell by more than this share no longer pushes the model.',
    },
    clipHigh: {
      label: 'Clip above (ε)',
      help: 'A token whose probability rose by more than this share no longer pushes the model.',
    },
    measureKl: {
      label: 'Measure KL to the base',
      help: 'At weight 0, too, the chart shows how far the model has gone from the one that was loaded: one more pass over one completion a prompt, about a tenth of a step’s time. It changes no weights.',
    },
    labelSmoothing: {
      label: 'Label smoothing',
      help: 'Share of each target that is spread over the whole vocabulary; 0 switches it off.',
    },
    neftune: {
      label: 'NEFTune noise (α)',
      help: 'Noise on the embeddings while training, against learning by heart; 5 is usual, 0 switches it off.',
    },
    dft: {
      label: 'Weigh tokens by their probability (DFT)',
      help: 'Tokens that the model finds improbable count less, which keeps rare ones from deciding the step.',
    },
  },
  reductions: {
    dapo: { title: 'dapo', help: 'A mean over all trained tokens of the step: long completions count more.' },
    grpo: { title: 'grpo', help: 'Each completion counts the same, however long it is.' },
    bnpo: { title: 'bnpo', help: 'A mean over the tokens of each part of a step that is computed at once.' },
    dr_grpo: {
      title: 'dr_grpo',
      help: 'A sum divided by a constant, so that length neither helps nor hurts a completion.',
    },
  },
  scales: {
    group: { title: 'by group', help: 'Divided by the standard deviation of the group’s rewards.' },
    batch: { title: 'by batch', help: 'Divided by the standard deviation of all rewards of the step.' },
    none: {
      title: 'not at all',
      help: 'Rewards keep their size, so that their scale acts like a learning rate.',
    },
  },
  baselines: {
    batch: { title: 'this step’s mean', help: 'What is better than the mean of the same step gains.' },
    moving: {
      title: 'a moving mean',
      help: 'What is better than the steps before gains, which also works with one completion a step.',
    },
  },
};
