/**
 * @file Tools that are put together from words, some thousands of them, with their simulators and skills: “Height of a
 * tower”, “Repair a boat”. With a few tools alone a model learns their names by heart; with these it has to read what a
 * schema says.
 */
import { cityName, clockTime, firstName, weekday } from './entities';
import { EXTRAS, type Extra, PROPERTIES, type Property, THINGS, VERBS } from './made-words';
import { type Random, hashText } from './prng';
import { inventedWord, isInvented } from './invented-words';
import type { Scene } from './intent';
import type { Ask, Skill } from './skill';
import type { Parameter, Tool, ToolResult } from './tool';
import type { World } from './world';
import { capital } from './grammar';

export interface MadeTool {
  tool: Tool;
  skill: Skill;
  thing: string;
}

/** How a tool's things are told apart. */
const KEYS = ['code', 'number', 'name'] as const;

const article = (word: string): string => (/^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`);

/** The parameter that says which thing is meant, and how its value is drawn. */
function keyOf(
  thing: string,
  description: string,
): { own: string; parameter: Parameter; draw: (scene: Scene) => string | number } {
  const kind = KEYS[hashText(`key|${description}`) % KEYS.length] ?? 'code';
  const forms = [thing, kind, `${thing}_${kind}`, 'id', 'which'];
  const first = hashText(`own|${description}`) % forms.length;
  const own = forms[first] ?? kind;
  const parameter: Parameter = {
    type: kind === 'number' ? 'integer' : 'string',
    aliases: forms.filter((form) => form !== own),
  };
  const draw = ({ random, entities }: Scene): string | number => {
    if (kind === 'number') return random.int(1, 999);
    if (kind === 'name') return random.chance(0.5) ? cityName(random, entities) : firstName(random, entities);
    const letters = random.chance(0.5)
      ? random.pick([...'ABCDEFGHKLMNST'])
      : random.pick([...'ABCDEFGHKLMNST']) + random.pick([...'ABCDEFGHKLMNST']);
    return `${letters}${random.int(10, 9999)}`;
  };
  return { own, parameter, draw };
}

/** Names that a tool may have: one of its own by a hash, the rest as others. */
function namesOf(description: string, forms: readonly string[]): { name: string; aliases: string[] } {
  const at = hashText(`name|${description}`) % forms.length;
  return { name: forms[at] ?? '', aliases: forms.filter((_, i) => i !== at) };
}

const isChanging = ({ changing }: Property): boolean => changing ?? false;

function lookup(thing: string, properties: readonly Property[]): MadeTool {
  const said = properties.map(({ name, says = name }) => says);
  const description = `${capital(said.join(' and '))} of ${article(thing)}`;
  const { own, parameter, draw } = keyOf(thing, description);
  const short = properties.map(({ name }) => name).join('_');
  const names = namesOf(description, [
    `${thing}_${short}`,
    `get_${thing}_${short}`,
    `${short}_of_${thing}`,
    `find_${thing}_${short}`,
  ]);
  const simulate = (args: { [name: string]: unknown }, world: World): ToolResult => {
    const key = String(args[own]).toLowerCase();
    if (world.draw('made', description, key) % 12 === 0) return { error: 'not found' };
    return Object.fromEntries(
      properties.map(({ name, most, values }) => [
        name,
        values ? world.pick(values, description, name, key) : 1 + (world.draw(description, name, key) % most),
      ]),
    );
  };
  const x = `${thing} {key}`;
  const what = `the ${said.join(' and ')} of ${x}`;
  const values = properties.map(({ name }) => `{r_${name}}`);
  const says = said.map((word, i) => `the ${word} is ${values[i] ?? ''}`).join(', ');
  const skill: Skill = {
    tool: names.name,
    topic: `the ${said.join(' and ')} of ${article(thing)}`,
    draw: (scene): Ask => {
      const value = draw(scene);
      return { args: { [own]: value }, slots: { key: String(value) } };
    },
    kind: 'query',
    what,
    changing: properties.every(isChanging),
    wording: {
      queries: [
        what,
        `the ${said.join(' and ')} of the ${x}`,
        `${x}'s ${said.join(' and ')}`,
        `~the exact ${said.join(' and ')} of ${x}`,
      ],
      own: [
        `What is known about ${x}?`,
        `${capital(x)}: what [is its|about its] ${said.join(' and ')}?`,
        `~Which ${said.join(' and ')} has ${x}?`,
        ...(properties.length === 1
          ? properties.flatMap(({ asks }) => asks.map((ask) => ask.replace('{x}', x)))
          : []),
      ],
    },
    again: [`And ${x}?`, `And of ${x}?`, 'And {key}?', `What about ${x}?`, `~And how about ${x}?`],
    answers: () =>
      properties.length === 1
        ? [`${capital(what)} is ${values.join()}.`, `${capital(x)}: ${values.join()}.`]
        : [`${capital(x)}: ${says}.`],
    failure: `I could not find ${x}.`,
    // A height and a price in one, or an invented word: whether a statement still settles the question is nobody's to say.
    ...(properties.some(isChanging) === properties.every(isChanging) &&
      !properties.some(({ unknown }) => unknown) && {
        stated: properties.length === 1 ? `${capital(what)} is ${values.join()}.` : `${capital(x)}: ${says}.`,
      }),
    missing: {
      what: thing,
      ask: {
        queries: [`the ${said.join(' and ')} of ${article(thing)}`],
        own: [`I [want|need] to know about ${article(thing)}.`, `~There is ${article(thing)}.`],
      },
      back: [`Which ${thing}?`, `Which ${thing} do you mean?`],
      supply: [`${capital(x)}.`, '{key}', `I mean ${x}.`, `Of ${x}.`, `~${capital(x)}, of course.`],
    },
  };
  const tool: Tool = { ...names, description, parameters: { [own]: parameter }, required: [own], simulate };
  return { tool, skill, thing };
}

function action(verb: string, thing: string): MadeTool {
  const description = `${capital(verb)} ${article(thing)}`;
  const { own, parameter, draw } = keyOf(thing, description);
  const all = Object.keys(EXTRAS) as Extra[];
  const hash = hashText(`extras|${description}`);
  const first = all[hash % all.length];
  const second = all[(hash >>> 8) % all.length];
  const third = hash >>> 16;
  const extras = [...new Set([first, ...(third % 3 === 0 ? [second] : [])])].flatMap((extra) =>
    extra && third % 4 > 0 ? [extra] : [],
  );
  const names = namesOf(description, [`${verb}_${thing}`, `${thing}_${verb}`, `request_${verb}_${thing}`]);
  const numbered = hashText(`numbered|${description}`) % 2 === 0;
  const simulate = (args: { [name: string]: unknown }, world: World): ToolResult => {
    const key = world.draw('made', description, JSON.stringify(args).toLowerCase());
    if (key % 12 === 0) return { error: 'not possible' };
    return numbered ? { number: 1 + ((key >>> 6) % 90) } : { done: true };
  };
  const what = `${verb} ${thing} {key}${extras.map((extra) => EXTRAS[extra].says).join('')}`;
  const skill: Skill = {
    tool: names.name,
    topic: `how to ${verb} ${article(thing)}`,
    draw: (scene): Ask => {
      const key = draw(scene);
      const values = Object.fromEntries(extras.map((extra) => [extra, drawExtra(extra, scene)]));
      const slots = Object.fromEntries(
        Object.entries({ key, ...values }).map(([name, value]) => [name, String(value)]),
      );
      return { args: { [own]: key, ...values }, slots };
    },
    kind: 'action',
    what,
    wording: {
      actions: [
        what,
        `${verb} the ${what.slice(verb.length + 1)}`,
        `~have ${what.slice(verb.length + 1)} ready: ${verb} it`,
      ],
      own: [`[My|Your] job: ${what}.`, `~The task is to ${what}.`],
    },
    again: [`Also ${what}.`, `And ${what}.`, `~Then ${what} too.`],
    answers: () =>
      numbered
        ? [`Done, number {r_number}: ${what}.`, `${capital(what)}: this is number {r_number}.`]
        : [`Done: ${what}.`, `${capital(what)}: done.`],
    failure: `I could not ${what}.`,
    missing: {
      what: thing,
      ask: {
        actions: [`${verb} ${article(thing)}`, `~${verb} some ${thing}`],
        own: [`I have ${article(thing)} to ${verb}.`, `~There is ${article(thing)} to ${verb}.`],
      },
      back: [`Which ${thing}?`, `Which ${thing} should I ${verb}?`],
      supply: [
        `${capital(what.slice(verb.length + 1))}.`,
        `I mean ${what.slice(verb.length + 1)}.`,
        `~${capital(what.slice(verb.length + 1))}, of course.`,
      ],
    },
  };
  const parameters = {
    [own]: parameter,
    ...Object.fromEntries(extras.map((extra) => [extra, parameterOf(extra)])),
  };
  return {
    tool: { ...names, description, parameters, required: Object.keys(parameters), simulate },
    skill,
    thing,
  };
}

function parameterOf(extra: Extra): Parameter {
  const { type, aliases } = EXTRAS[extra];
  return { type, aliases };
}

function drawExtra(extra: Extra, { random, entities }: Scene): string | number {
  switch (extra) {
    case 'day':
      return weekday(random);
    case 'time':
      return clockTime(random);
    case 'city':
      return cityName(random, entities);
    case 'person':
      return firstName(random, entities);
    case 'hours':
      return random.int(2, 48);
    case 'times':
      return random.int(2, 20);
  }
}

const made = new Map<string, MadeTool>();
const remembered = (tool: MadeTool): MadeTool => {
  const known = made.get(tool.tool.description);
  if (known) return known;
  made.set(tool.tool.description, tool);
  return tool;
};

/** What may be asked of a thing in a word that nobody knows: a number. */
const inventedProperty = (name: string): Property => ({
  ...{ name, most: 20 + (hashText(`most|${name}`) % 900), asks: [], unknown: true },
});

/** A made tool in which a word, or two, is invented. */
function inventedTool(random: Random, taken: ReadonlySet<string>): MadeTool {
  const which = random.pick(['thing', 'what', 'both'] as const);
  const free = THINGS.filter((word) => !taken.has(word));
  const thing = which === 'what' ? random.pick(free) : inventedWord(random);
  if (random.chance(0.45))
    return action(which === 'thing' ? random.pick(VERBS) : inventedWord(random), thing);
  return lookup(thing, [
    which === 'thing' ? random.pick(PROPERTIES) : inventedProperty(inventedWord(random)),
  ]);
}

/**
 * A made tool about something that is not in `taken`.
 *
 * @param invented chance that a word of it is invented
 */
export function drawMadeTool(random: Random, taken: ReadonlySet<string>, invented = 0): MadeTool {
  if (invented > 0 && random.chance(invented)) return remembered(inventedTool(random, taken));
  const thing = random.pick(THINGS.filter((word) => !taken.has(word)));
  if (random.chance(0.45)) return remembered(action(random.pick(VERBS), thing));
  const [first, second] = random.shuffle(PROPERTIES);
  return remembered(
    lookup(
      thing,
      [first, random.chance(0.2) ? second : undefined].flatMap((property) => property ?? []),
    ),
  );
}

const isThing = (word: string): boolean => THINGS.includes(word) || isInvented(word);

/** The made tool that a schema describes, or undefined. */
export function madeToolOf(description: string): MadeTool | undefined {
  const known = made.get(description);
  if (known) return known;
  const done = /^(\w+) an? (\w+)$/.exec(description);
  const verb = done?.[1]?.toLowerCase() ?? '';
  const isVerb = VERBS.includes(verb) || isInvented(verb);
  if (isVerb && done?.[2] && isThing(done[2])) return remembered(action(verb, done[2]));
  const asked = /^(.+) of an? (\w+)$/.exec(description);
  if (!asked?.[1] || !asked[2] || !isThing(asked[2])) return undefined;
  const said = asked[1].charAt(0).toLowerCase() + asked[1].slice(1);
  const properties = said
    .split(' and ')
    .map(
      (words) =>
        PROPERTIES.find(({ name, says = name }) => says === words) ??
        (isInvented(words) ? inventedProperty(words) : undefined),
    );
  const found = properties.flatMap((property) => property ?? []);
  return found.length === properties.length ? remembered(lookup(asked[2], found)) : undefined;
}
