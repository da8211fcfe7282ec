/**
 * @file Below every setting of a run stand its sentence of help, its range and its key in the address.
 */
import { page } from 'vitest/browser';
import { expect, test } from 'vitest';
import { OBJECTIVES, type ObjectiveKind } from '../../src/settings/objective';
import { settingsReadBy } from '../../src/settings/objective-table';
import { KEYED_CHOICES, KEYED_LISTS } from '../../src/settings/keyed';
import { TRAIN_SETTINGS } from '../../src/settings/train';
import { importText, openPage, CHAT } from './setup';

/** What a field is described by. */
function described(label: string): string {
  const field = [...document.querySelectorAll<HTMLElement>('#train input, #train select')].find((input) =>
    [...((input as HTMLInputElement).labels ?? [])].some((own) => own.textContent?.trim() === label),
  );
  const id = field?.getAttribute('aria-describedby') ?? '';
  return document.getElementById(id)?.textContent?.replace(/\s+/g, ' ').trim() ?? `no field “${label}”`;
}

test('help, range and key of every setting that the objective reads', async () => {
  await page.viewport(390, 844);
  const { session } = await openPage({ step: 'train' });
  await importText(session, CHAT);
  await expect
    .poll(() => described('Batch size'))
    .toBe(
      'Sequences per update; more give a steadier gradient and take longer. 1 to 256 · in the address: batch',
    );
  for (const { label, help, url } of TRAIN_SETTINGS) {
    expect(described(label)).toContain(help);
    expect(described(label)).toMatch(new RegExp(` to .* · in the address: ${url}$`));
  }
  expect(described('Schedule')).toMatch(/in the address: schedule$/);
  expect(described('Compute layers twice')).toMatch(new RegExp(`${KEYED_LISTS.recompute.url}$`));
  expect(described('What is trained')).toMatch(/in the address: lora, lora-alpha, lora-rs, lora-targets$/);
  for (const kind of OBJECTIVES) {
    session.train.objective.choose(kind satisfies ObjectiveKind);
    for (const { label, url } of settingsReadBy(kind))
      await expect.poll(() => described(label)).toMatch(new RegExp(`in the address: ${url}$`));
  }
  await expect.poll(() => described('Objective')).toMatch(new RegExp(`${KEYED_CHOICES.objective.url}$`));
  // Nothing of it is wider than the screen.
  await expect.poll(() => document.documentElement.scrollWidth).toBeLessThanOrEqual(390);
});

test('what is wrong takes the place of the help', async () => {
  const { session } = await openPage();
  await importText(session, CHAT);
  session.train.drafts = { ...session.train.drafts, batchSize: '0' };
  await expect.poll(() => described('Batch size')).toBe('Batch size must be between 1 and 256.');
});
