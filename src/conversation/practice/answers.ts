/**
 * @file What the assistant thinks before and after a call. Thinking restates what is to be copied, and names the tool,
 * so that the decision can be seen before the call.
 */
import { type Scene, reply } from './intent';
import { type Skill, type Ask, resultStates, whatOf } from './skill';
import { type Call, type Listing, type ToolResult, callOf } from './tool';

/** A question, ready to be called: its skill, words and arguments, and the tool as the conversation lists it. */
export interface Wish {
  skill: Skill;
  ask: Ask;
  listing: Listing;
  call: Call;
}

/** A question to a listed tool, drawn anew; undefined where the tool is not listed. */
export function drawWish(scene: Scene, skill: Skill): Wish | undefined {
  const listing = scene.listed.get(skill.tool);
  if (!listing) return undefined;
  const ask = skill.draw(scene);
  return { skill, ask, listing, call: callOf(listing, ask.args) };
}

/** How thinking begins: with what is wanted, so that whatever is decided is decided with it in view. */
const WANTS = ['The user wants {what}.', 'Wanted: {what}.', 'This is about {what}.'] as const;
const WANTS_TWO = ['The user wants {what}.', 'Two things: {what}.'] as const;

/** Thinking before calls: what is wanted, what is known of it, then the tools. */
export function thinkCalls(scene: Scene, wishes: readonly Wish[], known = ''): string {
  const what = wishes.map(({ skill, ask }) => whatOf(skill, ask)).join(' and ');
  const names = [...new Set(wishes.map(({ listing }) => listing.name))];
  const twice = wishes.length > names.length ? ' twice' : '';
  const wants = reply(scene, wishes.length > 1 ? WANTS_TWO : WANTS, { what });
  const calls = reply(scene, ['I call {tool}{twice}.', 'I use {tool}{twice}.'], {
    tool: names.join(' and '),
    twice,
  });
  return [wants, known, calls].filter(Boolean).join(' ');
}

/** Thinking before an answer where a tool that fits is listed, and what it would say is `known`. */
export function thinkAnswers(scene: Scene, { skill, ask }: Wish, known: string): string {
  return `${reply(scene, WANTS, { what: whatOf(skill, ask) })} ${known} No tool is needed.`;
}

/** Thinking between results and answer: it restates what the answer is to state. */
export function thinkResults(results: readonly ToolResult[]): string {
  const parts = results.map((result) => {
    if ('error' in result) return `error, ${String(result.error).replace(/\.$/, '')}`;
    if (result.count === 0) return 'none';
    const states = resultStates(result);
    return states.length > 0
      ? states.join(', ')
      : Object.keys(result).includes('events')
        ? 'no events'
        : 'done';
  });
  return `The result: ${parts.join('; ')}.`;
}
