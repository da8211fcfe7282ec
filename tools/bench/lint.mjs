// @ts-check
/**
 * @file What lints cost: conversations of our own generator linted, as a ratio to tokenizing the same texts alone.
 *
 * Two figures: the lints by themselves, over renderings, tokens and weights that are there already (as in the page), and
 * everything from a conversation to its findings (as on the command line). Records with hand-made mistakes are mixed in,
 * so that fixes are made too.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';
import { englishWords } from '../language.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WARM_UP = 500;
/** Conversations that are timed together. */
const PART = 250;
/** Every so many records one has a control token in its first message. */
const SPOILT = 20;

/** @param {string} file */
const load = async (file) =>
  (
    await runnerImport(path.join(ROOT, 'src', file), {
      configFile: false,
      logLevel: 'error',
      resolve: englishWords,
    })
  ).module;

/** @param {Record<string, unknown>} values */
export async function run(values) {
  const count = Number(values.count);
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`--count is “${values.count}”: give a whole number from 1.`);
  const folder = String(values.tokenizer ?? path.join(ROOT, 'public/models/pocket'));
  const [{ composePractice }, { Inspector }, policy, { DatasetLinter }] = await Promise.all(
    ['conversation/practice/compose.ts', 'sequence/inspector.ts', 'mask/policy.ts', 'lint/lint.ts'].map(load),
  );
  const read = (/** @type {string} */ name) =>
    readFile(path.join(folder, name), 'utf8').catch(() => undefined);
  const inspector = new Inspector(
    await read('tokenizer.json'),
    (await read('tokenizer_config.json')) ?? '{}',
    await read('chat_template.jinja'),
  );
  const [end = ''] = inspector.template.endTokens;
  const conversations = Array.from({ length: count }, (_, index) => {
    const made = composePractice(index, { seed: 1 });
    if (index % SPOILT === 0) made.messages[0].content += ` ${end}`;
    return made;
  });
  const options = {
    policy: policy.DEFAULT_POLICY,
    settings: { maxLength: 512, responseTemplate: '<|im_start|>assistant\n', gradientAccumulationSteps: 4 },
  };
  const lint = (/** @type {any[]} */ list, /** @type {any[]} */ given = []) => {
    const linter = new DatasetLinter(inspector, options);
    list.forEach((conversation, i) => linter.add(conversation, given[i]));
    return linter.report();
  };

  lint(conversations.slice(0, WARM_UP));
  const ms = { render: 0, tokenize: 0, inspect: 0, lint: 0, total: 0 };
  let [tokens, findings] = [0, 0];
  // Part by part, so that what else the machine does meanwhile falls on all stages alike.
  for (let from = 0; from < count; from += PART) {
    const part = conversations.slice(from, from + PART);
    const rendered = timed(() => part.map((c) => inspector.template.render(c.messages, c)));
    const texts = rendered.value;
    const tokenized = timed(() => texts.map((text) => inspector.tokenizer.encode(text)));
    const inspected = timed(() =>
      part.map((c) => {
        const view = inspector.inspect(c);
        return { view, weights: policy.tokenWeights(view.encoded, options.policy, c, view.rendered) };
      }),
    );
    const alone = timed(() => lint(part, inspected.value));
    const whole = timed(() => lint(part));
    ms.render += rendered.ms;
    ms.tokenize += tokenized.ms;
    ms.inspect += inspected.ms;
    ms.lint += alone.ms;
    ms.total += whole.ms;
    tokens += tokenized.value.reduce((sum, one) => sum + one.ids.length, 0);
    findings += whole.value.findings.length;
  }
  const row = (/** @type {string} */ name, /** @type {number} */ time) => [
    name,
    Math.round(time),
    Number((time / ms.tokenize).toFixed(2)),
    Math.round((time * 1000) / count),
  ];
  return {
    rows: [
      [`${count} conversations, ${tokens} tokens, ${findings} findings`, 'ms', 'ratio', 'µs each'],
      row('tokenizing alone', ms.tokenize),
      row('rendering once and tokenizing', ms.render + ms.tokenize),
      row('rendering with provenance, tokenizing and mask', ms.inspect),
      row('lints alone', ms.lint),
      row('conversation to findings', ms.total),
    ],
    figures: {
      conversations: count,
      tokens,
      findings,
      milliseconds: ms,
      ratio: ms.lint / ms.tokenize,
      totalRatio: ms.total / ms.tokenize,
    },
  };
}

/**
 * Time of the processor, not of the clock.
 *
 * @template T
 * @param {() => T} work
 */
function timed(work) {
  const begin = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(begin);
  return { value, ms: (user + system) / 1000 };
}
