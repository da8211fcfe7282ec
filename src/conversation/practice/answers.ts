/**
 * @file What the assistant thinks before a call and says after its result; shared by the intents that need a tool and
 * the contested ones, which give the same answers.
 */
import { type Scene, fill } from './intent';
import type { ToolResult } from './tools';

/** Thinking before a call. `what` is a noun phrase that copies the arguments. */
export function thinkCall(scene: Scene, what: string, tool: string): string {
  return fill(
    scene.random.pick([
      'I need {what}. I will use {tool}.',
      '{tool} can tell {what}.',
      'To get {what} I call {tool}.',
    ]),
    { what, tool },
  );
}

/** The answer from a result, by what was asked. */
export const say = {
  weather: (scene: Scene, city: string, day: string, result: ToolResult): string =>
    'error' in result
      ? `I could not get the weather in ${city}.`
      : fill(
          scene.random.pick([
            'It {is} {sky} in {city} {day}, {celsius} degrees.',
            'In {city} it {is} {sky} {day} with {celsius} degrees.',
          ]),
          {
            is: day === 'tomorrow' ? 'will be' : 'is',
            sky: String(result.sky),
            celsius: String(result.celsius),
            city,
            day,
          },
        ),
  contact: (scene: Scene, name: string, result: ToolResult): string =>
    'error' in result
      ? `I could not find ${name}.`
      : fill(scene.random.pick(["{name}'s number is {phone}.", 'You can call {name} at {phone}.']), {
          name,
          phone: String(result.phone),
        }),
  stock: (scene: Scene, item: string, result: ToolResult): string =>
    result.count === 0
      ? `The ${item} is out of stock.`
      : fill(scene.random.pick(['We have {count} of the {item}.', 'The {item}: {count} in stock.']), {
          item,
          count: String(result.count),
        }),
};
