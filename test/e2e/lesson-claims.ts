/**
 * @file What each shipped lesson claims with numbers, as relations between the numbers in what it says. Most say again what the
 * lesson's own conditions ask, of the numbers that a reader sees: they find a sentence that is never said, or whose numbers are other
 * ones than its condition was asked of, and not a figure that is wrong. For that, those of `CHARTED` are held against the charts' file.
 */

/** One sentence of a lesson, and what must be true of its numbers, in their order. Shares are in percent. */
export interface Claim {
  pattern: RegExp;
  holds: (...numbers: number[]) => boolean;
}

/**
 * A number of the last run that a lesson tells, and the column of the charts' CSV that it has to come from. The file has the steps of
 * all runs that led to the present weights; a column names each step's run.
 */
export interface Charted {
  pattern: RegExp;
  column: string;
  /** `last` is the mean over the run's last five steps, or the last half of fewer than ten. */
  of: 'last' | 'highest';
}

/** A number as lessons write it: with a true minus, in percent, with thousands, or too small to be written. */
const N = '(under [\\d.]+%|[+−]?[\\d.,]*\\d(?:e[-+]?\\d+)?%?)';

/** Numbers in a sentence stand where it has `#`. */
const claim = (sentence: string, holds: Claim['holds']): Claim => ({
  pattern: numbered(sentence),
  holds,
});
function numbered(sentence: string): RegExp {
  return new RegExp(sentence.replace(/[.()+]/g, '\\$&').replaceAll('#', N));
}

/** @throws RangeError for what is no number. */
export function numberOf(text: string): number {
  // Less than can be written; 0 keeps the order.
  if (text.startsWith('under')) return 0;
  const value = Number(text.replaceAll(',', '').replace('−', '-').replace('%', ''));
  if (Number.isNaN(value)) throw new RangeError(`“${text}” is no number.`);
  return value;
}

const falls: Claim['holds'] = (from = NaN, to = NaN) => to < from;
const rises: Claim['holds'] = (from = NaN, to = NaN) => to > from;
const positive: Claim['holds'] = (first = NaN) => first > 0;
const loss = claim('The loss went from # to #', falls);

const CLAIMS: Readonly<Record<string, readonly Claim[]>> = {
  'loss-mask': [
    claim('Of # tokens, # are bold', (all = NaN, bold = NaN) => bold > 0 && bold < all / 2),
    claim('The answer is off: # of its # tokens', (on = NaN, all = NaN) => on === 0 && all > 0),
    loss,
    claim('became more probable: from # to # on average', rises),
    claim(
      'was trained, changed by # nats a token; the user’s words, which were masked, by #',
      (answer = NaN, user = NaN) => answer > user && user !== 0,
    ),
    claim('Now # of # tokens are trained', (trained = NaN, all = NaN) => trained === all),
    claim(
      'The answer has # of the weight, the list of tools #,',
      (answer = NaN, tools = NaN) => tools > 2 * answer,
    ),
    claim(
      'The user’s words changed by # nats a token, with the usual mask by #: the model learnt',
      (all = NaN, usual = NaN) => all > 0 && usual < all,
    ),
  ],
  thread: [
    claim(
      'a token of the first turn counts #, one of the last turn #. # messages',
      (first = NaN, last = NaN, twice = NaN) => {
        return first > last && twice > 0;
      },
    ),
    claim('it costs # times', (times = NaN) => times > 1),
    claim(
      'mean over samples a token of the first turn counts #, one of the last #: more bias than with a mean over all tokens (# and #)',
      (first = NaN, last = NaN, firstAll = NaN, lastAll = NaN) => first / last > firstAll / lastAll,
    ),
    claim('Growing prefixes train # messages on a context', positive),
    claim('One whole sequence: #. Merge and fork: #.', (whole = NaN, fork = NaN) => whole > 0 && fork === 0),
    claim(
      '# sequences, each message trained once, a token of the first turn counts # and one of the last #,',
      (sequences = NaN, first = NaN, last = NaN) => sequences === 2 && Math.abs(first - last) < 0.02,
    ),
    loss,
  ],
  'thinking-stripped': [
    claim(
      '# messages have thinking in the data; # of them have none in the text',
      (all = NaN, lost = NaN) => lost > 0 && lost < all,
    ),
    loss,
    claim(
      'Whole conversation: # such messages. Merge and fork: #,',
      (whole = NaN, fork = NaN) => whole > 0 && fork === 0,
    ),
    claim('with # sequences in place of #.', (fork = NaN, whole = NaN) => fork > whole),
  ],
  'tool-results': [
    claim('# of # tokens of results are trained. They have #', (trained = NaN, all = NaN, share = NaN) => {
      return trained === all && share > 0;
    }),
    claim('A token of a result had a probability of #; now it has #', rises),
    claim('Their loss at the end is #, that of answers #', falls),
    claim(
      'A token of a result has a probability of #; trained by mistake it had #, in the original model #',
      (mended = NaN, mistaken = NaN, original = NaN) => mended < mistaken && mistaken > original,
    ),
    claim('gained # nats a token: reading a result', positive),
  ],
  weights: [
    claim('A token of thinking counts #, a token of the answer #', (think = NaN, answer = NaN) => {
      return think === 0.3 && answer === 1;
    }),
    claim(
      'With thinking at 0.30: thinking has # of the weight, the call #, the answer #',
      (think = NaN, call = NaN) => think < call,
    ),
    claim(
      'With thinking at 1.00: thinking has # of the weight, the call #, the answer #',
      (think = NaN, call = NaN) => think > call,
    ),
    claim('The answer gained # nats a token, thinking #.', falls),
    claim('Thinking gained # nats a token; at a weight of 0.3 it gained #', falls),
    claim('The answer gained #; with the discount it gained #', rises),
    claim('Thinking changed by # nats a token, untrained', (change = NaN) => change !== 0),
    claim('# tokens of the shown conversation have a negative weight', positive),
    claim('The answer changed by # nats a token: it became less probable', (change = NaN) => change < 0),
  ],
  'end-of-turn': [
    claim('No end-of-turn token is trained: # of #', (trained = NaN, all = NaN) => trained === 0 && all > 0),
    claim('The probability of ending here fell from # to #', falls),
    claim('it was cut off after # tokens. The original one wrote #', falls),
    claim('The loss of that run went from # to #', falls),
    claim('is now #. Without it in the loss it was #', falls),
    claim('The tuned model ends its turn after # tokens', (tokens = NaN) => tokens < 88),
  ],
  lora: [
    claim(
      'The loss of the six went from # to #, with # trained',
      (from = NaN, to = NaN, trained = NaN) => to < from && trained > 1e6,
    ),
    claim('parameters are trained, # of those of the model', (share = NaN) => share < 10),
    claim(
      'The loss went from # to #; with all weights it went to #',
      (from = NaN, to = NaN, all = NaN) => to < from && all < to,
    ),
    claim('nats a token, with all weights by #: LoRA forgot less', (change = NaN) => change < 0),
    claim('The loss ends at #; in the first run it ended at #, with LoRA at #', falls),
    claim('answer changed by # nats a token, in the first run by #, with LoRA by #', falls),
  ],
  'when-to-call': [
    claim(
      'There are # conversations to learn from, and # more to measure on',
      (own = NaN, held = NaN) => own === 96 && held === 60,
    ),
    claim(
      'It decides rightly in # of # questions',
      (share = NaN, turns = NaN) => share > 0 && share < 100 && turns === 60,
    ),
    loss,
    claim('Of the contested questions # are now decided rightly, # before', falls),
    claim('Missed calls did not rise: # before, # now', (before = NaN, now = NaN) => now <= before),
    claim('Right answers did not suffer: # before, # now', (before = NaN, now = NaN) => now >= before),
  ],
  'when-to-call-reward': [
    claim('The mean reward went from # to #', rises),
    claim('# of the groups had the same reward everywhere', (share = NaN) => share <= 50),
    claim('Right decisions went from # in the first steps to # in the last', rises),
    claim('It decides rightly in # of the questions, # before', falls),
    claim('Right answers did not suffer: # before, # now', (before = NaN, now = NaN) => now >= before),
  ],
  'reward-hacking': [
    claim('The reward went up, from # to #', rises),
    claim('False calls went from # to # at the same time', rises),
    claim('False calls are at # now; with the other reward they were at #', rises),
  ],
  'too-large-step': [
    claim(
      'The loss was # at best, and rose to #; over the last steps it was #',
      (best = NaN, worst = NaN, last = NaN) => {
        return worst > best + 1 && last > best;
      },
    ),
    claim('The norm of the gradient reached #', (norm = NaN) => norm > 1),
    claim('The loss was # at best, rose to #, and was # over the last steps', rises),
    claim(
      'The loss stays between # and #; at the rate of 0.05 it rose to #',
      (low = NaN, high = NaN, before = NaN) => high < low + 1 && high < before - 1,
    ),
  ],
  'flat-group': [
    claim('# of the groups had the same reward everywhere', (share = NaN) => share > 50),
    claim('In the last steps the gradient was #: the weights', (norm = NaN) => norm === 0),
    claim('# of the groups are flat, # before', rises),
  ],
};

const CHARTED: Readonly<Record<string, readonly Charted[]>> = {
  'when-to-call-reward': [
    {
      pattern: numbered('Right decisions went from [^ ]* in the first steps to # in the last'),
      column: 'decision',
      of: 'last',
    },
  ],
  'reward-hacking': [{ pattern: numbered('False calls are at # now'), column: 'false_calls', of: 'last' }],
  'too-large-step': [
    { pattern: numbered('The loss stays between [^ ]* and #;'), column: 'loss', of: 'highest' },
  ],
};

/** @throws RangeError for a lesson of which no claim is written down: a new one needs some. */
export function claimsOf(id: string): readonly Claim[] {
  const claims = CLAIMS[id];
  if (!claims?.length) throw new RangeError(`Write down what the lesson “${id}” claims in lesson-claims.ts.`);
  return claims;
}

export function chartedOf(id: string): readonly Charted[] {
  return CHARTED[id] ?? [];
}
