/**
 * @file Thinking that stands inside an assistant's content, between `<think>` and `</think>`.
 */

const OPEN = '<think>';
const CLOSE = '</think>';

export interface SplitThinking {
  /** Undefined where no thinking was found. */
  reasoning?: string;
  content: string;
  /** What a person should look at; undefined when all is clear. */
  warning?: string;
}

/**
 * Splits inline thinking off. It begins at the start of the content (white space before it is left out, with a warning)
 * or, where only `</think>` was written because the generation prompt held the opening tag, with the first character.
 * The reasoning is what stands between, less one line break at its start and one at its end; the content loses all line
 * breaks that follow `</think>`, as Qwen3's template does. Tags elsewhere, or an unclosed one, stay in the content.
 */
export function splitThinking(content: string): SplitThinking {
  const close = content.indexOf(CLOSE);
  const open = content.indexOf(OPEN);
  if (open < 0 && close < 0) return { content };
  if (close < 0)
    return { content, warning: 'the content has <think> without </think>, and was left as it is' };
  const opened = open >= 0 && open < close;
  if (opened && content.slice(0, open).trim() !== '') {
    return { content, warning: 'the content has <think> after other text, and was left as it is' };
  }
  const inside = content.slice(opened ? open + OPEN.length : 0, close);
  const rest = content.slice(close + CLOSE.length).replace(/^(\r?\n)+/, '');
  const split = { reasoning: inside.replace(/^\r?\n/, '').replace(/\r?\n$/, ''), content: rest };
  if (rest.includes(OPEN) || rest.includes(CLOSE)) {
    return {
      ...split,
      warning: 'the content has more than one <think> block; the first one was taken as the thinking',
    };
  }
  if (split.reasoning.includes(OPEN)) return { ...split, warning: 'the thinking itself holds <think>' };
  if (opened && open > 0) return { ...split, warning: 'white space before <think> was left out' };
  return split;
}
