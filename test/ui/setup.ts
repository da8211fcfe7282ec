/**
 * @file A page under test: the real App on a real text core and a simulated engine, with the shipped tokenizer.
 */
import { render } from 'vitest-browser-svelte';
import App from '../../src/App.svelte';
import '../../src/app.css';
import type { Conversation } from '../../src/conversation/types';
import { Session } from '../../src/state/session.svelte';
import { ThemeState, type Theme } from '../../src/state/theme.svelte';
import { FakeEngine, FakeText } from './fakes';

export const CHAT = JSON.stringify([
  {
    messages: [
      { role: 'user', content: 'What day follows Thursday?' },
      { role: 'assistant', reasoning_content: 'I know this.', content: 'Friday\tcomes  after Thursday.' },
    ],
  },
  {
    messages: [
      { role: 'user', content: 'Say 👍 or שלום' },
      { role: 'assistant', content: '👍 שלום' },
    ],
  },
]);

export interface Options {
  engine?: FakeEngine;
  text?: FakeText;
  theme?: Theme;
  /** Wait for the model; off where its loading is what is tested. */
  wait?: boolean;
}

export async function openPage({
  engine = new FakeEngine(),
  text = new FakeText(),
  theme: wanted,
  wait = true,
}: Options = {}) {
  const theme = new ThemeState(document.documentElement, undefined);
  if (wanted && theme.current !== wanted) theme.toggle();
  engine.text = text;
  const base = new URL('/', location.href).href;
  const session = new Session({ text, engine, base });
  const screen = await render(App, { session, theme });
  const begun = session.begin();
  if (wait) await begun;
  return { screen, session, engine, text, theme };
}

/** The conversations in memory, in the order of the list. */
export function conversationsOf({ data }: Session): Conversation[] {
  return Array.from({ length: data.list.length }, (_, row) => data.at(row)).filter((c) => c !== undefined);
}

/** What the list knows of one of them. */
export function tallyOf({ data }: Session, conversation: Conversation | undefined) {
  return data.tallies.get(data.list.key(data.list.rowOf(conversation?.id ?? '')));
}

/** Imports `text` as a dropped file would be. */
export async function importText(session: Session, text: string, name = 'test.json'): Promise<void> {
  await session.importFiles([new File([text], name)]);
}
