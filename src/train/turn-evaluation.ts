/**
 * @file Lets a model react to user turns of recorded conversations, each to its end, and grades the decisions about tools.
 */
import type { Expected } from '../conversation/practice/compose';
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import type { Engine, ManyOptions, Which } from '../model/engine';
import { gradeTurn, type DecisionCase } from '../reward/decision-report';
import { expectedTurns } from '../reward/expected-turns';
import { ReactionRollout, type Tokens } from './reaction-rollout';

/** A user turn to react to. */
export interface EvaluatedTurn {
  conversation: Conversation;
  /** Number of the conversation. */
  group: number;
  expected: Expected;
}

export interface TurnOptions {
  /** Most tokens of one message; 200 without it. */
  maxNewTokens?: number;
  /** Texts at once. */
  sequences?: number;
  /** Seeds what is sampled. */
  samplingSeed?: number;
}

/** How a model reacted. */
export interface TurnReaction extends EvaluatedTurn {
  /** Drawn at temperature 1; greedy otherwise. */
  sampled: boolean;
  /** Without steps where the prompt does not fit into the model's context. */
  rollout: ReactionRollout;
}

const GREEDY = { temperature: 0, topP: 1 };
const SAMPLED = { temperature: 1, topP: 1 };

/** The user turns of conversations of which it is known what is right. */
export function turnsOf(conversations: readonly Conversation[]): EvaluatedTurn[] {
  return conversations.flatMap((conversation, group) =>
    expectedTurns(conversation).map((expected) => ({ conversation, group, expected })),
  );
}

/**
 * Greedy reactions to all turns, and a second one, sampled, to those that are contested.
 *
 * @param onTurn gets the reactions that are done, and all of them
 * @throws LosslightError what the template and the engine throw.
 */
export async function reactToTurns(
  engine: Engine,
  tokens: Tokens,
  turns: readonly EvaluatedTurn[],
  { maxNewTokens = 200, sequences, samplingSeed = 0 }: TurnOptions,
  which: Which = 'tuned',
  onTurn?: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<TurnReaction[]> {
  const jobs = [
    ...turns.map((turn) => ({ turn, sampled: false })),
    ...turns.filter(({ expected }) => expected.contested).map((turn) => ({ turn, sampled: true })),
  ];
  const reactions: TurnReaction[] = [];
  function* requests() {
    for (const { turn, sampled } of jobs) {
      const how = sampled ? SAMPLED : GREEDY;
      const rollout = new ReactionRollout(turn.conversation, turn.expected.message, tokens, how);
      reactions.push({ ...turn, sampled, rollout });
      yield rollout.request;
    }
  }
  const many: ManyOptions = {
    ...GREEDY,
    maxNewTokens,
    seed: samplingSeed,
    stopIds: [...tokens.endOfTurnIds],
    ...(sequences !== undefined && { sequences }),
  };
  let done = 0;
  for await (const part of engine.generateMany(requests(), many, which, signal)) {
    if (part.error && !isTooLong(part.error)) throw part.error;
    if (part.done) onTurn?.(++done, jobs.length);
  }
  return reactions;
}

const isTooLong = (error: Error) => error instanceof LosslightError && error.code === 'too-long';

/** The cases of a tool-decision report. Turns that did not fit into the context have none. */
export function decisionCases(reactions: readonly TurnReaction[]): DecisionCase[] {
  const second = new Map(
    reactions.flatMap(({ sampled, rollout, expected, group }) => {
      const first = rollout.steps[0]?.reaction;
      if (!sampled || !first) return [];
      return [[keyOf(group, expected), first.called === (expected.decision === 'call')] as const];
    }),
  );
  return reactions.flatMap(({ sampled, rollout, conversation, expected, group }): DecisionCase[] => {
    const { steps } = rollout;
    if (sampled || steps.length === 0) return [];
    const key = keyOf(group, expected);
    const runs = typeof conversation.extra['world'] === 'number';
    const rounds = runs ? steps.map(({ results }) => results) : undefined;
    const again = second.get(key);
    // Where calls cannot be run, what the model says to made-up results tells nothing.
    const said = runs ? steps : steps.slice(0, 1);
    return [
      {
        key,
        group,
        ...gradeTurn(
          expected,
          said.map(({ reaction }) => reaction),
          rounds,
        ),
        ...(again !== undefined && { sampled: again }),
      },
    ];
  });
}

const keyOf = (group: number, { message }: Expected) => `${group}.${message}`;
