/**
 * @file Lets the page's model react to user turns, one after the other, and grades what it decides: the engine writes, the
 * text worker reads and runs the calls.
 */
import type { Expected } from '../conversation/practice/compose';
import type { Conversation } from '../conversation/types';
import type { KeptWeights, Which } from '../model/engine';
import { gradeTurn, type DecisionCase } from '../reward/decision-report';
import { expectedTurns } from '../reward/expected-turns';
import { resultRounds } from '../reward/result-rounds';
import type { WrittenRound } from '../rollout/types';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';

/** A user turn to react to. */
export interface ReportTurn {
  conversation: Conversation;
  /** Number of the conversation. */
  group: number;
  expected: Expected;
}

export const reportTurns = (conversations: readonly Conversation[]): ReportTurn[] =>
  conversations.flatMap((conversation, group) =>
    expectedTurns(conversation).map((expected) => ({ conversation, group, expected })),
  );

export interface ReactOptions {
  which: Which | KeptWeights;
  contextLength: number;
  /** Most tokens of one message. */
  maxNewTokens: number;
  signal: AbortSignal;
}

/**
 * The greedy reaction to a turn, graded.
 *
 * @returns undefined where the template refuses the prompt, or it leaves no room in the context, or the signal came
 * @throws LosslightError what the workers fail with.
 */
export async function reactTo(
  { conversation, group, expected }: ReportTurn,
  { text, engine }: { text: TextService; engine: EngineService },
  { which, contextLength, maxNewTokens, signal }: ReactOptions,
): Promise<DecisionCase | undefined> {
  const prompt = { conversation, message: expected.message };
  const opened = await text.rolloutOpen({ prompts: [prompt] });
  const [first] = opened.prompts;
  if (!first || 'problem' in first) return undefined;
  const rounds: WrittenRound[] = [];
  for (let ids: Int32Array | null = first.ids; ids && ids.length < contextLength;) {
    const options = {
      ...{ temperature: 0, topP: 1, seed: 0, stopIds: opened.stopIds },
      maxNewTokens: Math.min(maxNewTokens, contextLength - ids.length),
    };
    const { tokens } = await engine.generate({ prompt: ids, options, which }, () => undefined, signal);
    if (signal.aborted) return undefined;
    const written = Int32Array.from(tokens, ({ id }) => id);
    const stopped = opened.stopIds.includes(written.at(-1) ?? -1);
    rounds.push({ prompt: ids, ids: written, ending: stopped ? 'stop' : 'limit' });
    ids = (await text.rolloutExtend({ prompt, rounds })).ids;
  }
  if (rounds.length === 0) return undefined;
  const { turns } = await text.rolloutRead({ turns: [{ prompt, rounds }] });
  const completion = turns[0]?.completion;
  if (!completion || completion.reactions.length === 0) return undefined;
  // Only a practice world answers calls; elsewhere nothing is known of what they would give.
  const runs = typeof conversation.extra['world'] === 'number';
  return {
    key: `${group}.${expected.message}`,
    group,
    ...gradeTurn(expected, completion.reactions, runs ? resultRounds(completion.messages) : undefined),
  };
}
