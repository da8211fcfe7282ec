/**
 * @file What the arms of an experiment learn from: conversations, and what the model as loaded wrote to their prompts, with
 * rewards.
 */
import { composeAll } from '../conversation/practice/compose';
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import type { Experiment, OwnedRewardPart, RolloutData } from '../experiment/definition';
import { DEFAULT_POLICY } from '../mask/policy';
import { composeRewards, usesOwn } from '../reward/compose';
import type { RewardInput, RewardScore } from '../reward/types';
import { LocalTexts, promptsOf } from '../rollout/local-texts';
import { turnSequences } from '../rollout/sequences';
import type { TrainingSequence } from '../sequence/types';
import type { ObjectiveSettings } from '../settings/objective';
import type { RolloutPrompt, TrainSettings } from '../worker/protocol';
import { clocks, FILES, Interrupted, readText, type ExperimentHost } from './experiment-host';
import { readRollouts, writeRollouts, type Rollouts, type StoredCompletion } from './experiment-rollouts';
import { shuffledForever, take } from './order';
import { sampleTurns, seedsOf, type Draw } from './rollouts';

/** Conversations of a data set that is no rollouts, as a seed sees them. */
export async function conversationsOf(
  experiment: Experiment,
  name: string,
  seed: number,
  host: Pick<ExperimentHost, 'conversations'>,
): Promise<Conversation[]> {
  const set = experiment.data[name];
  if (set?.kind === 'practice') {
    const { options, count, perSeed } = set;
    return composeAll(count, perSeed ? { ...options, seed: options.seed + seed } : options);
  }
  if (set?.kind === 'file') return host.conversations(set.path, set.format);
  throw new RangeError(`“${name}” is no data set of conversations.`);
}

/** So many of them, others with every seed; in their order, so that what is read can be compared. */
export function chosen<T>(items: readonly T[], count: number | undefined, seed: number): T[] {
  if (count === undefined || count >= items.length) return [...items];
  const order = take(shuffledForever(items.length, seed), count).sort((a, b) => a - b);
  return order.flatMap((i) => {
    const item = items[i];
    return item === undefined ? [] : [item];
  });
}

/**
 * Sequences of demonstrations: one for each user turn, with that turn trained and what stands before it as context. In a whole
 * conversation the template leaves out the thinking of earlier turns, and training them so would teach to answer without any.
 *
 * @throws LosslightError `zero-norm`
 */
export function demonstrations(
  conversations: readonly Conversation[],
  { inspector, engine, say }: Pick<ExperimentHost, 'inspector' | 'engine' | 'say'>,
  { maxLength }: Pick<TrainSettings, 'maxLength'>,
): TrainingSequence[] {
  const limit = Math.min(maxLength, engine.contextLength);
  const { sequences, problems } = inspector.sequences(
    conversations,
    DEFAULT_POLICY,
    limit,
    {},
    { strategy: 'prefixes-last' },
  );
  const [first] = problems;
  if (first)
    say(
      `warning: ${problems.length} of ${conversations.length} conversations are left out; ${first.conversation}: ${first.reason}`,
    );
  return sequences;
}

/** User turns that a model can react to. */
export const promptsFrom = (conversations: readonly Conversation[]): RolloutPrompt[] =>
  promptsOf(conversations);

/**
 * Composes the parts of a reward.
 *
 * @throws LosslightError `code-refused` where a part is somebody's JavaScript and that is not allowed.
 */
export function scorerOf(
  parts: readonly OwnedRewardPart[],
  { ownReward }: Pick<ExperimentHost, 'ownReward'>,
): (inputs: readonly RewardInput[]) => Promise<RewardScore[]> {
  const code = usesOwn(parts) ? parts.find((part) => part.code !== undefined)?.code : undefined;
  if (code !== undefined && !ownReward) {
    throw new LosslightError(
      'code-refused',
      'The experiment has a reward in JavaScript, and such code is not run without leave.',
      'Read the code, and give --allow-code if you trust it: here nothing keeps it from your files and the network.',
    );
  }
  return async (inputs) => {
    const scores: RewardScore[] = [];
    for (const input of inputs) {
      const own = code === undefined ? undefined : await ownReward?.(code, input);
      scores.push(composeRewards(parts, input, own));
    }
    return scores;
  };
}

/**
 * The rollouts of a data set for a seed: read where they were made before, else made by the model as loaded and written. All
 * that is trained is given up.
 *
 * @throws Interrupted; LosslightError what engine and template fail with.
 */
export async function rolloutsOf(
  experiment: Experiment,
  name: string,
  seed: number,
  host: ExperimentHost,
): Promise<Rollouts> {
  const set = experiment.data[name];
  if (set?.kind !== 'rollouts') throw new RangeError(`“${name}” is no data set of rollouts.`);
  const { store, model } = host;
  const definition = JSON.stringify({ set, prompts: experiment.data[set.prompts], seed, model });
  const file = FILES.rollouts(name, seed);
  const text = await readText(store, file);
  const known = text === undefined ? undefined : readRollouts(text);
  if (known) {
    if (known.definition === definition) return known;
    throw otherRun(file);
  }
  const made = { definition, ...(await makeRollouts(experiment, set, name, seed, host)) };
  await store.write(file, writeRollouts(made));
  return made;
}

/** The refusal of a folder with the outcome of another experiment. */
export function otherRun(file: string): LosslightError {
  return new LosslightError(
    'other-experiment',
    `${file} was made with other settings, other data or another model.`,
    'Give another folder for the outcome, or take that file away to make it anew.',
  );
}

async function makeRollouts(
  experiment: Experiment,
  set: RolloutData,
  name: string,
  seed: number,
  host: ExperimentHost,
): Promise<Omit<Rollouts, 'definition'>> {
  const { engine, inspector, signal, say } = host;
  const prompts = chosen(
    promptsFrom(await conversationsOf(experiment, set.prompts, seed, host)),
    set.count,
    seed,
  );
  const score = scorerOf(set.rewards, host);
  await engine.adapt({ kind: 'full' });
  const texts = new LocalTexts(inspector, prompts, score);
  const opened = await texts.open();
  const count = prompts.length * set.perPrompt;
  const seeds = seedsOf(seed, 0, count);
  const draws = opened.prompts.flatMap((prompt, group): Draw[] => {
    if ('problem' in prompt) return [];
    const { ids } = prompt;
    return Array.from({ length: set.perPrompt }, (_, i) => ({
      ...{ prompt: group, ids, group },
      seed: seeds[group * set.perPrompt + i] ?? 0,
    }));
  });
  say(`${name}, seed ${seed}: ${draws.length} completions of ${prompts.length} prompts`);
  const { temperature, topP, maxNewTokens } = set;
  const options = { temperature, topP, maxNewTokens, seed, stopIds: opened.stopIds };
  const clock = clocks(host);
  const turns = await sampleTurns(engine, texts, draws, options, signal);
  if (!turns) throw new Interrupted('The experiment was ended.');
  const read = await texts.finish(turns);
  const passed = clock();
  const completions = turns.flatMap((turn, i): StoredCompletion[] => {
    const found = read[i];
    // A prompt that does not fit into the context has no round.
    if (!found || turn.rounds.length === 0) return [];
    const id = `${prompts[turn.prompt]?.conversation.id ?? ''}#${i}`;
    return [
      {
        group: `${prompts[turn.prompt]?.conversation.id ?? ''}.${prompts[turn.prompt]?.message ?? 0}`,
        id,
        reward: found.reward.total,
        ...(found.reward.problem !== undefined && { problem: found.reward.problem }),
        text: found.completion.text,
        tokens: found.completion.tokens,
        sequences: turnSequences(turn.rounds, found.kinds, id).map(({ sequence }) => sequence),
      },
    ];
  });
  const generated = completions.reduce((sum, { tokens }) => sum + tokens, 0);
  return { completions, cost: { generated, trained: 0, ...passed } };
}

/**
 * Sequences with what an objective wants to know of each completion: rewards; of each prompt the best and the worst completion
 * as a pair (DPO), where they differ; or whether its reward is at least `keepFrom` (KTO).
 */
export function rewardedSequences(
  completions: readonly StoredCompletion[],
  { kind, keepFrom }: Pick<ObjectiveSettings, 'kind' | 'keepFrom'>,
): TrainingSequence[] {
  if (kind === 'dpo') return pairs(completions);
  return completions.flatMap(({ group, reward, sequences }) =>
    sequences.map((sequence) => ({
      ...sequence,
      sample: {
        group,
        ...(reward !== undefined && (kind === 'kto' ? { desirable: reward >= keepFrom } : { reward })),
      },
    })),
  );
}

/** The first best and the first worst of each prompt. A completion that is several sequences cannot be one of a pair. */
function pairs(completions: readonly StoredCompletion[]): TrainingSequence[] {
  const groups = new Map<string, { reward: number; sequence: TrainingSequence }[]>();
  for (const { group, reward, sequences } of completions) {
    const [sequence] = sequences;
    if (reward === undefined || !sequence || sequences.length > 1) continue;
    groups.set(group, [...(groups.get(group) ?? []), { reward, sequence }]);
  }
  return [...groups].flatMap(([group, members]) => {
    const ordered = [...members].sort((a, b) => b.reward - a.reward);
    const [best, worst] = [ordered[0], ordered.findLast(({ reward }) => reward === ordered.at(-1)?.reward)];
    if (!best || !worst || best.reward <= worst.reward) return [];
    return [
      { ...best.sequence, sample: { group, preference: 'chosen' as const } },
      { ...worst.sequence, sample: { group, preference: 'rejected' as const } },
    ];
  });
}
