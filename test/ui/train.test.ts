/**
 * @file Training and comparing through the page, with a simulated engine.
 */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import ScoreTable from '../../src/ui/ScoreTable.svelte';
import { FakeEngine } from './fakes';
import { CHAT, importText, openPage } from './setup';

async function openTraining() {
  const page = await openPage();
  await importText(page.session, CHAT);
  const button = (name: string) => page.screen.getByRole('button', { name, exact: true });
  const field = (name: string) => page.screen.getByRole('textbox', { name, exact: true });
  return { ...page, button, field };
}

/** How often charts are drawn from now on; each drawing begins with an empty canvas. */
function countDrawings(): () => number {
  const spy = vi.spyOn(CanvasRenderingContext2D.prototype, 'clearRect');
  onTestFinished(() => spy.mockRestore());
  return () => spy.mock.calls.length;
}

describe('run', () => {
  test('start, steps as they come, pause, single step, resume, end', async () => {
    const { screen, engine, button, field } = await openTraining();
    await field('Steps').fill('4');
    await button('Train').click();
    await expect.element(button('Pause')).toBeVisible();
    await expect.element(field('Longest sequence')).toBeDisabled();
    await expect.element(field('Steps')).toBeEnabled();
    engine.advance();
    await expect.element(screen.getByText(/Step 1 of 4/)).toBeVisible();
    await expect.element(button('Single step')).toHaveAttribute('aria-disabled', 'true');
    await expect.element(screen.getByText('Pause first to take single steps.')).toBeVisible();
    await button('Pause').click();
    await expect.element(button('Resume')).toBeVisible();
    await button('Single step').click();
    await expect.element(screen.getByText(/Step 2 of 4/)).toBeVisible();
    await button('Resume').click();
    engine.advance();
    engine.advance();
    await expect.element(screen.getByText(/Step 4 of 4/)).toBeVisible();
    await expect.element(button('Train on')).toHaveAttribute('aria-disabled', 'false');
    expect(engine.calls.filter((call) => ['train', 'pause', 'step', 'resume'].includes(call))).toEqual([
      'train',
      'pause',
      'step',
      'resume',
    ]);
  });

  test('a single step without a run sets one up, paused', async () => {
    const { screen, engine, button } = await openTraining();
    await button('Single step').click();
    await expect.element(screen.getByText(/Step 1 of 30/)).toBeVisible();
    await expect.element(button('Resume')).toBeVisible();
    expect(engine.calls).toContain('step');
  });

  test('stop keeps the weights, reset gives the original ones back', async () => {
    const { screen, engine, session, button } = await openTraining();
    await expect.element(button('Reset')).toHaveAttribute('aria-disabled', 'true');
    await expect.element(button('Stop')).toHaveAttribute('aria-disabled', 'true');
    await button('Train').click();
    await expect.element(button('Pause')).toBeVisible();
    engine.advance();
    await button('Stop').click();
    await expect.element(screen.getByText('stopped', { exact: true })).toBeVisible();
    await expect.poll(() => session.train.updates.length).toBe(1);
    await button('Reset').click();
    await expect
      .element(screen.getByText('The loss on trained tokens appears here, one point a step.'))
      .toBeVisible();
    await expect.element(button('Train')).toHaveAttribute('aria-disabled', 'false');
    // What measures the conversation may speak to the engine in between.
    const asked = engine.calls.filter((call) => ['train', 'stop', 'reset'].includes(call));
    expect(asked).toEqual(['train', 'stop', 'reset']);
  });

  test('the numbers of the last steps are in a table, and the chart is drawn', async () => {
    const { screen, engine, session, button } = await openTraining();
    await button('Train').click();
    await expect.element(button('Pause')).toBeVisible();
    engine.advance();
    await expect.poll(() => document.querySelector('.chart canvas')).not.toBeNull();
    const canvas = document.querySelector('.chart canvas');
    const drawn = countDrawings();
    for (let i = 1; i < 14; i++) engine.advance();
    await expect.poll(() => session.train.updates.length).toBe(14);
    await screen.getByText('Last steps as a table').click();
    const table = screen.getByRole('table', { name: /Last 10 updates/ });
    await expect.element(table).toBeVisible();
    await expect.poll(() => table.element().querySelectorAll('tbody tr').length).toBe(10);
    const newest = table.element().querySelector('tbody tr');
    await expect.poll(() => newest?.textContent).toContain('14');
    expect(newest?.textContent).toContain(session.train.updates[13]?.loss.toFixed(4));
    await expect.poll(() => document.querySelector('.chart canvas')?.clientWidth ?? 0).toBeGreaterThan(100);
    // Twenty steps a second must not mean twenty charts a second.
    expect(document.querySelector('.chart canvas')).toBe(canvas);
    // Thirteen steps at once are one drawing of each chart, and a few more where its place or its width changes.
    await expect.poll(drawn).toBeGreaterThan(0);
    expect(drawn()).toBeLessThan(4 * document.querySelectorAll('.chart canvas').length);
    await expect.element(screen.getByText(/tokens a second, .* of them trained/)).toBeVisible();
  });

  test('events of an earlier run are dropped', async () => {
    const { session, engine, button } = await openTraining();
    await button('Train').click();
    await expect.element(button('Pause')).toBeVisible();
    engine.emit({ type: 'run', run: 99, state: 'failed', error: { code: 'x', message: 'No.', remedy: '' } });
    engine.advance();
    await expect.poll(() => session.train.updates.length).toBe(1);
    expect(session.train.status).toBe('running');
    expect(session.train.error).toBeUndefined();
  });
});

describe('what keeps a run from starting', () => {
  test('a wrong setting is named at its field and beside the button', async () => {
    const { screen, button, field } = await openTraining();
    await field('Learning rate').fill('fast');
    await expect.element(field('Learning rate')).toHaveAttribute('aria-invalid', 'true');
    await expect.element(screen.getByText('Learning rate must be a number.')).toBeVisible();
    await expect.element(button('Train')).toHaveAttribute('aria-disabled', 'true');
    await expect.element(screen.getByText('A setting needs correcting.')).toBeVisible();
  });

  test('no trained token', async () => {
    const { screen, button } = await openTraining();
    for (const name of ['Thinking', 'Tool calls', 'Answers', 'End of turn']) {
      await screen.getByRole('checkbox', { name }).click();
    }
    await expect.element(button('Train')).toHaveAttribute('aria-disabled', 'true');
    await expect.element(screen.getByText(/No token would be trained/)).toBeVisible();
  });

  test('conversations cut before their trained tokens: that is said before the run', async () => {
    const { screen, button, field } = await openTraining();
    await field('Longest sequence').fill('8');
    await expect
      .element(screen.getByText('2 conversations are longer than 8 tokens and cut there'))
      .toBeVisible();
    await expect.element(button('Train')).toHaveAttribute('aria-disabled', 'true');
    await expect.element(screen.getByText(/No token would be trained.*allow longer sequences/)).toBeVisible();
  });

  test('where no sequence can be made, the run says why it ended', async () => {
    const { screen, session } = await openPage();
    await importText(session, JSON.stringify({ messages: [{ role: 'user', content: 'Alone?' }] }));
    await session.startTraining();
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent(/No conversation could be made into a training sequence/);
  });
});

describe('compare', () => {
  test('a change within the rounding of 32 bits has no sign and no colour; a small one has both, and its digits', async () => {
    const rows = [
      { kind: 'think', tokens: 2, base: -1, tuned: -0.9999996 },
      { kind: 'call', tokens: 2, base: -1, tuned: -1.0000004 },
      { kind: 'answer', tokens: 2, base: -1, tuned: -0.9996 },
      { kind: 'end', tokens: 2, base: -1, tuned: -1.25 },
    ] as const;
    await render(ScoreTable, {
      rows,
      caption: 'Trained tokens',
      total: 'all trained',
      names: { base: 'Original', tuned: 'Tuned' },
    });
    const cells = [...document.querySelectorAll('td.change')];
    expect(cells.map((cell) => cell.textContent)).toEqual(['≈ 0', '≈ 0', '+0.00040', '−0.250']);
    expect(cells.map(({ classList }) => [classList.contains('up'), classList.contains('down')])).toEqual([
      [false, false],
      [false, false],
      [true, false],
      [false, true],
    ]);
  });

  async function trained() {
    const page = await openTraining();
    page.engine.script = [...(page.session.mask.view?.encoded.ids.slice(-12, -1) ?? [])];
    await page.field('Steps').fill('6');
    await page.button('Train').click();
    await expect.element(page.button('Pause')).toBeVisible();
    for (let i = 0; i < 6; i++) page.engine.advance();
    await expect.element(page.button('Train on')).toBeVisible();
    return page;
  }

  test('before training there are base log-probabilities, after it a change, on the strip and in a table', async () => {
    const { screen } = await trained();
    const table = screen.getByRole('table', { name: /Mean log-probability/ });
    await expect.element(table).toHaveTextContent(/all trained/);
    await expect.element(table).toHaveTextContent(/Change/);
    await expect.element(table).toHaveTextContent(/\+0\.\d/);
    await screen.getByRole('button', { name: 'Show the change on the strip' }).click();
    await expect
      .poll(() => document.querySelectorAll('.t.change[data-bar][data-heat]:not([data-heat="0"])').length)
      .toBeGreaterThan(3);
    await screen.getByRole('option', { name: 'Friday', exact: true }).hover();
    await expect
      .element(screen.getByRole('group', { name: 'Token details' }))
      .toHaveTextContent(/Log-probability, tuned −.*Change \+/);
  });

  test('the base is scored once, the tuned weights after every run', async () => {
    const { engine, session, button } = await trained();
    await expect.poll(() => session.compare.scoresOf(session.data.chosen).tuned).toBeDefined();
    await button('Train on').click();
    await expect.element(button('Pause')).toBeVisible();
    for (let i = 0; i < 6; i++) engine.advance();
    await expect.poll(() => engine.calls.filter((call) => call === 'score tuned').length).toBe(2);
    expect(engine.calls.filter((call) => call === 'score base').length).toBe(1);
  });

  test('both write the same turn, side by side', async () => {
    const { screen, engine, button, session } = await trained();
    await button('Write both').click();
    await expect.element(screen.getByRole('region', { name: 'Tuned: text' })).toHaveTextContent('Thursday');
    const original = screen.getByRole('region', { name: 'Original: text' });
    await expect.element(original).toHaveTextContent('<|im_end|>');
    await expect.element(screen.getByText(/ended its turn/).first()).toBeVisible();
    const asked = engine.calls.filter((call) => call.startsWith('generate'));
    expect(asked).toEqual(['generate base', 'generate tuned']);
    expect(session.compare.prompt?.endsWith('<|im_start|>assistant\n')).toBe(true);
  });

  test('writing can be stopped', async () => {
    const { screen, engine, button } = await trained();
    engine.script = Array.from({ length: 4000 }, () => engine.script[0] ?? 1);
    await screen.getByRole('textbox', { name: 'New tokens' }).fill('4000');
    await button('Write both').click();
    await button('Stop writing').click();
    await expect.element(screen.getByText(/stopped by you/)).toBeVisible();
    await expect.element(button('Write both')).toHaveAttribute('aria-disabled', 'false');
  });

  test('a wrong temperature is named, and nothing is written', async () => {
    const { screen, button } = await trained();
    await screen.getByRole('textbox', { name: 'Temperature' }).fill('-1');
    await expect.element(screen.getByText('Temperature must be between 0 and 5.')).toBeVisible();
    await expect.element(button('Write both')).toHaveAttribute('aria-disabled', 'true');
  });
});

describe('the model', () => {
  test('progress is shown and can be cancelled; masks work meanwhile', async () => {
    const engine = new FakeEngine();
    const release = engine.holdLoad();
    const { screen, session } = await openPage({ engine, wait: false });
    await expect.element(screen.getByText('1.2 MB of 3.5 MB')).toBeVisible();
    await expect.poll(() => session.model.tokenizer).toBe('ready');
    await importText(session, CHAT);
    await expect.element(screen.getByText(/tokens are trained/)).toBeVisible();
    await screen.getByRole('button', { name: 'Cancel' }).click();
    await expect.element(screen.getByRole('button', { name: 'Load the weights' })).toBeVisible();
    release();
    await expect.element(screen.getByText('The weights are not loaded; see Model.').first()).toBeVisible();
    await screen.getByRole('button', { name: 'Load the weights' }).click();
    await expect.element(screen.getByText(/pocket, 1\.8 million/)).toBeVisible();
  });

  test('what computes is told with the model, and why under Details', async () => {
    const engine = new FakeEngine();
    const { device, ...rest } = engine.info;
    expect(device).toBeDefined();
    engine.info = { ...rest, engine: { kind: 'cpu', reason: 'The CPU computes: there is no GPU.' } };
    const { screen } = await openPage({ engine });
    const model = screen.getByRole('region', { name: 'Model', exact: true });
    await expect.element(model.getByText(/1\.8 million parameters, on the CPU/)).toBeVisible();
    await model.getByText('Details', { exact: true }).click();
    await expect.element(model.getByText('The CPU computes: there is no GPU.')).toBeVisible();
    await expect.element(model.getByText('Device', { exact: true })).not.toBeInTheDocument();
  });

  test('a missing WebGPU that was asked for: the page says what to do, and masks work in full', async () => {
    const engine = new FakeEngine();
    engine.loadError = { code: 'webgpu-missing', message: 'No WebGPU here.', remedy: 'Use another browser.' };
    const { screen, session } = await openPage({ engine });
    const alert = screen.getByRole('alert');
    await expect
      .element(alert)
      .toHaveTextContent(/This browser has no WebGPU device.*No WebGPU here\..*Use another browser\./);
    await importText(session, CHAT);
    await expect.element(screen.getByText(/tokens are trained/)).toBeVisible();
    await expect.element(screen.getByText('The model could not be loaded; see Model.')).toBeVisible();
    engine.loadError = undefined;
    await screen.getByRole('button', { name: 'Try again' }).click();
    await expect.element(screen.getByText(/pocket, 1\.8 million/)).toBeVisible();
    expect(engine.calls).toContain('restart');
  });

  test('a device lost during a run ends it with a message, and a restart brings everything back', async () => {
    const { screen, engine, session, button } = await openTraining();
    await button('Train').click();
    await expect.element(button('Pause')).toBeVisible();
    engine.advance();
    await expect.poll(() => session.train.updates.length).toBe(1);
    await engine.loseDevice();
    await expect.element(screen.getByRole('alert').first()).toHaveTextContent(/The GPU went away.*was lost/);
    await expect.element(screen.getByText('failed', { exact: true })).toBeVisible();
    await screen.getByRole('button', { name: 'Restart the engine' }).click();
    await expect.element(button('Train')).toHaveAttribute('aria-disabled', 'false');
    await expect.poll(() => session.train.updates.length).toBe(0);
    await expect.poll(() => session.compare.scoresOf(session.data.chosen).base).toBeDefined();
  });

  test('a failing template is told where the mask would be', async () => {
    const { screen, session, text } = await openPage();
    text.failures.set('inspect', {
      code: 'bad-template',
      message: 'The template failed.',
      remedy: 'Correct it.',
    });
    await importText(session, CHAT);
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent(/could not be shown.*The template failed\..*Correct it\./);
  });
});
