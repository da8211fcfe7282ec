/**
 * @file Markers by which a trainer finds the answers in the text, and which the template does not write.
 */
import { coreFindings } from '$strings/core-findings';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import { quoted, type LintContext } from '../context';
import { settingFix } from '../fixes';
import type { Found, TrainerSettings } from '../types';

const words = coreFindings['response-markers'];

export const responseMarkers: Check = {
  ...lintNamed('response-markers'),

  conversation(context) {
    const { messages, settings } = context;
    if (!messages.some(({ role }) => role === 'assistant')) return [];
    const { responseTemplate, instructionTemplate } = settings;
    return [
      ...(responseTemplate ? check(context, 'responseTemplate', responseTemplate, 'assistant') : []),
      ...(instructionTemplate && messages.some(({ role }) => role === 'user')
        ? check(context, 'instructionTemplate', instructionTemplate, 'user')
        : []),
    ];
  },
};

function check(
  context: LintContext,
  field: 'responseTemplate' | 'instructionTemplate',
  marker: string,
  role: 'assistant' | 'user',
): Found[] {
  const { encoded, inspector, rendered } = context;
  const response = role === 'assistant';
  const told = (message: string): Found[] => {
    const header = headerOf(context, role);
    const change: Partial<TrainerSettings> = header ? { [field]: header } : {};
    const fix = header ? settingFix(words.fix(quoted(header)), change) : undefined;
    return [{ place: { field }, shared: true, fix, message }];
  };
  if (!rendered.text.includes(marker)) {
    return told((response ? words.responseMissing : words.instructionMissing)(quoted(marker)));
  }
  const ids = inspector.tokenizer.encode(marker).ids;
  if (holds(encoded.ids, ids)) return [];
  return told((response ? words.responseTokens : words.instructionTokens)(quoted(marker)));
}

/** The line of the first header of a role, as the template writes it. */
function headerOf({ rendered, messages, inspector, encoded }: LintContext, role: string): string | undefined {
  const span = rendered.spans.find(
    ({ kind, message }) => kind === 'header' && messages[message]?.role === role,
  );
  const line = span && /^[^\n]*\n*/.exec(rendered.text.slice(span.start, span.end))?.[0];
  if (!line?.trim()) return undefined;
  return [line, line.trimEnd()].find((marker) => holds(encoded.ids, inspector.tokenizer.encode(marker).ids));
}

/** Whether `part` stands in `ids`, in a row. */
function holds(ids: Int32Array, part: Int32Array): boolean {
  const [first] = part;
  if (first === undefined) return false;
  for (let at = ids.indexOf(first); at >= 0; at = ids.indexOf(first, at + 1)) {
    if (part.every((id, i) => ids[at + i] === id)) return true;
  }
  return false;
}
