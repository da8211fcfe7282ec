/**
 * @file Padding with the token that ends a turn, in a trainer that keeps padding out of the loss by the token's id.
 */
import { coreFindings } from '$strings/core-findings';
import { lintNamed } from '../catalogue';
import type { Check } from '../check';
import type { LintContext, Setup } from '../context';
import { settingFix } from '../fixes';
import { IGNORED } from '../row-file';
import type { Fix } from '../types';

const words = coreFindings['pad-is-eos'];

export const padIsEos: Check = {
  ...lintNamed('pad-is-eos'),

  conversation(context) {
    const { encoded, runs, settings, weights } = context;
    const pad = padOf(context);
    if (!pad || settings.padMask === 'by-position') return [];
    const end = runs.find((run) => run.kind === 'end' && run.generated && run.trained > 0);
    if (!end) return [];
    const at = encoded.ids.findIndex(
      (id, i) => i >= end.start && i < end.end && id === pad.id && weights[i] !== 0,
    );
    if (at < 0) return [];
    const byId = settings.padMask === 'by-id';
    return [
      {
        severity: byId ? 'error' : 'warning',
        shared: true,
        message: byId ? words.maskedById(pad.token) : words.mayBeMasked(pad.token),
        place: context.place({ start: at, end: at + 1 }, end.message),
        fix: fixOf(context),
      },
    ];
  },

  row({ inputIds, labels, attentionMask }, setup) {
    const pad = padOf(setup);
    const { endOfTurnIds } = setup.inspector;
    if (!pad || !labels || !endOfTurnIds.includes(pad.id)) return [];
    let length = inputIds.length;
    // Without a mask, what stands at the end is padding but for its first token.
    if (!attentionMask) while (length > 1 && inputIds[length - 2] === pad.id) length--;
    const ends = inputIds.flatMap((id, i) =>
      id === pad.id && i < length && attentionMask?.[i] !== 0 ? [i] : [],
    );
    const trained = ends.some((i) => (labels[i] ?? IGNORED) >= 0);
    const masked = ends.filter((i) => (labels[i - 1] ?? IGNORED) >= 0);
    const [first] = masked;
    if (trained || first === undefined) return [];
    return [
      {
        severity: 'error',
        message: words.ignored(pad.token, first),
        place: { field: 'labels', tokens: { start: first, end: first + 1 } },
        fix: {
          kind: 'row',
          title: words.fixLabels,
          change: { labels: labels.map((label, i) => (masked.includes(i) ? pad.id : label)) },
        },
      },
    ];
  },
};

function padOf({ inspector, settings }: Setup | LintContext): { token: string; id: number } | undefined {
  const token = settings.padToken ?? inspector.tokenizer.padToken;
  const id = token ? inspector.tokenizer.idOf(token) : undefined;
  return id === undefined ? undefined : { token, id };
}

/** Another special token, one that no template writes; a token made for padding first. */
function fixOf({ inspector }: LintContext): Fix | undefined {
  const { template, tokenizer } = inspector;
  const used = [...template.endTokens, tokenizer.bosToken, tokenizer.eosToken];
  const free = tokenizer.specialTokens.filter(
    (token) => !used.includes(token) && !template.source.includes(token),
  );
  const other =
    free.find((token) => /pad/i.test(token)) ??
    free.find((token) => /reserved|unused|endoftext|fim/i.test(token));
  return other === undefined ? undefined : settingFix(words.fixToken(other), { padToken: other });
}
