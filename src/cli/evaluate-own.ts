/**
 * @file `losslight evaluate --data`: the tool-decision report on anybody's own conversations.
 */
import type { Conversation } from '../conversation/types';
import { decisionReport, type DecisionCase } from '../reward/decision-report';
import type { Inspector } from '../sequence/inspector';
import { LosslightError } from '../errors';
import { ReactionRollout } from '../train/reaction-rollout';
import { decisionCases, reactToTurns, turnsOf, type EvaluatedTurn } from '../train/turn-evaluation';
import { UsageError, type Given } from './arguments';
import { readConversations, type Tally } from './data';
import { decisionTables } from './decision-tables';
import { openEngine } from './engine';
import { tellUnread } from './expected-notes';
import type { Io } from './io';
import { oneLine, painter } from './paint';

export interface OwnOptions {
  maxNewTokens: number;
  sequences?: number;
}

/**
 * Measures, and prints the report.
 *
 * @param model folder of the model, `other` of the one that it is compared with
 * @returns the exit status: 1 where records or turns were left out
 * @throws UsageError where a flag makes no sense with --data, or no record has a turn to measure; what opening throws.
 */
export async function evaluateOwn(
  given: Given,
  io: Io,
  model: string,
  other: string | undefined,
  options: OwnOptions,
): Promise<number> {
  for (const flag of ['--splits', '--conversations', '--seed']) {
    if (given.has(flag)) {
      throw new UsageError(
        `${flag} chooses practice data, and --data gives other data: leave one of both out.`,
      );
    }
  }
  const own = await measure(given, io, model, options);
  const against = other === undefined ? undefined : await measure(given, io, other, options);
  const report = decisionReport(own.cases, against?.cases);
  if (given.has('--json')) {
    const more = against && { againstDecisions: against.cases };
    const all = { model, against: other, options, toolDecisions: report, decisions: own.cases, ...more };
    await io.print(`${JSON.stringify(all)}\n`);
  } else {
    const paint = painter(io.colour);
    for (const { title, lines } of decisionTables(report))
      await io.print(`${paint(title, 1)}\n${lines.join('\n')}\n\n`);
  }
  return own.left + (against?.left ?? 0) > 0 ? 1 : 0;
}

async function measure(
  given: Given,
  io: Io,
  folder: string,
  options: OwnOptions,
): Promise<{ cases: DecisionCase[]; left: number }> {
  const { engine, inspector, computes, dispose } = await openEngine(given, io, folder);
  try {
    const tally: Tally = { records: 0, left: 0 };
    const conversations = await readAll(given, io, tally, inspector);
    const known = turnsOf(conversations);
    const turns = known.filter((turn) => canBeAsked(turn, inspector, io));
    const refused = known.length - turns.length;
    if (known.length > 0 && turns.length === 0)
      throw new UsageError(
        `${folder}: its template refuses every turn: see the reasons above, and correct the records or the template.`,
      );
    if (turns.length === 0) {
      throw new UsageError(
        `${given.all('--data').join(', ')} has no user turn with a recorded reaction: give conversations in which the assistant answers.`,
      );
    }
    const start = performance.now();
    let shown = start;
    const reactions = await reactToTurns(engine, inspector, turns, options, 'tuned', (done, total) => {
      const now = performance.now();
      if (now - shown < 10_000 && done < total) return;
      shown = now;
      const seconds = ((now - start) / 1000).toFixed(0);
      io.warn(`${folder}: ${done} of ${total} turns, ${seconds} s on ${computes}`);
    });
    const cases = decisionCases(reactions);
    const tooLong = turns.length - cases.length;
    if (tooLong > 0) {
      io.warn(
        `${folder}: warning: ${tooLong} of ${turns.length} turns were left out: what stands before them does not fit into the context of ${engine.contextLength} tokens.`,
      );
    }
    return { cases, left: tally.left + tooLong + refused };
  } finally {
    engine.dispose();
    await dispose();
  }
}

/** False where the template refuses what stands before the turn; standard error says why. */
function canBeAsked({ conversation, expected }: EvaluatedTurn, inspector: Inspector, io: Io): boolean {
  try {
    new ReactionRollout(conversation, expected.message, inspector);
    return true;
  } catch (error) {
    if (!(error instanceof LosslightError)) throw error;
    const { file, line } = conversation.source;
    const place = `${file}:${line}: error: messages[${expected.message}]`;
    io.warn(oneLine(`${place}: this turn is left out: ${error.message} ${error.remedy}`));
    return false;
  }
}

async function readAll(given: Given, io: Io, tally: Tally, inspector: Inspector): Promise<Conversation[]> {
  const conversations: Conversation[] = [];
  for await (const conversation of readConversations(given, io, tally, inspector)) {
    tellUnread(conversation, io);
    conversations.push(conversation);
  }
  return conversations;
}
