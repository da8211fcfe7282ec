/**
 * @file Checks on a conversation in our own shape, wherever it came from: an importer, the generator, a person's edit.
 */
import { recapOf } from './recap-line';
import type { Conversation, ImportProblem, Message, ToolCall } from './types';

/** Something to look at in a conversation; the importer adds file and line. */
export interface Finding {
  severity: 'error' | 'warning';
  /** Index of the message; -1 for the conversation as a whole. */
  message: number;
  /** Index of the call within the message, where the finding is about one. */
  call?: number;
  reason: string;
  remedy: string;
  fix?: ImportProblem['fix'];
}

const ORPHAN_REMEDY = 'Add the message that made the call, or remove the result.';

/** Everything worth knowing about a conversation, in the order of its messages. An error means that it cannot be used. */
export function validate({ messages, tools }: Pick<Conversation, 'messages' | 'tools'>): Finding[] {
  if (messages.length === 0) {
    return [finding('error', -1, 'the conversation has no messages', 'Add a user and an assistant message.')];
  }
  const offered = tools && new Set(tools.map((tool) => tool.function.name));
  /** Whether the present run of tool results has no call before it. */
  let orphan = false;
  const findings: Finding[] = messages.flatMap((message, i) => {
    const before = messages[i - 1];
    orphan = message.role === 'tool' && (before?.role === 'tool' ? orphan : !before?.toolCalls?.length);
    return [
      ...checkMessage(message, i),
      ...checkOrder(messages, i),
      ...(orphan ? [finding('warning', i, 'the tool result follows no call', ORPHAN_REMEDY)] : []),
      ...checkResults(messages, i),
      ...checkOffered(message, i, offered),
    ];
  });
  if (!messages.some((message) => message.role === 'assistant')) {
    const reason = 'the conversation has no assistant message, so nothing in it is trained';
    findings.push(finding('warning', -1, reason, 'Add the answer that the model should learn.'));
  } else if (messages.at(-1)?.role !== 'assistant') {
    const reason = `the conversation ends with a ${messages.at(-1)?.role} message, which no answer follows`;
    findings.push(
      finding('warning', messages.length - 1, reason, 'Add the answer, or remove the last turn.'),
    );
  }
  return findings;
}

function checkMessage(message: Message, i: number): Finding[] {
  const findings: Finding[] = [];
  const calls = message.toolCalls ?? [];
  if (message.role !== 'assistant') {
    if (calls.length > 0 || message.reasoning !== undefined) {
      const reason = `a ${message.role} message cannot have thinking or calls`;
      findings.push(finding('error', i, reason, 'Move them to an assistant message.'));
    }
  } else if (message.content === '' && !message.reasoning && calls.length === 0) {
    const reason = 'the assistant message is empty';
    findings.push(
      finding('warning', i, reason, 'Add its text, or remove it: the model would learn to say nothing.'),
    );
  }
  const recap = recapOf(message);
  if (recap !== undefined) {
    const reason = `the answer begins with how long it was thought about, “${recap}”, which the page of a chat shows and no model writes; it would be trained`;
    findings.push({ ...finding('warning', i, reason, 'Remove that line from the answer.'), fix: 'recap' });
  }
  if (message.weight !== undefined && !Number.isFinite(message.weight)) {
    findings.push(
      finding('error', i, `the weight ${message.weight} is not finite`, 'Use a number such as 0 or 1.'),
    );
  }
  for (const { start, end, weight } of message.detail ?? []) {
    if (0 <= start && start < end && end <= message.content.length && Number.isFinite(weight)) continue;
    const reason = `the range ${start}–${end} of weight ${weight} does not fit the content`;
    const remedy = `Use ranges within 0–${message.content.length} that are not empty, and finite weights.`;
    findings.push(finding('error', i, reason, remedy));
  }
  calls.forEach((call, c) => {
    const value: unknown = call.arguments;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const reason = `the arguments of \`${call.name}\` are not an object`;
      findings.push({
        ...finding('error', i, reason, 'Write an object, such as {"city": "Oslo"}.'),
        call: c,
      });
    }
  });
  return findings;
}

function checkOrder(messages: readonly Message[], i: number): Finding[] {
  const message = messages[i];
  const before = messages[i - 1];
  if (message?.role === 'system' && i > 0) {
    const reason = 'a system message stands after the first place, which many templates refuse or leave out';
    return [finding('warning', i, reason, 'Move it to the start, or make it a user message.')];
  }
  if (message?.role === 'assistant' && (!before || before.role === 'system')) {
    const reason = 'the assistant speaks before any user message, which many templates refuse';
    return [finding('warning', i, reason, 'Add the user message that it answers.')];
  }
  if (message?.role === 'assistant' && before?.role === 'assistant' && !before.toolCalls?.length) {
    const reason = 'two assistant messages follow each other, each with its own end of turn';
    return [finding('warning', i, reason, 'Join them if they are one turn.')];
  }
  return [];
}

/** For a message with calls: matches the results after it, by id where both sides have one, else by order. */
function checkResults(messages: readonly Message[], i: number): Finding[] {
  const message = messages[i];
  const calls = message?.toolCalls ?? [];
  if (message?.role !== 'assistant' || calls.length === 0) return [];
  const findings: Finding[] = [];
  const waiting = new Waiting(calls);
  if (waiting.twice !== undefined) {
    const reason = `two calls of the message have the id ${JSON.stringify(waiting.twice)}`;
    findings.push(finding('warning', i, reason, 'Give each call an id of its own.'));
  }
  // A conversation may end with its call: the model's turn is complete, the tool's has not come.
  if (i === messages.length - 1) return findings;
  for (let r = i + 1; messages[r]?.role === 'tool'; r++) {
    const id = messages[r]?.toolCallId;
    if (waiting.answer(id)) continue;
    const reason = `the tool result${id === undefined ? '' : ` ${JSON.stringify(id)}`} answers no call before it`;
    findings.push(
      finding('warning', r, reason, 'Use the id of a call in the message before as tool_call_id.'),
    );
  }
  for (const [call, { id, name }] of waiting.left()) {
    const which = id === undefined ? '' : ` (id ${JSON.stringify(id)})`;
    const reason = `the result of the call of \`${name}\`${which} is missing; none was made up`;
    const remedy = 'Add what the tool returned, as a message of its own.';
    findings.push({ ...finding('warning', i, reason, remedy), call });
  }
  return findings;
}

/** The calls of a message that no result has answered yet. */
class Waiting {
  /** An id that two of the calls share. */
  readonly twice: string | undefined;
  private readonly named = new Map<string, number[]>();
  private readonly unnamed: number[] = [];
  private readonly open: Set<number>;

  constructor(private readonly calls: readonly ToolCall[]) {
    this.open = new Set(calls.keys());
    // Lists run backwards, so that taking the next call is a pop.
    for (let i = calls.length - 1; i >= 0; i--) {
      const id = calls[i]?.id;
      const list = id === undefined ? this.unnamed : (this.named.get(id) ?? []);
      list.push(i);
      if (id !== undefined) this.named.set(id, list);
    }
    this.twice = [...this.named].find(([, list]) => list.length > 1)?.[0];
  }

  /** Takes the call with this id, else the next one that has none; for a result without an id, the first open call. */
  answer(id: string | undefined): boolean {
    if (id === undefined) {
      const [first] = this.open;
      return first !== undefined && this.open.delete(first);
    }
    for (const list of [this.named.get(id) ?? [], this.unnamed]) {
      for (let call = list.pop(); call !== undefined; call = list.pop()) {
        if (this.open.delete(call)) return true;
      }
    }
    return false;
  }

  left(): [number, ToolCall][] {
    return [...this.open].flatMap((i): [number, ToolCall][] => {
      const call = this.calls[i];
      return call ? [[i, call]] : [];
    });
  }
}

/** Calls of tools that the record's own list does not offer. */
function checkOffered(message: Message, i: number, offered: ReadonlySet<string> | undefined): Finding[] {
  if (!offered) return [];
  return (message.toolCalls ?? []).flatMap((call, c) => {
    if (offered.has(call.name)) return [];
    const reason = `the tool \`${call.name}\` is called but not offered in \`tools\``;
    return [{ ...finding('warning', i, reason, 'Add it to `tools`, or correct the name.'), call: c }];
  });
}

function finding(severity: Finding['severity'], message: number, reason: string, remedy: string): Finding {
  return { severity, message, reason, remedy };
}
