/**
 * @file Right-to-left, Chinese and joined emoji, as people write them: whole in the strip, whole in the chat, each in its own
 * direction.
 */
import { page, userEvent } from 'vitest/browser';
import { describe, expect, test } from 'vitest';
import { ChatTokenizer } from '../../src/tokenizer/tokenizer';
import { importText, openPage } from './setup';

const HEBREW = 'שלום, מה שלומך היום? (טוב)';
const ARABIC = 'مرحبا بالعالم، كيف حالك؟';
const CHINESE = '你好，世界。今天天气怎么样？';
/** Joined by zero-width joiners, a tone of skin, a flag, a keycap, a combining accent. */
const EMOJI = 'a 👩🏽‍🚀 b 👨‍👩‍👧‍👦 c 🇳🇴 d 1️⃣ e é';
const ALL = [HEBREW, ARABIC, CHINESE, EMOJI];

const record = (content: string) => ({
  messages: [
    { role: 'user', content },
    { role: 'assistant', content },
  ],
});

describe('in the strip', () => {
  test.each(ALL)('%s', async (content) => {
    const { session, screen } = await openPage();
    await importText(session, JSON.stringify(record(content)));
    await expect.element(screen.getByRole('listbox', { name: 'Tokens', exact: true })).toBeVisible();
    const { rendered, encoded } = session.mask.view ?? expect.fail('nothing is shown');
    expect(rendered.text.split(content).length).toBe(3);
    const drawn = () => [...document.querySelectorAll<HTMLElement>('#mask [role="option"]')];
    await expect.poll(() => drawn().length).toBe(encoded.ids.length);
    const tokens = drawn();
    // Tokens of parts of a character say which bytes they are; no replacement sign stands for one.
    expect(tokens.map((token) => token.textContent).join('')).not.toContain('\uFFFD');
    // Neighbours never change places because of a neutral sign between them.
    for (const token of tokens) expect(getComputedStyle(token).unicodeBidi).toBe('isolate');
    // As text it is what was written, sign by sign.
    session.mask.showText = true;
    const text = screen.getByRole('region', { name: 'Rendered text' });
    await expect.element(text).toBeVisible();
    expect(text.element().textContent).toBe(rendered.text);
  });
});

describe('in the list and the chat', () => {
  test.each(ALL)(
    '%s',
    async (content) => {
      const { session, engine, screen } = await openPage({ step: 'compare' });
      const read = async (file: string) => (await fetch(`/models/pocket/${file}`)).text();
      const tokenizer = new ChatTokenizer(await read('tokenizer.json'), await read('tokenizer_config.json'));
      await importText(session, JSON.stringify(record(content)));
      const title = () => document.querySelector<HTMLElement>('#data [role="option"] .title')?.textContent;
      await expect.poll(() => content.startsWith(title()?.replace(/…$/, '').trim() ?? 'nothing')).toBe(true);

      await screen.getByRole('button', { name: 'Open the chat' }).click();
      const field = screen.getByRole('textbox', { name: /^Say/ });
      await expect.element(field).toBeVisible();
      engine.scripts.push([...tokenizer.encode(`<think>\nI know.\n</think>\n\n${content}<|im_end|>`).ids]);
      await field.fill(content);
      await userEvent.keyboard('{Enter}');
      await expect.poll(() => engine.scripts.length, { timeout: 20_000 }).toBe(0);
      await expect.poll(() => session.chat.writing, { timeout: 20_000 }).toBe(false);
      const chat = document.getElementById('chat') ?? expect.fail('There is no chat.');
      const find = () =>
        [...chat.querySelectorAll<HTMLElement>('p.text')].find((p) => p.textContent === content);
      await expect.poll(find, { message: 'what was said stands there, sign by sign' }).toBeDefined();
      const said = find();
      const answer = screen.getByRole('listbox', { name: /^Answer of/ });
      await expect.element(answer).toBeVisible();
      await expect.poll(() => answer.element().getAttribute('aria-label')).toContain(content);
      // Each of its tokens says what it holds, also of a character that others hold the rest of.
      const tokens = [...answer.element().querySelectorAll<HTMLElement>('[role="option"]')];
      const names = tokens.map((token) => token.ariaLabel ?? '').filter((name) => !name.startsWith('<'));
      expect(names.filter((name) => name.includes('\\x'))).toEqual([]);
      if (content === CHINESE) {
        expect(names.slice(0, 4).map((name) => name.replace(/, [<\d.]+%$/, ''))).toEqual([
          ...[1, 2, 3].map((byte) => `byte ${byte} of the 3 of 你`),
          'byte 1 of the 3 of 好',
        ]);
        await userEvent.hover(tokens[0] ?? chat);
        const detail = page.elementLocator(chat).getByRole('group', { name: 'Token details' });
        await expect.element(detail).toHaveTextContent(/^\\xE4 byte 1 of the 3 of 你 \d+% probable/);
      }
      const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}]/u.test(content);
      for (const element of [said, answer.element()])
        expect(getComputedStyle(element ?? chat).direction).toBe(rightToLeft ? 'rtl' : 'ltr');
      // A person who copies the answer gets what the model wrote.
      const copied = (answer.element() as HTMLElement).innerText;
      expect(copied.replace('<|im_end|>', '').replace(/\s+/g, ' ').trim()).toBe(content);
    },
    60_000,
  );
});
