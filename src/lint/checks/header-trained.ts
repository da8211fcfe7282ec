/**
 * @file The header of an assistant's turn, in the loss.
 */
import { coreFindings } from '$strings/core-findings';
import { blockDifferences } from '../../template/block-notes';
import { ChatTemplate } from '../../template/chat-template';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import type { LintContext } from '../context';
import { bySegments, policyFix, rulesWithout } from '../fixes';
import type { Fix } from '../types';

const words = coreFindings['header-trained'];

export const headerTrained: Check = {
  ...lintNamed('header-trained'),

  conversation(context) {
    const { messages, policy, runs } = context;
    const segments = (policy.basis ?? 'segments') === 'segments';
    // Who trains prompts trains headers with them, on purpose.
    if (segments && policy.prompt && policy.header === undefined) return [];
    const headers = runs.filter(
      ({ kind, message }) => kind === 'header' && messages[message]?.role === 'assistant',
    );
    const [first] = headers.filter(({ trained }) => trained > 0);
    if (!first) return inBlocks(context);
    const place = context.place(first, first.message);
    return [
      {
        shared: true,
        message: words.trained(context.quote(place)),
        place,
        fix: policyFix(words.fixMask, {
          ...bySegments(policy),
          header: 0,
          ...rulesWithout(policy, 'header'),
        }),
      },
    ];
  },
};

/** The mask leaves headers out, but the template's own generation blocks hold them. */
function inBlocks(context: LintContext) {
  const { rendered } = context;
  if (!rendered.blocks) return [];
  const headers = rendered.spans.filter(({ kind }) => kind === 'header');
  const held = blockDifferences(rendered.spans, rendered.blocks).find(
    (difference) =>
      difference.what === 'extra' &&
      headers.some((h) => h.start < difference.end && h.end > difference.start),
  );
  if (!held) return [];
  const place = context.placeOf(held, held.message);
  return [
    {
      severity: 'info' as const,
      shared: true,
      message: words.inBlocks(context.quote(place)),
      place,
      fix: templateFix(context),
    },
  ];
}

/** What moving the tags of a template gives; found once, because every record of a file asks. */
const MOVED = new WeakMap<ChatTemplate, Fix | null>();

function templateFix(context: LintContext): Fix | undefined {
  const { template } = context.inspector;
  const known = MOVED.get(template);
  const fix = known === undefined ? moveBlocks(context) : known;
  MOVED.set(template, fix);
  return fix ?? undefined;
}

/** A template whose blocks begin after the statement that writes the header; only where the text stays the same. */
function moveBlocks({ conversation, inspector, rendered }: LintContext): Fix | null {
  const { context, source } = inspector.template;
  const moved = source.replace(
    /(\{%-?\s*generation\s*-?%\}\s*)(\{\{(?:(?!\}\}).)*\}\}\s*)/gs,
    (_, tag: string, header: string) => `${header}${tag}`,
  );
  if (moved === source) return null;
  const { messages, tools, templateKwargs } = conversation;
  const changed = new ChatTemplate(moved, context);
  if (changed.render(messages, { tools, templateKwargs }) !== rendered.text) return null;
  const blocks = changed.generationRanges(messages, { tools, templateKwargs });
  const headers = rendered.spans.filter(({ kind }) => kind === 'header');
  const overlap = blocks?.some((block) => headers.some((h) => h.start < block.end && h.end > block.start));
  return overlap === false ? { kind: 'template', title: words.fixBlocks, source: moved } : null;
}
