/**
 * @file Runs a command line and gives its exit status.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { diffWeights, type SegmentDiff } from '../mask/diff';
import { tokenWeights, type MaskPolicy } from '../mask/policy';
import { PRESETS } from '../mask/presets';
import type { Inspector } from '../sequence/inspector';
import { SEGMENT_KINDS } from '../template/rendered';
import { readArguments, USAGE, UsageError, type Command } from './arguments';
import { addSegments, diffJson, diffText, summaryText } from './diff';
import { openPolicy, openTokenizer, readConversations } from './inputs';
import type { Io } from './io';
import { sequenceJson, sequenceTable } from './masks';
import { painter } from './paint';

/**
 * Runs the arguments after the program's name.
 *
 * @returns 0; 1 where a record was left out; 2 where a flag or a file cannot be used, after one line that says what to do.
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    return await runCommand(readArguments(args), io);
  } catch (error) {
    if (error instanceof UsageError) io.warn(oneLine(error.message));
    else if (error instanceof LosslightError) io.warn(oneLine(`${error.message} ${error.remedy}`));
    else throw error;
    return 2;
  }
}

async function runCommand(command: Command, io: Io): Promise<number> {
  if (command.command === 'help') {
    await io.print(USAGE.replace('PRESETS', PRESETS.map(({ name }) => name).join(', ')));
    return 0;
  }
  const inspector = await openTokenizer(io, command.tokenizer);
  const names = command.command === 'masks' ? [command.policy] : command.policies;
  const policies = await Promise.all(names.map((name) => openPolicy(io, name)));
  const { conversations, left } = await readConversations(io, command.data);
  const paint = painter(io.colour && !command.json);
  let failed = left;
  let segments: SegmentDiff[] = [];
  for (const conversation of conversations) {
    const weighed = weigh(inspector, conversation, policies, io);
    if (!weighed) {
      failed++;
      continue;
    }
    const { text, encoded, pieces, weights } = weighed;
    const [a = new Float32Array(), b = a] = weights;
    if (command.command === 'masks') {
      const sequence = { conversation, text, encoded, pieces, weights: a };
      await io.print(command.json ? sequenceJson(sequence) : sequenceTable(sequence, paint));
    } else {
      const diff = diffWeights(encoded, a, b);
      segments = addSegments(segments, diff.segments);
      await io.print(
        command.json ? diffJson(conversation, diff) : diffText(conversation, diff, pieces, paint),
      );
    }
  }
  if (command.command === 'diff' && !command.json) {
    segments.sort((x, y) => SEGMENT_KINDS.indexOf(x.segment) - SEGMENT_KINDS.indexOf(y.segment));
    const compared = conversations.length - failed + left;
    const title = `A is ${names[0]}, B is ${names[1]}; tokens of ${compared} ${compared === 1 ? 'record' : 'records'}:`;
    await io.print(`${title}\n${summaryText(segments, paint)}`);
  }
  return failed > 0 ? 1 : 0;
}

/** A conversation under each policy; undefined where the template refuses it or its ranges do not fit, which is told. */
function weigh(inspector: Inspector, conversation: Conversation, policies: readonly MaskPolicy[], io: Io) {
  const { file, line, record } = conversation.source;
  const tell = (severity: string, text: string) => io.warn(oneLine(`${file}:${line}: ${severity}: ${text}`));
  try {
    const { rendered, encoded } = inspector.inspect(conversation);
    for (const note of rendered.notes) {
      if (note.severity === 'warning')
        tell('warning', `record ${record}, message ${note.message}: ${note.text}`);
    }
    const weights = policies.map((policy) => tokenWeights(encoded, policy, conversation, rendered));
    return { text: rendered.text, encoded, weights, pieces: inspector.tokenizer.pieces(encoded.ids) };
  } catch (error) {
    if (!(error instanceof LosslightError)) throw error;
    tell('error', `record ${record}: ${error.message} ${error.remedy}`);
    return undefined;
  }
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}
