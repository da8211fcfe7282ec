/**
 * @file Checks a practice record by doing its work again: calls are run anew in its world, arguments are held against
 * the schemas that it lists, and what it says is right against what it shows.
 */
import type { Conversation, Json, Message } from '../types';
import type { Expected } from './compose';
import { spacedJson, statesText } from './stated';
import { argumentProblem } from './tool';
import { World, listingsOf } from './world';

export { statesText };

/** What is wrong with a record, one sentence each; empty for a sound one. */
export function recordProblems(record: Conversation): string[] {
  const problems: string[] = [];
  const { messages, tools = [] } = record;
  const expected = record.extra.expected as unknown as Expected[];
  const listings = listingsOf(tools);
  if (listings.length !== tools.length) problems.push('A listed tool is none of ours.');
  const users = messages.flatMap(({ role }, i) => (role === 'user' ? [i] : []));
  if (String(users) !== String(expected.map(({ message }) => message))) {
    problems.push(
      `“expected” is about messages ${expected.map(({ message }) => message).join(', ')}, not ${users.join(', ')}.`,
    );
  }
  const world = new World(Number(record.extra.world));
  expected.forEach((entry, turn) => {
    const say = (problem: string): void => {
      problems.push(`Turn ${turn + 1} (${entry.intent}): ${problem}`);
    };
    const whole = messages.slice(entry.message + 1, users[turn + 1]);
    const slip = whole[0]?.weight === 0 ? 1 + (whole[0].toolCalls ?? []).length : 0;
    const reaction = whole.slice(slip);
    (whole[0]?.toolCalls ?? []).slice(0, slip).forEach((call, k) => {
      const result = world.run(call, listings);
      if (!('error' in result)) say(`the call ${k + 1} of weight 0 works.`);
      if (whole[k + 1]?.content !== spacedJson(result))
        say(`the call ${k + 1} of weight 0 has another result.`);
    });
    checkDecision(entry, reaction[0], say);
    for (const { name, arguments: args } of entry.calls) {
      const listing = listings.find((l) => l.name === name);
      const problem = listing ? argumentProblem(listing, args) : `${name} is not listed.`;
      if (problem) say(problem);
    }
    const calls = reaction[0]?.toolCalls ?? [];
    calls.forEach((call, k) => {
      if (spacedJson(call.arguments) !== call.rawArguments)
        say(`the text of call ${k + 1} is not its arguments.`);
      const result = spacedJson(world.run(call, listings));
      if (reaction[k + 1]?.content !== result)
        say(`call ${k + 1} gives ${result}, not ${String(reaction[k + 1]?.content)}.`);
    });
    const last = reaction.at(-1);
    if (reaction.length !== (calls.length > 0 ? calls.length + 2 : 1))
      say('messages are missing or too many.');
    if (last?.role !== 'assistant' || last.content.trim() === '') say('the assistant does not answer.');
    for (const text of entry.written === entry.decision ? (entry.states ?? []) : []) {
      if (!statesText(last?.content ?? '', text)) say(`the answer does not state “${text}”.`);
    }
  });
  for (const { content, reasoning = '' } of messages) {
    if (/\{\w+\}|undefined|NaN|\[object|~/.test(content + reasoning))
      problems.push(`A text was not filled in: “${content}”.`);
  }
  return problems;
}

function checkDecision(entry: Expected, first: Message | undefined, say: (problem: string) => void): void {
  const called = (first?.toolCalls ?? []).map(({ name, arguments: args }): Json => ({
    name,
    arguments: args,
  }));
  if (called.length > 0 !== (entry.written === 'call')) say(`it does not show “${entry.written}”.`);
  if (entry.calls.length > 0 !== (entry.decision === 'call'))
    say(`“${entry.decision}” and its calls disagree.`);
  if (!entry.contested && entry.written !== entry.decision)
    say('it shows a wrong decision and is not contested.');
  if (entry.written === 'call' && entry.decision === 'call') {
    const right = entry.calls.map(({ name, arguments: args }): Json => ({ name, arguments: args }));
    if (spacedJson(called) !== spacedJson(right)) say('its calls are not the right ones.');
  }
}
