/**
 * @file Where the focus is after a button was pressed: still on it, whatever it is called by then.
 */
import { userEvent } from 'vitest/browser';
import { describe, expect, test } from 'vitest';
import { CHAT, conversationsOf, importText, openPage } from './setup';

async function openRun() {
  const page = await openPage();
  await importText(page.session, CHAT);
  const button = (name: string) => page.screen.getByRole('button', { name, exact: true });
  const press = async (name: string) => {
    // A key pressed on what cannot be pressed yet does nothing.
    await expect.element(button(name)).not.toHaveAttribute('aria-disabled', 'true');
    (button(name).element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
  };
  return { ...page, button, press };
}

const focused = () => document.activeElement?.textContent?.trim();

describe('the focus stays', () => {
  test('on the button that starts, pauses and resumes, also while the run is set up', async () => {
    const { session, engine, text, press } = await openRun();
    const release = text.hold('sequences');
    await press('Train');
    await expect.poll(focused).toBe('Preparing…');
    expect(document.activeElement?.getAttribute('aria-disabled')).toBe('true');
    await userEvent.keyboard('{Enter}');
    release();
    await expect.poll(focused).toBe('Pause');
    expect(engine.calls.filter((call) => call === 'train')).toHaveLength(1);
    await userEvent.keyboard('{Enter}');
    await expect.poll(focused).toBe('Resume');
    await userEvent.keyboard('{Enter}');
    await expect.poll(focused).toBe('Pause');
    expect(session.train.status).toBe('running');
  });

  test('on the single step, on stop and on reset', async () => {
    const { session, engine, press, button } = await openRun();
    await press('Single step');
    await expect.poll(() => session.train.updates.length).toBe(1);
    await expect.poll(focused).toBe('Single step');
    await press('Stop');
    await expect.poll(() => session.train.status).toBe('stopped');
    await expect.poll(focused).toBe('Stop');
    await expect.element(button('Stop')).toHaveAttribute('aria-disabled', 'true');
    await press('Reset');
    await expect.poll(() => session.train.status).toBe('idle');
    await expect.poll(focused).toBe('Reset');
    await expect.element(button('Reset')).toHaveAttribute('aria-disabled', 'true');
    const resets = () => engine.calls.filter((call) => call === 'reset').length;
    const before = resets();
    await userEvent.keyboard('{Enter}');
    await session.refreshScores();
    expect(resets()).toBe(before);
  });

  test('on the button that lets both write and stops them', async () => {
    const { session, engine, press } = await openRun();
    engine.script = Array.from({ length: 4000 }, () => 40);
    session.compare.drafts = { ...session.compare.drafts, maxNewTokens: '4000' };
    await press('Write both');
    await expect.poll(focused).toBe('Stop writing');
    await userEvent.keyboard('{Enter}');
    await expect.poll(focused).toBe('Write both');
    await expect.poll(() => session.compare.generations?.base.state).toBe('stopped');
    await expect.poll(() => session.compare.generating).toBe(false);
  });
});

describe('what cannot be pressed', () => {
  test('resume and single step while the models write, and a lesson’s end under a run', async () => {
    const { screen, session, engine, button } = await openRun();
    await session.openLesson('weights');
    await session.stepOnce();
    const close = button('Close the lesson');
    await expect.element(close).toHaveAttribute('aria-disabled', 'true');
    await expect.element(screen.getByText(/stop it before you open or close a lesson/)).toBeVisible();
    engine.script = Array.from({ length: 4000 }, () => 40);
    session.compare.drafts = { ...session.compare.drafts, maxNewTokens: '4000' };
    await button('Write both').click();
    await expect.element(button('Resume')).toHaveAttribute('aria-disabled', 'true');
    await expect.element(button('Single step')).toHaveAttribute('aria-disabled', 'true');
    const train = screen.getByRole('region', { name: 'Train', exact: true });
    // Beside the buttons; the list of runs has it as the reason of its own.
    const why = train.getByText('The models are writing; wait or stop them first.');
    await expect.element(why.first()).toBeVisible();
    await button('Stop writing').click();
    await expect.element(button('Resume')).toHaveAttribute('aria-disabled', 'false');
  });

  test('another mask than that of the run is called that', async () => {
    const { screen, session } = await openRun();
    await session.stepOnce();
    const note = screen.getByText('The run trains the mask it began with, not the one shown here.');
    await expect.element(note).not.toBeInTheDocument();
    await screen.getByRole('checkbox', { name: 'Thinking' }).click();
    await expect.element(note).toBeVisible();
    await expect.element(screen.getByText('The run trains the mask it began with.')).toBeVisible();
    await session.train.stop();
    await expect.element(note).not.toBeInTheDocument();
  });
});

describe('conversations that change under a run', () => {
  test('are told in Train, with what to do, and above the strip of the one that changed', async () => {
    const { screen, session } = await openRun();
    const train = screen.getByRole('region', { name: 'Train', exact: true });
    const told = train.getByText(/trains the conversations it began with/);
    const above = screen.getByText(
      'This conversation was changed since the run began, which trains it as it was.',
    );
    await session.stepOnce();
    await expect.element(told).not.toBeInTheDocument();
    const [first = expect.fail('no conversation'), second = expect.fail('no second')] =
      conversationsOf(session);
    const longer = (text: string) => ({
      ...first,
      messages: first.messages.map((message) =>
        message.role === 'assistant' ? { ...message, content: text } : message,
      ),
    });
    await session.changeData(() => session.data.edit(longer('Friday, as every week.'), 'answer', 'a'));
    await session.stepOnce();
    await expect
      .element(told)
      .toHaveTextContent(/Since then 1 conversation changed\. .*stop this run and start anew/);
    await expect.element(above).toBeVisible();
    await session.choose(second.id);
    await expect.element(above).not.toBeInTheDocument();
    await importText(session, CHAT, 'more.json');
    await expect.element(told).toHaveTextContent(/1 conversation changed, 2 conversations came\./);
    // What is undone is told no more.
    await session.changeData(() => session.data.undo());
    await session.changeData(() => session.data.undo());
    await expect.element(told).not.toBeInTheDocument();
    await session.changeData(() => session.data.setSplit({ share: 0.5, seed: 1 }));
    await expect.element(told).toHaveTextContent(/Since then 1 conversation went\./);
    expect(session.runData.remembered).toBe(2);
    await session.train.stop();
    await expect.element(told).not.toBeInTheDocument();
    // The list of a run that has ended is let go of, and so is that of one that could not begin.
    await expect.poll(() => session.runData.remembered).toBe(0);
    session.train.drafts = { ...session.train.drafts, steps: 'many' };
    await session.startTraining();
    await expect.poll(() => session.runData.remembered).toBe(0);
  });
});

describe('problems', () => {
  test('a record with several errors is one record left out, and a later import counts its own', async () => {
    const { screen, session, press, button } = await openRun();
    const bad = JSON.stringify({
      messages: [
        { role: 'robot', content: 'Beep' },
        { role: 'droid', content: 'Boop' },
      ],
    });
    await importText(session, `${bad}\n${bad}\n`, 'bad.jsonl');
    const errors = session.data.problems.length;
    expect(errors).toBeGreaterThan(2);
    await expect.element(screen.getByText('2 records left out')).toBeInTheDocument();
    // The list of them is loaded with the first.
    await expect.element(button('Dismiss the messages')).toBeVisible();
    await press('Dismiss the messages');
    await expect.poll(focused).toBe('Choose files');
    expect(session.data.leftOut).toBe(0);
    await importText(session, `${bad}\n`, 'bad.jsonl');
    await expect.element(screen.getByText('1 record left out')).toBeInTheDocument();
  });
});

test('the button under the table has room above it', async () => {
  const { screen, session, engine } = await openRun();
  await session.startTraining();
  for (let i = 0; i < 30; i++) engine.advance();
  const button = screen.getByRole('button', { name: 'Show the change on the strip' });
  await expect.element(button).toBeVisible();
  const table = screen.getByRole('table', { name: /Mean log-probability/ }).element();
  const gap = () => button.element().getBoundingClientRect().top - table.getBoundingClientRect().bottom;
  await expect.poll(gap).toBeGreaterThanOrEqual(10);
});
