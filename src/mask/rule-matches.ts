/**
 * @file How often a rule's regular expression matches in one rendering.
 */
import type { Rendered } from '../template/rendered';
import type { MaskRule } from './knobs';
import { compile } from './overlays';

/**
 * Matches of a rule, in the spans that it looks into: those of its `kinds`, or what the model generates. An empty match
 * covers no character and is not counted.
 *
 * @throws LosslightError `bad-policy` where the pattern is no regular expression.
 */
export function countMatches(rule: MaskRule, { text, spans }: Pick<Rendered, 'text' | 'spans'>): number {
  const { pattern, kinds } = compile(rule);
  let count = 0;
  for (const span of spans) {
    if (kinds ? !kinds.includes(span.kind) : !span.generated) continue;
    for (const match of text.slice(span.start, span.end).matchAll(pattern)) if (match[0]) count++;
  }
  return count;
}
