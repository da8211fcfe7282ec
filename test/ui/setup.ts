/**
 * @file A page under test: the real App on a real text core and a simulated engine, with the shipped tokenizer.
 */
import { tick } from 'svelte';
import { render } from 'vitest-browser-svelte';
import App from '../../src/App.svelte';
import '../../src/app.css';
import type { Conversation } from '../../src/conversation/types';
import { LayoutState, type Step } from '../../src/state/layout.svelte';
import { Session, type Services } from '../../src/state/session.svelte';
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

/**
 * Parts of the page that come when they are needed. Tests get them first, so that none of them waits for the development
 * server to compile one.
 */
const lazyParts = () =>
  Promise.all([
    import('../../src/state/all-masks'),
    import('../../src/state/chat-runtime'),
    import('../../src/ui/ChangedSection.svelte'),
    import('../../src/ui/ChatView.svelte'),
    import('../../src/ui/CompareContent.svelte'),
    import('../../src/ui/ConversationEditor.svelte'),
    import('../../src/state/lesson-runtime'),
    import('../../src/ui/LessonCard.svelte'),
    import('../../src/ui/MaskConversation.svelte'),
    import('../../src/ui/MetricCharts.svelte'),
    import('../../src/ui/OtherStrip.svelte'),
    import('../../src/ui/PracticeForm.svelte'),
    import('../../src/ui/ReportSection.svelte'),
    import('../../src/ui/RewardComposer.svelte'),
    import('../../src/ui/RolloutTable.svelte'),
    import('../../src/ui/PolicyKnobs.svelte'),
    import('../../src/ui/RunList.svelte'),
    import('../../src/ui/SaveTuned.svelte'),
    import('../../src/ui/SequencesPanel.svelte'),
    import('../../src/ui/SourcePane.svelte'),
    import('../../src/ui/strip-files'),
    import('../../src/ui/StripCompletion.svelte'),
    import('../../src/ui/TemplatePane.svelte'),
    import('../../src/ui/TrainContent.svelte'),
    import('../../src/ui/TrainSetup.svelte'),
  ]);

/** Resolves when what comes once the page has nothing else to do is there. */
async function idle(): Promise<void> {
  // The first view is drawn before the page asks for time.
  await new Promise<void>((resolve) =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))),
  );
  await tick();
  // Callbacks are called in the order in which they were asked for, so that those of the page come before this one.
  await new Promise<void>((resolve) => requestIdleCallback(() => resolve(), { timeout: 2000 }));
  await lazyParts();
  await tick();
}

export interface Options {
  engine?: FakeEngine;
  text?: FakeText;
  theme?: Theme;
  /** Wait for the model; off where its loading is what is tested. */
  wait?: boolean;
  /** Where lessons are named in the address, and how far each was gone through. */
  lessons?: Services['lessons'];
  /** What the tab keeps: the chat, and the composition of rewards. */
  storage?: Services['storage'];
  /** What a narrow page shows. */
  step?: Step;
}

export async function openPage({
  engine = new FakeEngine(),
  text = new FakeText(),
  theme: wanted,
  wait = true,
  step = 'mask',
  lessons,
  storage,
}: Options = {}) {
  await lazyParts();
  const theme = new ThemeState(document.documentElement, undefined);
  if (wanted && theme.current !== wanted) theme.toggle();
  engine.text = text;
  const base = new URL('/', location.href).href;
  const session = new Session({ text, engine, base, storage, ...(lessons && { lessons }) });
  const layout = new LayoutState();
  layout.show(step);
  const screen = await render(App, { session, theme, layout });
  const begun = session.begin();
  if (wait) {
    await begun;
    await idle();
  }
  return { screen, session, engine, text, theme, layout };
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
