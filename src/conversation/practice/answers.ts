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

/** Thinking before calls. */
export function thinkCalls(scene: Scene, wishes: readonly Wish[]): string {
  const what = wishes.map(({ skill, ask }) => whatOf(skill, ask)).join(' and ');
  const names = [...new Set(wishes.map(({ listing }) => listing.name))];
  const tool = names.join(' and ');
  if (wishes.length > 1) {
    return reply(
      scene,
      ['The user wants {what}. I call {tool}{twice}.', 'Two things: {what}. I use {tool}{twice}.'],
      {
        what,
        tool,
        twice: names.length === 1 ? ' twice' : '',
      },
    );
  }
  return reply(
    scene,
    ['The user wants {what}. I call {tool}.', 'I need {tool} for this: {what}.', 'For {what} I use {tool}.'],
    {
      what,
      tool,
    },
  );
}

/** Thinking between results and answer: it restates what the answer is to state. */
export function thinkResults(results: readonly ToolResult[]): string {
  const parts = results.map((result) => {
    if ('error' in result) return `error, ${String(result.error)}`;
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
