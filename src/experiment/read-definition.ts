/**
 * @file Reads an experiment from its JSON file (see experiments/README.md for the fields) and checks all of it before
 * anything runs.
 */
import { FORMATS, type FormatId } from '../conversation/formats';
import { checkOptions, type PracticeOptions } from '../conversation/practice/options';
import { ON_POLICY } from '../settings/objective';
import type { Arm, Budget, DataSet, Experiment, RolloutData, Training } from './definition';
import { fileNameOf } from './definition';
import { readJsonFile, type Field } from './field-reader';
import { readAdaptation, readObjective, readRewards, readTrainSettings } from './read-training';

const DATA_KINDS = ['practice', 'file', 'rollouts'] as const;
const PRACTICE_NUMBERS = ['turns', 'withTools', 'contested', 'renamed', 'made'] as const;

/**
 * Reads and checks a file.
 *
 * @param file its name, for messages
 * @throws LosslightError `bad-experiment` with file, line, field, what is wrong and what to do.
 */
export function readExperiment(text: string, file: string): Experiment {
  const root = readJsonFile(text, file);
  const fields = root.object([
    'name',
    'about',
    'model',
    'seeds',
    'defaults',
    'data',
    'evaluation',
    'arms',
    'compareAt',
  ]);
  const need = (key: string): Field => fields[key] ?? root.refuse(`${key} is missing`, `Add “${key}”.`);
  const data = Object.fromEntries(
    need('data')
      .entries()
      .map(([name, field]) => [name, readData(field)]),
  );
  for (const [name, field] of need('data').entries()) checkRollouts(name, field, data);
  const arms = need('arms')
    .items('arms')
    .map((field) => readArm(field, fields['defaults'], data));
  checkArms(need('arms').items('arms'), arms);
  const seeds = need('seeds')
    .items('whole numbers')
    .map((field) => field.number({ min: 0, max: 2 ** 31 - 1, whole: true }));
  if (new Set(seeds).size < seeds.length)
    need('seeds').refuse('a seed is there twice', 'Give each seed once.');
  const compareAt = fields['compareAt']?.object(['tokens', 'seconds']);
  const levels = (field: Field | undefined) =>
    field?.items('numbers').map((level) => level.number({ min: 1 })) ?? [];
  return {
    name: need('name').text(),
    about: fields['about']?.text() ?? '',
    model: need('model').text(),
    seeds,
    data,
    evaluation: readEvaluation(need('evaluation'), data),
    arms,
    compareAt: { tokens: levels(compareAt?.['tokens']), seconds: levels(compareAt?.['seconds']) },
  };
}

function readEvaluation(field: Field, data: Readonly<Record<string, DataSet>>): Experiment['evaluation'] {
  const { data: name, every, maxNewTokens } = field.object(['data', 'every', 'maxNewTokens']);
  if (!name) return field.refuse('data is missing', 'Name the data set whose user turns are the questions.');
  const set = named(name, data);
  if (set.kind === 'rollouts') name.refuse('it is made of rollouts', 'Name practice data, or a file.');
  if (set.kind === 'practice' && set.perSeed)
    name.refuse(
      'its questions differ with the seed',
      'Take “perSeed” out: all runs answer the same questions.',
    );
  return {
    data: name.text(),
    every: every?.number({ min: 1, whole: true }) ?? 50,
    maxNewTokens: maxNewTokens?.number({ min: 1, max: 100_000, whole: true }) ?? 200,
  };
}

function readData(field: Field): DataSet {
  const fields = field.object(DATA_KINDS);
  const [kind, ...more] = DATA_KINDS.filter((known) => fields[known]);
  const given = kind && fields[kind];
  if (!kind || !given || more.length > 0)
    return field.refuse('it says not just one kind of data', `Give one of ${DATA_KINDS.join(', ')}.`);
  if (kind === 'practice') return readPractice(given);
  if (kind === 'file') return readFile(given);
  return readRollouts(given);
}

function readPractice(field: Field): DataSet {
  const known = ['seed', 'count', 'perSeed', 'split', 'tools', 'contestedShown', ...PRACTICE_NUMBERS];
  const fields = field.object(known);
  const count = fields['count'] ?? field.refuse('count is missing', 'Give the number of conversations.');
  const options = {
    seed: fields['seed']?.number({ min: 0, whole: true }) ?? 1,
    ...(fields['split'] && { split: fields['split'].text() }),
    ...(fields['tools'] && { tools: fields['tools'].items('tools’ names').map((name) => name.text()) }),
    ...(fields['contestedShown'] && { contestedShown: fields['contestedShown'].text() }),
    ...Object.fromEntries(
      PRACTICE_NUMBERS.flatMap((key) => (fields[key] ? [[key, fields[key].number()]] : [])),
    ),
  } as PracticeOptions;
  try {
    checkOptions(options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The generator begins with the option's name; of tools it names the tool.
    const key = /^“(\w+)”/.exec(error.message)?.[1] ?? 'tools';
    (fields[key] ?? field).refuse(error.message.replace(/\.$/, ''), 'Correct it.');
  }
  return {
    kind: 'practice',
    options,
    count: count.number({ min: 1, max: 1_000_000, whole: true }),
    perSeed: fields['perSeed']?.boolean() ?? false,
  };
}

function readFile(field: Field): DataSet {
  if (field.cursor.string !== undefined) return { kind: 'file', path: field.text() };
  const { path, format } = field.object(['path', 'format']);
  if (!path) return field.refuse('path is missing', 'Give the file’s path, beginning from the experiment’s.');
  const formats = FORMATS.map(({ id }) => id);
  return { kind: 'file', path: path.text(), ...(format && { format: format.choice<FormatId>(formats) }) };
}

function readRollouts(field: Field): RolloutData {
  const { prompts, count, perPrompt, temperature, topP, maxNewTokens, rewards } = field.object([
    'prompts',
    'count',
    'perPrompt',
    'temperature',
    'topP',
    'maxNewTokens',
    'rewards',
  ]);
  if (!prompts) return field.refuse('prompts is missing', 'Name the data set whose user turns are answered.');
  if (!rewards) return field.refuse('rewards is missing', 'Say what is rewarded.');
  return {
    kind: 'rollouts',
    prompts: prompts.text(),
    ...(count && { count: count.number({ min: 1, whole: true }) }),
    perPrompt: perPrompt?.number({ min: 1, max: 256, whole: true }) ?? 8,
    temperature: temperature?.number({ min: 0, max: 5 }) ?? 1,
    topP: topP?.number({ min: 0.01, max: 1 }) ?? 1,
    maxNewTokens: maxNewTokens?.number({ min: 1, max: 100_000, whole: true }) ?? 200,
    rewards: readRewards(rewards),
  };
}

/** Rollouts answer data that is there and is not made of rollouts itself. */
function checkRollouts(name: string, field: Field, data: Readonly<Record<string, DataSet>>): void {
  const set = data[name];
  if (set?.kind !== 'rollouts') return;
  const prompts = field
    .object(DATA_KINDS)
    .rollouts?.object(['prompts', 'count', 'perPrompt', 'temperature', 'topP', 'maxNewTokens', 'rewards'])[
    'prompts'
  ];
  if (prompts && named(prompts, data).kind === 'rollouts')
    prompts.refuse('it is made of rollouts itself', 'Name practice data, or a file.');
}

function named(field: Field, data: Readonly<Record<string, DataSet>>): DataSet {
  const name = field.text();
  const set = Object.hasOwn(data, name) ? data[name] : undefined;
  const known = Object.keys(data).join(', ');
  return set ?? field.refuse(`there is no data set “${name}”`, `Name one of ${known}.`);
}

function readArm(field: Field, defaults: Field | undefined, data: Readonly<Record<string, DataSet>>): Arm {
  const fields = field.object([
    'name',
    'from',
    'objective',
    'settings',
    'data',
    'take',
    'rewards',
    'lora',
    'budget',
    'every',
  ]);
  const name = (fields['name'] ?? field.refuse('name is missing', 'Give the arm a name.')).text();
  const from = fields['from']?.text();
  const common = defaults?.object(['settings', 'objective', 'rewards', 'lora', 'budget']);
  if (!fields['objective']) {
    const odd = ['settings', 'data', 'take', 'rewards', 'lora', 'budget', 'every'].find((key) => fields[key]);
    if (odd) fields[odd]?.refuse('the arm has no objective', 'Add “objective”, or take this out.');
    return { name, ...(from !== undefined && { from }) };
  }
  const objective = readObjective(fields['objective'], common?.['objective']);
  const set = fields['data'] ?? field.refuse('data is missing', 'Name the data set that it learns from.');
  checkKind(set, named(set, data), objective.kind);
  const onPolicy = ON_POLICY.includes(objective.kind);
  const given = fields['rewards'] ?? (onPolicy ? common?.['rewards'] : undefined);
  if (onPolicy && !given) field.refuse('rewards is missing', 'Say what is rewarded.');
  if (!onPolicy && fields['rewards'])
    fields['rewards'].refuse(`${objective.kind} reads no rewards of its own`, 'Give them to its rollouts.');
  const lora = readAdaptation(fields['lora'] ?? common?.['lora']);
  const budget = readBudget(fields['budget'], common?.['budget'], field);
  const settings = readTrainSettings(fields['settings'], common?.['settings'], budget.steps, objective.kind);
  const training: Training = {
    objective,
    settings,
    data: set.text(),
    ...(fields['take'] && { take: fields['take'].number({ min: 1, whole: true }) }),
    rewards: given && onPolicy ? readRewards(given) : [],
    ...(lora !== undefined && { lora }),
    budget,
    ...(fields['every'] && { every: fields['every'].number({ min: 1, whole: true }) }),
  };
  return { name, ...(from !== undefined && { from }), training };
}

/** What an objective learns from must be what the data set is. */
function checkKind(field: Field, { kind }: DataSet, objective: string): void {
  const wantsRollouts = ['rwr', 'awr', 'raft'].includes(objective);
  const wantsTexts = objective === 'sft' || ON_POLICY.some((known) => known === objective);
  if (wantsRollouts && kind === 'practice')
    field.refuse(`${objective} learns from rewards, and practice data has none`, 'Name rollouts.');
  if (wantsTexts && kind === 'rollouts')
    field.refuse(`${objective} does not learn from rollouts`, 'Name practice data, or a file.');
  if ((objective === 'dpo' || objective === 'kto') && kind === 'practice')
    field.refuse(`${objective} learns from preferences, and practice data has none`, 'Name rollouts.');
}

function readBudget(own: Field | undefined, common: Field | undefined, arm: Field): Budget {
  const known = ['steps', 'tokens', 'seconds'] as const;
  const all = { ...common?.object(known), ...defined(own?.object(known)) };
  const steps = all.steps ?? arm.refuse('budget.steps is missing', 'Say how many steps there are at most.');
  return {
    steps: steps.number({ min: 1, max: 1_000_000, whole: true }),
    ...(all.tokens && { tokens: all.tokens.number({ min: 1 }) }),
    ...(all.seconds && { seconds: all.seconds.number({ min: 0.001 }) }),
  };
}

const defined = <T extends object>(value: T | undefined): Partial<T> =>
  Object.fromEntries(Object.entries(value ?? {}).filter(([, field]) => field !== undefined)) as Partial<T>;

/** Names differ, also as files; what an arm begins with is another arm, and not in a circle; and it is the same kind of model. */
function checkArms(fields: readonly Field[], arms: readonly Arm[]): void {
  const byName = new Map(arms.map((arm) => [arm.name, arm]));
  arms.forEach((arm, i) => {
    const field = fields[i];
    if (!field) return;
    const twin = arms.findIndex((other) => fileNameOf(other.name) === fileNameOf(arm.name));
    if (fileNameOf(arm.name) === '')
      field.refuse('its name has no letter or digit', 'Choose a name with a letter from a to z, or a digit.');
    if (twin < i)
      field.refuse(`another arm is called “${arms[twin]?.name}”`, 'Give each arm a name of its own.');
    const seen = new Set([arm.name]);
    for (let at = arm; at.from !== undefined;) {
      const next = byName.get(at.from);
      if (!next)
        return field.refuse(
          `there is no arm “${at.from}” to begin with`,
          `Name one of ${[...byName.keys()].join(', ')}.`,
        );
      if (seen.has(next.name))
        return field.refuse(
          'it would begin with its own outcome',
          'Let one of these arms begin with the model as loaded.',
        );
      seen.add(next.name);
      at = next;
    }
    const origin = arm.from === undefined ? undefined : byName.get(arm.from);
    if (origin && !origin.training && arm.from !== undefined)
      field.refuse(`“${origin.name}” trains nothing`, 'Take “from” out: that is where every arm begins.');
    if (origin?.training && arm.training && origin.training.lora !== arm.training.lora)
      field.refuse(`“${origin.name}” trains other parameters`, 'Give both the same “lora”, or none.');
  });
}
