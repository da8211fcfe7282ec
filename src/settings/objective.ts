/**
 * @file What a run makes the model prefer: the objectives, and their settings with the sources of their formulas.
 */

/**
 * `sft`: what the data says. From rewards in the data: `rwr`, `awr`, `raft`, and `dpo`, `kto` from preferences. On policy,
 * from what the model writes during the run: `reinforce`, `rloo`, `grpo`, `gspo`.
 */
export const OBJECTIVES = [
  'sft',
  'rwr',
  'awr',
  'raft',
  'dpo',
  'kto',
  'reinforce',
  'rloo',
  'grpo',
  'gspo',
] as const;
export type ObjectiveKind = (typeof OBJECTIVES)[number];

/** Those that write their own data while they run. */
export const ON_POLICY: readonly ObjectiveKind[] = ['reinforce', 'rloo', 'grpo', 'gspo'];

/**
 * How the loss of a group's tokens becomes one number. `grpo`: the mean over sequences of the mean over their tokens;
 * `bnpo`: the mean over all trained tokens of a micro-batch's completions; `dapo`: over all trained tokens of the step;
 * `dr_grpo`: the sum divided by sequences · longest completion, a constant.
 */
export const REDUCTIONS = ['grpo', 'bnpo', 'dapo', 'dr_grpo'] as const;
export type Reduction = (typeof REDUCTIONS)[number];

/** What advantages are divided by: the standard deviation of the group, of the batch, or nothing. */
export const REWARD_SCALES = ['group', 'batch', 'none'] as const;
export type RewardScale = (typeof REWARD_SCALES)[number];

/**
 * What REINFORCE takes off every reward: the mean of the step's, or a moving mean of the steps before (Williams 1992, section 4,
 * with reinforcement comparison).
 */
export const BASELINES = ['batch', 'moving'] as const;
export type Baseline = (typeof BASELINES)[number];

/** One flat record: each objective reads what is its own. */
export interface ObjectiveSettings {
  kind: ObjectiveKind;
  /** SFT: share of the target's probability that is spread over the whole vocabulary, 0 to below 1. */
  labelSmoothing: number;
  /** SFT: weight each token by its own probability (DFT, arXiv 2508.05629). */
  dft: boolean;
  /** SFT: α of NEFTune (arXiv 2310.05914): uniform noise of α / √(length · width) on embeddings; 0 is off. */
  neftune: number;
  /** β of RWR and AWR: weights are exp(reward / β), exp(advantage / β). */
  rewardTemperature: number;
  /** AWR: no weight is larger. */
  maxWeight: number;
  /** RAFT: completions with at least this reward are kept. */
  keepFrom: number;
  /** β of DPO and of KTO. */
  preferenceBeta: number;
  /** KTO: weights of desirable and of undesirable completions. */
  desirableWeight: number;
  undesirableWeight: number;
  /** On policy: prompts a step, and completions of each. */
  prompts: number;
  groupSize: number;
  /**
   * On policy: most tokens of one message, and how it is sampled. Log-probabilities in ratios, losses and the KL are those of
   * logits / temperature, over all tokens whatever top-p, as TRL has them (`_get_per_token_logps_and_entropies`).
   */
  maxNewTokens: number;
  temperature: number;
  topP: number;
  /** On policy: updates with one set of rollouts. */
  updates: number;
  reduction: Reduction;
  rewardScale: RewardScale;
  baseline: Baseline;
  /** On policy: whether completions that a limit broke off are not trained; their rewards count in the group all the same. */
  maskTruncated: boolean;
  /** ε: the ratio counts from 1 − clipLow to 1 + clipHigh. */
  clipLow: number;
  clipHigh: number;
  /** β of the k3 estimate of the KL divergence to the model as loaded; 0 needs no reference. For RLOO, of the KL in the reward. */
  kl: number;
  /** On policy, where `kl` is 0: whether that divergence is measured all the same. It changes no weights. */
  measureKl: boolean;
}

export const DEFAULT_OBJECTIVE: ObjectiveSettings = {
  kind: 'sft',
  labelSmoothing: 0,
  dft: false,
  neftune: 0,
  rewardTemperature: 1,
  maxWeight: 20,
  keepFrom: 1,
  preferenceBeta: 0.1,
  desirableWeight: 1,
  undesirableWeight: 1,
  prompts: 4,
  groupSize: 8,
  maxNewTokens: 200,
  temperature: 1,
  topP: 1,
  updates: 1,
  reduction: 'dapo',
  rewardScale: 'group',
  baseline: 'batch',
  maskTruncated: false,
  clipLow: 0.2,
  clipHigh: 0.2,
  kl: 0,
  measureKl: true,
};
