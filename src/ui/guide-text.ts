/**
 * @file The guide: the questions that people ask about training a model to think and to call tools, plain answers, what on the page shows
 * each, and what was read for it. Loaded when the guide is opened.
 */
import { guideText as words } from '$strings/guide-text';

export interface GuideQuestion {
  id: string;
  question: string;
  /** The answer in a sentence or two. */
  short: string;
  /** A small part of Markdown, see state/lesson-text.ts; `{name}` stands for a figure of public/guide/figures.json. */
  text: string;
  /** A lesson that shows it. */
  lesson?: string;
  /** A step of the page where it is set, and what to look for there. */
  step?: { id: 'data' | 'mask' | 'train' | 'compare'; label: string };
  /** The answer rests on the experiment that ships: its table stands below the text. */
  experiment?: true;
  /** What was read: title and address. */
  sources: readonly (readonly [title: string, href: string])[];
}

const TRL_SFT = ['TRL: SFTTrainer', 'https://huggingface.co/docs/trl/sft_trainer'] as const;
const TRL_GRPO = ['TRL: GRPOTrainer', 'https://huggingface.co/docs/trl/grpo_trainer'] as const;
const WHEN2CALL = ['When2Call (arXiv 2504.18851)', 'https://arxiv.org/abs/2504.18851'] as const;
const TOOLRL = ['ToolRL (arXiv 2504.13958)', 'https://arxiv.org/abs/2504.13958'] as const;
const MEMORIZES = [
  'SFT memorizes, RL generalizes (arXiv 2501.17161)',
  'https://arxiv.org/abs/2501.17161',
] as const;

export const GUIDE_INTRO = words.intro;

export const GUIDE: readonly GuideQuestion[] = [
  {
    id: 'split',
    ...words.questions.split,
    lesson: 'thread',
    step: { id: 'train', label: words.questions.split.where },
    sources: [
      TRL_SFT,
      ['One-Pass to Reason (arXiv 2504.18246)', 'https://arxiv.org/abs/2504.18246'],
      [
        'Why a mean of means is wrong (transformers #34191)',
        'https://github.com/huggingface/transformers/issues/34191',
      ],
    ],
  },
  {
    id: 'loss',
    ...words.questions.loss,
    lesson: 'loss-mask',
    step: { id: 'mask', label: words.questions.loss.where },
    sources: [
      TRL_SFT,
      ['Chat templates in transformers', 'https://huggingface.co/docs/transformers/chat_templating'],
    ],
  },
  {
    id: 'thinking',
    ...words.questions.thinking,
    lesson: 'thinking-stripped',
    step: { id: 'mask', label: words.questions.thinking.where },
    sources: [['Qwen3’s chat template', 'https://huggingface.co/Qwen/Qwen3-0.6B']],
  },
  {
    id: 'end',
    ...words.questions.end,
    lesson: 'end-of-turn',
    step: { id: 'mask', label: words.questions.end.where },
    sources: [
      ['TRL: stop token not trained (#5988)', 'https://github.com/huggingface/trl/issues/5988'],
      ['Axolotl: end of turn (#3754)', 'https://github.com/axolotl-ai-cloud/axolotl/issues/3754'],
    ],
  },
  {
    id: 'results',
    ...words.questions.results,
    lesson: 'tool-results',
    step: { id: 'mask', label: words.questions.results.where },
    sources: [['TRL: tool calling', 'https://huggingface.co/docs/trl/dataset_formats#tool-calling']],
  },
  {
    id: 'weights',
    ...words.questions.weights,
    lesson: 'weights',
    step: { id: 'mask', label: words.questions.weights.where },
    sources: [
      ['ms-swift, which has weights by segment (loss_scale)', 'https://github.com/modelscope/ms-swift'],
    ],
  },
  {
    id: 'sft-enough',
    ...words.questions['sft-enough'],
    lesson: 'when-to-call',
    step: { id: 'compare', label: words.questions['sft-enough'].where },
    sources: [WHEN2CALL, TRL_SFT, ['TRL: DPOTrainer', 'https://huggingface.co/docs/trl/dpo_trainer']],
  },
  {
    id: 'rl',
    ...words.questions.rl,
    experiment: true,
    lesson: 'when-to-call-reward',
    step: { id: 'train', label: words.questions.rl.where },
    sources: [
      TOOLRL,
      MEMORIZES,
      [
        'A minimalist approach: RAFT and Reinforce-Rej (arXiv 2504.11343)',
        'https://arxiv.org/abs/2504.11343',
      ],
      TRL_GRPO,
    ],
  },
  {
    id: 'reward',
    ...words.questions.reward,
    lesson: 'reward-hacking',
    step: { id: 'train', label: words.questions.reward.where },
    sources: [
      TOOLRL,
      ['OTC: optimal tool calls (arXiv 2504.14870)', 'https://arxiv.org/abs/2504.14870'],
      ['Dr. GRPO (arXiv 2503.20783)', 'https://arxiv.org/abs/2503.20783'],
      TRL_GRPO,
    ],
  },
  {
    id: 'rl-necessary',
    ...words.questions['rl-necessary'],
    lesson: 'flat-group',
    step: { id: 'train', label: words.questions['rl-necessary'].where },
    sources: [WHEN2CALL, TRL_GRPO, ['TRL: KTOTrainer', 'https://huggingface.co/docs/trl/kto_trainer']],
  },
  {
    id: 'lora',
    ...words.questions.lora,
    lesson: 'lora',
    step: { id: 'train', label: words.questions.lora.where },
    sources: [
      ['LoRA (arXiv 2106.09685)', 'https://arxiv.org/abs/2106.09685'],
      ['LoRA learns less and forgets less (arXiv 2405.09673)', 'https://arxiv.org/abs/2405.09673'],
      ['PEFT: LoRA', 'https://huggingface.co/docs/peft/package_reference/lora'],
    ],
  },
];
