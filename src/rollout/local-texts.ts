/**
 * @file The text's side of rollouts where tokenizer and template are at hand: in the text worker, and in Node.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { composeRewards } from '../reward/compose';
import { gradeReaction } from '../reward/practice-grade';
import { rewardInput } from '../reward/recorded';
import type { Completion, RewardInput, RewardPart, RewardScore } from '../reward/types';
import type { Inspector } from '../sequence/inspector';
import type { RolloutPrompt } from '../worker/protocol';
import { promptKinds, THINK, writtenKinds } from './kinds';
import { TurnReader } from './turn-reader';
import type { OpenedPrompts, ReadTurn, RolloutTexts, UnrewardedTurn, WrittenTurn } from './types';
import { withReward } from './with-reward';

/** Gives each completion its reward, in their order. */
export type Scorer = (inputs: readonly RewardInput[]) => RewardScore[] | Promise<RewardScore[]>;

export class LocalTexts implements RolloutTexts {
  constructor(
    readonly inspector: Inspector,
    readonly prompts: readonly RolloutPrompt[],
    readonly score: Scorer,
  ) {}

  open(): Promise<OpenedPrompts> {
    return promised(() => openPrompts(this.prompts, this.inspector));
  }

  extend(turn: WrittenTurn): Promise<Int32Array | undefined> {
    return promised(() => extendTurn(this.#promptOf(turn), turn, this.inspector));
  }

  async finish(turns: readonly WrittenTurn[]): Promise<ReadTurn[]> {
    const read = turns.map((turn) => readTurn(this.#promptOf(turn), turn, this.inspector));
    const rewards = await this.score(read.map(({ input }) => input));
    return read.map((turn, i) => withReward(turn, rewards[i]));
  }

  #promptOf({ prompt: number }: WrittenTurn): RolloutPrompt {
    const prompt = this.prompts[number];
    if (!prompt) throw new RangeError(`There is no prompt number ${number}.`);
    return prompt;
  }
}

/** Prompts as tokens; one that the template refuses takes no other with it. */
export function openPrompts(prompts: readonly RolloutPrompt[], inspector: Inspector): OpenedPrompts {
  return {
    prompts: prompts.map(({ conversation, message }) => {
      try {
        return { ids: new TurnReader(conversation, message, inspector).prompt().ids };
      } catch (error) {
        if (error instanceof LosslightError) return { problem: error.message };
        throw error;
      }
    }),
    stopIds: inspector.endOfTurnIds,
  };
}

/** See `RolloutTexts.extend`. */
export function extendTurn(
  { conversation, message }: RolloutPrompt,
  { rounds }: Pick<WrittenTurn, 'rounds'>,
  inspector: Inspector,
): Int32Array | undefined {
  const reader = new TurnReader(conversation, message, inspector);
  const last = rounds.at(-1);
  const goesOn = rounds.map(({ ids }) => reader.read(ids)).at(-1);
  if (!last || !goesOn || last.ending !== 'stop') return undefined;
  const seen = new Int32Array(last.prompt.length + last.ids.length);
  seen.set(last.prompt);
  seen.set(last.ids, last.prompt.length);
  return reader.next(seen);
}

/** Reads a turn that has ended. */
export function readTurn(
  { conversation, message }: RolloutPrompt,
  { rounds }: Pick<WrittenTurn, 'rounds'>,
  inspector: Inspector,
): UnrewardedTurn {
  const reader = new TurnReader(conversation, message, inspector);
  const kinds: Uint8Array[] = [];
  let [tokens, thinkTokens] = [0, 0];
  for (const { prompt, ids } of rounds) {
    const before = promptKinds(prompt, reader.sofar, inspector);
    const written = writtenKinds(ids, inspector);
    reader.read(ids);
    tokens += ids.length;
    thinkTokens += written.reduce((sum, kind) => sum + Number(kind === THINK), 0);
    const all = new Uint8Array(before.length + written.length);
    all.set(before);
    all.set(written, before.length);
    kinds.push(all);
  }
  const { steps, written } = reader;
  const completion: Completion = {
    messages: written,
    reactions: steps.map(({ reaction }) => reaction),
    text: steps.map(({ text }) => text).join(''),
    tokens,
    thinkTokens,
    ended: rounds.at(-1)?.ending === 'stop',
  };
  const input = rewardInput(conversation, message, completion);
  const first = steps[0]?.reaction;
  return {
    completion,
    kinds,
    input,
    ...(input.expected && first && { grade: gradeReaction(input.expected, first) }),
  };
}

/** Rewards by functions that are built in. */
export const scorerOf =
  (parts: readonly RewardPart[]): Scorer =>
  (inputs) =>
    inputs.map((input) => composeRewards(parts, input));

/** Every user turn of conversations, to be reacted to. */
export function promptsOf(conversations: readonly Conversation[]): RolloutPrompt[] {
  return conversations.flatMap((conversation) =>
    conversation.messages.flatMap(({ role }, message) =>
      role === 'user' ? [{ conversation, message }] : [],
    ),
  );
}

async function promised<T>(work: () => T): Promise<T> {
  return work();
}
