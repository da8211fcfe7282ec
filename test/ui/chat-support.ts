/**
 * @file A page with its chat open, and answers as the shipped model would write them.
 */
import { userEvent } from 'vitest/browser';
import { expect } from 'vitest';
import { ChatTokenizer } from '../../src/tokenizer/tokenizer';
import { openPage, type Options } from './setup';

/** Several messages in a row, each rendered and read by the real text core. */
export const PATIENCE = { timeout: 20_000 };

/** The shipped tokenizer, and ids of texts as a model would write them. */
export async function readTokenizer() {
  const read = async (file: string) => (await fetch(`/models/pocket/${file}`)).text();
  const tokenizer = new ChatTokenizer(await read('tokenizer.json'), await read('tokenizer_config.json'));
  const ids = (text: string) => [...tokenizer.encode(text).ids];
  const says = (text: string) => ids(`<think>\nI think.\n</think>\n\n${text}<|im_end|>`);
  const calls = (name: string, args: object) =>
    says(`<tool_call>\n${JSON.stringify({ name, arguments: args })}\n</tool_call>`);
  return { tokenizer, ids, says, calls };
}

export async function openChat(options: Options = {}) {
  const opened = await openPage({ step: 'compare', ...options });
  const { screen, engine, session } = opened;
  const button = (name: string) => screen.getByRole('button', { name, exact: true });
  if (!session.chat.open) await button('Open the chat').click();
  const field = screen.getByRole('textbox', { name: /^Say/ });
  await expect.element(field).toBeVisible();
  const settled = () => expect.poll(() => session.chat.writing, PATIENCE).toBe(false);
  /** Says something and waits for the answers, which are these. */
  const say = async (text: string, ...answers: number[][]) => {
    engine.scripts.push(...answers);
    await field.fill(text);
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => engine.scripts.length, PATIENCE).toBe(0);
    await settled();
  };
  const column = (name: string) => screen.getByRole('region', { name, exact: true });
  return { ...opened, button, field, say, column, settled };
}
