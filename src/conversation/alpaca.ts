/**
 * @file Alpaca: `{instruction, input, output, system, history}`, as LLaMA-Factory reads it; with `chosen` and `rejected`
 * instead of `output` for preferences.
 */
import { unzip, type Draft, type PlacedMessage, type RecordFormat } from './draft';
import { comparePreference } from './preference';
import { messageList, readFields } from './record-frame';
import type { Reporter } from './report';
import type { Cursor } from './source-text';
import { requireText, textMessage } from './text-message';
import type { Role } from './types';

const KEYS = ['instruction', 'input', 'output', 'system', 'history'];
const HISTORY_FORM = 'Write the history as [["first question", "first answer"], …].';

export const alpaca: RecordFormat = {
  id: 'alpaca',
  name: 'Alpaca',
  claims(root) {
    if (!root.get('instruction') || messageList(root) || root.get('prompt')) return false;
    return (
      root.get('output') !== undefined ||
      (root.get('chosen') !== undefined && root.get('rejected') !== undefined)
    );
  },
  read(root, report) {
    const draft = readRecord(root, report);
    return report.failed ? undefined : draft;
  },
};

/** The user's text is the instruction and, where it is not empty, the input after a line break, as in LLaMA-Factory. */
function readRecord(root: Cursor, report: Reporter): Draft | undefined {
  const [output, chosen, rejected] = [root.get('output'), root.get('chosen'), root.get('rejected')];
  const preferred = !output && chosen && rejected;
  const fields = readFields(root, preferred ? [...KEYS, 'chosen', 'rejected'] : KEYS, report);
  const system = read(root.get('system'), 'system', report);
  // Tables with one column a field write '' where a record has no system prompt.
  const first = system && system.message.content !== '' ? [system] : [];
  const placed = first.concat(readHistory(root.get('history'), report));

  const instruction = root.get('instruction');
  const question = instruction && requireText(instruction, report);
  const input = root.get('input');
  const more = input && requireText(input, report);
  if (!instruction && !input) {
    report.error(root, 'the record has no instruction', 'Add the question as `instruction`.');
    return undefined;
  }
  const parts = [question, more].filter((part) => part !== undefined && part !== '');
  placed.push(textMessage('user', parts.join('\n'), instruction ?? input ?? root, report));
  const base = { ...unzip(placed), ...fields };
  if (preferred) {
    const sides = [chosen, rejected]
      .map((side) => read(side, 'assistant', report))
      .map((side) => (side ? [side] : []));
    return comparePreference(base, sides[0] ?? [], sides[1] ?? [], rejected, report);
  }
  const answer = read(output, 'assistant', report);
  if (!output) {
    report.error(root, 'the record has no output', 'Add the answer as `output`; "" if it is empty.');
    return undefined;
  }
  return answer && { ...base, ...unzip([...placed, answer]) };
}

function read(value: Cursor | undefined, role: Role, report: Reporter): PlacedMessage | undefined {
  const text = value && requireText(value, report);
  return value && text !== undefined ? textMessage(role, text, value, report) : undefined;
}

function readHistory(history: Cursor | undefined, report: Reporter): PlacedMessage[] {
  if (!history || history.string === '') return [];
  if (history.node.kind !== 'array') {
    report.error(history, `the history is ${history.describe()}, not a list`, HISTORY_FORM);
    return [];
  }
  return history.items().flatMap((pair) => {
    const [question, answer, ...more] = pair.items();
    if (question?.string === undefined || answer?.string === undefined || more.length > 0) {
      report.error(pair, 'the turn of the history is not a pair of texts', HISTORY_FORM);
      return [];
    }
    return [
      textMessage('user', question.string, question, report),
      textMessage('assistant', answer.string, answer, report),
    ];
  });
}
