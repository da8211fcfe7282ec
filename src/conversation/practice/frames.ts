/**
 * @file The frames that every wish can be put in: questions for something (`the weather in Oslo`), requests to do
 * something (`set a timer`), and what people say around them. Reserved parts (`~`) occur in held-out phrasings alone.
 */
import { type Phrase, type Share, capital, drawPhrase, drawShare, language, small } from './grammar';
import type { Random } from './prng';

/** Around `{np}`, a noun phrase. */
export const QUERY_FRAMES: readonly string[] = [
  "[What is|What's|~So what is] {np}?",
  '[Can|Could|Will] you [tell me|give me|show me|check|find|look up|~get me] {np}[| for me]?',
  '[Tell me|Give me|Show me|Check|Find|Look up|Find out|~Get me] {np}[|, please].',
  'Please [tell me|give me|show me|check|find|look up|find out|~get me] {np}.',
  'I [need|want|need to know|want to know|would like to know|would like|~have to know|~am looking for] {np}.',
  'Do you [know|have|~happen to know] {np}?',
  '{np}[|, please|, if you can].',
  '{np}?',
  '[Help me find|Help me with|~I was asked for] {np}.',
  'Let me [see|have|hear] {np}[|, please].',
  'May I [see|ask for|hear|know] {np}?',
  'I [ask myself|wonder about|was asked about|was wondering about] {np}.',
  'My question is about {np}.',
  'I have to find out {np}.',
  'Is there a way to know {np}?',
  'What [would|will|could] {np} be?',
  'Do you happen to have {np}?',
  'I am curious about {np}.',
  '~Let me know {np}[|, please].',
  '~May I have {np}?',
  '~I wonder what {np} is.',
];

/** Around `{vp}`, a verb phrase in its base form. */
export const ACTION_FRAMES: readonly string[] = [
  '{vp}[| for me|, please| now|~ right away].',
  'Please {vp}[| for me| now].',
  '[Can|Could|Will|~Would] you [|please |kindly ]{vp}[| for me]?',
  'Would it be possible to {vp}?',
  'I [want|need|would like|~expect] you to {vp}.',
  '[Help me to|You should|You could|Go and|It would be good to|Now is the time to|Your task is to|Try to|~Go ahead and|~It is time to] {vp}.',
  '[I would like to|I want to|I need to|I am trying to|I wish to|~I have to] {vp}.',
];

/** Around any sentence: what comes before it and after it. */
const OPENINGS =
  '[|Hey, |Hi, |OK, |Hello, |So, |Quick question: |One more thing: |Sorry, |Now, |Well, |Good, |Excuse me, |Next, |Then, |And now: |One question: |Just quickly: |By chance: |Listen: |~Listen, |~By the way, |~Right, ]';
const CLOSINGS =
  '[| Thanks.| Thank you.| Please hurry.| It is important.| Thanks a lot.| Many thanks in advance.| That would be kind.| That would be great.| I would be glad.| No hurry.|~ Many thanks.|~ That would help.]';

/** What a wish can be said as: noun phrases for the query frames, verb phrases for the action frames, own sentences. */
export interface Wording {
  queries?: readonly string[];
  actions?: readonly string[];
  own?: readonly string[];
}

/**
 * The sentences of a wording as (frames, inner phrases), each pair with a weight that follows how much it has to say.
 * Own sentences stand in no frame.
 */
function families(
  wording: Wording,
): { frames?: readonly string[]; slot: string; inner: readonly string[]; weight: number }[] {
  const { queries = [], actions = [], own = [] } = wording;
  return [
    { frames: QUERY_FRAMES, slot: '{np}', inner: queries, weight: queries.length > 0 ? 3 : 0 },
    { frames: ACTION_FRAMES, slot: '{vp}', inner: actions, weight: actions.length > 0 ? 3 : 0 },
    { slot: '', inner: own, weight: own.length > 0 ? 2 + own.length / 8 : 0 },
  ].filter(({ weight }) => weight > 0);
}

function place(frame: Phrase, slot: string, inner: Phrase): Phrase {
  const text = frame.text.replace(slot, () => inner.text);
  return { text: capital(text), reserved: frame.reserved || inner.reserved };
}

/** One sentence of a wording, slots open, of the wanted share. */
export function drawWording(wording: Wording, random: Random, share: Share): string {
  return drawShare(share, (all) => {
    const { frames, slot, inner } = random.weighted(families(wording), ({ weight }) => weight);
    const phrase = drawPhrase(inner, random, all);
    return frames ? place(drawPhrase(frames, random, all), slot, phrase) : phrase;
  });
}

/** Every sentence of a wording, slots open. */
export function wordingLanguage(wording: Wording): Phrase[] {
  return families(wording).flatMap(({ frames, slot, inner }) =>
    frames
      ? language(frames).flatMap((frame) => language(inner).map((phrase) => place(frame, slot, phrase)))
      : language(inner),
  );
}

/**
 * A sentence with what people put around it: a word before it, thanks after it, no mark at its end. Nothing is put after a
 * sentence without a mark: it may end in words that are to be copied. `unseen` may use
 * reserved openings and closings too; they do not make a phrasing unseen by themselves. A `bare` sentence gets no closing.
 */
export function dress(sentence: string, random: Random, share: Share, bare = false): string {
  const all = share === 'unseen';
  let text = sentence;
  if (random.chance(0.12)) text = text.replace(/[.?]$/, '');
  else if (!bare && /[.?!]$/.test(text) && random.chance(0.15))
    text += drawPhrase([CLOSINGS], random, all).text;
  if (!random.chance(0.25)) return text;
  const opening = drawPhrase([OPENINGS], random, all).text;
  return opening === ''
    ? text
    : opening + (/^(I\b|[A-Z][a-z]*[A-Z]|[^A-Za-z])/.test(text) ? text : lowerStart(text));
}

/** Words that begin sentences of ours; a name at the start keeps its capital. */
const STARTERS = new Set(
  (
    'A An And Are As At Bear Block Bring Buy Call Can Change Check Compute Convert Copy Count Could Define Do Does Draw Echo ' +
    'Email Enter Evaluate Exchange Explain Explore Express Find Get Give Go Has Have Help Here How In Is It Jot Keep Let Load ' +
    'Look Make Multiply My Note Now On Open Order Paint Pick Plan Play Please Print Produce Put Read Record Remember Remind ' +
    'Repeat Reserve Run Save Say Search See Send Set Show Something Start Subtract Take Tell That The There Turn Type Until Wake ' +
    'Warn Was What When Where Which Who Work Would Write You Your'
  ).split(' '),
);

function lowerStart(text: string): string {
  const word = /^[A-Za-z]+/.exec(text)?.[0] ?? '';
  return STARTERS.has(word) ? small(text) : text;
}
