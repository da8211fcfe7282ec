/**
 * @file The guide's questions and answers. In a text, `{name}` stands for a figure of public/guide/figures.json, and stars, dashes and
 * brackets are Markdown (docs/lessons.md); `where` is what to look for in the step of the page that an answer leads to.
 */

export const guideText = {
  intro:
    'Somebody asked in a forum: my conversations have system, user, thinking, tool call and answer segments over several turns. Do I split them, which tokens get loss, and do I need reinforcement learning after that? These are the answers. Figures were measured with this page’s own model and code, and each names its source; what only your own data can tell is said, too.',
  /** By id; `src/ui/guide-text.ts` has their order, lessons and sources. */
  questions: {
    split: {
      question: 'Do I split a conversation into growing samples?',
      short:
        'Not with every assistant message trained in each of them. Train every assistant message once, on what the model will really see before it.',
      text: `If each sample holds the history so far, and every assistant message in it is trained, then early turns are trained again and again. With five turns of equal length the first is trained five times and the last once. Where the loss is a mean over all tokens, their weights are {prefix-token-mean} instead of 1 each; where it is a mean over samples, {prefix-sample-mean}.

There are two ways to do it right:

- Train **the last turn only** in each growing sample. Every turn counts once. It costs about (N + 1) / 2 times as many tokens for N turns.
- Train the **whole conversation as one sequence**, with all assistant messages in the loss. This is the same, and cheaper, *if* the chat template never rewrites the history. On {strategy-pairs} of conversation and template, tests hold that the two agree exactly there, and differ elsewhere.

Many templates of reasoning models do rewrite it: they strip earlier thinking. **Merge and fork** goes on in one sequence as long as the template keeps the history, and begins a new one where it does not. It is what this page proposes for practice data, and for your own conversations where the checks find that the template rewrites earlier turns.`,
      where: 'Training sequences, below the mask',
    },
    loss: {
      question: 'Which tokens get loss?',
      short:
        'What the model itself has to write: thinking, calls, answers, and the token that ends its turn. Nothing that somebody else writes for it.',
      text: `System and user messages, tool schemas, tool results and the assistant’s header are context: the model sees them, and is not asked to predict them. Thinking, calls and answers are trained, and so is the end-of-turn token. Counted on 256 practice conversations of this page: {tokens-trained} of {tokens-all} tokens are trained, {tokens-ends} of them ends of turns.

Two details differ from trainer to trainer. The line break after the end of turn is written by the template and not by the model: here it is not trained. An empty think block is put there by some templates; where the generation prompt already has it, it is not trained either. The presets under **Mask** reproduce what known trainers do, so that you can lay yours beside another and see every token that differs.

\`assistant_think\`, \`assistant_tool\` and \`assistant_answer\` are names of an annotation, not roles that a model knows. They are converted to the model’s own chat template before anything is trained. Here that happens on import.`,
      where: 'Mask',
    },
    thinking: {
      question: 'What happens to thinking in the history?',
      short:
        'Many templates strip it from earlier turns. Train each turn on a history written as it will be when the model is used.',
      text: `Templates such as Qwen3’s leave out the thinking of turns before the last user message. In one whole sequence that leaves two bad choices: keep the thinking, and later turns are trained on a history that never occurs in use; or strip it, and the thinking of early turns is never trained.

**Merge and fork** avoids both. Each message is trained once, with its thinking, on exactly the history that the template will show the model. The strip shows what a template took out, and a warning counts the messages whose thinking is lost.`,
      where: 'Mask, and the warnings below it',
    },
    end: {
      question: 'Why does my tuned model not stop?',
      short: 'Most often because the token that ends a turn was not in the loss.',
      text: `A model stops when it writes its end-of-turn token. If the mask leaves that token out, nothing teaches it to. It happens in silence: with a padding token that is the same as the end token and is masked, with a mask that ends one token early, or with a template whose generation block closes before it.

Measured with this page’s model: 16 steps on the six conversations of the lesson with the end of turn masked left {formed-masked} greedy turns well formed (thinking, then valid calls or an answer, then the end). Trained in the same run with the same seed it was {formed-trained}; before, {formed-shipped}. So form was lost either way, and far more of it with the end masked; the six call no tool, and this is one seed.

Look at the last trained token of a turn in the strip. It should be the end of the turn. Of the mistakes that this page looks for, this is the first one.`,
      where: 'Mask: the switch “End of turn”',
    },
    results: {
      question: 'Are tool results trained?',
      short: 'No. The tool writes them. A model that is trained on them learns to make results up.',
      text: `A result stands in the conversation between the call and the answer. It is context for the answer, and its tokens get no loss: of {tokens-results} tokens of results in 256 practice conversations of this page {results-trained} are trained. What training on them does was not measured here. Check that your data has it at all: an annotation with only a call and an answer teaches the model to answer from a result that it never saw. This page flags a missing result and never invents one.`,
      where: 'Mask: hover over a result',
    },
    weights: {
      question: 'Should thinking count less than calls and answers?',
      short: 'It may. A mask is a weight of 0 or 1; other weights are a choice that you can test.',
      text: `Thinking is often most of the tokens, so that it also is most of the loss. A weight of 0.3 on thinking makes calls and answers count more without taking the thinking out. A negative weight makes a text less probable; it needs care, for nothing bounds it.

Which weight is best for your data is not known in advance, and nothing was measured here that would tell. Try two runs with one seed and compare the loss of each segment, on held-out conversations.`,
      where: 'Mask: weights of segments',
    },
    'sft-enough': {
      question: 'When is SFT sufficient?',
      short:
        'When you have correct conversations for all the cases, and most of all for those where no tool is to be called.',
      text: `SFT copies what the data shows. It learns the format quickly, and it learns *when* to call where the data shows both: questions that need a tool, and questions that look alike and do not; missing arguments that it must ask for; requests that it cannot answer.

Measured with this page’s model, on questions where a tool fits but may not be needed: {sft-settings} (LoRA on the thinking of 64 right conversations). Contested decisions went from {contested-before} to {contested-after} right. In the same run missed calls elsewhere went from {missed-before} to {missed-after}, which is no measurable change. Look at false and missed calls apart all the same: a single accuracy would hide a trade between them.`,
      where: 'Compare: decisions about tools',
    },
    rl: {
      question: 'Does RL after SFT help to learn when to call?',
      short:
        'It can, where a checker tells right from wrong and the model is sometimes right. In this page’s own experiment SFT on right conversations went further for less.',
      text: `SFT shows one good reaction. RL lets the model react itself, and makes what was better than its other tries more probable. So it learns from its own mistakes, and it can weigh a call that was not needed against one that was missing. It needs variance: on a question where all tries get the same reward there is nothing to learn. This page’s model is undecided on contested questions on purpose: it decides {contested-sampled} of them rightly when sampled, and {uncontested} of the others.

**Measured here**, on questions that no arm had seen. They are others than the model card’s, which include tools that were never trained: of contested ones the model as loaded decides {card-contested} rightly there and {exp-contested} here. The 95% intervals are for other questions of this kind; they say nothing of other seeds, of which there were three. {experiment-state}

- **Right conversations went furthest for least.** SFT on 64 of them took right decisions from {exp-base} to {exp-sft-64} in {exp-sft-64-time} of processor time; SFT on 256 took them to {exp-sft-256} in {exp-sft-256-time}. Writing the conversations is not counted.
- **GRPO learnt it without one demonstration of the right decision in the run**, from 256 questions and a checker that knows it: {exp-grpo-gain} points, to {exp-grpo}, in {exp-grpo-time}. Pretraining had shown both behaviours. Beside the best SFT: {exp-grpo-best} points.
- **GRPO after SFT on 64 added a little**: {exp-then-gain} points, by seed {exp-then-seeds}. More steps of SFT were not tried beside it. Beside SFT on 256 it cannot be told apart: {exp-then-best}.
- **DPO moved least**: {exp-dpo-gain} points, and not with every seed.
- **What it cost**: answers that state what the tool gave fell after SFT on 64 ({exp-sft-64-faithful} points) and after SFT, then GRPO ({exp-then-faithful}). After GRPO alone and after SFT on 256 no such loss was measurable, which does not say that there was none.
- The arms that learn from rewards, beside the best SFT: {exp-arms}.

This is one tiny model, one generator that made both practice and test questions, and one rule; what was gained lies in the contested questions. Two learning rates were tried for SFT, GRPO and DPO, none for RAFT and RWR, and nothing else was searched, so an arm may do better than it did here. It says that RL *can* teach when to call, and what it costs; not that SFT always wins.

What the literature reports: ToolRL finds GRPO, begun without SFT, ahead of SFT on its tool-use benchmarks; RL generalizes better than SFT to changed rules in one study; and plain rejection sampling comes close to GRPO in another.`,
      where: 'Train: objective',
    },
    reward: {
      question: 'How do I design the reward?',
      short:
        'Reward the decision first, count false and missed calls apart, add format and arguments, and look at what the model does to get it.',
      text: `1. **Decision**: +1 where it calls and should, or does not and should not; −1 for a false call and −1 for a missed one. A score that only compares calls, such as ToolRL’s, is always 0 where no call is right, so that it hardly teaches when *not* to call.
2. **Format**: a small reward for a turn that can be read.
3. **Arguments**: name, keys and values of the call, against the right one.
4. **The answer**: does it state what the tool gave?

What goes wrong: a reward that pays for every call teaches to call always; one that charges for calls teaches never to; a missing reward that is taken for 0 beats an honest failure at −1; and groups in which all tries get the same give no signal. Watch the rate of calls and a held-out measure that is *not* the reward. If the reward rises and that falls, the model has found a hole.`,
      where: 'Train: rewards',
    },
    'rl-necessary': {
      question: 'When is RL actually necessary?',
      short:
        'When nobody can write the right reaction down, but somebody or something can judge it; or when the mistakes are the model’s own.',
      text: `- You have **right conversations** for every case: SFT.
- You have **pairs or labels**, good and bad decisions: DPO or KTO after SFT. They need no rollouts.
- You have a **checker** and prompts, and the model is right now and then: rejection sampling (RAFT) first, as it is SFT on what the checker accepts; then GRPO or RLOO.
- The model is **never right**: no objective helps that learns from its own tries. Give it demonstrations.
- It is **always right**: there is nothing left to learn from that prompt.

How often this page’s model is right on its own is in its card: {contested-sampled} of contested decisions, sampled, and a call that is exactly right in {exact-calls} of the cases where it calls and should.`,
      where: 'Train: objective',
    },
    lora: {
      question: 'What does LoRA change?',
      short:
        'It trains a small number of factors beside the weights. It costs less memory, wants a higher learning rate, and tends to forget less.',
      text: `The weights of the model stay as they are, and a product of two thin matrices is added to each. Only these are trained and saved. The mask, the loss and the objective are the same. A learning rate about ten times as high as for all weights is usual.

Memory is what it saves: a {lora-memory}. One study finds that LoRA learns less and forgets less than training everything. With this page’s model, on the same 64 conversations: all weights changed contested decisions by {full-gain} points, exact calls by {full-exact} and declining by {full-declines}; rank 8 by {lora-gain}, {lora-exact} and {lora-declines}. That is one run of each, with other steps and rates, on questions that were used to choose between them: a hint and no proof. The lesson lets you measure it yourself.`,
      where: 'Train: what is trained',
    },
  },
};
