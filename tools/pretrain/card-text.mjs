/**
 * @file The model card, from what was measured, the model's configuration and the training's log.
 */

/** Figures of `losslight evaluate` in the order of the table, what each says, and its mark. */
const ROWS = [
  ['wellFormed', 'Well-formed turns: thinking, then valid calls or an answer, then the end', '≥ 98%'],
  ['exact', 'Tool and arguments exactly right, where it calls and should', '≥ 90%'],
  ['faithful', 'The answer states what the tool gave', '≥ 95%'],
  ['answered', 'Direct questions answered rightly', '≥ 80%'],
  ['limits', 'Declines, or asks back, where that is right', ''],
  ['decisions', 'Calls or not, rightly; not contested', ''],
  ['falseCalls', 'False calls: calls where it should not; not contested', ''],
  ['missedCalls', 'Missed calls: does not call where it should; not contested', ''],
  ['contested', 'Decides rightly; contested, greedy', ''],
  ['contestedSampled', 'Decides rightly; contested, sampled at temperature 1', '40–65%'],
  ['allDecisions', 'Calls or not, rightly; all turns', ''],
];
const SPLITS = [
  ['held-out-entities', 'unseen things'],
  ['held-out-phrasings', 'unseen things and phrasings'],
  ['held-out-tools', 'unseen things and tools'],
];

const percent = (share) => `${(100 * share).toFixed(1)}%`;
const points = (value) => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`;

/** A share with its cases and interval. */
const shareText = (found) =>
  found
    ? `${percent(found.share)} (${found.hits} of ${found.cases}; ${(100 * found.low).toFixed(1)}–${(100 * found.high).toFixed(1)})`
    : 'no cases';

function shippedTable({ shipped }) {
  const columns = [...SPLITS.map(([split]) => shipped.splits[split]), shipped.all];
  const lines = ROWS.map(
    ([figure, title, mark]) =>
      `| ${title} | ${mark} | ${columns.map((column) => shareText(column?.[figure])).join(' | ')} |`,
  );
  const head = `| | mark | ${SPLITS.map(([, title]) => title).join(' | ')} | all |`;
  return [head, `| --- |${' --- |'.repeat(SPLITS.length + 2)}`, ...lines].join('\n');
}

function tunedTable({ tuned }) {
  const lines = ROWS.flatMap(([figure, title]) => {
    const found = tuned[figure];
    if (!found?.difference) return [];
    const { difference, low, high } = found.difference;
    return [
      `| ${title} | ${percent(found.against.share)} | ${percent(found.share)} | ${points(difference)} (${points(low)} to ${points(high)}) |`,
    ];
  });
  return [
    '| | shipped | tuned | difference in points, 95% interval |',
    '| --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

const SHORT = {
  exact: 'exact calls',
  faithful: 'faithful answers',
  answered: 'direct answers',
  decisions: 'decisions',
};

/** What tuning changed in contested decisions, by column. */
function contestedByColumn({ tunedContested }) {
  const parts = SPLITS.flatMap(([split, title]) => {
    const { difference, against, share } = tunedContested[split] ?? {};
    if (!difference) return [];
    return `${title} ${percent(against.share)} to ${percent(share)} (${points(difference.difference)}, 95% interval ${points(difference.low)} to ${points(difference.high)})`;
  });
  return `Contested decisions, greedy, by column: ${parts.join('; ')}.`;
}

/** Which marks the shipped model misses, in words. */
function verdict({ shipped }) {
  const shares = Object.fromEntries(ROWS.map(([figure]) => [figure, shipped.all[figure]?.share]));
  const least = { wellFormed: 0.98, exact: 0.9, faithful: 0.95, answered: 0.8 };
  const missed = ROWS.filter(([figure]) => shares[figure] < least[figure]).map(
    ([figure, title, mark]) => `${title.split(':')[0]} (${percent(shares[figure])}, mark ${mark})`,
  );
  const sampled = shares.contestedSampled;
  if (!(sampled >= 0.4 && sampled <= 0.65))
    missed.push(`contested decisions (${percent(sampled)}, mark 40–65%)`);
  const seen = shipped.splits['held-out-entities'];
  const unseen = shipped.splits['held-out-phrasings'];
  const falls = ['exact', 'faithful', 'answered', 'decisions'].flatMap((figure) => {
    const fall = unseen?.[figure]?.share - seen?.[figure]?.share;
    return fall < -0.05 ? [`${SHORT[figure]} (${points(fall)})`] : [];
  });
  const text =
    missed.length > 0
      ? `Over all held-out conversations it misses these marks: ${missed.join('; ')}.`
      : 'Over all held-out conversations it meets every mark.';
  const phrasings =
    falls.length > 0
      ? ` Unseen phrasings cost more than five points in: ${falls.join(', ')}.`
      : ' Unseen phrasings cost at most five points in every figure.';
  return text + phrasings;
}

/** What tuning raised, and what it cost by more than three points, in words. */
function tuningVerdict({ tuned }) {
  const worse = ROWS.flatMap(([figure, title]) => {
    const { difference = 0 } = tuned[figure]?.difference ?? {};
    const loss = figure === 'falseCalls' || figure === 'missedCalls' ? difference : -difference;
    return loss > 0.03
      ? [`${title.split(':')[0].replace(';', ',').toLowerCase()} (${points(difference)})`]
      : [];
  });
  const gain = tuned.contested.difference.difference;
  const { low } = tuned.contested.difference;
  const met = gain >= 0.2 && worse.length === 0;
  const raised = `The mark is at least +20 points of contested decisions, and nothing worse by more than three. It is **${met ? 'met' : 'not met'}**: contested decisions change by ${points(gain)} points${gain >= 0.2 && low < 0.2 ? ', with an interval that begins below the mark' : ''}.`;
  return worse.length > 0
    ? `${raised} These become worse by more than three points: ${worse.join(', ')}.`
    : `${raised} No estimate is worse by more than three points.`;
}

/** The shipped model beside those that were made of it, over all held-out conversations. */
function madeOfItTable({ shipped }, deeper, narrow) {
  const figures = {
    wellFormed: 'well-formed turns',
    ...SHORT,
    missedCalls: 'missed calls',
    contestedSampled: 'contested, sampled',
  };
  const models = [shipped, deeper, narrow];
  const lines = Object.entries(figures).map(
    ([figure, title]) => `| ${title} | ${models.map(({ all }) => shareText(all[figure])).join(' | ')} |`,
  );
  const head = `| | shipped | ${deeper.shape[0]} layers | ${narrow.vocabulary} tokens |`;
  return [head, '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** What a row of compare.csv is called. */
const VARIANT_TITLES = {
  shipped: 'the shape and tokenizer that ship',
  small: 'smaller',
  deep: 'deeper',
  '1024 tokens': 'smaller vocabulary',
  '4096 tokens': 'larger vocabulary',
};

/** A share that compare.csv gives as hits/cases. */
function countedShare(text) {
  const [hits, cases] = text.split('/').map(Number);
  return `${percent(hits / cases)} (${text.replace('/', ' of ')})`;
}

/** Models that were trained from the beginning on the same conversations, one to a row. */
function comparedTable(compared) {
  const splits = ['held-out-phrasings', 'held-out-tools'];
  const lines = compared.map((row) => {
    const shares = [
      ...splits.map((split) => row[`${split} exact_calls`]),
      ...splits.map((split) => row[`${split} faithful`]),
      row['held-out-phrasings well_formed'],
      row['held-out-phrasings decisions'],
    ];
    const shape = `${VARIANT_TITLES[row.variant] ?? row.variant}: ${row.vocabulary} tokens, ${row.layers} × ${row.width}`;
    const size = `${(Number(row.parameters) / 1e6).toFixed(2)} M`;
    const cells = [shape, size, Number(row.nats_per_byte).toFixed(4), Number(row.copy_loss).toFixed(2)];
    return `| ${[...cells, ...shares.map(countedShare)].join(' | ')} |`;
  });
  return [
    '| vocabulary, layers × width | parameters | nats a byte | copying | exact, phrasings | exact, tools | faithful, phrasings | faithful, tools | well-formed, phrasings | decides, phrasings |',
    `| --- |${' ---: |'.repeat(9)}`,
    ...lines,
  ].join('\n');
}

/** Which questions the tuned copy was measured on, in words. */
function tunedQuestions(tuning, options) {
  const { conversations, questions = options.seed } = tuning;
  if (questions !== options.seed)
    return `${3 * conversations} other held-out conversations (seed ${questions}, ${conversations} of each column), which no recipe had been tried on`;
  return conversations === options.count
    ? `the same ${3 * conversations} held-out conversations`
    : `the first ${conversations} of each column: ${3 * conversations} held-out conversations`;
}

/**
 * The card in Markdown.
 *
 * @param {{ measured: any, deeper: any, narrow: any, config: any, parameters: number, log: { [name: string]: string }[],
 *   compared: { [name: string]: string }[] }} parts `deeper`, `narrow`: the same figures of
 *   models made of it; `compared`: the rows of compare.csv
 */
export function cardText({ measured, deeper, narrow, compared, config, parameters, log }) {
  const last = (phase) => log.filter((row) => row.phase === phase).at(-1) ?? {};
  const million = (tokens) => (Number(tokens) / 1e6).toFixed(1);
  const { tuning, tuned, options } = measured;
  return `---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
tags: [tiny, chat, tool-use, reasoning, teaching]
---

# Pocket

A ${(parameters / 1e6).toFixed(2)}-million-parameter chat model that writes in the format of current reasoning models: ChatML turns,
\`<think>…</think>\`, \`<tool_call>{json}</tool_call>\`. It is small enough to be fine-tuned in a browser tab, and it
exists for that: to show which tokens a model learns from. It is the model that ships with Losslight.

## What it is

- Llama architecture: ${config.num_hidden_layers} layers, width ${config.hidden_size}, ${config.num_attention_heads} attention heads with ${config.num_key_value_heads} key-value heads, SwiGLU of ${config.intermediate_size},
  RoPE, tied embeddings, context ${config.max_position_embeddings}. Weights are F16.
- Tokenizer: byte-level BPE of ${config.vocab_size} tokens; spaces, line breaks and digits are tokens of their own, so that a
  name or a number is the same tokens wherever it stands.
- Chat template: tools are listed in the system turn between \`<tools>\` and \`</tools>\`; the thinking of turns before the
  last user message is left out; \`enable_thinking=False\` opens the turn with an empty think block.

## What it was trained on

Conversations from the project's own seeded generator and nothing else: 15 fixed tools (arithmetic, units, currencies,
exchange rates, weather, flights, calendar, timer, contacts, notes, stock, dictionary, encyclopaedia) and some thousands
that are put together from words (“Height of a tower”, “Repair a boat”), all with simulated results and errors. Two in
five are listed under other names, half of them names that mean nothing. One to five user turns, parallel calls, small
talk, small sums, facts stated earlier, words to repeat, requests that it must decline, and missing arguments that it
must ask for. Users put each wish in hundreds of ways. An eighth of all names, cities, items and words, some of the ways
to put a wish, and three tools never appear in training.

On **contested** questions a fitting tool is listed, but the answer is stated in the conversation, or was so at another
time, or the sum is small. The data shows both behaviours equally often, so the model is undecided there on purpose: this
is what fine-tuning can change. The rule that practice data with the right decisions teaches: answer what is stated and does
not change (a height, a meaning, a phone number), and sums of one-digit numbers; call the tool for what changes (weather, a
price, stock) and was stated of another time, and for sums of two-digit numbers. It is right to call in half of them.

## How it was trained

${million(last('copying').tokens)} million tokens of copying random tokens, then ${million(last('practice').tokens)} million tokens of conversations with batches of random copying
between them (${last('practice').step} steps of about 3,000 positions; learning rate 0.002, constant, then falling linearly;
bfloat16 products; ${(Number(last('practice').seconds) / 60).toFixed(0)} minutes on a busy two-core CPU). Generated tokens have weight 1 in the loss, prompt tokens 0.1.
The first 39.4 million were trained by AdamW, the rest by Muon for the layers' matrices and AdamW for embeddings and norms:
from the same state and on the same batches, the mean loss of the last 150 of 400 steps was 0.151 with Muon and 0.159 with
AdamW.
The generator grew meanwhile: made tools and most phrasings came after 15.6 million tokens, thinking that begins with what
is wanted (see below) after 36.2 million, what is stated of it after 39.4 million, from where a quarter of the turns with
tools were asked to be contested. From 46.5 million on, seven in ten tools were listed under other names, and one turn with
calls in eight began with a wrong call, which was read and not trained, with the error that it got and the right call after it.
The script, its settings and its log are in \`tools/pretrain/\`.

What was tried: without batches of random copying, copying is taught first and lost again once the conversations begin:
between 30 and 39.4 million tokens there were none, and their loss had risen from below 0.1 to 2.2 nats a token when they
came back; it fell below 0.1 within 150 steps. So they are kept. With the fixed tools alone and known synonyms for their
names, no call of a held-out tool was right (0 of 85 after 12.6 million tokens): the model had learnt the names by heart.

Sizes and vocabularies were compared from the beginning, on the same ${compared[0].conversations} conversations (\`tools/pretrain/compare.py\`: 300 steps of
random copying, then about ${million(compared[0].tokens)} million tokens of conversations by AdamW with copying between; one run each), on 200 other held-out
conversations of each column, greedy. Another tokenizer cuts the same text into other tokens, so the loss is given in nats a byte
of what a model writes:

${comparedTable(compared)}

Per byte the smaller vocabulary is best; in exact calls it is level with unseen phrasings and ahead with unseen tools (21 of 142 against 4),
where the larger one (10) and even the smaller model (18) are ahead of this shape, too, so that chance of a single run cannot be told from
the vocabulary. (These shares are \`evaluate.py\`'s, of other conversations: not to be compared with the tables below.)
So two models were made of these weights and trained on, on
conversations of a harder kind (Muon, learning rate 0.002, falling over the last two fifths; seven in ten tools under other names, in half
of the made tools an invented word, one turn with calls in eight with a wrong call first):

- **deeper**: four of the five layers copied, the copies writing nothing at first (\`tools/pretrain/grow.py\`), which makes ${deeper.shape[0]} layers
  and 3.84 million parameters; ${million(deeper.tokens)} million tokens. On 300 conversations of that kind, not trained on (seed 77), the loss fell from 0.158
  to 0.123 nats a token (the script that summed it is not kept, \`compare.py\` measures the like).
- **a smaller vocabulary**: the tokenizer's first ${narrow.vocabulary} tokens and their rows of the embedding (\`tools/pretrain/narrow.py\`), 2.16 million
  parameters; ${million(narrow.tokens)} million tokens.

Their logs are \`deeper.csv\` and \`narrow.csv\` in \`tools/pretrain/\`. The figures that count hardly moved:

${madeOfItTable(measured, deeper, narrow)}

| | shipped | ${deeper.shape[0]} layers | ${narrow.vocabulary} tokens |
| --- | --- | --- | --- |
${[
  ['exact', 'held-out-phrasings', 'exact calls, unseen phrasings'],
  ['exact', 'held-out-tools', 'exact calls, unseen tools'],
  ['faithful', 'held-out-phrasings', 'faithful answers, unseen phrasings'],
  ['faithful', 'held-out-tools', 'faithful answers, unseen tools'],
]
  .map(
    ([figure, split, title]) =>
      `| ${title} | ${[measured.shipped, deeper, narrow].map((model) => shareText(model.splits[split][figure])).join(' | ')} |`,
  )
  .join('\n')}

Neither reaches a mark that the shipped weights miss, but for well-formed turns (${percent(narrow.all.wellFormed.share)} with ${narrow.vocabulary} tokens, mark 98%; its interval has
${percent(measured.shipped.all.wellFormed.share)} in it), and both are below in faithful answers with unseen tools. So the first weights ship. What was made had more
training, too, so this says that neither paid here, not what depth or vocabulary alone would do from the beginning; and one run of each
says little of the next. What is missed is missed with unseen words and names: with known tools and phrasings exact calls are
${percent(measured.shipped.splits['held-out-entities'].exact.share)}, with unseen tools ${percent(measured.shipped.splits['held-out-tools'].exact.share)}, and neither size, depth, vocabulary, more tokens nor the harder mix changed that.

How the thinking of contested turns is written seems to decide whether fine-tuning can teach the rule. Where it began with
the decision, 64 conversations did not teach it at the few settings that were tried, on an earlier model and an earlier rule;
a likely reason, not examined, is that a model trained on a draw by lot leaves unread what decides. Where it began with what
is wanted, and what is stated was said before an answer alone, 120 steps on 64 conversations changed right contested decisions
from 53% to 70% (290 turns of unseen things and phrasings, by the probabilities at the decision). Now it says what is wanted and what is stated, and of when, in the same
words for both behaviours, and then decides; the figures below are of that.

## How well it does

By \`losslight evaluate\`: ${options.count} held-out conversations for each column (seed ${options.seed}, ${100 * options.contested}% of the turns with tools asked to be
contested), greedy unless it says otherwise, the simulators answering its calls. In brackets the counts and a 95% interval (turns taken as
independent, so somewhat too narrow).
An answer has to state every value of every result, and an error where no further call followed it. (Before, it had to state
every error: of an earlier model's answers 2 in 351 were judged wrong for that.)

${shippedTable(measured)}

${verdict(measured)}

Where it goes wrong, read on 300 other conversations (seed 950). With known tools 106 of 108 answers after valid calls stated
what the tools gave, but 2 of 22 after a call that was refused: it reads the error and then mostly makes the same call again,
until it is stopped. Of 20 wrong calls 9 were of another listed tool, 7 of a name that is not listed, 3 had a wrong value and
one a wrong argument name. With unseen tools, whose words training never showed, 21 of 51 wrong calls were of another tool and
18 of a name that is not listed, and half of the answers after valid calls were right (19 of 38).

In Losslight's page, on a warm cache, the model is ready 0.6 to 1.3 seconds after navigation (five visits; Chromium on two
processor cores that did other work too, computing on the CPU).

## What fine-tuning changes

${tuning.steps} steps of supervised fine-tuning in Losslight on ${tuning.count} practice conversations that show the right decisions alone
(seed ${tuning.seed}, ${tuning.turns === 1 ? 'one turn' : `up to ${tuning.turns} turns`}, ${100 * tuning.withTools}% with tools and ${100 * tuning.contested}% of their turns asked to be contested; strategy \`${tuning.strategy}\`, batch ${tuning.batchSize},
LoRA of rank ${tuning.lora} in place of all weights, the thinking alone in the mask (\`tools/pretrain/${tuning.policy}\`), learning rate ${tuning.learningRate} after ${tuning.warmupSteps} steps of warm-up, falling to ${100 * tuning.finalShare}% of it), measured on
${tunedQuestions(tuning, options)}. It is one run; the recipe was chosen with these same 64 conversations by other
questions. The intervals are of differences on turns that count for both models, for other questions, not for other
conversations to learn from or other seeds. Contested decisions, greedy: ${percent(tuned.contested.against.share)} before, ${percent(tuned.contested.share)} after.

${tunedTable(measured)}

${contestedByColumn(measured)}

${tuningVerdict(measured)}

How the recipe was chosen: recipes were first compared on 450 conversations (seed 800, the last table), the better ones and gentler
variants of them on more. These were measured on the 1,500 of the first table; an earlier recipe, in the first row, had missed the
mark there. The chosen one alone lowers none of the figures by more than three points there:

| all 1,500 of the first table (seed 900) | steps, rate | contested | exact | faithful | direct | declines | missed |
| --- | --- | --- | --- | --- | --- | --- | --- |
| all weights, all that the model writes; all with tools | 40, 0.0006 | +31.2 | −4.7 | −1.5 | −1.1 | −6.0 | +1.8 |
| LoRA 8, thinking alone; 85% with tools | 70, 0.003 | +29.0 | −3.1 | −1.0 | −0.2 | −2.0 | +1.1 |
| the same (chosen) | 50, 0.003 | +26.2 | −2.8 | −0.5 | −0.4 | −2.0 | −0.3 |
| LoRA 8, all that the model writes; all with tools | 60, 0.003 | +27.0 | −3.7 | −0.6 | −0.7 | −2.0 | −0.8 |
| the same, batch 16 | 45, 0.003 | +25.8 | −2.5 | −0.7 | −0.7 | −3.2 | −0.3 |

With 1,200 of seed 800 the chosen one changed contested decisions by +25.0, exact calls by −0.7, and nothing by more than 1.1; the one of
60 steps by +23.5 and −0.6. Exact calls fall by about one point, if at all. Because the choice had looked at
those conversations, the table above is of others.

Recipes that were tried on 450 of those other conversations (145 contested turns; points of contested decisions, exact calls, faithful answers,
direct questions, declines or questions back, and missed calls, where more is worse):

| what is trained, and on which | steps, rate | contested | exact | faithful | direct | declines | missed |
| --- | --- | --- | --- | --- | --- | --- | --- |
| LoRA 8, all that the model writes; all with tools | 60, 0.003 | +22.1 | +3.8 | +0.0 | +0.0 | +1.3 | +0.0 |
| the same | 100, 0.003 | +30.3 | +0.5 | +1.7 | −0.8 | −4.0 | +3.4 |
| the same | 60, 0.005 | +29.7 | −1.0 | −1.6 | −2.3 | −8.0 | +0.4 |
| LoRA 16, all that the model writes; all with tools | 100, 0.003 | +31.7 | −3.6 | −1.3 | −2.3 | −8.0 | +5.9 |
| LoRA 8, all that the model writes; 85% with tools | 100, 0.003 | +31.7 | −1.0 | −1.6 | −0.4 | −4.0 | +3.0 |
| LoRA 8, thinking alone; 85% with tools | 70, 0.003 | +28.3 | −0.5 | +0.4 | +0.4 | +2.7 | +1.3 |
| the same | 100, 0.003 | +33.1 | −0.5 | +0.8 | +0.0 | −2.7 | +3.0 |
| all weights, thinking alone; 85% with tools | 60, 0.00045 | +32.4 | −1.0 | +0.4 | −0.8 | −2.7 | +3.4 |
| all weights, thinking alone; all with tools | 40, 0.0006 | +23.4 | −2.9 | −5.7 | −1.1 | −1.3 | +1.3 |
| all weights, thinking but for what is said of a result; all with tools | 40, 0.0006 | +23.4 | −5.7 | −4.6 | −1.9 | −1.3 | +0.4 |
| all weights, the words that decide at weight 1, the rest at 0.1 | 40, 0.0006 | +15.9 | +0.5 | −1.6 | −0.8 | −4.0 | −1.7 |
| all weights, the words that decide (“I call”, “No tool”) alone | 40, 0.0006 | −6.2 | +2.0 | −1.6 | −14.9 | −14.7 | −4.2 |

All are of one turn, 80% of the turns with tools contested, strategy \`fork\`, batch 8. The intervals are wide (±8 to ±13 points for
contested decisions, ±4 to ±6 for most others), so that neighbours cannot be told apart. LoRA and all weights do not differ
clearly; more steps or a higher rate gain more and harm more. In the one run that was tried, training two words of a conversation alone
taught nothing and harmed the rest: what a mask leaves out is not thereby kept. With conversations of up to five turns in the data, recipes on all weights
raised contested decisions by 15 to 38 points on 68 other contested turns, all but the gentlest (+16.2) with harm above three points.

## What it cannot do

It knows nothing outside its small world: it cannot hold a free conversation, has next to no general knowledge, and
answers in English only. It copies long or unusual names and numbers with mistakes, and uses tools that it has never seen
far less well than those it was trained on. Sums of several digits that it does in its head are mostly wrong. Training
conversations were about 270 tokens long and seldom over 600; how it does beyond that was not measured. It is made for
teaching and must not be relied on for anything.

## Licence

Apache 2.0, as the project.
`;
}
